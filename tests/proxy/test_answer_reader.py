"""Answers of another server are read alike however they are split, and without end they end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.wire.answer_reader import MAX_HEAD_BYTES, AnswerInvalid, AnswerReader

OK = b"HTTP/1.1 200 OK\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader has made of bytes; `error` when it refused them."""

    status: int = 0
    reason: bytes = b""
    fields: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    is_whole: bool = False
    may_be_followed: bool = False
    rest: bytes = b""
    is_refused: bool = False


def _read(*pieces: bytes, method: str = "GET", ends: bool = False) -> Read:
    reader = AnswerReader(method)
    body = b""
    try:
        for piece in pieces:
            reader.feed(piece)
            body += b"".join(reader.body)
            reader.body.clear()
        if ends and not reader.is_whole:
            reader.end()
    except AnswerInvalid:
        return Read(is_refused=True)
    return Read(
        reader.status if reader.has_head else 0,
        reader.reason if reader.has_head else b"",
        tuple(reader.fields) if reader.has_head else (),
        body,
        reader.is_whole,
        reader.may_be_followed,
        reader.rest,
    )


WHOLE = {
    "a length": (OK + b"Content-Length: 5\r\n\r\nhello", b"hello", True),
    "chunks": (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", b"hello", True),
    "chunks with extensions and trailers": (
        CHUNKED + b"2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
        b"hello",
        True,
    ),
    "hints before": (HINT + HINT + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True),
    "hundreds of hints": (HINT * 500 + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True),
    "hints that close": (
        HINT.replace(b"Link: </a>", b"Connection: close") + OK + b"Content-Length: 2\r\n\r\nhi",
        b"hi",
        True,
    ),
    "both framings": (
        OK + b"Content-Length: 300\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"hi",
        True,
    ),
    "a close": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
    "an offer of another protocol": (
        OK + b"Connection: Upgrade\r\nUpgrade: h2,h2c\r\nContent-Length: 2\r\n\r\nhi",
        b"hi",
        True,
    ),
    "205": (b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", b"", True),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", b"", True),
}


@pytest.mark.parametrize(("sent", "body", "may_be_followed"), WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_a_whole_answer_is_read(
    sent: bytes,
    body: bytes,
    may_be_followed: bool,
    size: int,
) -> None:
    read = _read(*(sent[start : start + size] for start in range(0, len(sent), size)))
    assert (True, body, may_be_followed) == (read.is_whole, read.body, read.may_be_followed)


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_the_reason_is_that_of_the_final_answer(size: int) -> None:
    sent = HINT * 2 + b"HTTP/1.1 200 As You Wish\r\nContent-Length: 0\r\n\r\n"
    read = _read(*(sent[start : start + size] for start in range(0, len(sent), size)))
    assert (200, b"As You Wish") == (read.status, read.reason)


REFUSED = {
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "a list of lengths": OK + b"Content-Length: 2, 2\r\n\r\nhi",
    "a length with a sign": OK + b"Content-Length: +2\r\n\r\nhi",
    "another coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a chunk that is too long": CHUNKED + b"2\r\nhello\r\n0\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "a folded line without a field": OK + b" A: b\r\n\r\n",
    "a NUL": OK + b"A: \x00\r\n\r\n",
    "a head without end": OK + b"A: " + b"b" * MAX_HEAD_BYTES,
    "a head of hints": HINT * (MAX_HEAD_BYTES // len(HINT) + 1),
    "2,001 lines": OK + b"A: b\r\n" * 2_001 + b"\r\n",
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_what_is_no_answer_is_refused(sent: bytes) -> None:
    assert _read(sent).is_refused


@pytest.mark.parametrize("endless", [b"1;" + b"a" * 70_000, b"0\r\nA: " + b"b" * 70_000])
def test_framing_without_end_is_refused(endless: bytes) -> None:
    filler = b"a" * 70_000
    assert _read(CHUNKED + b"1\r\na\r\n" + endless, *[filler] * 4).is_refused


@pytest.mark.parametrize(
    "sent",
    [b"", OK, OK + b"Content-Length: 5\r\n\r\nhell", CHUNKED + b"5\r\nhello\r\n", HINT],
)
def test_an_answer_that_breaks_off_is_refused(sent: bytes) -> None:
    assert _read(sent, ends=True).is_refused


def test_without_framing_the_end_of_the_connection_ends_the_body() -> None:
    read = _read(OK + b"\r\nhello", ends=True)
    assert (b"hello", True, False) == (read.body, read.is_whole, read.may_be_followed)


@pytest.mark.parametrize("more", [b"x", OK + b"Content-Length: 0\r\n\r\n"])
@pytest.mark.parametrize("is_apart", [False, True])
def test_bytes_behind_an_answer_spoil_the_connection(more: bytes, is_apart: bool) -> None:
    whole = OK + b"Content-Length: 2\r\n\r\nhi"
    read = _read(whole, more) if is_apart else _read(whole + more)
    assert (b"hi", False) == (read.body, read.may_be_followed)


@pytest.mark.parametrize("is_apart", [False, True])
def test_what_follows_a_switch_is_kept(is_apart: bool) -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    read = _read(head, b"\x81\x00") if is_apart else _read(head + b"\x81\x00")
    assert (101, True, b"\x81\x00") == (read.status, read.is_whole, read.rest)


_ANSWERS = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([HINT, OK, CHUNKED, b"\r\n", b"Content-Length: 5\r\n", b"hello"]),
        st.sampled_from([b"5\r\nhello\r\n", b"0\r\n\r\n", b"Connection: close\r\n", b"A: b\r\n"]),
        st.sampled_from([b"HTTP/1.1 204 X\r\n\r\n", b"HTTP/1.1 101 X\r\nUpgrade: a\r\n\r\n"]),
    ),
    max_size=8,
).map(b"".join)


@settings(max_examples=200, deadline=None)
@given(
    sent=_ANSWERS,
    cuts=st.lists(st.integers(0, 200), max_size=6),
    method=st.sampled_from(["GET", "HEAD"]),
)
def test_an_answer_reads_alike_however_it_is_split(
    sent: bytes, cuts: list[int], method: str
) -> None:
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    pieces = [sent[start:end] for start, end in pairwise(edges)]
    whole = _read(sent, method=method)
    split = _read(*pieces, method=method)
    assert whole.status == split.status
    assert (whole.reason, whole.fields) == (split.reason, split.fields)
    assert (whole.body, whole.is_whole) == (split.body, split.is_whole)
    assert (whole.is_refused, whole.may_be_followed) == (split.is_refused, split.may_be_followed)
