"""What Express answers behind us is what it answers without us, byte for byte."""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import node_packages
from tests.kit.world import KitWorld

HERE = Path(__file__).parent
HOST = "127.0.0.1"
PUBLIC = "market.example"
_DATE = re.compile(rb"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


@pytest.fixture(scope="module")
def express_port() -> Iterator[int]:
    """Return the port of an Express server on loopback."""
    node_packages.install(HERE)
    with subprocess.Popen(
        [node_packages.node(), HERE / "server.cjs"],
        env={"NODE_ENV": "production"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()


@pytest.fixture(scope="module")
def port(express_port: int) -> Iterator[int]:
    """Return the port of the app in front of it, behind a router."""
    world = KitWorld(
        FRONTEND_URL=f"http://{HOST}:{express_port}",
        TRUSTED_PROXY_HOPS="1",
        MARKETPLACE_ORIGINS=f"https://{PUBLIC}",
    )
    yield world.port
    world.close()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its first line, its fields in their order, and its body without the framing."""

    line: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Return all values of a field, named in lower case."""
        return [value for key, value in self.fields if key.lower() == name]


def _ask(port: int, request: bytes) -> Answered:
    """Send a request as it is, and read to the end of the connection."""
    with socket.create_connection((HOST, port), timeout=20) as client:
        client.sendall(request)
        with client.makefile("rb") as reader:
            head, _, body = reader.read().partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    fields = [(name, value) for name, _, value in (line.partition(b": ") for line in lines)]
    if (b"transfer-encoding", b"chunked") in [(name.lower(), value) for name, value in fields]:
        body = b"".join(_chunks(body))
    return Answered(line, fields, body)


def _chunks(body: bytes) -> Iterator[bytes]:
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return
        yield body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]


def _of_the_frontend(answered: Answered) -> list[tuple[bytes, bytes]]:
    """Return the fields that are the frontend's own; a date of this moment is one like another."""
    connection = (b"connection", b"keep-alive", b"transfer-encoding", b"content-length")
    return [
        (name, b"now" if name == b"Date" and _DATE.fullmatch(value) else value)
        for name, value in answered.fields
        if name.lower() not in connection
    ]


def _request(target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    fields = ["Host: market.example", "Connection: close", *lines]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *fields, "", ""]).encode("latin-1") + body


def _reason(text: bytes) -> str:
    return f"/reason/{base64.urlsafe_b64encode(text).decode().rstrip('=')}"


JS = "/static/app.js"
FORM = "Content-Type: application/x-www-form-urlencoded"
CHUNKED = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"
REQUESTS = [
    _request(JS),
    _request(JS, method="HEAD"),
    _request(JS, "Accept-Encoding: gzip, deflate, br"),
    _request(JS, "Accept-Encoding: br;q=0"),
    _request(JS, "Accept-Encoding: gzip", method="HEAD"),
    _request(JS, "Range: bytes=0-3"),
    _request(JS, "Range: bytes=-5"),
    _request(JS, "Range: bytes=99999-"),
    _request(JS, "Range: bytes=0-1,3-4"),
    _request(JS, "Range: lines=1"),
    _request(JS, "Range: bytes=0-3", "If-Range: Sat, 28 Nov 2099 10:00:00 GMT"),
    _request(JS, "If-None-Match: *"),
    _request(JS, 'If-None-Match: "other"'),
    _request(JS, "If-Modified-Since: Sat, 28 Nov 2099 10:00:00 GMT"),
    _request(JS, "If-Modified-Since: Sat, 28 Nov 2009 10:00:00 GMT"),
    _request(JS, "If-Unmodified-Since: Sat, 28 Nov 2009 10:00:00 GMT"),
    _request(JS, "If-None-Match: *", "Cache-Control: no-cache"),
    _request(JS, method="POST"),
    _request(JS, method="DELETE"),
    _request("/static/empty.css"),
    _request("/static/"),
    _request("/static/none.js"),
    _request("/static/../server.cjs"),
    _request("/static/%2e%2e/server.cjs"),
    _request("/static/%"),
    _request("/none"),
    _request("/none", "Accept: application/json"),
    _request("/none", method="OPTIONS"),
    _request("/page", method="OPTIONS"),
    _request("/page"),
    _request("/page", method="HEAD"),
    _request("/page?times=10000"),
    _request("/page?times=10000", "Accept-Encoding: gzip"),
    _request("/page?times=100000"),
    _request("/page", 'If-None-Match: W/"1a-x"'),
    _request("/stream"),
    _request("/stream", "Accept-Encoding: gzip"),
    _request("/stream", method="HEAD"),
    _request("/odd"),
    _request("/many"),
    _request("/fails"),
    _request("/cookies"),
    _request("/cookies", "Cookie: a=b; c=%7B%22d%22%3A1%7D"),
    _request("/cookies", "Cookie: a=b", "Cookie: c=d"),
    _request("/cookies", f"Cookie: big={'x' * 12_000}"),
    *[_request(f"/status/{status}") for status in (200, 201, 202, 204, 205, 206, 304, 400, 401)],
    *[_request(f"/status/{status}") for status in (403, 404, 409, 413, 418, 429, 451, 500, 503)],
    *[_request(_reason(text)) for text in (b"OK", b"Of Our Own", b"Gr\xc3\xbc\xc3\x9fe", b"a  b")],
    _request("/redirect?to=/l/abc?x=1"),
    _request("/redirect?to=https://elsewhere.example/a&status=301"),
    _request("/redirect?to=//elsewhere.example/a&status=307"),
    _request("/redirect?to=relative&status=308"),
    _request("/redirect?to=back"),
    _request("/echo"),
    _request("/echo/a%2Fb/%E4/%C3%A4//c/./d/../e?q=%00&r=a+b&s[]=1&&t"),
    _request("/echo?"),
    _request("/echo/;x=1?y=$'()*,|[]{}^`"),
    _request(f"/echo/{'x' * 8_300}"),
    _request("/echo", *[f"X-Field-{number}: {number}" for number in range(70)]),
    _request("/echo", "X-Twice: a", "X-Twice: b", "Accept: */*", "Accept: text/html"),
    _request("/echo", "X-Odd: h\u00e4\u00df", "X-Empty:", "X-Blank:  a \t b  "),
    _request("/echo", "User-Agent: Mozilla/5.0 (X11)", "Accept-Language: fi-FI,fi;q=0.9"),
    _request("/echo", "Authorization: Bearer abc", "Origin: null", "Referer: https://a.example/b"),
    _request("/echo", "Sec-Fetch-Mode: cors", "DNT: 1", "traceparent: 00-0af7-b7ad-01"),
    _request("/echo", "Content-Length: 11", FORM, method="POST", body=b"a=b&c=%C3%A4"[:11]),
    _request("/echo", "Content-Length: 0", method="POST"),
    _request("/echo", "Content-Length: 0", method="PUT"),
    _request("/echo", method="POST"),
    _request("/echo", method="DELETE"),
    _request("/echo", "Content-Length: 2", method="DELETE", body=b"{}"),
    _request("/echo", "Content-Length: 2", method="GET", body=b"{}"),
    _request("/echo", "Content-Length: 9", "Content-Type: application/transit+json",
             method="POST", body=b'["^ ",1,2]'[:9]),
    _request("/echo", "Transfer-Encoding: chunked", method="POST", body=CHUNKED),
    _request("/echo", "Transfer-Encoding: chunked", method="PATCH", body=CHUNKED),
    _request("/echo", "Content-Length: 200000", method="POST", body=bytes(range(250)) * 800),
    _request("/echo", "Expect: 100-continue", "Content-Length: 5", method="POST", body=b"hello"),
    _request("/echo", method="PROPFIND"),
    b"GET /page HTTP/1.0\r\nHost: market.example\r\n\r\n",
    _request("http://market.example/page?a=b"),
]  # fmt: skip


def _name(request: bytes) -> str:
    return f"{REQUESTS.index(request)} {request.split(b' HTTP')[0].decode('latin-1')[:40]}"


@pytest.mark.parametrize("request_bytes", REQUESTS, ids=_name)
def test_an_answer_is_the_same_with_and_without_us(
    express_port: int, port: int, request_bytes: bytes
) -> None:
    direct, passed = _ask(express_port, request_bytes), _ask(port, request_bytes)
    ours = [] if direct.values(b"x-request-id") else [b"X-Request-Id"]
    fields = _of_the_frontend(passed)
    assert ours == [name for name, _ in fields[len(fields) - len(ours) :]]
    assert (direct.line, _of_the_frontend(direct), direct.body) == (
        passed.line,
        fields[: len(fields) - len(ours)],
        passed.body,
    )
    if length := direct.values(b"content-length"):
        assert length == passed.values(b"content-length")


def test_a_visitor_without_tls_is_sent_to_the_public_address(port: int) -> None:
    plain = _request("/tls/l/abc?x=1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: http")
    answered = _ask(port, plain)
    assert (b"HTTP/1.1 301 Moved Permanently", [b"https://market.example/tls/l/abc?x=1"]) == (
        answered.line,
        answered.values(b"location"),
    )


def test_a_visitor_with_tls_is_let_in(port: int) -> None:
    told = ("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https")
    assert b"https market.example" == _ask(port, _request("/tls/l", *told)).body


def test_what_is_too_long_is_refused_as_a_problem(port: int) -> None:
    for request, status in ((_request(f"/{'x' * 17_000}"), 414), (_long_fields(), 431)):
        problem = json.loads(_ask(port, request).body)
        assert (status, "bad-request") == (problem["status"], problem["code"])


def _long_fields() -> bytes:
    return _request("/", *[f"A: {number}" for number in range(2_001)])
