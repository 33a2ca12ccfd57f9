"""Shares of what a process may have under way at once, so that no kind of it takes everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proxy.problems import Problem


class Share:
    """So many places, or bytes, of one kind; used by the event loop alone, hence without locks."""

    __slots__ = ("_code", "_what", "most", "taken")

    def __init__(self, most: int, what: str, code: str = "overloaded") -> None:
        """`what` names the kind in the log, `code` the problem that tells of too much of it."""
        self.most = most
        self.taken = 0
        self._what = what
        self._code = code

    def take(self, count: int = 1) -> None:
        """Take so much of it; raises Problem, and takes nothing, when that is too much."""
        if self.taken + count > self.most:
            raise self.refusal()
        self.taken += count

    def refusal(self) -> Problem:
        """Return the problem that tells of too much of it."""
        return Problem(self._code, cause=f"too many {self._what}")

    def give_back(self, count: int = 1) -> None:
        """Give back what was taken."""
        self.taken -= count

    @contextmanager
    def held(self, count: int = 1) -> Iterator[None]:
        """Hold so much of it meanwhile; raises Problem when that is too much."""
        self.take(count)
        try:
            yield
        finally:
            self.give_back(count)


class Uploads:
    """Requests whose body is still on its way: a share for all of them, and one for each client."""

    def __init__(self, most: int, most_per_client: int) -> None:
        self._all = Share(most, "uploads")
        self._most_per_client = most_per_client
        self._clients: dict[str, Share] = {}

    @property
    def under_way(self) -> int:
        """How many there are."""
        return self._all.taken

    @property
    def most(self) -> int:
        """How many there may be."""
        return self._all.most

    @contextmanager
    def held(self, client: str | None) -> Iterator[None]:
        """Hold a place for `client`; None, whose address nobody has told, has a part in all places.

        Raises Problem `overloaded` when there are too many, of this client or in all.
        """
        if client is None:
            with self._all.held():
                yield
            return
        own = self._clients.setdefault(client, Share(self._most_per_client, "uploads of a client"))
        try:
            with own.held(), self._all.held():
                yield
        finally:
            if not own.taken:
                self._clients.pop(client, None)
