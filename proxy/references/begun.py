"""What this process has begun a short while ago: it spares sessions that the vendor bills.

Nothing relies on it: another process knows nothing of it, and a new one has forgotten it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from proxy.references.session_record import SessionRecord
from proxy.timestamps import format_utc

DAY_SECONDS = 24 * 60 * 60
MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Begun:
    """A user's sessions of the last day: when they began, by id; `unwritten` is not stored yet."""

    turn: int
    starts: Mapping[str, float]
    unwritten: SessionRecord | None


class BegunSessions:
    """Sessions that this process has begun, by user; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._turn = 0
        self._users: OrderedDict[UUID, _Begun] = OrderedDict()

    def turn(self) -> int:
        """Return a number that grows whenever a session begins, and when it is stored."""
        return self._turn

    def has_begun_since(self, turn: int, user_id: UUID) -> bool:
        """Tell whether a session of the user has begun, or been stored, since `turn`.

        What was read before that may lack it.
        """
        begun = self._users.get(user_id)
        return begun is not None and begun.turn > turn

    def note(self, user_id: UUID, record: SessionRecord) -> None:
        """Remember a session that has begun and is not stored yet."""
        now = self._clock()
        with self._guard:
            self._turn += 1
            known = self._users.pop(user_id, None)
            starts = {} if known is None else known.starts
            recent = {name: began for name, began in starts.items() if now - began < DAY_SECONDS}
            self._users[user_id] = _Begun(self._turn, {**recent, record.id: now}, record)
            while len(self._users) > MAX_REMEMBERED:
                self._users.popitem(last=False)

    def note_written(self, user_id: UUID) -> None:
        """Remember that a user's last session is stored."""
        with self._guard:
            known = self._users.get(user_id)
            if known is not None:
                self._turn += 1
                self._users[user_id] = _Begun(self._turn, known.starts, None)

    def unwritten(self, user_id: UUID) -> SessionRecord | None:
        """Return the session that a user can still go to and that could not be stored."""
        known = self._users.get(user_id)
        if known is None or known.unwritten is None:
            return None
        return known.unwritten if known.unwritten.is_open_at(self._clock()) else None

    def starts(self, user_id: UUID) -> dict[str, str]:
        """Return when a user's sessions of the last day began: RFC 3339, by id."""
        known = self._users.get(user_id)
        starts = {} if known is None else known.starts
        now = self._clock()
        return {
            name: format_utc(began) for name, began in starts.items() if now - began < DAY_SECONDS
        }
