"""A Kaizala person tied to a marketplace user: the code goes out, and comes back through a card."""

from __future__ import annotations

import json
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest
import requests

from sandbox.faults import Mode
from sandbox.kaizala import ACTION_PACKAGE
from sandbox.sharetribe import User
from tests.clock import Clock
from tests.flows.problems import OWN_PAGE, assert_problem, send, session_cookie
from tests.flows.steps import (
    NOT_OURS,
    assert_recorded,
    logged,
    outcome,
    private_data,
    started,
)
from tests.integrations.kaizala.flows.cards import CODES, LINK, Card, card_of, code_for
from tests.integrations.kaizala.flows.world import KaizalaWorld, StartWorld
from tests.world import Browser

FAULTS = [mode for mode in get_args(Mode) if mode != "ok"]
ROTATIONS = ("none", "grace", "strict")
CODE_SECONDS = 600
PACKED, TOKENLESS = 1, 3

StartLinked = Callable[..., KaizalaWorld]


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def start_linked(start_world: StartWorld, clock: Clock) -> StartLinked:
    """Return a function that starts a world in which links can be made, on the test's clock."""

    def start(**options: Any) -> KaizalaWorld:
        return start_world(**{"clock": clock, **options})

    return start


@pytest.fixture(params=[False, True], ids=["by session", "by operator"])
def linked(request: pytest.FixtureRequest, start_linked: StartLinked) -> KaizalaWorld:
    """Return a world without, and one with the Integration API."""
    return start_linked(integration_api=request.param)


@pytest.fixture(scope="module")
def calm_world() -> Iterator[KaizalaWorld]:
    world = KaizalaWorld()
    yield world
    world.close()


@pytest.fixture
def calm(calm_world: KaizalaWorld) -> KaizalaWorld:
    """Return the file's world without faults and without anything stored."""
    calm_world.sharetribe.faults.reset()
    calm_world.sharetribe.calls.clear()
    for user in calm_world.sharetribe.users.values():
        user.banned = False
        user.private_data.clear()
    return calm_world


def link_of(user: User) -> Any:
    return user.private_data.get("kaizalaLink")


def layout_of(code: str) -> int:
    return urlsafe_b64decode(code[:4])[0] & 0x0F


def told(answer: requests.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


# The code


def test_a_code_is_told_with_its_end(linked: KaizalaWorld, clock: Clock) -> None:
    answer = linked.browser().call("POST", CODES)
    assert 201 == answer.status_code
    assert {"code", "expiresAt"} == set(answer.json())
    ends = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(int(clock.now) + CODE_SECONDS))
    assert ends == answer.json()["expiresAt"]


@pytest.mark.parametrize(("integration_api", "layout"), [(False, PACKED), (True, TOKENLESS)])
def test_a_code_carries_a_session_only_where_it_must(
    start_linked: StartLinked, integration_api: bool, layout: int
) -> None:
    world = start_linked(integration_api=integration_api)
    assert layout == layout_of(code_for(world.browser()))


def test_a_code_writes_nothing(linked: KaizalaWorld) -> None:
    code_for(linked.browser())
    assert {} == linked.user.private_data


def test_a_session_that_was_renewed_comes_back(linked: KaizalaWorld) -> None:
    browser = linked.browser()
    before = browser.cookie
    linked.sharetribe.expire_access_tokens()
    code = code_for(browser)
    assert before != browser.cookie
    assert (200, {"status": "linked"}) == told(card_of(linked).link(code))


def test_nobody_without_a_session_gets_a_code(calm: KaizalaWorld) -> None:
    assert_problem(send(calm, "POST", CODES, headers=OWN_PAGE), 401, "session-missing")


def test_an_unreadable_session_gets_none(calm: KaizalaWorld) -> None:
    answer = send(calm, "POST", CODES, headers=OWN_PAGE, cookie="nonsense")
    assert_problem(answer, 401, "session-unreadable")


def test_a_visitor_gets_none(calm: KaizalaWorld) -> None:
    browser = Browser(calm, calm.sharetribe.anonymous())
    assert_problem(browser.call("POST", CODES), 401, "session-anonymous")


def test_a_session_that_has_ended_gets_none(calm: KaizalaWorld) -> None:
    browser = calm.browser()
    calm.sharetribe.log_out(calm.user.id)
    calm.sharetribe.expire_access_tokens()
    assert_problem(browser.call("POST", CODES), 401, "session-expired")


