"""Pumble's hooks through the web server of production: bodies in any framing, odd headers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from sandbox.ports import free_port
from sandbox.pumble import HookAnswer, Pumble
from sandbox.pumble.sender import SIGNATURE_HEADER, TIMESTAMP_HEADER, post
from tests.integrations.pumble.flows.world import PumbleWorld
from tests.serving.gunicorn_process import HOST, WebProcess

PATH = "/api/callbacks/pumble"
MULTIBYTE = '{"messageType":"SOMETHING_NEW","tx":"Żółta kawa ☕ 東京 😀"}'.encode()


@pytest.fixture(scope="module")
def served() -> Iterator[Pumble]:
    """Return a Pumble whose hooks go to the app under gunicorn, by the real clock."""
    world = PumbleWorld(INTEGRATIONS="pumble", integration_api=True)
    port = free_port()
    address = {"PORT": str(port), "PUBLIC_URL": f"http://{HOST}:{port}"}
    web = WebProcess({**world.settings, **address})
    try:
        web.wait_until_it_answers()
        world.pumble.manifest.hook_url = f"{web.url}{PATH}"
        yield world.pumble
    finally:
        web.close()
        world.close()


def test_a_multibyte_body_is_whole_in_any_number_of_chunks(served: Pumble) -> None:
    counts = [*range(1, 30), len(MULTIBYTE)]
    statuses = {n: served.send(None, raw=MULTIBYTE, chunks=n).status for n in counts}
    assert dict.fromkeys(counts, 200) == statuses


def test_a_multibyte_body_of_a_known_length_is_taken(served: Pumble) -> None:
    assert 200 == served.send(None, raw=MULTIBYTE).status


def test_a_body_that_comes_byte_by_byte_is_taken(served: Pumble) -> None:
    assert b" 200 " in _raw(served, MULTIBYTE, f"Content-Length: {len(MULTIBYTE)}", MULTIBYTE)[:15]


def test_a_body_that_ends_early_is_refused(served: Pumble) -> None:
    length = f"Content-Length: {len(MULTIBYTE) + 1}"
    assert b" 400 " in _raw(served, MULTIBYTE, length, MULTIBYTE)[:15]


def test_chunks_without_their_end_are_refused(served: Pumble) -> None:
    chunk = b"%x\r\n%b\r\n" % (len(MULTIBYTE), MULTIBYTE)
    assert b" 400 " in _raw(served, MULTIBYTE, "Transfer-Encoding: chunked", chunk)[:15]


@pytest.mark.parametrize("chunks", [None, 1, 7])
def test_chunks_change_nothing_about_wrong_signatures(served: Pumble, chunks: int | None) -> None:
    _assert_refused(served.send(None, raw=MULTIBYTE, secret="another", chunks=chunks))


@pytest.mark.parametrize("name", [TIMESTAMP_HEADER, SIGNATURE_HEADER])
def test_a_repeated_header_is_refused_there_too(served: Pumble, name: str) -> None:
    headers = served.signed_headers(MULTIBYTE)
    assert 200 == post(served.manifest.hook_url, MULTIBYTE, headers).status
    _assert_refused(
        post(served.manifest.hook_url, MULTIBYTE, [*headers, (name, dict(headers)[name])])
    )


@pytest.mark.parametrize("name", [TIMESTAMP_HEADER, SIGNATURE_HEADER])
def test_a_header_with_underscores_is_none_there(served: Pumble, name: str) -> None:
    headers = served.signed_headers(MULTIBYTE)
    spelled = [(known.replace("-", "_") if known == name else known, v) for known, v in headers]
    assert post(served.manifest.hook_url, MULTIBYTE, spelled).status in (400, 403)


def _raw(pumble: Pumble, signed: bytes, framing: str, sent: bytes) -> bytes:
    """Send a signed hook over a socket, its body byte by byte, and return all that comes back."""
    parts = urlsplit(pumble.manifest.hook_url)
    pairs = [*pumble.signed_headers(signed), ("Host", parts.netloc), ("Connection", "close")]
    lines = [f"POST {parts.path} HTTP/1.1", *(f"{n}: {v}" for n, v in pairs), framing, "", ""]
    received = b""
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall("\r\n".join(lines).encode())
        for place in range(len(sent)):
            peer.sendall(sent[place : place + 1])
        peer.shutdown(socket.SHUT_WR)
        while piece := peer.recv(65_536):
            received += piece
    return received


def _assert_refused(answer: HookAnswer) -> None:
    assert (403, "Invalid signature!") == (answer.status, json.loads(answer.body)["detail"])
