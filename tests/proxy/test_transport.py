"""The transport below outgoing requests: what it sends, and what it reads."""

from __future__ import annotations

import gzip
import zlib

import pytest
import requests

from proxy.outgoing.transport import AnswerTooLarge, WholeResponse
from proxy.wire.answer_reader import AnswerInvalid
from tests.proxy.conftest import StartServer
from tests.proxy.exchanges import MAX_BYTES, exchange, new_transport
from tests.proxy.loopback import Connection, Received, Serve, answer, answering

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


def read(start_server: StartServer, data: bytes, method: str = "GET") -> WholeResponse:
    return exchange(new_transport(), f"{start_server(sending(data)).url}/", method)


def sending(data: bytes) -> Serve:
    """Return a `serve` that answers one request with `data` and closes."""

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(data)

    return serve


@pytest.mark.parametrize("interim", [HINTS, b"HTTP/1.1 100 Continue\r\n\r\n", HINTS * 3])
def test_interim_answers_are_skipped(start_server: StartServer, interim: bytes) -> None:
    response = read(start_server, interim + answer(b"final", status="201 Created"))
    assert (201, b"final") == (response.status_code, response.content)


def test_an_interim_answer_leaves_nothing_in_the_final_ones_fields(
    start_server: StartServer,
) -> None:
    assert "Link" not in read(start_server, HINTS + answer()).headers


def test_hundreds_of_header_lines_are_read(start_server: StartServer) -> None:
    lines = [f"X-{number}: value" for number in range(700)]
    assert "value" == read(start_server, answer(b"", *lines)).headers["x-699"]


def test_a_header_line_of_many_kilobytes_is_read(start_server: StartServer) -> None:
    assert "y" * 100_000 == read(start_server, answer(b"", "X: " + "y" * 100_000)).headers["X"]


def test_a_field_is_found_in_any_case(start_server: StartServer) -> None:
    response = read(start_server, answer(b"", "X-Cursor-Next: abc"))
    assert ("abc", "abc") == (response.headers["x-cursor-NEXT"], response.fields["X-CURSOR-next"])


def test_values_of_one_name_are_joined(start_server: StartServer) -> None:
    response = read(start_server, answer(b"", "Via: one", "via: two"))
    assert "one, two" == response.fields["Via"]


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "HEAD"),
    ],
)
def test_no_body_is_waited_for_where_none_comes(
    start_server: StartServer, data: bytes, method: str
) -> None:
    assert b"" == read(start_server, data, method).content


def test_a_body_without_a_length_ends_with_the_connection(start_server: StartServer) -> None:
    assert b"to the end" == read(start_server, b"HTTP/1.1 200 OK\r\n\r\nto the end").content


def test_a_body_in_chunks_of_a_byte_is_read(start_server: StartServer) -> None:
    data = CHUNKED + b"1\r\nx\r\n" * 3_000 + b"0\r\n\r\n"
    assert b"x" * 3_000 == read(start_server, data).content


def gzipped(content: bytes) -> bytes:
    """Compress without the time: what names a test is the same in every process."""
    return gzip.compress(content, mtime=0)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzipped(b"content")),
        ("x-gzip", gzipped(b"content")),
        ("GZip", gzipped(b"content")),
        ("gzip", gzipped(b"con") + gzipped(b"tent")),
        ("deflate", zlib.compress(b"content")),
        ("deflate", raw_deflate(b"content")),
        ("identity", b"content"),
        ("br", b"content"),
    ],
)
def test_a_content_coding_is_undone(start_server: StartServer, coding: str, packed: bytes) -> None:
    assert b"content" == read(start_server, answer(packed, f"Content-Encoding: {coding}")).content


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", b"content"),
        ("deflate", b"content"),
        ("gzip", gzipped(b"content" * 9)[:-9]),
        ("deflate", zlib.compress(b"content")[:-5]),
        ("gzip", gzipped(b"content") + b"more"),
    ],
)
def test_content_in_another_coding_than_it_says_is_an_error(
    start_server: StartServer, coding: str, packed: bytes
) -> None:
    with pytest.raises(requests.exceptions.ContentDecodingError):
        read(start_server, answer(packed, f"Content-Encoding: {coding}"))


def test_the_largest_content_is_unpacked(start_server: StartServer) -> None:
    packed = gzip.compress(bytes(MAX_BYTES))
    assert MAX_BYTES == len(read(start_server, answer(packed, "Content-Encoding: gzip")).content)


