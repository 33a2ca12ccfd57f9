"""Connecting a Pumble workspace: consent, and the way back with or without it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from sandbox.faults import Mode
from sandbox.pumble import Workspace
from tests.flows.connecting import Begun, begin, come_back, connect, end_of, entry
from tests.flows.problems import assert_problem
from tests.flows.steps import logged, private_data
from tests.integrations.pumble.flows.operators_workspace import first, second
from tests.integrations.pumble.flows.world import PumbleWorld, StartWorld
from tests.world import RETURN_PAGE, Browser

EXCHANGE = "POST /oauth2/access"
REVOCATION = "DELETE /v1/app/authorization"
CONNECTED, DECLINED, FAILED = "pumble=connected", "pumble=declined", "pumble=failed"


@pytest.fixture
def world(nobodys: PumbleWorld) -> PumbleWorld:
    """Return a world in which nothing is connected."""
    return nobodys


def query_of(address: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def consented(world: PumbleWorld, browser: Browser, **consent: Any) -> tuple[Begun, str]:
    """Begin, and decide on the consent page; return where the browser is sent."""
    begun = begin(browser, "pumble")
    return begun, world.pumble.authorize(begun.authorize_url, **consent)


def ended(world: PumbleWorld, browser: Browser, **consent: Any) -> str:
    begun, address = consented(world, browser, **consent)
    return end_of(come_back(browser, address, begun.cookie))


def token_of(world: PumbleWorld, workspace: Workspace) -> tuple[str, ...]:
    return world.pumble.installations.authorized_users(workspace.id)


def without_path_state(world: PumbleWorld) -> str:
    """Return the address that is registered in the app's manifest."""
    (registered,) = world.pumble.manifest.redirect_urls
    return registered


# Consent


def test_the_consent_page_is_asked_with_every_parameter(world: PumbleWorld) -> None:
    begun = begin(world.browser(), "pumble", defaultWorkspaceId=second(world).id, isReinstall=True)
    address, query = begun.authorize_url.partition("?")[0], query_of(begun.authorize_url)
    assert f"{world.pumble.base_url}/access-request" == address
    state = query["state"]
    expected = {
        "redirectUrl": f"{without_path_state(world)}/{state}",
        "clientId": world.pumble.app_id,
        "scopes": "messages:read,bot:messages:write",
        "defaultWorkspaceId": second(world).id,
        "isReinstall": "true",
        "state": state,
    }
    assert expected == query


def test_the_state_is_plain_in_query_and_path(world: PumbleWorld) -> None:
    """Nothing in it needs an escape, so no two parties can disagree about one."""
    state = query_of(begin(world.browser(), "pumble").authorize_url)["state"]
    assert state.isascii()
    assert set() == set(state) - set("._-") - {letter for letter in state if letter.isalnum()}


def test_two_trips_have_two_states(world: PumbleWorld) -> None:
    browser = world.browser()
    urls = [begin(browser, "pumble").authorize_url for _ in range(2)]
    assert 2 == len({query_of(url)["state"] for url in urls})


@pytest.mark.parametrize(
    "options",
    [
        {"defaultWorkspaceId": "a b"},
        {"defaultWorkspaceId": ""},
        {"defaultWorkspaceId": "w" * 61},
        {"defaultWorkspaceId": "w&isReinstall=true"},
        {"defaultWorkspaceId": 7},
        {"isReinstall": "true"},
        {"isReinstall": 1},
        {"redirectUrl": "https://evil.example"},
        {"scopes": "messages:write"},
        {"state": "x"},
    ],
)
def test_an_option_of_another_form_is_refused(world: PumbleWorld, options: dict[str, Any]) -> None:
    answer = world.browser().call("POST", "/api/connections/pumble", json_body=options)
    assert_problem(answer, 400, "body-invalid")


@pytest.mark.parametrize("value", [None, False])
def test_a_flag_that_is_not_set_is_not_sent(world: PumbleWorld, value: object) -> None:
    begun = begin(world.browser(), "pumble", isReinstall=value, defaultWorkspaceId=None)
    assert {"isReinstall", "defaultWorkspaceId"} & set(query_of(begun.authorize_url)) == set()


# The way back


@pytest.mark.parametrize("echo_state", [True, False])
def test_a_user_connects_whether_or_not_the_state_is_echoed(
    world: PumbleWorld, *, echo_state: bool
) -> None:
    world.pumble.echo_state = echo_state
    browser = world.browser()
    begun, address = consented(world, browser)
    assert echo_state == ("state" in query_of(address))
    answer = come_back(browser, address, begun.cookie)
    assert f"{RETURN_PAGE}?{CONNECTED}" == answer.headers["Location"]
    assert "connected" == entry(browser, "pumble")["status"]


def test_the_list_shows_ids_and_names_and_no_token(world: PumbleWorld) -> None:
    browser = connect(world, "pumble")
    workspace = first(world)
    shown = entry(browser, "pumble")
    expected = {
        "workspaceId": workspace.id,
        "workspaceName": workspace.name,
        "userId": workspace.users[0].id,
        "userName": workspace.users[0].name,
        "botId": workspace.bot_id,
    }
    assert ("connected", expected) == (shown["status"], shown["details"])


