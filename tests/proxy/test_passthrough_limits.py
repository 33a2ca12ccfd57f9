"""How many requests the frontend gets at once, and that none is hurried by our own deadline."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from flask import Flask, Response, g, request
from werkzeug.exceptions import ClientDisconnected

from proxy.deadline import deadline
from proxy.outgoing import Upstreams
from proxy.passthrough import Frontend
from proxy.problems import Problem
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, Received, Serve, answer, answering

MOST = 2
PATIENCE = 4.0
TOO_MANY = (503, "frontend-unavailable", "too many requests under way")
PAGES = answering(answer(b"page"))

Reach = Callable[[Serve], Frontend]


@pytest.fixture
def frontend_that(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> Reach:
    """Return a function that makes a frontend with MOST places: `frontend_that(serve)`."""
    monkeypatch.setattr("proxy.passthrough._MOST_UNDER_WAY", MOST)
    tls = Upstreams("Tests/1.0", lambda *_: None).tls
    return lambda serve: Frontend(start_server(serve).url, tls, believes_proto=False)


def pass_through(frontend: Frontend, body: bytes = b"", length: int | None = None) -> Response:
    """Pass one request through; the answer's body has not been read yet.

    `length` is the Content-Length where it is not the body's own.
    """
    context = Flask("tests").test_request_context(
        "/page",
        method="POST",
        input_stream=io.BytesIO(body),
        environ_overrides={"CONTENT_LENGTH": str(len(body) if length is None else length)},
    )
    with context:
        g.request_id = "one"
        return frontend.pass_through(request)


def refusal(frontend: Frontend) -> tuple[int, str, str]:
    with pytest.raises(Problem) as caught:
        pass_through(frontend)
    return caught.value.status, caught.value.code, caught.value.cause


def test_one_request_too_many_is_refused_at_once(frontend_that: Reach) -> None:
    frontend = frontend_that(PAGES)
    under_way = [pass_through(frontend) for _ in range(MOST)]
    began = time.monotonic()
    assert TOO_MANY == refusal(frontend)
    assert time.monotonic() - began < PATIENCE
    for response in under_way:
        response.close()


def test_an_answer_that_has_been_read_gives_its_place_back(frontend_that: Reach) -> None:
    frontend = frontend_that(PAGES)
    for _ in range(2 * MOST):
        response = pass_through(frontend)
        assert b"page" == b"".join(response.iter_encoded())
        response.close()


def test_an_answer_that_nobody_reads_gives_its_place_back(frontend_that: Reach) -> None:
    frontend = frontend_that(PAGES)
    for _ in range(2 * MOST):
        response = pass_through(frontend)
        response.close()
        assert 200 == response.status_code


def test_one_answer_gives_one_place_back(frontend_that: Reach) -> None:
    frontend = frontend_that(PAGES)
    first, second = (pass_through(frontend) for _ in range(MOST))
    first.close()
    third = pass_through(frontend)
    assert TOO_MANY == refusal(frontend)
    second.close()
    third.close()


def test_a_frontend_that_fails_gives_the_place_back(frontend_that: Reach) -> None:
    frontend = frontend_that(Connection.reset)
    causes = {refusal(frontend)[2] for _ in range(2 * MOST)}
    assert TOO_MANY[2] not in causes


def test_a_client_that_breaks_off_gives_the_place_back(frontend_that: Reach) -> None:
    frontend = frontend_that(PAGES)
    for _ in range(2 * MOST):
        with pytest.raises(ClientDisconnected):
            pass_through(frontend, b"half of it", length=100)


def test_an_upload_may_take_longer_than_our_own_requests(frontend_that: Reach) -> None:
    received: list[Received] = []
    frontend = frontend_that(answering(answer(b"stored"), received=received))
    with deadline(0):
        response = pass_through(frontend, b"x" * 300_000)
    stored = b"".join(response.iter_encoded())
    assert (b"stored", 300_000) == (stored, len(received[0].body))
    response.close()
