"""Access tokens by client credentials: kept in memory, shared by all threads, renewed in time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.outgoing.upstream import (
    READ_SECONDS,
    Answer,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxy.vendors.client_credentials import ClientCredentials
from tests.integrations.stub_upstream import PreparedUpstream


class StubUpstream(PreparedUpstream):
    """A vendor with prepared answers."""

    vendor, usual_base_url = "acme", "https://acme.example"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("acme", status, json.dumps(document).encode())


def granted(**fields: object) -> Answer:
    """Return what a token endpoint answers (RFC 6749 4.4.3)."""
    usual = {"access_token": "bearer-1", "expires_in": 3600, "token_type": "Bearer"}
    return answered({**usual, **fields})


FIRST, SECOND = granted(access_token="first"), granted(access_token="second")
CALLERS = 8


class SlowUpstream(StubUpstream):
    """Holds every answer for a moment, so that a second request would overlap the first."""

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Answer as the stub does, later."""
        answer = super().request(method, path, headers=headers, body=body)
        threading.Event().wait(min(read_seconds, 0.05))
        return answer


def tokens_at(upstream: Upstream, now: list[float] | None = None) -> ClientCredentials:
    moment = now or [1000.0]
    return ClientCredentials(
        upstream, "/oauth2/token", "client", "se:cret", clock=lambda: moment[0]
    )


def test_a_token_is_asked_for_with_client_credentials() -> None:
    auth = StubUpstream(FIRST)
    assert "first" == tokens_at(auth).token()
    (sent,) = auth.sent
    assert ("POST", "/oauth2/token") == (sent.method, sent.path)
    assert b"grant_type=client_credentials" == sent.body
    assert {
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": "Basic Y2xpZW50OnNlOmNyZXQ=",
    } == sent.headers


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    auth, now = StubUpstream(FIRST, SECOND), [1000.0]
    tokens = tokens_at(auth, now)
    tokens.token()
    now[0] += 3600 - 61
    assert "first" == tokens.token()
    now[0] += 1
    assert "second" == tokens.token()
    assert 2 == len(auth.sent)


def test_a_burst_of_threads_makes_one_request() -> None:
    auth = SlowUpstream(FIRST)
    tokens, together = tokens_at(auth), threading.Barrier(CALLERS)

    def call(_: int) -> str:
        together.wait(5)
        return tokens.token()

    with ThreadPoolExecutor(CALLERS) as pool:
        assert ["first"] * CALLERS == list(pool.map(call, range(CALLERS)))
    assert 1 == len(auth.sent)


def test_a_refused_token_is_replaced_once_for_all_that_held_it() -> None:
    auth = SlowUpstream(FIRST, SECOND)
    tokens, together = tokens_at(auth), threading.Barrier(CALLERS)
    refused = tokens.token()

    def call(_: int) -> str:
        together.wait(5)
        return tokens.token(refused=refused)

    with ThreadPoolExecutor(CALLERS) as pool:
        assert ["second"] * CALLERS == list(pool.map(call, range(CALLERS)))
    assert 2 == len(auth.sent)


@pytest.mark.parametrize("seconds", [None, "3600", 0, -5, 60, [], True], ids=repr)
def test_a_token_of_unknown_or_short_life_is_used_but_not_kept(seconds: object) -> None:
    auth = StubUpstream(granted(expires_in=seconds))
    tokens = tokens_at(auth)
    assert ["bearer-1"] * 2 == [tokens.token(), tokens.token()]
    assert 2 == len(auth.sent)


@pytest.mark.parametrize(
    "odd", [None, "", 7, ["a"], "zażółć", "two\nlines", "with space", "tab\t"], ids=repr
)
def test_an_answer_without_a_usable_token_can_be_tried_again(odd: object) -> None:
    auth = StubUpstream(granted(access_token=odd), SECOND)
    tokens = tokens_at(auth)
    with pytest.raises(UpstreamUnavailable):
        tokens.token()
    assert "second" == tokens.token()


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_are_told_apart(status: int) -> None:
    refusal = answered({"error": "invalid_client", "error_description": "no"}, status)
    with pytest.raises(UpstreamRefused) as refused:
        tokens_at(StubUpstream(refusal)).token()
    assert (status, "invalid_client") == (refused.value.status, refused.value.code)


def test_a_failure_does_not_block_the_next_caller() -> None:
    tokens = tokens_at(StubUpstream(UpstreamUnavailable("acme", "down"), FIRST))
    with pytest.raises(UpstreamUnavailable):
        tokens.token()
    assert "first" == tokens.token()
