"""Several sessions in one request, one session in several requests, and sessions of strangers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.sharetribe.call_budget import CALLS_AT_ONCE
from sandbox.sharetribe.tokens import Rotation
from tests.conftest import StartWorld
from tests.flows.problems import OWN_PAGE, PATH, assert_problem, send, session_cookie
from tests.kit.world import KitWorld
from tests.world import Browser, encode_cookie


def cookie_of_a_stranger(world: KitWorld) -> str:
    return encode_cookie(world.sharetribe.log_in(world.other_user.id))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_two_sessions_that_differ_are_nobodys(shared: KitWorld, method: str) -> None:
    name = f"st-{shared.sharetribe.client_id}-token"
    shared.sharetribe.expire_access_tokens()
    both = f"{cookie_of_a_stranger(shared)}; {name}={session_cookie(shared)}"
    shared.sharetribe.calls.clear()
    answer = send(shared, method, headers=OWN_PAGE, cookie=both)
    assert_problem(answer, 401, "session-ambiguous")
    assert ([], []) == (shared.sharetribe.calls, shared.checks.calls)
    assert "Set-Cookie" not in answer.headers


def test_a_bearer_token_beside_another_users_session_is_nobodys(shared: KitWorld) -> None:
    token = shared.sharetribe.log_in(shared.user.id)["access_token"]
    headers = {**OWN_PAGE, "Authorization": f"Bearer {token}"}
    answer = send(shared, "POST", headers=headers, cookie=cookie_of_a_stranger(shared))
    assert_problem(answer, 401, "session-ambiguous")
    assert ([], []) == (shared.sharetribe.calls, shared.checks.calls)


def test_quotation_marks_in_other_cookies_hide_no_session(shared: KitWorld) -> None:
    name = f"st-{shared.sharetribe.client_id}-token"
    headers = {**OWN_PAGE, "Cookie": f'a="x; {name}={session_cookie(shared)}; b=y"'}
    assert 200 == send(shared, headers=headers).status_code


def test_a_page_that_asks_several_things_at_once_renews_its_session_once(
    start_world: StartWorld,
) -> None:
    world = start_world(rotation="strict")
    token = world.sharetribe.log_in(world.user.id)
    browsers = [Browser(world, token) for _ in range(6)]
    world.sharetribe.expire_access_tokens()
    with ThreadPoolExecutor(len(browsers)) as pool:
        answers = list(pool.map(lambda browser: browser.read(), browsers))
    assert [200] * 6 == [answer.status_code for answer in answers]
    assert 1 == len({browser.cookie for browser in browsers})
    assert 1 == world.sharetribe.calls.count("POST /v1/auth/token")


@pytest.mark.parametrize("rotation", ["none", "strict"])
def test_what_an_old_cookie_was_renewed_to_is_renewed_when_it_has_ended_too(
    start_world: StartWorld, rotation: Rotation
) -> None:
    world = start_world(rotation=rotation)
    token = world.sharetribe.log_in(world.user.id)
    for _ in range(2):
        world.sharetribe.expire_access_tokens()
        assert 200 == Browser(world, token).read().status_code
    assert 2 == world.sharetribe.calls.count("POST /v1/auth/token")


def test_a_session_that_has_ended_is_asked_about_once(shared: KitWorld) -> None:
    cookie = session_cookie(shared)
    shared.sharetribe.log_out(shared.user.id)
    shared.sharetribe.expire_access_tokens()
    shared.sharetribe.calls.clear()
    for _ in range(3):
        assert_problem(send(shared, headers=OWN_PAGE, cookie=cookie), 401, "session-expired")
    assert ["GET /v1/api/current_user/show", "POST /v1/auth/token"] == shared.sharetribe.calls


def test_made_up_sessions_use_up_only_what_their_sender_has(start_world: StartWorld) -> None:
    world = start_world(TRUSTED_PROXY_HOPS="1")
    known = world.browser()
    neighbour = {"X-Forwarded-For": "198.51.100.9"}
    assert 200 == known.call("GET", PATH, headers=neighbour).status_code
    world.sharetribe.calls.clear()
    statuses = [
        send(world, headers={**neighbour, "Authorization": f"Bearer junk{number}"}).status_code
        for number in range(CALLS_AT_ONCE + 5)
    ]
    assert [401] * CALLS_AT_ONCE + [429] * 5 == statuses
    assert CALLS_AT_ONCE == len(world.sharetribe.calls)
    assert 200 == known.call("GET", PATH, headers=neighbour).status_code
    elsewhere = {"X-Forwarded-For": "198.51.100.10"}
    assert 200 == world.browser().call("GET", PATH, headers=elsewhere).status_code
