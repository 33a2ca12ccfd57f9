"""What all answers share: request ids, security headers, CORS, and the session handed back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

import pytest
import requests

from tests.conftest import StartWorld
from tests.flows.problems import (
    CALLBACK_PATH,
    OWN_PAGE,
    PATH,
    assert_problem,
    is_uuid,
    send,
    session_cookie,
)
from tests.kit.world import KitWorld
from tests.proxy.loopback import LoopbackServer, Serve, answer, answering
from tests.world import MARKETPLACE_ORIGIN, Browser

Ask = Callable[..., requests.Response]


def ask_for_the_standing(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, headers={**OWN_PAGE, **headers}, cookie=session_cookie(world))


def ask_without_session(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, headers={**OWN_PAGE, **headers})


def ask_for_nothing(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, path="/nothing", headers=headers)


def ask_with_a_wrong_method(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, "DELETE", headers=headers)


def ask_too_much(world: KitWorld, **headers: str) -> requests.Response:
    sent = {**OWN_PAGE, **headers, "Content-Type": "application/json"}
    return send(world, "POST", headers=sent, cookie=session_cookie(world), body=b" " * 200_000)


def ask_whether_alive(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, path="/healthz", headers=headers)


def ask_as_a_vendor(world: KitWorld, **headers: str) -> requests.Response:
    return send(world, "POST", CALLBACK_PATH, headers=headers)


EVERY_ANSWER = pytest.mark.parametrize(
    "ask",
    [
        ask_for_the_standing,
        ask_without_session,
        ask_for_nothing,
        ask_with_a_wrong_method,
        ask_too_much,
        ask_whether_alive,
        ask_as_a_vendor,
    ],
)


# Request ids


@EVERY_ANSWER
def test_a_request_keeps_the_id_that_it_came_with(shared: KitWorld, ask: Ask) -> None:
    answered = ask(shared, **{"X-Request-Id": "a1.B2_c3-d4"})
    assert "a1.B2_c3-d4" == answered.headers["X-Request-Id"]


@pytest.mark.parametrize("odd", ["", "two words", "x" * 129, "a;b", "<b>", "caf\xe9", '"', "a\tb"])
def test_an_odd_request_id_is_replaced(shared: KitWorld, odd: str) -> None:
    answered = ask_without_session(shared, **{"X-Request-Id": odd})
    document = assert_problem(answered, 401, "session-missing")
    assert is_uuid(document["requestId"])


def test_the_longest_request_id_is_kept(shared: KitWorld) -> None:
    answered = ask_whether_alive(shared, **{"X-Request-Id": "x" * 128})
    assert answered.headers["X-Request-Id"] == "x" * 128


def test_every_request_has_its_own_id(shared: KitWorld) -> None:
    first, second = ask_whether_alive(shared), ask_whether_alive(shared)
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


# Headers


@EVERY_ANSWER
def test_every_answer_is_secured(shared: KitWorld, ask: Ask) -> None:
    headers = ask(shared).headers
    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "no-store" == headers["Cache-Control"]
    assert "no-referrer" == headers["Referrer-Policy"]
    assert "default-src 'none'; frame-ancestors 'none'" == headers["Content-Security-Policy"]
    assert "max-age=31536000" == headers["Strict-Transport-Security"]
    assert "same-site" == headers["Cross-Origin-Resource-Policy"]
    assert headers["Content-Type"] in ("application/json", "application/problem+json")


# CORS


@EVERY_ANSWER
def test_a_listed_origin_may_read_every_answer(shared: KitWorld, ask: Ask) -> None:
    headers = ask(shared, Origin=MARKETPLACE_ORIGIN).headers
    assert MARKETPLACE_ORIGIN == headers["Access-Control-Allow-Origin"]
    assert "true" == headers["Access-Control-Allow-Credentials"]
    assert "X-Request-Id, Retry-After" == headers["Access-Control-Expose-Headers"]
    assert "Origin" == headers["Vary"]


@EVERY_ANSWER
@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{MARKETPLACE_ORIGIN}.evil"])
def test_another_origin_may_read_nothing(shared: KitWorld, ask: Ask, origin: str) -> None:
    headers = ask(shared, Origin=origin).headers
    assert "Access-Control-Allow-Origin" not in headers
    assert "Access-Control-Allow-Credentials" not in headers
    assert "Origin" == headers["Vary"]


def preflight(world: KitWorld, method: str, origin: str = MARKETPLACE_ORIGIN) -> requests.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }
    return send(world, "OPTIONS", headers=asked)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_preflight_allows_what_the_route_answers(shared: KitWorld, method: str) -> None:
    answered = preflight(shared, method)
    assert 200 == answered.status_code
    assert MARKETPLACE_ORIGIN == answered.headers["Access-Control-Allow-Origin"]
    assert method in answered.headers["Access-Control-Allow-Methods"].split(", ")
    assert "600" == answered.headers["Access-Control-Max-Age"]


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (None, "Authorization, Content-Type"),
        ("content-type", "Content-Type, Authorization"),
        (
            "content-type,sentry-trace, baggage,,traceparent",
            "Content-Type, sentry-trace, baggage, traceparent, Authorization",
        ),
        ("x-datadog-trace-id, a b, é, x:y", "x-datadog-trace-id, Authorization, Content-Type"),
        (f"x-{'y' * 200}", "Authorization, Content-Type"),
    ],
)
def test_a_preflight_allows_the_headers_that_a_page_asks_for(
    shared: KitWorld, asked: str | None, allowed: str
) -> None:
    headers = {"Origin": MARKETPLACE_ORIGIN, "Access-Control-Request-Method": "POST"}
    more = {} if asked is None else {"Access-Control-Request-Headers": asked}
    answered = send(shared, "OPTIONS", headers={**headers, **more})
    assert allowed == answered.headers["Access-Control-Allow-Headers"]


def test_a_preflight_does_not_allow_another_method(shared: KitWorld) -> None:
    assert "Access-Control-Allow-Methods" not in preflight(shared, "DELETE").headers


def test_a_preflight_of_another_origin_allows_nothing(shared: KitWorld) -> None:
    headers = preflight(shared, "POST", "https://evil.example").headers
    assert [] == [name for name in headers if name.lower().startswith("access-control-")]


def test_without_listed_origins_there_is_no_cors(start_world: StartWorld) -> None:
    headers = ask_for_nothing(start_world(MARKETPLACE_ORIGINS=None), Origin="https://a.example")
    assert "Vary" not in headers.headers
    assert "Access-Control-Allow-Origin" not in headers.headers


# The session


def test_a_session_that_was_not_renewed_is_not_handed_back(shared: KitWorld) -> None:
    assert "Set-Cookie" not in shared.browser().start().headers


@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_renewed_session_is_handed_back(
    start_world: StartWorld, rotation: str, method: str
) -> None:
    world = start_world(rotation=rotation)
    browser = world.browser()
    for _ in range(3):
        world.sharetribe.expire_access_tokens()
        answered = browser.call(method)
        assert answered.ok
        assert "Set-Cookie" in answered.headers


def test_the_renewed_cookie_is_written_as_the_sdk_writes_it(start_world: StartWorld) -> None:
    world = start_world(rotation="strict")
    old = world.sharetribe.log_in(world.user.id)
    browser = Browser(world, {**old, "futureKey": 1})
    world.sharetribe.expire_access_tokens()
    written = browser.read().headers["Set-Cookie"]
    pair, *attributes = written.split("; ")
    name, value = pair.split("=", 1)
    assert name == f"st-{world.sharetribe.client_id}-token"
    assert value.startswith("%7B%22access_token%22%3A%22")
    token = json.loads(unquote(value))
    assert token["access_token"] != old["access_token"]
    assert token["refresh_token"] != old["refresh_token"]
    assert ("user", "bearer", 600) == (token["scope"], token["token_type"], token["expires_in"])
    kinds = {attribute.partition("=")[0] for attribute in attributes}
    assert {"Expires", "Max-Age", "Path", "SameSite"} == kinds
    assert {"Max-Age=15552000", "Path=/", "SameSite=Lax"} < set(attributes)
    (expires,) = [part[8:] for part in attributes if part.startswith("Expires=")]
    left = parsedate_to_datetime(expires).timestamp() - time.time()
    assert abs(left - 15_552_000) < 60


def test_the_renewed_cookie_is_secure_unless_told_otherwise(start_world: StartWorld) -> None:
    world = start_world(COOKIE_SECURE=None)
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    assert "; Secure" in browser.read().headers["Set-Cookie"]


def test_a_session_is_handed_back_with_a_refusal_too(start_world: StartWorld) -> None:
    world = start_world(rotation="strict")
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    world.checks.faults.mode = "error"
    assert_problem(browser.start(), 503, "vendor-unavailable")
    world.checks.faults.reset()
    assert 201 == browser.start().status_code


def test_a_cookie_in_the_browser_sdks_encoding_is_renewed(start_world: StartWorld) -> None:
    world = start_world(rotation="strict")
    browser = world.browser()
    raw = browser.cookie or ""
    browser.cookie = raw.replace("%7B", "{").replace("%7D", "}").replace("%3A", ":")
    world.sharetribe.expire_access_tokens()
    assert 200 == browser.read().status_code
    assert 200 == browser.read().status_code


def test_a_bearer_session_is_never_renewed(shared: KitWorld) -> None:
    token = shared.sharetribe.log_in(shared.user.id)["access_token"]
    shared.sharetribe.expire_access_tokens()
    answered = send(shared, headers={"Authorization": f"Bearer {token}"})
    assert_problem(answered, 401, "session-expired")
    assert "Set-Cookie" not in answered.headers
    assert "POST /v1/auth/token" not in shared.sharetribe.calls


# Upstreams that say strange things


@pytest.fixture
def served() -> Iterator[Callable[[Serve], LoopbackServer]]:
    """Return a function that serves on loopback."""
    servers: list[LoopbackServer] = []

    def start(serve: Serve) -> LoopbackServer:
        servers.append(LoopbackServer(serve))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_an_upstreams_wish_when_to_come_again_is_passed_on(
    start_world: StartWorld, served: Callable[[Serve], LoopbackServer]
) -> None:
    busy = answer(b"", "Retry-After: 17", status="429 Too Many Requests")
    world = start_world(SHARETRIBE_BASE_URL=served(answering(busy)).url)
    answered = world.browser().read()
    assert_problem(answered, 503, "marketplace-unavailable")
    assert "17" == answered.headers["Retry-After"]


USER_ID = "3c073fae-6172-4e75-8b92-f560d58cd47c"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": None},
        {"data": []},
        {"data": {"id": "not-a-uuid", "attributes": {"profile": {}}}},
        {"data": {"id": 7, "attributes": {"profile": {}}}},
        {"data": {"id": USER_ID}},
        {"data": {"id": USER_ID, "attributes": None}},
        {"data": {"id": USER_ID, "attributes": {"profile": []}}},
        {"data": {"id": USER_ID, "attributes": {"profile": {"privateData": [1]}}}},
    ],
)
def test_a_strange_user_is_the_marketplaces_fault(
    start_world: StartWorld, served: Callable[[Serve], LoopbackServer], document: object
) -> None:
    server = served(answering(answer(json.dumps(document).encode())))
    answered = start_world(SHARETRIBE_BASE_URL=server.url).browser().read()
    assert_problem(answered, 503, "marketplace-unavailable")


def test_no_upstream_text_reaches_an_answer(
    start_world: StartWorld, served: Callable[[Serve], LoopbackServer]
) -> None:
    body = json.dumps({"errors": [{"code": "secret-code", "title": "secret-title"}]}).encode()
    server = served(answering(answer(body, "X-Upstream: secret", status="409 Conflict")))
    answered = start_world(SHARETRIBE_BASE_URL=server.url).browser().read()
    assert_problem(answered, 502, "marketplace-refused")
    assert "secret" not in answered.text + str(answered.headers)


def test_the_path_of_the_standing_is_what_the_tests_ask(shared: KitWorld) -> None:
    assert 200 == send(shared, "HEAD", PATH, cookie=session_cookie(shared)).status_code
