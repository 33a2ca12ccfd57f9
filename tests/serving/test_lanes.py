"""Threads: no kind of request takes them all, and nothing is begun that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from proxy.outgoing.places import lane_threads
from proxy.problems import Problem
from proxy.serving import lanes as lanes_module
from proxy.serving.lanes import CALLBACKS, OPERATOR, VISITORS, Lanes
from proxy.wire.exchange import ClientLeft, Exchange, Head
from tests import event_loop
from tests.serving.pipe import settle

HEAD = Head("GET", b"/", None, (), "1.1", keeps_alive=True)


class Held:
    """Jobs that last until they are released; `begun` counts them."""

    def __init__(self) -> None:
        self.begun = 0
        self._lock = threading.Lock()
        self._may_end = threading.Event()

    def __call__(self) -> str:
        """Wait."""
        with self._lock:
            self.begun += 1
        self._may_end.wait(30)
        return "done"

    def release(self) -> None:
        """Let all of them end."""
        self._may_end.set()

    async def until_begun(self, count: int) -> None:
        """Wait until so many have begun."""
        while self.begun < count:
            await asyncio.sleep(0.001)


def _exchange() -> Exchange:
    carrier: Any = None
    return Exchange(HEAD, carrier, 0.0)


@contextmanager
def _held_lanes(threads: int) -> Iterator[tuple[Lanes, Held]]:
    lanes, held = Lanes(threads, lane_threads(threads)), Held()
    try:
        yield lanes, held
    finally:
        held.release()
        lanes.close()


def _tasks(lanes: Lanes, lane: str, job: Callable[[], str], count: int) -> list[asyncio.Task[str]]:
    loop = asyncio.get_running_loop()
    return [loop.create_task(lanes.run(lane, _exchange(), 0.0, job)) for _ in range(count)]


@pytest.mark.parametrize(("full", "other"), [(VISITORS, CALLBACKS), (CALLBACKS, VISITORS)])
def test_one_kind_leaves_threads_to_the_other(full: str, other: str) -> None:
    async def run() -> list[str]:
        with _held_lanes(8) as (lanes, held):
            waiting = _tasks(lanes, full, held, 20)
            await held.until_begun(7)
            answered = [
                await lanes.run(lane, _exchange(), 0.0, lambda: "x") for lane in (other, OPERATOR)
            ]
            assert 7 == held.begun
            held.release()
            await asyncio.gather(*waiting)
            return answered

    assert ["x", "x"] == event_loop.run(run())


def test_the_only_thread_is_not_taken_from_callbacks() -> None:
    async def run() -> str:
        with _held_lanes(1) as (lanes, held):
            waiting = _tasks(lanes, VISITORS, held, 3)
            await held.until_begun(1)
            answered = await lanes.run(CALLBACKS, _exchange(), 0.0, lambda: "x")
            held.release()
            await asyncio.gather(*waiting)
            return answered

    assert "x" == event_loop.run(run())


def test_what_has_waited_too_long_is_not_begun() -> None:
    async def run() -> int:
        with _held_lanes(2) as (lanes, held):
            with pytest.raises(Problem, match="overloaded"):
                await lanes.run(VISITORS, _exchange(), 4.1, held)
            return held.begun

    assert 0 == event_loop.run(run())


def test_what_finds_no_thread_in_time_is_not_begun() -> None:
    async def run() -> int:
        with _held_lanes(1) as (lanes, held):
            first = _tasks(lanes, VISITORS, held, 1)
            await held.until_begun(1)
            with pytest.raises(Problem, match="overloaded"):
                await lanes.run(VISITORS, _exchange(), lanes_module.LONGEST_WAIT_SECONDS, held)
            held.release()
            await asyncio.gather(*first)
            return held.begun

    assert 1 == event_loop.run(run())


async def _left(leave: Callable[[Exchange, Held], Awaitable[None]]) -> tuple[int, bool]:
    """Let a client leave that waits for the only thread; return what began, and if it is free."""
    with _held_lanes(1) as (lanes, held):
        first = _tasks(lanes, VISITORS, held, 1)
        await held.until_begun(1)
        exchange = _exchange()
        second = asyncio.get_running_loop().create_task(lanes.run(VISITORS, exchange, 0.0, held))
        await settle()
        await leave(exchange, held)
        with pytest.raises(ClientLeft):
            await second
        held.release()
        await asyncio.gather(*first)
        return held.begun, "x" == await lanes.run(VISITORS, _exchange(), 0.0, lambda: "x")


def test_nothing_is_begun_for_a_client_that_has_left() -> None:
    async def leave(exchange: Exchange, _: Held) -> None:
        exchange.leave()

    assert (1, True) == event_loop.run(_left(leave))


def test_nothing_is_begun_for_a_client_that_leaves_as_its_turn_comes() -> None:
    """It leaves in the same moment: its thread has been taken for it, and it does not know yet."""

    async def run() -> tuple[int, bool]:
        with _held_lanes(1) as (lanes, held):
            exchange = _exchange()
            ended = asyncio.Event()

            async def first() -> None:
                await lanes.run(VISITORS, _exchange(), 0.0, held)
                exchange.leave()
                ended.set()

            one = asyncio.get_running_loop().create_task(first())
            await held.until_begun(1)
            two = asyncio.get_running_loop().create_task(lanes.run(VISITORS, exchange, 0.0, held))
            await settle()
            held.release()
            await one
            with pytest.raises(ClientLeft):
                await two
            is_free = "x" == await lanes.run(VISITORS, _exchange(), 0.0, lambda: "x")
            return held.begun, is_free

    assert (1, True) == event_loop.run(run())


def test_those_who_wait_are_served_in_their_order() -> None:
    async def run() -> list[int]:
        order: list[int] = []
        with _held_lanes(1) as (lanes, held):
            first = _tasks(lanes, VISITORS, held, 1)
            await held.until_begun(1)
            loop = asyncio.get_running_loop()
            others = [
                loop.create_task(lanes.run(VISITORS, _exchange(), 0.0, lambda n=n: order.append(n)))  # type: ignore[misc]
                for n in range(5)
            ]
            await settle()
            held.release()
            await asyncio.gather(*first, *others)
            return order

    assert [0, 1, 2, 3, 4] == event_loop.run(run())


def test_a_job_that_could_not_be_given_a_thread_is_never_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The pool keeps it, and a thread that is free later would come upon it."""

    def cannot_start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def run() -> list[str]:
        done: list[str] = []
        with _held_lanes(2) as (lanes, _):
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", cannot_start)
                with pytest.raises(Problem, match="overloaded"):
                    await lanes.run(VISITORS, _exchange(), 0.0, lambda: done.append("refused"))
            await lanes.run(VISITORS, _exchange(), 0.0, lambda: done.append("served"))
            with suppress(ClientLeft):
                await lanes.run(VISITORS, _exchange(), 0.0, lambda: done.append("served"))
        return done

    assert ["served", "served"] == event_loop.run(run())