def test_an_operator_logged_in_as_the_user_gets_none(calm: KaizalaWorld) -> None:
    browser = Browser(calm, calm.sharetribe.log_in_as(calm.user.id))
    assert_problem(browser.call("POST", CODES), 403, "session-impersonated")


def test_a_banned_user_gets_none(calm: KaizalaWorld) -> None:
    browser = calm.browser()
    calm.user.banned = True
    assert_problem(browser.call("POST", CODES), 403, "session-forbidden")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_sites_page_gets_none(calm: KaizalaWorld, headers: dict[str, str]) -> None:
    answer = send(calm, "POST", CODES, headers=headers, cookie=session_cookie(calm))
    assert_problem(answer, 403, "cross-site")
    assert [] == calm.sharetribe.calls


def test_a_bearer_token_alone_cannot_be_carried(calm: KaizalaWorld) -> None:
    token = calm.sharetribe.log_in(calm.user.id)["access_token"]
    answer = send(calm, "POST", CODES, headers={"Authorization": f"Bearer {token}"})
    assert_problem(answer, 400, "session-unsupported")


def test_a_bearer_token_is_enough_beside_the_integration_api(start_linked: StartLinked) -> None:
    world = start_linked(integration_api=True)
    token = world.sharetribe.log_in(world.user.id)["access_token"]
    answer = send(world, "POST", CODES, headers={"Authorization": f"Bearer {token}"})
    assert (200, {"status": "linked"}) == told(card_of(world).link(answer.json()["code"]))


@pytest.mark.parametrize("fault", ["error", "reset", "rate-limit", "garbage"])
def test_no_code_without_the_marketplace(calm: KaizalaWorld, fault: Mode) -> None:
    browser = calm.browser()
    calm.sharetribe.faults.mode = fault
    assert_problem(browser.call("POST", CODES), 503, "marketplace-unavailable")


# The link


def test_the_card_ties_its_person_to_the_user(linked: KaizalaWorld) -> None:
    code = code_for(linked.browser())
    assert (200, {"status": "linked"}) == told(card_of(linked).link(code))
    link = link_of(linked.user)
    assert {"id", "audience", "linkedAt"} == set(link)
    assert (linked.kaizala.people[0].id, ACTION_PACKAGE) == (link["id"], link["audience"])
    assert linked.checksum_holds(key="kaizalaLink")


def test_nothing_else_is_stored_and_nobody_else_is_touched(linked: KaizalaWorld) -> None:
    linked.user.private_data["note"] = "kept"
    card_of(linked).link(code_for(linked.browser()))
    claims = {key for key in linked.user.private_data if key.startswith("kaizalaLink-")}
    expected = {"note", "kaizalaLink", "kaizalaLinkChecksum"} | claims
    assert (1, expected) == (len(claims), set(linked.user.private_data))
    assert {} == linked.other_user.private_data
    person = linked.kaizala.people[0]
    stored = json.dumps(linked.user.private_data)
    for personal in (person.name, person.phone_number, person.picture_url):
        assert personal not in stored


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("integration_api", [False, True])
def test_a_link_is_made_whatever_becomes_of_refresh_tokens(
    start_linked: StartLinked, rotation: str, integration_api: bool
) -> None:
    world = start_linked(rotation=rotation, integration_api=integration_api)
    code = code_for(world.browser())
    world.sharetribe.expire_access_tokens()
    assert (200, {"status": "linked"}) == told(card_of(world).link(code))
    assert world.checksum_holds(key="kaizalaLink")


def test_a_token_may_come_in_the_body(linked: KaizalaWorld) -> None:
    body = {"code": code_for(linked.browser()), "accessToken": card_of(linked).token}
    answer = Browser(linked, None).call("POST", LINK, json_body=body)
    assert (200, {"status": "linked"}) == told(answer)


def test_two_different_tokens_are_refused(linked: KaizalaWorld) -> None:
    card = card_of(linked)
    body = {"code": code_for(linked.browser()), "accessToken": card_of(linked, 1).token}
    assert_problem(card.call("POST", LINK, body), 401, "token-invalid")
    assert {} == linked.user.private_data


@pytest.mark.parametrize(
    "body", [None, {}, {"code": "x", "colour": "red"}, {"code": 7}, {"code": None}, {"code": []}]
)
def test_a_body_that_cannot_be_used(calm: KaizalaWorld, body: Any) -> None:
    assert_problem(card_of(calm).call("POST", LINK, body), 400, "body-invalid")


