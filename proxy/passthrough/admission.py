"""Who may ask the frontend now, and who waits for a place: in turn, for a while, and not for ever.

A browser opens a page as two dozen files over six connections, so a few dozen visitors who come at
once are more requests than a process may pass on at a time. They wait, in a line for each client;
the lines take turns (fair queueing, RFC 970), so that no client's many requests keep others out.
Nor do its long ones: of the second half of the places, no client has more than three quarters.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from proxy.problems import Problem
from proxy.wire.limits import Limits
from proxy.wire.shares import Share


class Place:
    """A place at the frontend, held by a `with` block; made by `Admission.enter`."""

    __slots__ = ("_admission", "counted_for", "has_answer", "is_unanswered")

    def __init__(
        self, admission: Admission, *, is_unanswered: bool, counted_for: tuple[str | None, ...]
    ) -> None:
        """`is_unanswered`: it is the frontend's turn, with nobody else to wait for.

        `counted_for` is the client whose share it is of, empty where it is of nobody's.
        """
        self._admission = admission
        self.is_unanswered = is_unanswered
        self.counted_for = counted_for
        self.has_answer = False

    def __enter__(self) -> Place:
        """Return the place."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Give the place back."""
        self.leave()

    def answered(self) -> None:
        """Note that the frontend has begun to answer."""
        self.has_answer = True
        self._admission.answered(self)

    def leave(self) -> None:
        """Give the place back."""
        self._admission.left(self)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request in line, since a time of the loop; `turn` brings its place, or a Problem."""

    client: str | None
    is_asked_whole: bool
    since: float
    turn: asyncio.Future[Place]


class Admission:
    """Gives out the places at the frontend; used by the event loop alone, hence without locks."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        """`limits` has how many places there are, and how many may wait for how long.

        `clock` is the loop's, in seconds.
        """
        self._limits = limits
        self._clock = clock
        self.passed_through = Share(limits.passed_through, "requests for the frontend")
        self.unanswered = Share(
            limits.unanswered_by_frontend, "requests wait for it", "frontend-unavailable"
        )
        self.waiting = Share(limits.waiting_for_frontend, "requests wait for a place")
        # Half of the places, given without asking to whom; of the others, one client's most, and
        # how many each has.
        counted = limits.passed_through // 2
        self._uncounted = Share(limits.passed_through - counted, "requests for the frontend")
        self._most_of_one = counted - counted // 4
        self._counted: Counter[str | None] = Counter()
        # The first line is the next one's whose turn it is.
        self._lines: OrderedDict[str | None, deque[_Waiting]] = OrderedDict()
        # When a request was last sent to the frontend, or an answer of it began or ended.
        self._moved_at = self._clock()

    async def enter(self, client: Callable[[], str | None], *, is_asked_whole: bool) -> Place:
        """Return a place, perhaps after a wait.

        `client` tells whose request it is, and is asked only where that counts; None is a client
        like others. What `is_asked_whole` counts as waiting for the frontend until it is answered;
        an upload waits for its own client as well.

        Raises Problem `overloaded`, or `frontend-unavailable` when it is the frontend that lets
        wait: at once while it stands still, since what waits would wait in vain.
        """
        if self._has_room() and not self._is_crowded():
            return self._place(is_asked_whole)
        whose = client()
        # Who waits while there is room has had a full share, and this is somebody else.
        if self._has_room() and self._has_share(whose):
            return self._place(is_asked_whole, whose)
        now = self._clock()
        if self._stands_still(now):
            raise self._refusal()
        turn: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(whose, is_asked_whole, now, turn)
        self._join(waiting)
        try:
            return await turn
        except asyncio.CancelledError:
            self._step_out(waiting)
            # It may have been let in in the same moment.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                turn.result().leave()
            raise

    def _has_room(self) -> bool:
        return all(share.taken < share.most for share in (self.passed_through, self.unanswered))

    def _is_crowded(self) -> bool:
        return self._uncounted.taken >= self._uncounted.most

    def _has_share(self, client: str | None) -> bool:
        return not self._is_crowded() or self._counted[client] < self._most_of_one

    def _place(self, is_asked_whole: bool, *client: str | None) -> Place:
        counted_for = client if self._is_crowded() else ()
        self._counted.update(counted_for)
        if not counted_for:
            self._uncounted.take()
        self.passed_through.take()
        if is_asked_whole:
            self.unanswered.take()
        self._moved_at = self._clock()
        return Place(self, is_unanswered=is_asked_whole, counted_for=counted_for)

    def _stands_still(self, now: float) -> bool:
        return now - self._moved_at > self._limits.frontend_still_seconds

    def _refusal(self) -> Problem:
        """Return what is told: the frontend is slow, or takes its time with what it sends."""
        for share in (self.unanswered, self.passed_through):
            if share.taken >= share.most:
                return share.refusal()
        return self.waiting.refusal()

    def _join(self, waiting: _Waiting) -> None:
        """Stand in line; raises Problem.

        When as many wait as may, the longest line loses its last.
        """
        line = self._lines.get(waiting.client) or deque()
        if self.waiting.taken >= self.waiting.most:
            longest = max(self._lines.values(), key=len, default=line)
            if len(longest) <= len(line) + 1:
                raise self._refusal()
            self._turn_away(longest[-1])
        self.waiting.take()
        self._lines.setdefault(waiting.client, deque()).append(waiting)

    def _turn_away(self, waiting: _Waiting) -> None:
        self._step_out(waiting)
        if not waiting.turn.done():
            waiting.turn.set_exception(self._refusal())

    def _step_out(self, waiting: _Waiting) -> None:
        line = self._lines.get(waiting.client)
        if line is None or waiting not in line:
            return
        line.remove(waiting)
        self.waiting.give_back()
        if not line:
            del self._lines[waiting.client]

    def answered(self, place: Place) -> None:
        """Note that the frontend has begun to answer the request that has this place."""
        self._moved_at = self._clock()
        if place.is_unanswered:
            place.is_unanswered = False
            self.unanswered.give_back()
            self._let_in()

    def left(self, place: Place) -> None:
        """Take a place back, and let in whose turn it is."""
        if place.is_unanswered:
            self.unanswered.give_back()
        if place.has_answer:
            self._moved_at = self._clock()
        self.passed_through.give_back()
        if not place.counted_for:
            self._uncounted.give_back()
        for client in place.counted_for:
            self._counted[client] -= 1
            if not self._counted[client]:
                del self._counted[client]
        self._let_in()

    def _let_in(self) -> None:
        while self._has_room():
            turns = [*islice(filter(self._has_share, self._lines), 1)]
            if not turns:
                return
            [client] = turns
            waiting = self._lines[client][0]
            self._step_out(waiting)
            if client in self._lines:
                self._lines.move_to_end(client)
            if not waiting.turn.done():  # else its client has just left
                waiting.turn.set_result(self._place(waiting.is_asked_whole, client))

    def check(self, now: float) -> None:
        """Turn away who has waited too long, or in vain; `now` is the loop's time in seconds."""
        longest = self._limits.frontend_place_seconds
        is_still = self._stands_still(now)
        for line in [*self._lines.values()]:
            for waiting in [*line]:
                if not is_still and now - waiting.since <= longest:
                    break
                self._turn_away(waiting)
