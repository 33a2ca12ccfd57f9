"""Bodies of our own routes: no thread waits for them, and nothing is done before they are there."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator

import pytest

from proxy.http.bodies import BODY_STATE, BodyState
from proxy.serving.environ import environ_of
from proxy.wire.answer_reader import Field
from proxy.wire.exchange import Exchange, Head
from proxy.wire.limits import Limits
from tests.kit.world import KitWorld
from tests.patience import wait_until
from tests.proxy.loopback import Reply
from tests.serving.conftest import StartWorld

ROUTE = "/api/id-verification"
BODY = b'{"restart": true}'
QUICK = Limits(own_body_seconds=0.8, held_body_bytes=50_000)


class _Carrier:
    client = ("192.0.2.1", 7)
    local = ("192.0.2.2", 8)

    def resume_reading(self) -> None:
        """Do nothing."""


def _exchange(*fields: Field, path: bytes = b"/", is_whole: bool = True) -> Exchange:
    carrier: object = _Carrier()
    head = Head("GET", path, b"a=%20", fields, "1.1", keeps_alive=True)
    exchange = Exchange(head, carrier, 0.0)  # type: ignore[arg-type]
    exchange.body_is_whole = is_whole
    return exchange


def test_cookies_of_several_lines_are_one_list() -> None:
    environ = environ_of(_exchange((b"cookie", b"a=1"), (b"cookie", b"b=2; c=3")), b"")
    assert "a=1; b=2; c=3" == environ["HTTP_COOKIE"]


def test_other_fields_of_several_lines_are_joined_by_commas() -> None:
    environ = environ_of(_exchange((b"x-a", b"1"), (b"x-a", b"2")), b"")
    assert "1,2" == environ["HTTP_X_A"]


def test_a_path_and_its_query_are_told_as_wsgi_says() -> None:
    environ = environ_of(_exchange(path=b"/caf%C3%A9/%2F"), b"")
    assert ("/caf\u00c3\u00a9//", "a=%20") == (environ["PATH_INFO"], environ["QUERY_STRING"])


def test_a_wish_for_another_protocol_is_not_told() -> None:
    environ = environ_of(_exchange((b"upgrade", b"websocket"), (b"connection", b"upgrade")), b"")
    assert "HTTP_UPGRADE" not in environ


@pytest.mark.parametrize(
    ("body", "is_whole", "state"),
    [
        (b"x", True, BodyState.WHOLE),
        (b"x", False, BodyState.BROKEN_OFF),
        (None, False, BodyState.AWAITED),
    ],
)
def test_the_app_is_told_how_far_the_body_has_come(
    body: bytes | None,
    is_whole: bool,
    state: BodyState,
) -> None:
    assert state == environ_of(_exchange(is_whole=is_whole), body)[BODY_STATE]


@pytest.fixture
def quick(start_world: StartWorld) -> KitWorld:
    """Return a world with little patience for bodies."""
    return start_world(limits=QUICK)


@contextlib.contextmanager
def _asking(
    world: KitWorld, length: int, *lines: str, session: bool = True
) -> Iterator[socket.socket]:
    """Yield a connection on which everything but the body has been sent."""
    browser = world.browser()
    name = f"st-{world.sharetribe.client_id}-token"
    head = [
        f"POST {ROUTE} HTTP/1.1",
        "Host: x",
        "Sec-Fetch-Site: same-origin",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *([f"Cookie: {name}={browser.cookie}"] if session else []),
        *lines,
    ]
    with socket.create_connection(("127.0.0.1", world.port), timeout=20) as client:
        client.sendall("\r\n".join([*head, "", ""]).encode())
        yield client


def _answer(client: socket.socket) -> Reply:
    with http.client.HTTPResponse(client, method="POST") as response:
        response.begin()
        return Reply(response.status, response.headers, response.read())


def _code(reply: Reply) -> str:
    return str(json.loads(reply.body)["code"])


def test_head_is_answered_with_the_length_of_what_get_has(quick: KitWorld) -> None:
    lengths = []
    for method in ("GET", "HEAD"):
        client = http.client.HTTPConnection("127.0.0.1", quick.port, timeout=10)
        with contextlib.closing(client):
            client.request(method, "/openapi.json")
            lengths.append(client.getresponse().headers["Content-Length"])
    assert lengths[0] == lengths[1] != "0"


def test_nothing_is_done_before_the_body_is_there(quick: KitWorld) -> None:
    with _asking(quick, len(BODY)) as client:
        wait_until(lambda: quick.taken.get("uploads") == 1, "the body is not waited for")
        asked_before = (list(quick.checks.calls), list(quick.sharetribe.calls))
        client.sendall(BODY[:5])
        client.sendall(BODY[5:])
        assert 201 == _answer(client).status
    assert ([], []) == asked_before
    wait_until(lambda: not quick.taken, "not all is given back")


def test_a_body_is_asked_for_only_where_it_is_read(quick: KitWorld) -> None:
    with _asking(quick, len(BODY), "Expect: 100-continue") as client:
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == client.recv(25)
        client.sendall(BODY)
        assert 201 == _answer(client).status
    with _asking(quick, len(BODY), "Expect: 100-continue", session=False) as client:
        assert 401 == _answer(client).status


def test_a_body_that_does_not_come_in_time_is_refused(quick: KitWorld) -> None:
    with _asking(quick, len(BODY)) as client:
        client.sendall(BODY[:-1])
        reply = _answer(client)
    assert (400, "bad-request") == (reply.status, _code(reply))
    assert [] == quick.checks.calls


def test_bodies_that_come_late_have_a_budget(quick: KitWorld) -> None:
    with _asking(quick, 40_000) as first, _asking(quick, 40_000) as second:
        first.sendall(b"x" * 30_000)
        wait_until(lambda: quick.taken.get("held body bytes") == 30_000, "it is not collected")
        second.sendall(b"x" * 30_000)
        reply = _answer(second)
        assert (503, "overloaded") == (reply.status, _code(reply))
    wait_until(lambda: not quick.taken, "not all is given back")


def test_whole_bodies_that_wait_have_the_same_budget(start_world: StartWorld) -> None:
    world = start_world(limits=Limits(held_body_bytes=10))
    reply = world.browser().call("POST", ROUTE, data=BODY)
    assert (503, "overloaded") == (reply.status_code, reply.json()["code"])
    assert {} == {kind: n for kind, n in world.taken.items() if "body" in kind}


def test_a_client_that_leaves_with_half_a_body_holds_nothing(quick: KitWorld) -> None:
    with _asking(quick, 40_000) as client:
        client.sendall(b"x" * 30_000)
        wait_until(lambda: quick.taken.get("held body bytes") == 30_000, "it is not collected")
    wait_until(lambda: not quick.taken, "not all is given back")
    assert [] == quick.checks.calls