def test_a_session_cookie_does_not_stand_in_for_a_code(calm: KaizalaWorld) -> None:
    headers = {"accessToken": card_of(calm).token}
    answer = calm.browser().call("POST", LINK, json_body={"code": ""}, headers=headers)
    assert_problem(answer, 400, "link-code-invalid")
    assert {} == calm.user.private_data


def test_a_code_lives_for_ten_minutes(linked: KaizalaWorld, clock: Clock) -> None:
    code = code_for(linked.browser())
    clock.now = int(clock.now) + CODE_SECONDS + 1
    assert_problem(card_of(linked).link(code), 400, "link-code-invalid")
    clock.now -= 1
    assert (200, {"status": "linked"}) == told(card_of(linked).link(code))


def flipped(code: str, position: int) -> str:
    other = "B" if code[position] == "A" else "A"
    return code[:position] + other + code[position + 1 :]


def test_a_tampered_code_links_nobody(linked: KaizalaWorld) -> None:
    code = code_for(linked.browser())
    linked.sharetribe.calls.clear()
    spoiled = [flipped(code, at) for at in range(0, len(code) - 1, 7)]
    for spoilt in (*spoiled, code[:-1], f"{code}A", code.upper(), "", " ", "\ud800", "x" * 9000):
        assert_problem(card_of(linked).link(spoilt), 400, "link-code-invalid")
    assert [] == linked.sharetribe.calls
    assert {} == linked.user.private_data


def test_a_reference_of_another_purpose_is_no_code(linked: KaizalaWorld) -> None:
    started(linked.browser())
    before = private_data(linked)
    answer = card_of(linked).link(linked.checks.check.reference)
    assert_problem(answer, 400, "link-code-invalid")
    assert before == private_data(linked)


def test_a_code_is_no_reference_of_another_purpose(linked: KaizalaWorld) -> None:
    linked.checks.finish(started(linked.browser()), told=False)
    told = linked.checks.tell(linked.checks.check, reference=code_for(linked.browser()))
    assert NOT_OURS["passcheck"] == outcome(told)
    assert_recorded(linked, "pending")


def test_a_code_of_another_installation_does_not_open(
    linked: KaizalaWorld, start_linked: StartLinked
) -> None:
    code = code_for(start_linked().browser())
    assert_problem(card_of(linked).link(code), 400, "link-code-invalid")


def test_a_code_that_was_used_links_no_second_person(linked: KaizalaWorld) -> None:
    code = code_for(linked.browser())
    card_of(linked).link(code)
    before = private_data(linked)
    assert_problem(card_of(linked, 1).link(code), 400, "link-code-invalid")
    assert before == private_data(linked)


@pytest.mark.parametrize("integration_api", [False, True])
@pytest.mark.parametrize("processes", [1, 2])
def test_two_who_bring_a_code_at_once_are_not_both_linked(
    start_linked: StartLinked, integration_api: bool, processes: int
) -> None:
    world = start_linked(integration_api=integration_api)
    clients = [world.another_app().test_client(use_cookies=False) for _ in range(processes)]
    tokens = [card_of(world, person).token for person in (0, 1)]
    told = []
    for _ in range(4):
        world.user.private_data.clear()
        code, together = code_for(world.browser()), threading.Barrier(2)

        def bring(person: int, code: str = code, together: threading.Barrier = together) -> Any:
            headers = {"accessToken": tokens[person]}
            together.wait(10)
            answer = clients[person % processes].post(LINK, headers=headers, json={"code": code})
            return answer.get_json().get("code") or answer.get_json()["status"]

        with ThreadPoolExecutor(2) as pool:
            told.append(sorted(pool.map(bring, (0, 1))))
    one_process = [["link-code-invalid", "linked"]]
    allowed = one_process if processes == 1 else [*one_process, ["link-code-invalid"] * 2]
    assert [] == [pair for pair in told if pair not in allowed]


def test_a_code_brought_again_by_the_same_person_changes_nothing(linked: KaizalaWorld) -> None:
    code = code_for(linked.browser())
    card_of(linked).link(code)
    before, writes = private_data(linked), len(linked.sharetribe.updates)
    assert (200, {"status": "unchanged"}) == told(card_of(linked).link(code))
    assert (before, writes) == (private_data(linked), len(linked.sharetribe.updates))


