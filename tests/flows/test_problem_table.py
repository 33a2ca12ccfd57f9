"""Every row of the problem table: which situation is answered how, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from sandbox.faults import Mode
from tests.conftest import StartWorld
from tests.flows.problems import (
    FORM,
    OWN_PAGE,
    PATH,
    assert_problem,
    send,
    session_cookie,
)
from tests.flows.steps import started
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN, Browser

FAULTS = [mode for mode in get_args(Mode) if mode != "ok"]
BOTH = pytest.mark.parametrize("method", ["GET", "POST"])
JSON = {**OWN_PAGE, "Content-Type": "application/json"}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests end soon, so that what hangs need not be waited for as long as in production."""
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", 0.6)


# Sessions


@BOTH
def test_no_cookie(shared: KitWorld, method: str) -> None:
    answer = send(shared, method, headers=OWN_PAGE)
    assert_problem(answer, 401, "session-missing")
    assert 'Bearer realm="marketplace"' == answer.headers["WWW-Authenticate"]


@BOTH
@pytest.mark.parametrize("cookie", ["nonsense", "%7B", "%FF", "[]", '"{"', "%00"])
def test_an_unreadable_cookie(shared: KitWorld, method: str, cookie: str) -> None:
    answer = send(shared, method, headers=OWN_PAGE, cookie=cookie)
    assert_problem(answer, 401, "session-unreadable")
    assert "WWW-Authenticate" in answer.headers


@BOTH
def test_an_anonymous_session(shared: KitWorld, method: str) -> None:
    browser = Browser(shared, shared.sharetribe.anonymous())
    assert_problem(browser.call(method), 401, "session-anonymous")


@BOTH
def test_a_dead_session_is_left_as_it_is(shared: KitWorld, method: str) -> None:
    browser = shared.browser()
    shared.sharetribe.log_out(shared.user.id)
    shared.sharetribe.expire_access_tokens()
    answer = browser.call(method)
    assert_problem(answer, 401, "session-expired")
    assert "Set-Cookie" not in answer.headers


@BOTH
def test_an_operators_session(shared: KitWorld, method: str) -> None:
    browser = Browser(shared, shared.sharetribe.log_in_as(shared.user.id))
    assert_problem(browser.call(method), 403, "session-impersonated")
    assert [] == shared.sharetribe.calls


@BOTH
def test_a_user_who_may_not(shared: KitWorld, method: str) -> None:
    browser = shared.browser()
    shared.user.banned = True
    assert_problem(browser.call(method), 403, "session-forbidden")


def test_a_session_that_fits_nowhere(shared: KitWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.sharetribe, "refresh_token_maker", lambda: "x" * 300)
    assert_problem(shared.browser().start(), 400, "session-unsupported")
    assert [] == shared.checks.calls


def test_no_session_is_ever_revoked(shared: KitWorld) -> None:
    browser = shared.browser()
    browser.start()
    browser.read()
    assert "POST /v1/auth/revoke" not in shared.sharetribe.calls


# Other sites


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Sec-Fetch-Site": "same-site"}),
        ("GET", {"Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Origin": "https://evil.example"}),
        ("GET", {"Origin": "https://evil.example"}),
        ("POST", {"Origin": "null"}),
        ("POST", {}),
    ],
)
def test_a_request_of_another_site(shared: KitWorld, method: str, headers: dict[str, str]) -> None:
    answer = send(shared, method, headers=headers, cookie=session_cookie(shared))
    assert_problem(answer, 403, "cross-site")
    assert [] == shared.sharetribe.calls


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Origin": MARKETPLACE_ORIGIN, "Sec-Fetch-Site": "cross-site"}),
        ("POST", {"Origin": MARKETPLACE_ORIGIN}),
        ("POST", {"Sec-Fetch-Site": "same-origin"}),
        ("GET", {"Sec-Fetch-Site": "none"}),
        ("GET", {}),
    ],
)
def test_a_request_of_our_own_site(shared: KitWorld, method: str, headers: dict[str, str]) -> None:
    answer = send(shared, method, headers=headers, cookie=session_cookie(shared))
    assert answer.status_code in (200, 201)


def test_a_bearer_token_is_sent_by_no_browser_unasked(shared: KitWorld) -> None:
    token = shared.sharetribe.log_in(shared.user.id)["access_token"]
    headers = {"Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {token}"}
    assert 201 == send(shared, "POST", headers=headers).status_code


# Bodies


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"locale": 5}, "locale"),
        ({"locale": "english"}, "locale"),
        ({"locale": ""}, "locale"),
        ({"locale": "en-GB\n"}, "locale"),
        ({"restart": "true"}, "restart"),
        ({"restart": 1}, "restart"),
        ({"successUrl": 5}, "successUrl"),
        ({"errorUrl": ["x"]}, "errorUrl"),
        ({"colour": "red"}, "colour"),
        ({"callbackUrl": MARKETPLACE_ORIGIN}, "callbackUrl"),
        ({"userReference": None}, "userReference"),
        ({"<b>": 1}, "odd name"),
        ({"x" * 61: 1}, "odd name"),
    ],
)
def test_a_wrong_field_is_named(shared: KitWorld, body: dict[str, object], named: str) -> None:
    document = assert_problem(shared.browser().start(**body), 400, "body-invalid")
    assert named in document["detail"]
    assert [] == shared.checks.calls


