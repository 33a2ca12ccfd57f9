"""How often vendors are asked about sessions that are pending, and what they said last.

A page that waits asks us every second, and a vendor counts, or bills, what it is asked. Nothing
relies on this memory: it is this process's own, and who is not in it is asked about at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from proxy.vendors.reference import Reason

MAX_REMEMBERED = 10_000
_SHORTEST_SECONDS = 1.0
# A person is at it for minutes, a vendor's staff for hours: the older, the less a moment matters.
_SHARE_OF_AGE = 0.1


@dataclass(frozen=True, slots=True)
class _Asked:
    """When a user's sessions were asked about, and what they wait for, by the sessions' ids."""

    at: float
    waiting: Mapping[str, Reason] = field(default_factory=dict)


class Asking:
    """When each user's pending sessions were asked about last; thread-safe."""

    def __init__(self, longest_seconds: int, clock: Callable[[], float]) -> None:
        """`longest_seconds` is what the pause between two questions grows to; 0 for no pause."""
        self._longest = longest_seconds
        self._clock = clock
        self._guard = threading.Lock()
        self._users: OrderedDict[UUID, _Asked] = OrderedDict()

    def claim(self, user_id: UUID, started_at: float) -> bool:
        """Tell whether a user's sessions may be asked about now: whoever is told so asks.

        The pause is a tenth of the age of the newest of them, begun `started_at` (unix seconds).
        """
        with self._guard:
            is_due = self._is_due(user_id, started_at)
            if is_due:
                self._note(user_id, self._clock())
        return is_due

    def is_due(self, user_id: UUID, started_at: float) -> bool:
        """Tell whether they may be asked about now; see `claim`."""
        with self._guard:
            return self._is_due(user_id, started_at)

    def _is_due(self, user_id: UUID, started_at: float) -> bool:
        now = self._clock()
        pause = max(_SHORTEST_SECONDS, (now - started_at) * _SHARE_OF_AGE)
        asked = self._users.get(user_id)
        return asked is None or not 0 <= now - asked.at < min(pause, self._longest)

    def note(self, user_id: UUID) -> None:
        """Remember that a user's sessions are asked about now."""
        with self._guard:
            self._note(user_id, self._clock())

    def _note(self, user_id: UUID, now: float) -> None:
        known = self._users.pop(user_id, None)
        self._users[user_id] = _Asked(now, {} if known is None else known.waiting)
        while len(self._users) > MAX_REMEMBERED:
            self._users.popitem(last=False)

    def note_waiting(self, user_id: UUID, waiting: Mapping[str, Reason]) -> None:
        """Remember what a user's sessions wait for, by their ids; of the others, nothing."""
        with self._guard:
            known = self._users.get(user_id)
            if known is not None:
                self._users[user_id] = _Asked(known.at, dict(waiting))

    def waiting(self, user_id: UUID, session_id: str) -> Reason | None:
        """Return what a session waits for, as far as it was asked about."""
        known = self._users.get(user_id)
        return None if known is None else known.waiting.get(session_id)
