"""Who may have how many of the threads: no kind of request takes them all from the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from proxy.problems import Problem
from proxy.wire.exchange import ClientLeft, Exchange

Result = TypeVar("Result")
VISITORS, CALLBACKS, OPERATOR = "visitors", "callbacks", "operator"
# An answer takes 25 s at most (proxy.http.web), and a router waits 30 s for its first byte: what
# has waited longer than this is answered when nobody listens any more.
LONGEST_WAIT_SECONDS = 4.0
# Health and readiness hardly take any time; a few at once are enough.
_OPERATOR_THREADS = 4


class _Lane:
    """One kind of request: how many run, at most, and who waits."""

    __slots__ = ("most", "under_way", "waiting")

    def __init__(self, most: int) -> None:
        self.most = most
        self.under_way = 0
        self.waiting: deque[asyncio.Future[None]] = deque()


class Lanes:
    """The threads of a process, shared out among kinds of requests.

    Called in the event loop; only what is given to `run` happens in a thread.
    """

    def __init__(self, threads: int, most_per_lane: int) -> None:
        """Share `threads` out, at most `most_per_lane` for visitors, and as many for callbacks.

        The operator's few come on top; so does one, where there is only one.
        """
        self._threads = max(threads, 2)
        self._pool = ThreadPoolExecutor(self._threads + _OPERATOR_THREADS, "request")
        self._shared = 0
        self._lanes = {
            VISITORS: _Lane(most_per_lane),
            CALLBACKS: _Lane(most_per_lane),
            OPERATOR: _Lane(_OPERATOR_THREADS),
        }

    async def run(
        self, lane_name: str, exchange: Exchange, waited: float, job: Callable[[], Result]
    ) -> Result:
        """Run `job` in a thread of the lane, as soon as there is one, and return its result.

        `waited` is the seconds that the request has waited already. Raises Problem `overloaded`
        when it would begin too late, and ClientLeft when its client has gone before it could begin.
        """
        lane = self._lanes[lane_name]
        if waited > LONGEST_WAIT_SECONDS:
            raise Problem("overloaded", cause="it has waited too long")
        if self._has_room(lane) and not lane.waiting:
            self._take(lane)
        else:
            await self._wait(lane, LONGEST_WAIT_SECONDS - waited, exchange)
        try:
            return await self._in_a_thread(job)
        finally:
            self._give_back(lane)

    async def _in_a_thread(self, job: Callable[[], Result]) -> Result:
        is_wanted = True

        def run() -> Result | None:
            return job() if is_wanted else None

        try:
            running = self._pool.submit(run)
        except RuntimeError as error:
            # No thread could be started; another one may still come upon it, when nobody waits.
            is_wanted = False
            raise Problem("overloaded", cause="no thread can be started") from error
        return cast(Result, await asyncio.wrap_future(running))

    def _has_room(self, lane: _Lane) -> bool:
        is_shared = lane is not self._lanes[OPERATOR]
        return lane.under_way < lane.most and not (is_shared and self._shared >= self._threads)

    def _take(self, lane: _Lane) -> None:
        lane.under_way += 1
        self._shared += lane is not self._lanes[OPERATOR]

    def _give_back(self, lane: _Lane) -> None:
        """Free a thread, and give it to whoever waits longest in a lane that may have it."""
        lane.under_way -= 1
        self._shared -= lane is not self._lanes[OPERATOR]
        for other in self._lanes.values():
            while other.waiting and self._has_room(other):
                turn = other.waiting.popleft()
                if not turn.done():
                    self._take(other)
                    turn.set_result(None)

    async def _wait(self, lane: _Lane, seconds: float, exchange: Exchange) -> None:
        """Wait for a thread, which is then taken already."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.waiting.append(turn)
        exchange.when_left(turn.cancel)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._give_back(lane)  # it came in the same moment
            if isinstance(error, TimeoutError):
                raise Problem("overloaded", cause="no thread was free in time") from None
            if exchange.was_left:
                raise ClientLeft from None
            raise
        finally:
            exchange.when_left(None)
            if turn in lane.waiting:
                lane.waiting.remove(turn)
        if exchange.was_left:
            self._give_back(lane)
            raise ClientLeft

    @property
    def under_way(self) -> dict[str, int]:
        """How many run, by lane."""
        return {name: lane.under_way for name, lane in self._lanes.items()}

    @property
    def waiting(self) -> dict[str, int]:
        """How many wait for a thread, by lane."""
        return {name: len(lane.waiting) for name, lane in self._lanes.items()}

    @property
    def threads(self) -> tuple[int, int]:
        """How many of the shared threads are taken, and how many there are."""
        return self._shared, self._threads

    def close(self) -> None:
        """Begin nothing more; what runs goes on."""
        self._pool.shutdown(wait=False, cancel_futures=True)