def test_private_data_holds_the_same_and_the_tokens_only_sealed(world: PumbleWorld) -> None:
    connect(world, "pumble")
    record = world.user.private_data["pumbleConnection"]
    assert {"workspaceId", "workspaceName", "userId", "userName", "botId"} < set(record)
    # Every token of the simulated Pumble is a JWT; by chance a seal may hold `eyJ`, but no dot.
    assert "." not in record["sealed"]
    assert "eyJ" not in json.dumps({**record, "sealed": ""})
    assert record["sealed"]


def test_the_workspace_that_was_chosen_counts_not_the_suggested_one(world: PumbleWorld) -> None:
    browser = world.browser()
    begun = begin(browser, "pumble", defaultWorkspaceId=first(world).id)
    address = world.pumble.authorize(begun.authorize_url, workspace_id=second(world).id)
    assert CONNECTED == end_of(come_back(browser, address, begun.cookie))
    assert second(world).id == entry(browser, "pumble")["details"]["workspaceId"]


def test_an_app_without_a_bot_connects(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, PUMBLE_SCOPES="messages:read,user:read")
    world.pumble.manifest.bot = False
    browser = connect(world, "pumble")
    assert "botId" not in entry(browser, "pumble")["details"]


def test_any_member_may_connect(world: PumbleWorld) -> None:
    browser = connect(world, "pumble", user_id=first(world).users[1].id)
    assert "Remy Rook" == entry(browser, "pumble")["details"]["userName"]


def test_two_users_of_the_marketplace_may_share_a_workspace(world: PumbleWorld) -> None:
    one, two = connect(world, "pumble"), world.browser(world.other_user)
    connect(world, "pumble", two, user_id=first(world).users[1].id)
    names = [entry(browser, "pumble")["details"]["userName"] for browser in (one, two)]
    assert ["Rosa Reed", "Remy Rook"] == names


@pytest.mark.parametrize(("decline", "echo_state"), [("nothing", True), ("error", True)])
@pytest.mark.parametrize("known", [False, True])
def test_who_declines_changes_nothing(
    world: PumbleWorld, decline: Any, *, echo_state: bool, known: bool
) -> None:
    browser = connect(world, "pumble") if known else world.browser()
    before = private_data(world)
    world.pumble.calls.clear()
    world.pumble.decline, world.pumble.echo_state = decline, echo_state
    assert DECLINED == ended(world, browser, decision="decline")
    assert before == private_data(world)
    assert EXCHANGE not in world.pumble.calls


@pytest.mark.parametrize("decline", ["nothing", "error"])
def test_who_declines_is_known_by_the_path(world: PumbleWorld, decline: Any) -> None:
    world.pumble.decline, world.pumble.echo_state = decline, False
    assert DECLINED == ended(world, world.browser(), decision="decline")


@pytest.mark.parametrize("error", ["server_error", "expired", "x" * 3_000, "<script>"])
def test_another_error_is_a_failure_and_not_repeated(world: PumbleWorld, error: str) -> None:
    browser = world.browser()
    begun = begin(browser, "pumble")
    back = query_of(begun.authorize_url)["redirectUrl"]
    answer = come_back(browser, f"{back}?{urlencode({'error': error})}", begun.cookie)
    assert end_of(answer) in (FAILED, DECLINED)
    assert error not in answer.headers["Location"]
    assert EXCHANGE not in world.pumble.calls


def test_an_installation_from_pumbles_own_page_is_not_exchanged(world: PumbleWorld) -> None:
    """It carries no state of ours: a code that nobody began for would be anybody's."""
    asked = {
        "redirectUrl": without_path_state(world),
        "clientId": world.pumble.app_id,
        "scopes": "messages:read,bot:messages:write",
    }
    url = f"{world.pumble.base_url}/access-request?{urlencode(asked)}"
    address = world.pumble.authorize(url)
    assert {"code"} == set(query_of(address))
    browser = world.browser()
    for cookie in (None, begin(browser, "pumble").cookie):
        assert FAILED == end_of(come_back(browser, address, cookie))
    assert EXCHANGE not in world.pumble.calls
    assert {} == world.user.private_data


def test_a_return_without_anything_fails(world: PumbleWorld) -> None:
    browser = world.browser()
    begun = begin(browser, "pumble")
    address = without_path_state(world)
    assert FAILED == end_of(come_back(browser, address, begun.cookie))


@pytest.mark.parametrize("where", ["query", "path", "both"])
def test_a_state_of_another_trip_is_refused_wherever_it_stands(
    world: PumbleWorld, where: str
) -> None:
    browser = world.browser()
    other = query_of(begin(browser, "pumble").authorize_url)["state"]
    begun, address = consented(world, browser)
    own = query_of(begun.authorize_url)["state"]
    path, _, query = address.partition("?")
    assert own in path
    assert own in query
    path = path.replace(own, other) if where != "query" else path
    query = query.replace(own, other) if where != "path" else query
    assert FAILED == end_of(come_back(browser, f"{path}?{query}", begun.cookie))
    assert EXCHANGE not in world.pumble.calls