@pytest.mark.parametrize("content_type", ["application/json", "application/transit+json"])
@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"null", b'"text"', b"\xff", b"{}x", b"[" * 5000, b'["~#x",1]']
)
def test_a_body_that_is_no_object(shared: KitWorld, content_type: str, body: bytes) -> None:
    headers = {**OWN_PAGE, "Content-Type": content_type}
    answer = send(shared, "POST", headers=headers, cookie=session_cookie(shared), body=body)
    assert_problem(answer, 400, "body-invalid")


@pytest.mark.parametrize("content_type", ["text/plain", FORM, "application/jsonp", "", "json"])
def test_a_body_of_another_type(shared: KitWorld, content_type: str) -> None:
    headers = {**OWN_PAGE, "Content-Type": content_type}
    answer = send(shared, "POST", headers=headers, cookie=session_cookie(shared), body=b"{}")
    assert_problem(answer, 415, "content-type-unsupported")


def in_chunks(size: int) -> Iterator[bytes]:
    """Yield an empty JSON object of so many bytes; what is iterated over is sent in chunks."""
    body = b"{}".ljust(size)
    for start in range(0, size, 1000):
        yield body[start : start + 1000]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", [PATH, "/api/callbacks/passcheck"])
def test_a_body_of_more_than_100_kb(shared: KitWorld, path: str, chunked: bool) -> None:
    size = 100 * 1024 + 1
    body = in_chunks(size) if chunked else b"{}".ljust(size)
    answer = send(shared, "POST", path, headers=JSON, cookie=session_cookie(shared), body=body)
    assert_problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_exactly_100_kb(shared: KitWorld, chunked: bool) -> None:
    body = in_chunks(100 * 1024) if chunked else b"{}".ljust(100 * 1024)
    answer = send(shared, "POST", headers=JSON, cookie=session_cookie(shared), body=body)
    assert 201 == answer.status_code


# Addresses


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/login-as",
        "/api/id-verification/x",
        "/api/connections",
        "/.env",
        "//",
        "/%00",
    ],
)
def test_an_address_where_nothing_is(shared: KitWorld, path: str) -> None:
    assert_problem(send(shared, path=path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", PATH, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("PUT", PATH, {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/api/callbacks/passcheck", {"OPTIONS", "POST"}),
        ("PATCH", "/api/callbacks/passcheck/segment", {"OPTIONS", "POST"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_an_address_does_not_answer(
    shared: KitWorld, method: str, path: str, allowed: set[str]
) -> None:
    answer = send(shared, method, path)
    assert_problem(answer, 405, "method-not-allowed")
    assert allowed == set(answer.headers["Allow"].replace(" ", "").split(","))


# Upstreams, as a user's browser sees them


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_vendor_that_cannot_be_used_now(start_world: StartWorld, check: str, fault: Mode) -> None:
    world = start_world(INTEGRATIONS=check)
    world.checks.faults.mode = fault
    answer = world.browser().start()
    assert_problem(answer, 503, "vendor-unavailable")
    assert "5" == answer.headers["Retry-After"]
    assert world.verification() is None


@pytest.mark.parametrize("check", CHECKS)
def test_a_vendor_that_refuses(start_world: StartWorld, check: str) -> None:
    world = start_world(INTEGRATIONS=check, **{f"{check.upper()}_API_KEY": "another-key"})
    answer = world.browser().start()
    assert_problem(answer, 502, "vendor-refused")
    assert "Retry-After" not in answer.headers


@BOTH
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_marketplace_that_cannot_be_used_now(shared: KitWorld, method: str, fault: Mode) -> None:
    browser = shared.browser()
    shared.sharetribe.faults.mode = fault
    answer = browser.call(method)
    assert_problem(answer, 503, "marketplace-unavailable")
    assert "5" == answer.headers["Retry-After"]
    assert [] == shared.checks.calls


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_marketplace_that_cannot_be_written_to_now(start_world: StartWorld, fault: Mode) -> None:
    world = start_world()
    world.sharetribe.faults.only_paths = frozenset({"/v1/api/current_user/update_profile"})
    world.sharetribe.faults.mode = fault
    assert_problem(world.browser().start(), 503, "marketplace-unavailable")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_marketplace_that_cannot_renew_a_session_now(shared: KitWorld, fault: Mode) -> None:
    browser = shared.browser()
    shared.sharetribe.expire_access_tokens()
    shared.sharetribe.faults.only_paths = frozenset({"/v1/auth/token"})
    shared.sharetribe.faults.mode = fault
    assert_problem(browser.read(), 503, "marketplace-unavailable")


def fill_up(world: KitWorld) -> None:
    """Leave no room in the user's private data, which holds 50 KB."""
    world.user.private_data["notes"] = "x" * 51_000


def test_a_marketplace_that_refuses(world: KitWorld) -> None:
    fill_up(world)
    answer = world.browser().start()
    assert_problem(answer, 502, "marketplace-refused")
    assert "Retry-After" not in answer.headers


def test_a_result_that_the_marketplace_refuses_is_asked_for_again(shared: KitWorld) -> None:
    reference = started(shared.browser())
    shared.user.private_data.clear()
    fill_up(shared)
    assert [502] == shared.checks.finish(reference)
    assert shared.verification() is None
