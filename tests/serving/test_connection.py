"""One client's connection: what it asks is answered in order, and what it may not do ends it."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.wire.census import Census
from proxy.wire.exchange import Exchange
from proxy.wire.limits import Limits
from tests import event_loop
from tests.serving.pipe import Pipe, Recorder, connected, get, post, settle

SMALL = Limits(progress_seconds=8.0, progress_bytes=100, head_seconds=2.0, idle_seconds=9.0)


def _bodies(pipe: Pipe) -> list[bytes]:
    return re.findall(rb"(/[a-z]*<[^>]*>)", pipe.received)


async def _served(*packets: bytes) -> Pipe:
    recorder = Recorder()
    recorder.go()
    connection, pipe = connected(recorder.serve)
    for packet in packets:
        connection.data_received(packet)
        await settle()
    return pipe


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_requests_are_answered_in_their_order_however_they_are_split(size: int) -> None:
    sent = get("/a") + post("/b", b"body") + get("/c") + get("/d")
    packets = [sent[start : start + size] for start in range(0, len(sent), size)]
    pipe = event_loop.run(_served(*packets))
    assert [b"/a<>", b"/b<body>", b"/c<>", b"/d<>"] == _bodies(pipe)


def test_blanks_around_a_value_are_none_of_it() -> None:
    async def run() -> list[tuple[bytes, bytes]]:
        recorder = Recorder()
        connection, _ = connected(recorder.serve)
        connection.data_received(b"GET / HTTP/1.1\r\nHost: x\t\r\nX-Proof: \t a b \t\r\n\r\n")
        await settle()
        (exchange,) = recorder.exchanges
        return list(exchange.head.fields)

    assert [(b"host", b"x"), (b"x-proof", b"a b")] == event_loop.run(run())


def test_a_request_waits_for_the_answer_before_it() -> None:
    async def run() -> list[str]:
        recorder = Recorder()
        connection, pipe = connected(recorder.serve)
        connection.data_received(get("/a") + post("/b", b"body"))
        connection.data_received(get("/c"))
        await settle()
        begun = [exchange.head.path.decode() for exchange in recorder.exchanges]
        recorder.go()
        await settle()
        assert [b"/a<>", b"/b<body>", b"/c<>"] == _bodies(pipe)
        return begun

    assert ["/a"] == event_loop.run(run())


@pytest.mark.parametrize(
    "behind", [b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"]
)
def test_what_stands_before_a_bad_request_is_answered_first(behind: bytes) -> None:
    async def run() -> Pipe:
        recorder = Recorder()
        connection, pipe = connected(recorder.serve)
        connection.data_received(get("/a") + get("/b") + behind)
        await settle()
        recorder.go()
        await settle()
        return pipe

    pipe = event_loop.run(run())
    assert ([200, 200, 400], True) == (pipe.statuses, pipe.has_been_told_the_end)


def test_nothing_behind_a_bad_request_is_served() -> None:
    pipe = event_loop.run(_served(b"\x16\x03\r\n\r\n" + get("/a"), get("/b")))
    assert ([400], []) == (pipe.statuses, _bodies(pipe))


def test_a_body_that_breaks_is_refused_and_its_request_ends() -> None:
    async def run() -> tuple[list[int], int]:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve)
        chunked = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        connection.data_received(chunked)
        await settle()
        connection.data_received(b"ZZ\r\n")
        await settle()
        return pipe.statuses, recorder.left

    assert ([400], 1) == event_loop.run(run())


def test_nothing_is_sent_for_a_request_that_was_refused_meanwhile() -> None:
    async def run() -> bytes:
        recorder = Recorder()
        connection, pipe = connected(recorder.serve)
        connection.data_received(
            b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        await settle()
        connection.data_received(b"ZZ\r\n")
        refused = pipe.received
        recorder.exchanges[0].body_is_whole = True
        recorder.go()
        await settle()
        return pipe.received.removeprefix(refused)

    assert b"" == event_loop.run(run())


def test_more_requests_in_a_packet_than_may_wait_are_refused_behind_the_others() -> None:
    pipe = event_loop.run(_served(get("/a") * 70))
    assert [200] * 65 + [400] == pipe.statuses


@pytest.mark.parametrize("lines", [("Connection: close",), ()])
def test_data_behind_the_end_of_a_connection_is_not_served(lines: tuple[str, ...]) -> None:
    version = get("/a", *lines)
    first = version if lines else version.replace(b"HTTP/1.1", b"HTTP/1.0")
    pipe = event_loop.run(_served(first + get("/b")))
    assert ([b"/a<>"], True) == (_bodies(pipe), pipe.is_closing())


@pytest.mark.parametrize("upgrade", ["h2c", "websocket"])
@pytest.mark.parametrize("framing", ["Content-Length: 28", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_body_is_a_body_where_another_protocol_is_wished_for(
    upgrade: str, framing: str, size: int
) -> None:
    inner = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"
    body = inner if "Length" in framing else b"1c\r\n" + inner + b"\r\n0\r\n\r\n"
    head = f"POST /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n{framing}"
    sent = head.encode() + b"\r\n\r\n" + body + get("/b")
    packets = [sent[start : start + size] for start in range(0, len(sent), size)]
    pipe = event_loop.run(_served(*packets))
    assert [b"/a<" + inner + b">", b"/b<>"] == _bodies(pipe)


@pytest.mark.parametrize("rest", [b"", get("/b")])
def test_a_wish_for_another_protocol_may_be_ignored(rest: bytes) -> None:
    wish = get("/a", "Connection: Upgrade", "Upgrade: websocket")
    pipe = event_loop.run(_served(wish + rest, get("/c")))
    assert [b"/a<>", *([b"/b<>"] if rest else []), b"/c<>"] == _bodies(pipe)


def test_a_client_that_reads_nothing_is_answered_no_further() -> None:
    async def run() -> int:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve, reads=False)
        for _ in range(20_000):
            connection.data_received(get("/a"))
            await asyncio.sleep(0)
        waiting = len(pipe.unread)
        assert pipe.is_paused
        pipe.read()
        pipe.reads = True
        await settle()
        assert len(recorder.exchanges) > waiting // 100
        return waiting

    assert 66 * 1024 > event_loop.run(run())


def test_a_request_waits_until_the_answer_before_it_is_read() -> None:
    async def run() -> tuple[int, int]:
        begun: list[Exchange] = []

        async def serve(exchange: Exchange) -> None:
            begun.append(exchange)
            exchange.answer(200, [], b"x" * 100_000)

        connection, pipe = connected(serve, reads=False)
        connection.data_received(get("/a") * 5)
        await settle()
        before = len(begun)
        pipe.reads = True
        pipe.read()
        await settle()
        return before, len(begun)

    assert (1, 5) == event_loop.run(run())


def test_the_end_of_a_client_is_noticed_while_its_requests_wait() -> None:
    async def run() -> tuple[bool, bool]:
        recorder = Recorder()
        connection, pipe = connected(recorder.serve)
        connection.data_received(get("/a") + get("/b"))
        connection.data_received(get("/c"))
        await settle()
        was_listened_to = not pipe.is_paused
        connection.connection_lost(None)
        return was_listened_to, recorder.exchanges[0].was_left

    assert (True, True) == event_loop.run(run())


def test_what_was_asked_before_the_clients_end_is_answered() -> None:
    async def run() -> Pipe:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve)
        connection.data_received(get("/a") + post("/b", b"x"))
        connection.data_received(get("/c"))
        connection.eof_received()
        await settle()
        return pipe

    pipe = event_loop.run(run())
    assert ([b"/a<>", b"/b<x>", b"/c<>"], True) == (_bodies(pipe), pipe.is_closing())


@pytest.mark.parametrize("sent", [b"GET /a HT", post("/a", b"body")[:-1]])
def test_a_request_that_ends_early_is_refused(sent: bytes) -> None:
    async def run() -> Pipe:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve)
        connection.data_received(sent)
        connection.eof_received()
        await settle()
        return pipe

    assert [400] == event_loop.run(run()).statuses


@pytest.mark.parametrize(
    ("sent", "seconds", "status"),
    [(b"", 11.0, None), (b"\r\n", 11.0, None), (b"GET", 3.0, 408), (get("/a"), 10.0, 200)],
)
def test_a_client_has_only_so_long(sent: bytes, seconds: float, status: int | None) -> None:
    async def run() -> Pipe:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve, SMALL)
        connection.data_received(sent)
        await settle()
        now = asyncio.get_running_loop().time()
        connection.check(now + 1.0)
        assert not pipe.has_been_told_the_end | pipe.is_closing()
        connection.check(now + seconds)
        return pipe

    pipe = event_loop.run(run())
    assert ([status] if status else []) == pipe.statuses
    assert pipe.has_been_told_the_end or pipe.is_closing()


def _upload(bytes_each_second: int, seconds: int, *, stops_after: int = 1_000) -> list[int]:
    """Return the statuses after an upload of so many seconds, looked at once a second."""

    async def run() -> list[int]:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve, SMALL)
        connection.data_received(post("/a", b"")[:-4].replace(b": 0", b": 99999") + b"\r\n\r\n")
        began = asyncio.get_running_loop().time()
        for second in range(seconds):
            if second < stops_after:
                connection.data_received(b"x" * bytes_each_second)
            await settle()
            connection.check(began + second)
        return pipe.statuses

    return event_loop.run(run())


def test_an_upload_may_be_slow_as_long_as_it_moves() -> None:
    assert [] == _upload(20, 60)


def test_an_upload_that_hardly_moves_is_refused() -> None:
    assert [408] == _upload(10, 12)


def test_an_upload_that_stalls_is_refused_however_fast_it_was() -> None:
    assert [408] == _upload(20, 40, stops_after=25)


def test_an_upload_is_not_refused_for_waiting_for_the_frontend() -> None:
    async def run() -> list[int]:
        recorder = Recorder()
        connection, pipe = connected(recorder.serve, SMALL)
        connection.data_received(post("/a", b"x" * 100_000)[:-1])
        await settle()
        assert pipe.is_paused
        now = asyncio.get_running_loop().time()
        connection.check(now)
        connection.check(now + 30.0)
        recorder.go()
        await settle()
        assert not pipe.is_paused
        connection.check(now + 31.0)
        return pipe.statuses

    assert [] == event_loop.run(run())


@pytest.mark.parametrize(("read_each_second", "is_cut_off"), [(1, True), (20, False)])
def test_a_client_that_hardly_reads_is_cut_off(read_each_second: int, is_cut_off: bool) -> None:
    async def run() -> bool:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve, SMALL, reads=False)
        connection.data_received(get("/a") * 60)
        await settle()
        began = asyncio.get_running_loop().time()
        for second in range(12):
            pipe.unread = pipe.unread[read_each_second:]
            connection.check(began + second)
        return pipe.is_closing()

    assert is_cut_off == event_loop.run(run())


def test_a_refused_client_is_read_from_for_a_moment_only() -> None:
    async def run() -> tuple[bool, bool]:
        connection, pipe = connected(Recorder().serve, SMALL)
        connection.data_received(b"\x16\x03\r\n\r\n")
        now = asyncio.get_running_loop().time()
        connection.data_received(b"more")
        connection.check(now + 1.0)
        was_read = not pipe.is_closing()
        connection.check(now + 4.0)
        return was_read, pipe.is_aborted

    assert (True, True) == event_loop.run(run())


@pytest.mark.parametrize(
    ("version", "told"),
    [("1.1", b"HTTP/1.1 100 Continue\r\n\r\n"), ("1.0", b"")],
)
def test_a_body_that_waits_to_be_wanted_is_asked_for(version: str, told: bytes) -> None:
    async def run() -> bytes:
        recorder = Recorder()
        recorder.go()
        connection, pipe = connected(recorder.serve)
        head = post("/a", b"x", "Expect: 100-continue")[:-1]
        connection.data_received(head.replace(b"HTTP/1.1", b"HTTP/" + version.encode()))
        await settle()
        return pipe.received

    assert told == event_loop.run(run())


REFUSED = {
    "CONNECT / HTTP/1.1\r\nHost: x": 501,
    "CONNECT x:443 HTTP/1.1\r\nHost: x": 501,
    "TRACE / HTTP/1.1\r\nHost: x": 501,
    "FROB / HTTP/1.1\r\nHost: x": 501,
    "GET / HTTP/1.1": 400,
    "GET / HTTP/1.1\r\nHost: x\r\nHost: x": 400,
    "GET / HTTP/1.1\r\nHost: x/y": 400,
    "GET / HTTP/1.1\r\nHost: u@x": 400,
    "GET / HTTP/1.1\r\nHost: x y": 400,
    "GET http://[::/ HTTP/1.1\r\nHost: x": 400,
    "GET ftp://x/ HTTP/1.1\r\nHost: x": 400,
    "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked": 400,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked": 501,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked \t": 501,
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3": 400,
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3": 400,
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: something": 417,
    "GET / HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 1_999 + "A: b": 431,
    "GET / HTTP/1.1\r\nHost: x\r\n" + f"A: {'b' * 15_000}\r\n" * 4 + f"A: {'b' * 6_000}": 431,
    f"GET /{'a' * 16_384} HTTP/1.1\r\nHost: x": 414,
}


@pytest.mark.parametrize(
    "head",
    [
        f"GET /{'a' * 16_300} HTTP/1.1\r\nHost: x",
        "GET / HTTP/1.1\r\nHost: x\r\n" + "\r\n".join(["Abc: defgh"] * 1_999),
        f"GET / HTTP/1.1\r\nHost: x\r\nA: {'b' * 16_300}",
    ],
    ids=["target", "fields", "field"],
)
def test_what_nodes_own_server_takes_is_taken(head: str) -> None:
    """16 KiB of target, names and values in all, and 2,000 fields."""
    pipe = event_loop.run(_served(head.encode() + b"\r\n\r\n"))
    assert [200] == pipe.statuses


@pytest.mark.parametrize(("head", "status"), REFUSED.items())
def test_what_no_request_may_be_is_refused(head: str, status: int) -> None:
    pipe = event_loop.run(_served(head.encode() + b"\r\n\r\n0\r\n\r\n"))
    assert ([status], []) == (pipe.statuses[:1], _bodies(pipe))
    assert b'"code": "bad-request"' in pipe.received


@pytest.mark.parametrize(
    "endless",
    [
        b"1;" + b"a" * 1_000,
        b"1\r\na\r\n0\r\nA: " + b"b" * 1_000,
        b"1\r\na\r\n0\r\n" + b"A: b\r\n" * 166,
    ],
)
def test_framing_without_end_is_refused(endless: bytes) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    filler = b"A: b\r\n" * 166 if endless.endswith(b"\r\n") else b"b" * 1_000
    pipe = event_loop.run(_served(head + endless, *[filler] * 70))
    assert [431] == pipe.statuses


_PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            get("/a"),
            post("/b", b"body"),
            b"GET /a HTTP/1.1\r\nHost: x\r\n",
            b"\r\n",
            b"0\r\n\r\n",
            b"5\r\nhello\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n",
            b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            b"Content-Length: 5\r\n\r\nhello",
            b"Expect: 100-continue\r\n\r\n",
            get("/w", "Upgrade: websocket", "Connection: Upgrade"),
        ]
    ),
)


async def _attacked(pieces: list[bytes], *, ends: bool) -> tuple[Pipe, Census]:
    limits = Limits()
    census = Census(limits)
    recorder = Recorder()
    recorder.go()
    connection, pipe = connected(recorder.serve, limits, census)
    for piece in pieces:
        if not pipe.is_closing():
            connection.data_received(piece)
            await settle()
    if ends and not pipe.is_closing():
        connection.eof_received()
        await settle()
    elif not pipe.is_closing():
        for seconds in (20.0, 120.0, 240.0):
            connection.check(asyncio.get_running_loop().time() + seconds)
            await settle()
    return pipe, census


@settings(max_examples=160, deadline=None)
@given(pieces=st.lists(_PIECES, max_size=8), ends=st.booleans())
def test_any_bytes_are_answered_or_end_the_connection(pieces: list[bytes], *, ends: bool) -> None:
    pipe, census = event_loop.run(_attacked(pieces, ends=ends))
    assert pipe.is_closing() or pipe.has_been_told_the_end
    assert pipe.is_closing() == census.is_empty
    assert set(pipe.statuses) <= {100, 200, 400, 408, 414, 417, 431, 501}
