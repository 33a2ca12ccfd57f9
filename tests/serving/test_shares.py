"""Shares of connections, uploads and bytes, and clocks that differ from ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from proxy.problems import Problem
from proxy.serving.router_clock import RouterClock
from proxy.wire.census import Census
from proxy.wire.limits import Limits, limits_for
from proxy.wire.shares import Share, Uploads
from tests import event_loop
from tests.serving.pipe import Pipe, Recorder, connected, get, settle

NOW = 1_800_000_000.0


def test_no_more_is_taken_than_there_is() -> None:
    share = Share(3, "things")
    share.take(2)
    with pytest.raises(Problem, match="overloaded too many things"):
        share.take(2)
    assert 2 == share.taken


def test_a_place_is_given_back_whatever_happens() -> None:
    share = Share(1, "things")
    with pytest.raises(ValueError, match="x"), share.held():
        raise ValueError("x")
    assert 0 == share.taken


def _held(uploads: Uploads, clients: list[str | None]) -> list[bool]:
    """Return for each client in turn whether it gets a place; all is given back at the end."""
    got = []
    with ExitStack() as stack:
        for client in clients:
            try:
                stack.enter_context(uploads.held(client))
                got.append(True)
            except Problem:
                got.append(False)
    return got


@pytest.mark.parametrize(
    ("clients", "got"),
    [
        (["a", "a", "a", "b"], [True, True, False, True]),
        (["a", "b", "c", "d", "e"], [True, True, True, True, False]),
        ([None, None, None, "a", "b"], [True, True, True, True, False]),
    ],
)
def test_uploads_are_shared_out(clients: list[str | None], got: list[bool]) -> None:
    uploads = Uploads(4, 2)
    assert got == _held(uploads, clients)
    assert (0, got) == (uploads.under_way, _held(uploads, clients))


Connect = Callable[[], Pipe]


def _crowded(attack: bytes, *, count: int) -> tuple[list[bool], Pipe]:
    """Let 4 connections be allowed, `count` attack, and somebody else ask for something."""

    async def run() -> tuple[list[bool], Pipe]:
        limits = Limits(connections=4)
        census, recorder = Census(limits), Recorder()
        recorder.go()
        attackers = []
        for _ in range(count):
            connection, pipe = connected(recorder.serve, limits, census)
            attackers.append(pipe)
            if attack:
                connection.data_received(attack)
            await settle()
        connection, visitor = connected(recorder.serve, limits, census)
        connection.data_received(get("/a"))
        await settle()
        assert census.connections <= 4
        return [pipe.is_closing() for pipe in attackers], visitor

    return event_loop.run(run())


BROKEN = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"


@pytest.mark.parametrize(
    "attack", [b"", b"GET / HTTP/1.1\r\nHo", b"\x16\x03\r\n\r\n", get("/a"), BROKEN]
)
@pytest.mark.parametrize("count", [4, 30])
def test_who_is_not_being_served_makes_room(attack: bytes, count: int) -> None:
    closed, visitor = _crowded(attack, count=count)
    assert [200] == visitor.statuses
    assert [True] * (count - 3) + [False] * 3 == closed


def test_beside_connections_that_are_all_served_others_are_refused() -> None:
    async def run() -> tuple[list[int], int]:
        limits = Limits(connections=4)
        census, recorder = Census(limits), Recorder()
        for _ in range(4):
            connection, _pipe = connected(recorder.serve, limits, census)
            connection.data_received(get("/a"))
        await settle()
        refused = [connected(recorder.serve, limits, census)[1] for _ in range(50)]
        await settle()
        statuses = [status for pipe in refused for status in pipe.statuses]
        return statuses, census.connections

    assert ([503] * 50, 4 + 24) == event_loop.run(run())


def test_those_who_read_least_are_given_up_when_too_much_waits() -> None:
    async def run() -> list[bool]:
        limits = Limits(unsent_bytes=6_000, progress_bytes=100)
        census, recorder = Census(limits), Recorder()
        recorder.go()
        pipes = []
        for _ in range(3):
            connection, pipe = connected(recorder.serve, limits, census, reads=False)
            connection.data_received(get("/a") * 60)
            await settle()
            pipes.append(pipe)
        now = asyncio.get_running_loop().time()
        for pipe in pipes[1:]:
            pipe.unread = pipe.unread[200:]
        census.check(now + 5.0)
        return [pipe.is_aborted for pipe in pipes]

    assert [True, False, False] == event_loop.run(run())


@pytest.mark.parametrize("descriptors", [256, 1_024, 4_096, 10_000, 65_536])
@pytest.mark.parametrize("threads", [1, 40, 200, 1_000])
def test_what_is_passed_through_leaves_descriptors_to_our_own_routes(
    descriptors: int, threads: int
) -> None:
    limits = limits_for(descriptors, threads)
    taken = 2 * (limits.passed_through + limits.tunnels) + limits.waiting_for_frontend
    assert limits.connections - taken >= limits.connections // 8
    assert limits.uploads_per_client < limits.uploads <= limits.passed_through


def test_fifty_browsers_that_open_a_page_at_once_find_a_place_or_a_place_in_line() -> None:
    """Each over six connections (HTTP/1.1), and the process may open the usual 1,024."""
    limits = limits_for(1_024, 200)
    assert limits.passed_through + limits.waiting_for_frontend >= 50 * 6
    assert limits.unanswered_by_frontend == limits.passed_through


@pytest.mark.parametrize("limits", [Limits(idle_seconds=0.2), Limits(frontend_head_seconds=0.2)])
def test_small_bounds_are_looked_at_often(limits: Limits) -> None:
    assert 0.05 == limits.tick_seconds


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        (f"{(NOW - 2.5) * 1_000:.0f}", 2.5),
        (f"t={(NOW - 2.5) * 1_000:.0f}", 2.5),
        (f"t={(NOW - 2.5) * 1_000_000:.0f}", 2.5),
        (f"{NOW - 2.5:.3f}", 2.5),
        ("", 0.0),
        ("t=", 0.0),
        ("nan", 0.0),
        ("-1e400", 0.0),
        ("yesterday", 0.0),
        ("1, 2", 0.0),
    ],
)
def test_the_router_tells_how_long_a_request_has_waited(told: str, waited: float) -> None:
    assert pytest.approx(waited, abs=0.01) == RouterClock().waited(told.encode(), NOW)


def _told(clock: RouterClock, waits: list[float], difference: float) -> list[float]:
    """Return what a clock makes of waits, a second apart, that a clock told which differs."""
    told = [f"{(NOW + i - wait + difference) * 1_000:.0f}" for i, wait in enumerate(waits)]
    return [clock.waited(text.encode(), NOW + i) for i, text in enumerate(told)]


@pytest.mark.parametrize("difference", [-5.0, 5.0])
def test_a_routers_clock_may_differ_from_ours(difference: float) -> None:
    clock = RouterClock()
    _told(clock, [0.0] * 10, difference)
    waits = [0.0, 3.0, 0.0]
    assert pytest.approx(waits, abs=0.01) == _told(clock, waits, difference)


def test_a_first_wait_is_no_difference_of_clocks() -> None:
    assert pytest.approx(25.0, abs=0.01) == _told(RouterClock(), [25.0], 0.0)[0]


@pytest.mark.parametrize("difference", [-3_600.0, 3_600.0])
def test_a_clock_that_is_far_off_tells_nothing(difference: float) -> None:
    assert [0.0] * 20 == _told(RouterClock(), [3.0] * 20, difference)


def test_a_difference_that_is_no_more_is_forgotten() -> None:
    clock = RouterClock()
    _told(clock, [0.0] * 10, 50.0)
    for seconds in (311, 622, 933):
        clock.waited(f"{(NOW + seconds) * 1_000:.0f}".encode(), NOW + seconds)
    now = NOW + 934
    assert pytest.approx(0.0, abs=0.01) == clock.waited(f"{now * 1_000:.0f}".encode(), now)


def test_untold_waits_are_none() -> None:
    assert 0.0 == RouterClock().waited(None, NOW)
