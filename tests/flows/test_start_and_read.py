"""What a browser may ask for when it starts and reads a verification, and what it gets."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.problems import OWN_PAGE, assert_problem, send, session_cookie
from tests.flows.steps import standing, started
from tests.kit.checks import Check
from tests.kit.clock import FastClock
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN

TRANSIT = {**OWN_PAGE, "Content-Type": "application/transit+json"}


def only_transaction(world: KitWorld) -> Check:
    (transaction,) = world.checks.checks.values()
    return transaction


# Starting


def test_a_second_start_hands_out_the_session_that_is_open(each_check: KitWorld) -> None:
    browser = each_check.browser()
    first, second = browser.start(), browser.start()
    assert (201, 200) == (first.status_code, second.status_code)
    assert first.json() == second.json()
    assert 1 == len(each_check.checks.checks)


def test_another_device_gets_the_same_session(shared: KitWorld) -> None:
    first, second = shared.browser().start(), shared.browser().start()
    assert first.json() == second.json()


def test_another_user_gets_a_session_of_their_own(shared: KitWorld) -> None:
    shared.browser().start()
    assert 201 == shared.browser(shared.other_user).start().status_code


def test_a_session_is_handed_out_until_it_expires(start_world: StartWorld) -> None:
    clock = FastClock()
    world = start_world(clock=clock)
    browser = world.browser()
    reference = started(browser)
    clock.ahead = 29 * 60
    assert browser.start().json()["transactionReference"] == reference
    clock.ahead = 31 * 60
    assert started(browser) != reference
    assert 2 == len(world.checks.checks)


def test_a_restart_begins_a_new_session(shared: KitWorld) -> None:
    browser = shared.browser()
    first, second = started(browser), started(browser, restart=True)
    assert first != second
    assert standing(browser)["transactionReference"] == second


def test_who_is_approved_is_not_verified_again(shared: KitWorld) -> None:
    browser = shared.browser()
    shared.checks.finish(started(browser))
    answered = browser.start()
    assert (200, {"status": "approved"}) == (answered.status_code, answered.json())
    assert 1 == len(shared.checks.checks)


def test_who_is_approved_may_ask_to_be_verified_again(shared: KitWorld) -> None:
    browser = shared.browser()
    shared.checks.finish(started(browser))
    assert started(browser, restart=True)
    assert "pending" == standing(browser)["status"]


@pytest.mark.parametrize("outcome", ["refused", "unclear", "lapsed"])
def test_who_was_not_approved_may_try_again(shared: KitWorld, outcome: str) -> None:
    browser = shared.browser()
    shared.checks.finish(started(browser), outcome)
    assert 201 == browser.start().status_code


def test_a_record_that_the_user_wrote_stops_no_start(shared: KitWorld) -> None:
    shared.user.private_data["idVerification"] = {"status": "approved"}
    assert 201 == shared.browser().start().status_code


@pytest.mark.parametrize("count_of_clicks", [2, 10])
@pytest.mark.parametrize("check", CHECKS)
def test_impatient_clicks_begin_one_verification(
    start_world: StartWorld, check: str, count_of_clicks: int
) -> None:
    world = start_world(INTEGRATIONS=check)
    arrived = threading.Semaphore(0)

    def count() -> None:
        arrived.release()

    world.app.before_request(count)
    world.checks.faults.mode = "hang"
    browser = world.browser()
    answers: list[requests.Response] = []
    clicks = [
        threading.Thread(target=lambda: answers.append(browser.start()))
        for _ in range(count_of_clicks)
    ]
    for click in clicks:
        click.start()
    for _ in clicks:
        assert arrived.acquire(timeout=10)
    world.checks.faults.reset()
    for click in clicks:
        click.join()
    statuses = sorted(answered.status_code for answered in answers)
    assert [200] * (count_of_clicks - 1) + [201] == statuses
    assert 1 == len({answered.text for answered in answers})
    assert 1 == len(world.checks.checks)


# What may be chosen


def test_a_start_needs_no_body(shared: KitWorld) -> None:
    headers = {**TRANSIT, "Content-Length": "0"}
    answered = send(shared, "POST", headers=headers, cookie=session_cookie(shared))
    assert 201 == answered.status_code


def test_what_is_chosen_reaches_the_vendor_as_vendors_write_it(each_check: KitWorld) -> None:
    chosen = {
        "locale": "PT-br",
        "successUrl": f"{MARKETPLACE_ORIGIN.replace('market', 'Market')}:443//verified/%C3%A9",
        "errorUrl": f"{MARKETPLACE_ORIGIN}/account/failed",
    }
    assert 201 == each_check.browser().start(**chosen).status_code
    transaction = only_transaction(each_check)
    assert "pt-BR" == transaction.locale
    assert f"{MARKETPLACE_ORIGIN}//verified/%C3%A9" == transaction.success_url
    assert chosen["errorUrl"] == transaction.error_url


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("en_US", "en"),
        ("en-u-ca-buddhist", "en"),
        ("pt", "pt-BR"),
        ("de-AT", "de"),
        ("es-419", None),
        ("zh-Hant", None),
        ("fil", None),
        ("i-klingon", None),
    ],
)
def test_a_language_is_told_as_the_vendor_has_it_or_not_at_all(
    each_check: KitWorld, asked: str, told: str | None
) -> None:
    assert 201 == each_check.browser().start(locale=asked).status_code
    assert told == only_transaction(each_check).locale


def test_a_page_that_hands_on_its_own_address_can_do_so_again(shared: KitWorld) -> None:
    page = f"{MARKETPLACE_ORIGIN}/account"
    back = f"{page}?outcome=refused&check=4711"
    assert 201 == shared.browser().start(successUrl=back, errorUrl=f"{page}?").status_code
    transaction = only_transaction(shared)
    assert (page, page) == (transaction.success_url, transaction.error_url)


@pytest.mark.parametrize("name", ["successUrl", "errorUrl"])
def test_a_query_is_refused_where_the_vendor_takes_none(shared: KitWorld, name: str) -> None:
    page = f"{MARKETPLACE_ORIGIN}/account?tab=checks&outcome=refused"
    document = assert_problem(shared.browser().start(**{name: page}), 400, "body-invalid")
    assert f"{name} must have no query" in document["detail"]
    assert [] == shared.checks.calls


def test_a_query_stays_where_the_vendor_takes_one(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="facecheck")
    page = f"{MARKETPLACE_ORIGIN}/account?tab=checks&outcome=refused"
    assert 201 == world.browser().start(successUrl=page).status_code
    assert page == only_transaction(world).success_url


def test_a_null_field_counts_as_not_given(each_check: KitWorld) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("locale", "successUrl", "errorUrl", "restart"))
    assert 201 == each_check.browser().start(**nothing).status_code
    transaction = only_transaction(each_check)
    assert (None, None) == (transaction.success_url, transaction.error_url)


@pytest.mark.parametrize("name", ["successUrl", "errorUrl"])
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        f"{MARKETPLACE_ORIGIN}.evil.example/",
        f"{MARKETPLACE_ORIGIN}@evil.example/",
        f"{MARKETPLACE_ORIGIN}:8443/",
        "http://market.example/",
        "//market.example/",
        "/account",
        "javascript:alert(1)",
        "https://evil.example\\@market.example/",
        "https://market.example /",
        f"{MARKETPLACE_ORIGIN}/\n",
        f"{MARKETPLACE_ORIGIN}/{{id}}",
        f"{MARKETPLACE_ORIGIN}/a%2",
        "",
    ],
)
def test_a_return_address_lies_in_the_marketplace(shared: KitWorld, name: str, url: str) -> None:
    document = assert_problem(shared.browser().start(**{name: url}), 400, "body-invalid")
    assert name in document["detail"]


@pytest.mark.parametrize(("name", "longest"), [("successUrl", 2047), ("errorUrl", 255)])
def test_a_return_address_is_as_long_as_the_vendor_takes(
    shared: KitWorld, name: str, longest: int
) -> None:
    address = f"{MARKETPLACE_ORIGIN}/".ljust(longest, "x")
    browser = shared.browser()
    document = assert_problem(browser.start(**{name: address + "x"}), 400, "body-invalid")
    assert f"{name} is longer than {longest}" in document["detail"]
    assert 201 == browser.start(**{name: address}).status_code


@pytest.mark.parametrize(
    "origin", ["https://market.example:8443", "https://203.0.113.7", "http://market.example"]
)
def test_a_return_address_that_the_vendor_refuses_is_refused_here(
    start_world: StartWorld, origin: str
) -> None:
    world = start_world(MARKETPLACE_ORIGINS=origin)
    answered = world.browser().start(successUrl=f"{origin}/")
    assert "domain name and no port" in assert_problem(answered, 400, "body-invalid")["detail"]
    assert [] == world.checks.calls


def test_without_listed_origins_no_return_address_is_taken(start_world: StartWorld) -> None:
    world = start_world(MARKETPLACE_ORIGINS=None)
    answered = world.browser().start(successUrl=f"{MARKETPLACE_ORIGIN}/")
    assert_problem(answered, 400, "body-invalid")


@pytest.mark.parametrize(
    "body",
    [
        f'["^ ","~:locale","de","~:successUrl","{MARKETPLACE_ORIGIN}/ok","~:restart",true]',
        f'{{"~:locale":"de","~:successUrl":"{MARKETPLACE_ORIGIN}/ok","~:restart":true}}',
        f'["^ ","~:locale","de","~:errorUrl",null,"~:successUrl","{MARKETPLACE_ORIGIN}/ok"]',
        f'["^ ","locale","de","successUrl","~r{MARKETPLACE_ORIGIN}/ok"]',
    ],
)
@pytest.mark.parametrize("suffix", ["", ";charset=utf-8"])
def test_a_transit_body_is_read(shared: KitWorld, body: str, suffix: str) -> None:
    headers = {**OWN_PAGE, "Content-Type": f"application/transit+json{suffix}"}
    answered = send(
        shared, "POST", headers=headers, cookie=session_cookie(shared), body=body.encode()
    )
    assert 201 == answered.status_code
    transaction = only_transaction(shared)
    assert (transaction.locale, transaction.success_url) == ("de", f"{MARKETPLACE_ORIGIN}/ok")


def test_a_transit_body_names_its_wrong_field_too(shared: KitWorld) -> None:
    body = b'["^ ","~:restart","yes"]'
    answered = send(shared, "POST", headers=TRANSIT, cookie=session_cookie(shared), body=body)
    assert "restart" in assert_problem(answered, 400, "body-invalid")["detail"]


# Who asks


def test_basic_authentication_in_front_of_the_marketplace_does_no_harm(shared: KitWorld) -> None:
    headers = {**OWN_PAGE, "Authorization": "Basic dXNlcjpwYXNz"}
    assert 200 == send(shared, headers=headers, cookie=session_cookie(shared)).status_code


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bearer_token_is_enough(shared: KitWorld, method: str) -> None:
    token = shared.sharetribe.log_in(shared.user.id)["access_token"]
    answered = send(shared, method, headers={"Authorization": f"Bearer {token}"})
    assert answered.ok


def test_a_bearer_token_that_is_unknown_has_expired(shared: KitWorld) -> None:
    answered = send(shared, headers={"Authorization": "Bearer made-up"})
    assert_problem(answered, 401, "session-expired")


def test_a_bearer_session_seals_a_reference_without_token(shared: KitWorld) -> None:
    token = shared.sharetribe.log_in(shared.user.id)["access_token"]
    assert send(shared, "POST", headers={"Authorization": f"Bearer {token}"}).ok
    # 2 bytes of header, 16 of synthetic IV and 28 of content, in base64url.
    assert 62 == len(only_transaction(shared).reference)


# Reading


def test_nothing_stored_is_none(shared: KitWorld) -> None:
    assert {"status": "none", "verified": False, "checksum": "absent"} == standing(shared.browser())


def test_a_started_verification_is_pending(each_check: KitWorld) -> None:
    browser = each_check.browser()
    reference = started(browser)
    told = standing(browser)
    assert ("pending", False, "valid") == (told["status"], told["verified"], told["checksum"])
    assert told["transactionReference"] == reference
    assert {"provider", "startedAt", "redirectUrl", "expiresAt"} < set(told)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("word", "status", "verified"),
    [
        ("passed", "approved", True),
        ("refused", "rejected", False),
        ("unclear", "failed", False),
        ("lapsed", "expired", False),
    ],
)
def test_a_finished_verification_is_told(
    start_world: StartWorld, check: str, word: str, status: str, verified: bool
) -> None:
    world = start_world(INTEGRATIONS=check)
    browser = world.browser()
    world.checks.finish(started(browser), word)
    told = standing(browser)
    assert (status, verified, "valid") == (told["status"], told["verified"], told["checksum"])
    assert "redirectUrl" not in told
    assert ("reason" in told) is not verified


@pytest.mark.parametrize(
    ("checksum", "expected"), [(None, "absent"), ("1.AAAA", "invalid"), (7, "invalid")]
)
def test_a_record_that_the_user_wrote_is_invalid(
    shared: KitWorld, checksum: object, expected: str
) -> None:
    record = {"status": "approved", "transactionReference": "made-up", "verified": True}
    shared.user.private_data["idVerification"] = record
    if checksum is not None:
        shared.user.private_data["idVerificationChecksum"] = checksum
    assert standing(shared.browser()) == {
        "status": "invalid",
        "verified": False,
        "checksum": expected,
    }
    assert [] == shared.checks.calls


def test_reading_what_is_finished_asks_nobody_but_the_marketplace(shared: KitWorld) -> None:
    browser = shared.browser()
    shared.checks.finish(started(browser))
    shared.checks.calls.clear()
    shared.sharetribe.calls.clear()
    browser.read()
    assert (
        [],
        ["GET /v1/api/current_user/show"],
    ) == (shared.checks.calls, shared.sharetribe.calls)


def test_head_is_answered_as_get_without_a_body(shared: KitWorld) -> None:
    answered = send(shared, "HEAD", headers=OWN_PAGE, cookie=session_cookie(shared))
    assert (200, b"") == (answered.status_code, answered.content)


def test_the_templates_helper_may_send_its_content_type_with_a_get(shared: KitWorld) -> None:
    answered = send(shared, headers=TRANSIT, cookie=session_cookie(shared))
    assert 200 == answered.status_code
