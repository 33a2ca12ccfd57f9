"""Malformed HTTP against the real web process: it refuses, goes on serving, and never breaks."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.problems import CONTENT_TYPE
from sandbox.ports import free_port
from tests.example_environment import read_example
from tests.hostile.conftest import NOWHERE
from tests.hostile.ingredients import bodies
from tests.serving.gunicorn_process import HOST, WebProcess

EXAMPLES = 30
PATIENCE_SECONDS = 10.0
START = b"POST /api/id-verification HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
CALLBACK = b"POST /api/callbacks/facecheck HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
MALFORMED = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "an odd version": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an odd method": b"G{}T /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "bytes in the path": b"GET /\xff\xfe\x01 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "another host's address": b"GET http://[:: HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a header without colon": b"GET /healthz HTTP/1.1\r\nHost\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\nHost: x\r\n y\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    "a thousand headers": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    "two lengths": START + FORM + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a negative length": START + FORM + b"Content-Length: -1\r\n\r\n{}",
    "length and chunks": START
    + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an odd transfer encoding": START + b"Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
    "an odd chunk size": CALLBACK
    + FORM
    + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    "a chunk without its end": CALLBACK
    + FORM
    + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
    "an endless chunk size": CALLBACK + FORM + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 9000,
}


@pytest.fixture(scope="module")
def web() -> Iterator[WebProcess]:
    """Return a web process that can reach none of its upstreams, without a router in front."""
    alone = {
        "PORT": str(free_port()),
        "SHARETRIBE_BASE_URL": NOWHERE,
        "INTEGRATIONS": "tests.kit.facecheck.vendor:FACECHECK",
        "FACECHECK_BASE_URL": NOWHERE,
        "FACECHECK_API_KEY": "made-up",
        "FACECHECK_NETWORKS": HOST,
        "TRUSTED_PROXY_HOPS": "0",
    }
    process = WebProcess({**read_example(), **alone})
    process.wait_until_it_answers()
    yield process
    process.close()


def _exchange(web: WebProcess, sent: bytes) -> bytes:
    """Send bytes, then end-of-file, and return all that comes back."""
    received = b""
    with socket.create_connection((HOST, web.port), timeout=PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65_536):
                received += piece
        except OSError:
            pass  # the server was quicker to close
    return received


def _judge(web: WebProcess, received: bytes) -> None:
    """The server refuses in its own words or the app in a problem; neither of them breaks."""
    if received:
        head, _, body = received.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        assert status < 500 or status in (501, 503, 505), received[:300]
        if CONTENT_TYPE.encode() in head:
            assert status == _first_document(body)["status"]
    assert 200 == web.request("GET", "/healthz").status
    assert 1 == web.worker_count()
    assert "Traceback" not in web.output()


def _first_document(body: bytes) -> Any:
    """Read the first JSON document: answers to pipelined requests may follow."""
    document, _ = json.JSONDecoder().raw_decode(body.decode(errors="replace"))
    return document


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_malformed_requests_are_refused(web: WebProcess, sent: bytes) -> None:
    _judge(web, _exchange(web, sent))


_LINES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"Host: x", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"", b" x"]),
    st.sampled_from([b"Content-Type: application/json", b"Expect: 100-continue", b"X_Y: z"]),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    first=st.one_of(
        st.sampled_from([b"POST /api/id-verification HTTP/1.1", b"GET /api/x HTTP/1.0"]),
        st.binary(max_size=40),
    ),
    lines=st.lists(_LINES, max_size=5),
    body=bodies,
)
def test_no_bytes_break_the_process(
    web: WebProcess, first: bytes, lines: list[bytes], body: bytes
) -> None:
    _judge(web, _exchange(web, b"\r\n".join([first, *lines, b"", body])))


UNUSABLE = {
    "cut off": (b"Content-Length: 500\r\n\r\nkind=", "bad-request"),
    "a broken chunk": (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX", "bad-request"),
    "too long": (b"Content-Length: 102401\r\n\r\n" + b"x" * 102_401, "body-too-large"),
    "too long in chunks": (
        b"Transfer-Encoding: chunked\r\n\r\n"
        + (b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n") * 2
        + b"0\r\n\r\n",
        "body-too-large",
    ),
}


@pytest.mark.parametrize(("rest", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_no_part_of_a_body_is_taken_for_the_whole(web: WebProcess, rest: bytes, code: str) -> None:
    received = _exchange(web, CALLBACK + FORM + rest)
    assert code == _first_document(received.partition(b"\r\n\r\n")[2])["code"]