@pytest.mark.parametrize(
    "data",
    [
        answer(bytes(MAX_BYTES + 1)),
        answer(b"", length=MAX_BYTES + 1),
        answer(gzip.compress(bytes(MAX_BYTES + 1)), "Content-Encoding: gzip"),
        answer(gzip.compress(bytes(MAX_BYTES)) * 2, "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MAX_BYTES + 1),
    ],
    ids=["whole", "announced", "packed", "packed twice", "until the end"],
)
def test_too_much_is_an_error(start_server: StartServer, data: bytes) -> None:
    with pytest.raises(AnswerTooLarge):
        read(start_server, data)


@pytest.mark.parametrize(
    "data",
    [
        answer(b"short", length=100),
        b"HTTP/1.1 200 OK\r\nContent-Le",
        CHUNKED + b"5\r\nab",
        HINTS,
        b"nonsense\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_is_invalid(start_server: StartServer, data: bytes) -> None:
    with pytest.raises(AnswerInvalid):
        read(start_server, data)


def sent(start_server: StartServer, method: str, body: bytes | None, **fields: str) -> Received:
    received: list[Received] = []
    server = start_server(answering(answer(), received=received))
    exchange(new_transport(), f"{server.url}/path?q=%2F", method, body, fields)
    return received[0]


def test_a_request_has_host_and_fields_and_nothing_else(start_server: StartServer) -> None:
    request = sent(start_server, "GET", None, Accept="x/y")
    assert ["Host", "Accept"] == request.headers.keys()
    assert "GET /path?q=%2F HTTP/1.1" == request.line


@pytest.mark.parametrize(("method", "body"), [("POST", b""), ("POST", None), ("DELETE", None)])
def test_a_request_that_may_have_a_body_says_that_it_has_none(
    start_server: StartServer, method: str, body: bytes | None
) -> None:
    assert ["0"] == sent(start_server, method, body).headers.get_all("Content-Length")


def test_a_length_that_is_given_is_not_repeated(start_server: StartServer) -> None:
    request = sent(start_server, "POST", b"body", **{"content-length": "4"})
    assert (["4"], b"body") == (request.headers.get_all("Content-Length"), request.body)


def test_a_host_that_is_given_is_not_repeated(start_server: StartServer) -> None:
    request = sent(start_server, "GET", None, host="other.example")
    assert ["other.example"] == request.headers.get_all("Host")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", "a\r\nY: b"),
        ("X", "a\nY: b"),
        ("X", "a\rY: b"),
        ("X", "a\0"),
        ("X", "\u20ac"),
        ("X: a\r\nY", "b"),
        ("X Y", "b"),
        ("X:", "b"),
        ("\u00dc", "b"),
    ],
)
def test_a_field_that_could_be_read_as_another_is_not_sent(
    start_server: StartServer, name: str, value: str
) -> None:
    server = start_server(answering(answer()))
    with pytest.raises(ValueError, match="a header field of characters") as caught:
        exchange(new_transport(), f"{server.url}/", fields={name: value})
    assert (None, 0) == (caught.value.__cause__, server.connections)


@pytest.mark.parametrize(
    "target", ["/a b", "/a\r\nX: b", "/a\n", "/\u00fc", "/a#b", "/a\0", "/\x7f"]
)
def test_a_target_that_is_none_is_not_sent(start_server: StartServer, target: str) -> None:
    server = start_server(answering(answer()))
    with pytest.raises(ValueError, match="a request target of characters"):
        exchange(new_transport(), server.url + target)
    assert 0 == server.connections


def test_a_large_body_is_sent_whole(start_server: StartServer) -> None:
    body = bytes(range(256)) * 40_000
    assert body == sent(start_server, "PUT", body).body


def test_a_body_that_nobody_takes_is_given_up_after_the_silence(start_server: StartServer) -> None:
    server = start_server(Connection.hang)
    with pytest.raises(requests.ReadTimeout):
        exchange(new_transport(), f"{server.url}/", "POST", bytes(50_000_000), silence=0.1)


def test_an_answer_to_half_a_request_counts(start_server: StartServer) -> None:
    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.send(answer(b"too large", status="413 Too Large"))

    server = start_server(serve)
    response = exchange(new_transport(), f"{server.url}/", "POST", bytes(20_000_000))
    assert (413, b"too large") == (response.status_code, response.content)