def test_a_return_in_another_browser_is_refused(world: PumbleWorld) -> None:
    begun, address = consented(world, world.browser())
    for browser, cookie in (
        (world.browser(), None),
        (world.browser(world.other_user), begun.cookie),
        (world.browser(), begin(world.browser(), "pumble").cookie),
    ):
        assert FAILED == end_of(come_back(browser, address, cookie))
    assert EXCHANGE not in world.pumble.calls


def test_a_return_that_is_repeated_connects_nothing_more(world: PumbleWorld) -> None:
    browser = world.browser()
    begun, address = consented(world, browser)
    assert CONNECTED == end_of(come_back(browser, address, begun.cookie))
    before = private_data(world)
    assert CONNECTED == end_of(come_back(browser, address, begun.cookie))
    assert before == private_data(world)


@pytest.mark.parametrize("code", ["", "unknown", "x" * 3_000, "a\r\nb", "☕"])
def test_a_code_that_pumble_does_not_know_connects_nothing(world: PumbleWorld, code: str) -> None:
    browser = world.browser()
    begun = begin(browser, "pumble")
    back = query_of(begun.authorize_url)["redirectUrl"]
    answer = come_back(browser, f"{back}?{urlencode({'code': code})}", begun.cookie)
    assert end_of(answer) in (FAILED, DECLINED)
    assert {} == world.user.private_data


def test_two_codes_are_none(world: PumbleWorld) -> None:
    browser = world.browser()
    begun, address = consented(world, browser)
    answer = come_back(browser, f"{address}&code=another", begun.cookie)
    assert end_of(answer) in (FAILED, DECLINED)
    assert EXCHANGE not in world.pumble.calls


@pytest.mark.parametrize("mode", ["error", "reset", "garbage", "rate-limit"])
def test_while_pumble_is_down_nothing_is_connected(world: PumbleWorld, mode: Mode) -> None:
    browser = world.browser()
    begun, address = consented(world, browser)
    world.pumble.faults.mode = mode
    assert FAILED == end_of(come_back(browser, address, begun.cookie))
    assert {} == world.user.private_data


def test_what_cannot_be_stored_is_given_back(world: PumbleWorld) -> None:
    browser = world.browser()
    begun, address = consented(world, browser)
    world.sharetribe.faults.only_paths = frozenset({"/v1/api/current_user/update_profile"})
    world.sharetribe.faults.mode = "error"
    assert FAILED == end_of(come_back(browser, address, begun.cookie))
    assert (1, ()) == (world.pumble.calls.count(REVOCATION), token_of(world, first(world)))


@pytest.mark.parametrize("mode", ["error", "reset", "garbage"])
def test_names_that_cannot_be_had_stop_no_connection(world: PumbleWorld, mode: Mode) -> None:
    browser = world.browser()
    begun, address = consented(world, browser)
    world.pumble.faults.only_paths = frozenset({"/oauth2/me"})
    world.pumble.faults.mode = mode
    assert CONNECTED == end_of(come_back(browser, address, begun.cookie))
    assert {"workspaceId", "userId", "botId"} == set(entry(browser, "pumble")["details"])


def test_wrong_credentials_of_the_app_connect_nothing(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, PUMBLE_APP_CLIENT_SECRET="another-secret")
    with logged() as lines:
        assert FAILED == ended(world, world.browser())
    assert "another-secret" not in "".join(lines)


def test_the_pages_at_the_end_can_be_replaced(start_world: StartWorld) -> None:
    world = start_world(
        integration_api=True,
        PUMBLE_SUCCESS_URL="https://market.example/welcome?from=chat",
        PUMBLE_ERROR_URL="https://market.example/sorry",
    )
    browser = world.browser()
    begun, address = consented(world, browser)
    addresses = (address, f"{address}&code=another")
    ends = [come_back(browser, one, begun.cookie) for one in addresses]
    assert [
        "https://market.example/welcome?from=chat&pumble=connected",
        "https://market.example/sorry?pumble=failed",
    ] == [answer.headers["Location"] for answer in ends]
    begun, address = consented(world, browser, decision="decline")
    declined = come_back(browser, address, begun.cookie)
    assert "https://market.example/sorry?pumble=declined" == declined.headers["Location"]


def test_nothing_secret_is_logged_on_the_way(world: PumbleWorld) -> None:
    with logged() as lines:
        browser = world.browser()
        begun, address = consented(world, browser)
        come_back(browser, address, begun.cookie)
        browser.call("DELETE", "/api/connections/pumble")
    log = "".join(lines)
    secrets = {
        "code": query_of(address)["code"],
        "state": query_of(address)["state"],
        "nonce": begun.nonce,
        "client secret": world.pumble.client_secret,
        "app key": world.pumble.app_key,
        "signing secret": world.pumble.signing_secret,
        "a token": "eyJ",
    }
    assert [] == [name for name, value in secrets.items() if value in log]
    assert "event=connection" in log