def test_a_code_of_a_session_that_rotated_away_is_no_second_persons(
    start_linked: StartLinked,
) -> None:
    """For seconds its session is remembered; the code links one person all the same."""
    world = start_linked(rotation="strict")
    code = code_for(world.browser())
    card_of(world).link(code)
    before = private_data(world)
    assert (200, {"status": "unchanged"}) == told(card_of(world).link(code))
    assert_problem(card_of(world, 1).link(code), 400, "link-code-invalid")
    assert before == private_data(world)


def test_a_new_code_moves_the_link_to_another_person(linked: KaizalaWorld) -> None:
    card_of(linked).link(code_for(linked.browser()))
    second = code_for(linked.browser())
    assert (200, {"status": "linked"}) == told(card_of(linked, 1).link(second))
    assert linked.kaizala.people[1].id == link_of(linked.user)["id"]
    assert linked.checksum_holds(key="kaizalaLink")


def test_an_older_code_does_not_undo_a_newer_link(linked: KaizalaWorld, clock: Clock) -> None:
    older = code_for(linked.browser())
    clock.now -= 100  # another machine's clock
    card_of(linked, 1).link(code_for(linked.browser()))
    assert_problem(card_of(linked).link(older), 400, "link-code-invalid")
    assert linked.kaizala.people[1].id == link_of(linked.user)["id"]


def test_a_link_that_was_written_by_hand_is_not_believed(
    linked: KaizalaWorld, clock: Clock
) -> None:
    forged = {
        "id": linked.kaizala.people[1].id,
        "audience": ACTION_PACKAGE,
        "linkedAt": "2999-01-01T00:00:00.000Z",
    }
    linked.user.private_data["kaizalaLink"] = forged
    linked.user.private_data["kaizalaLinkChecksum"] = "1." + "A" * 43
    clock.now += 1
    code = code_for(linked.browser())
    assert (200, {"status": "linked"}) == told(card_of(linked).link(code))
    assert linked.checksum_holds(key="kaizalaLink")


def test_each_user_has_a_link_of_their_own(linked: KaizalaWorld) -> None:
    for user in (linked.user, linked.other_user):
        card_of(linked).link(code_for(linked.browser(user)))
        assert linked.checksum_holds(user, key="kaizalaLink")
    first, second = linked.user.private_data, linked.other_user.private_data
    assert first["kaizalaLinkChecksum"] != second["kaizalaLinkChecksum"]


def test_a_code_dies_with_its_session(start_linked: StartLinked) -> None:
    world = start_linked()
    code = code_for(world.browser())
    world.sharetribe.log_out(world.user.id)
    assert_problem(card_of(world).link(code), 400, "link-code-invalid")
    assert {} == world.user.private_data


def test_the_integration_api_needs_no_session(start_linked: StartLinked) -> None:
    world = start_linked(integration_api=True)
    code = code_for(world.browser())
    world.sharetribe.log_out(world.user.id)
    assert (200, {"status": "linked"}) == told(card_of(world).link(code))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_marketplace_that_is_down_costs_no_code(
    linked: KaizalaWorld, fault: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", 0.6)
    code = code_for(linked.browser())
    linked.sharetribe.faults.mode = fault
    answer = card_of(linked).link(code)
    assert_problem(answer, 503, "marketplace-unavailable")
    assert "5" == answer.headers["Retry-After"]
    linked.sharetribe.faults.reset()
    assert (200, {"status": "linked"}) == told(card_of(linked).link(code))


def test_no_code_and_no_person_is_logged_or_told_in_a_refusal(linked: KaizalaWorld) -> None:
    person, cards = linked.kaizala.people[0], [card_of(linked), card_of(linked, 1)]
    session = linked.sharetribe.log_in(linked.user.id)
    with logged() as lines:
        code = code_for(Browser(linked, session))
        answers = [
            cards[0].link(flipped(code, 30)),
            cards[0].link(code),
            cards[0].link(code),
            cards[1].link(code),
            Card(linked, code).ask(),
            cards[0].call("POST", LINK, {code: code}),
        ]
        linked.sharetribe.faults.mode = "error"
        answers.append(cards[0].link(code))
    assert [400, 200, 200, 400, 401, 400, 503] == [answer.status_code for answer in answers]
    said = "\n".join([*lines, *(answer.text for answer in answers)])
    assert "outcome=linked" in said
    secrets = [code, person.id, person.name, person.phone_number, session["refresh_token"]]
    assert [] == [value for value in (*secrets, *(c.token for c in cards)) if value in said]
