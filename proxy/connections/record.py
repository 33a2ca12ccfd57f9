"""A user's connections with one vendor, in their private data: which one counts, what to write.

The marketplace merges private data by top-level key, has no conditional write, and may apply a
write late, twice or never. So each connection has keys of its own: one for each grant that it has
had, of which the last counts, and one that says that it has ended. The latest connection that has
not ended counts, whatever the order of the writes. `<vendor>Connection` is a copy of it, for pages
and for earlier versions; one that a late write has put back is put right at the next look
(docs/adr/0023-writes-that-commute.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from crypto import LogWords, SecretSealer
from proxy.connections.sealed import Opened, SealedConnections, noted_failure
from proxy.log_lines import Line
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.connection import UserConnection

# No write is applied later than that, and so many ends are enough to remember.
_ENDED_SECONDS = 24 * 3_600.0
_MOST_ENDED = 16
Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """What is stored: whether there is something, what of it opens, and what is left to do.

    `is_current`: the newest key sealed it. `is_settled`: `<vendor>Connection` is the copy that it
    should be. `left_over` are connections that stand there and do not count, the oldest first.
    """

    exists: bool
    connection: UserConnection | None = None
    is_current: bool = True
    is_settled: bool = True
    left_over: tuple[UserConnection, ...] = ()


class ConnectionRecords:
    """Reads the connections with one vendor, and tells what to write; keeps nothing."""

    def __init__(
        self,
        vendor: str,
        sealer: SecretSealer,
        clock: Callable[[], float],
        words: LogWords | None = None,
    ) -> None:
        """`words` name users in logs; without them lines tell of nobody."""
        self._vendor = vendor
        self._words = words
        self.key = f"{vendor}Connection"
        self._sealed = SealedConnections(vendor, sealer)
        self._clock = clock
        key = re.escape(self.key)
        self._grant_key = re.compile(rf"{key}-(\d{{17}})-\d{{1,9}}-[0-9a-f]{{6}}", re.ASCII)
        self._end_key = re.compile(rf"{key}-(\d{{17}})-ended", re.ASCII)

    def line(self, user_id: UUID | None, outcome: str, cause: str | None = None) -> Line:
        """Return the log line of something that has happened to a user's connection."""
        subject = None if self._words is None or user_id is None else self._words.subject(user_id)
        return Line("connection", trip=self._vendor, outcome=outcome, subject=subject, cause=cause)

    def read(self, user: User) -> StoredConnection:
        """Return what the user's private data says, opened where it opens."""
        kept, ended, record = self._kept(user), self._ended(user), self._record(user)
        copy, best = self._sealed.open(record, user.id), None
        # A user or an earlier version, which knew no other key: our own write leaves an end.
        is_removed = record is None and not ended
        if not is_removed:
            living = (one for one in kept if _id(one.connection) not in ended)
            best = max(living, key=lambda one: _place(one.connection), default=None)
        if copy is not None and _id(copy.connection) not in ended:
            best = _further(best, copy)
        left_over = _others(kept, best)
        if best is None:
            is_closed = record is not None and copy is None
            exists = is_closed or (not is_removed and self._has_closed(user, kept, ended))
            return StoredConnection(exists, is_settled=copy is None, left_over=left_over)
        is_copied = copy is not None and copy.sealed == best.sealed
        failure = noted_failure(record) if is_copied else None
        return StoredConnection(
            exists=True,
            connection=replace(best.connection, failure=failure),
            is_current=self._sealed.is_current(best),
            is_settled=is_copied and best in kept,
            left_over=left_over,
        )

    def _record(self, user: User) -> object:
        return user.private_data.get(self.key)

    def _kept(self, user: User) -> list[Opened]:
        """Return what stands under the keys of single grants and opens; each under its own only."""
        found = ((n, v) for n, v in user.private_data.items() if self._grant_key.fullmatch(n))
        opened = ((name, self._sealed.open(record, user.id)) for name, record in found)
        return [one for name, one in opened if one and name == self._name(one.connection)]

    def _ended(self, user: User) -> dict[str, Any]:
        """Return the ids of connections that have ended, and what says so."""
        found = ((self._end_key.fullmatch(name), v) for name, v in user.private_data.items())
        return {match[1]: mark for match, mark in found if match and mark is not None}

    def _has_closed(self, user: User, kept: Iterable[Opened], ended: Iterable[str]) -> bool:
        """Tell whether a connection stands there that has not ended and does not open."""
        opened = {self._name(one.connection) for one in kept}
        found = (self._grant_key.fullmatch(n) for n, v in user.private_data.items() if v)
        return any(m and m[0] not in opened and m[1] not in ended for m in found)

    def _name(self, connection: UserConnection) -> str:
        """Return the key of a connection's present grant.

        Two processes that renew one grant at once write under two keys.
        """
        tag = sha256(_secret(connection).encode("utf-8", "surrogatepass")).hexdigest()[:6]
        return f"{self.key}-{_id(connection)}-{connection.renewals}-{tag}"

    def written(self, user: User, connection: UserConnection) -> Changes:
        """Return what writes a connection, sealed for this user.

        Its earlier grants go; other connections stay until they are ended.
        """
        kept = [one.connection for one in self._kept(user)]
        own = (one for one in kept if _id(one) == _id(connection))
        behind = (self._name(one) for one in own if one.renewals < connection.renewals)
        changes: Changes = dict.fromkeys(behind)
        before = self.read(user).connection
        for one in (before, connection):
            if one is not None and (one is connection or _id(one) != _id(connection)):
                changes[self._name(one)] = self._sealed.seal(one, user.id)
        return self._with_copy(user, changes, connection)

    def ended(self, user: User, *connections: UserConnection) -> Changes:
        """Return what ends connections, whatever is still to be written of them."""
        written = dict.fromkeys(self._name(one) for one in connections)
        ends = self._ends(user, {_id(one) for one in connections})
        return self._with_copy(user, {**written, **ends})

    def wiped(self, user: User) -> Changes:
        """Return what ends every connection, and removes what does not open as well."""
        found = (self._grant_key.fullmatch(name) for name in user.private_data)
        copy = self._sealed.open(self._record(user), user.id)
        ids = {match[1] for match in found if match} | ({_id(copy.connection)} if copy else set())
        return {**self._past_ends(user), **self._ends(user, ids), self.key: None}

    def settled(self, user: User) -> Changes:
        """Return what puts the copy right, and gives what an earlier version wrote a key."""
        counts = self.read(user).connection
        return {self.key: None} if counts is None else self.written(user, counts)

    def _ends(self, user: User, ids: set[str]) -> Changes:
        found = (self._grant_key.fullmatch(name) for name in user.private_data)
        dropped = [match[0] for match in found if match and match[1] in ids]
        mark = {"at": format_utc(self._clock())}
        return dict.fromkeys(dropped) | {f"{self.key}-{one}-ended": mark for one in sorted(ids)}

    def _with_copy(
        self, user: User, changes: Changes, known: UserConnection | None = None
    ) -> Changes:
        """Return changes with the copy of what counts after them, and without ends long past.

        `known` is a connection with its failure, which stands in the copy alone.
        """
        changes = {**self._past_ends(user), **changes}
        there = self._record(user)
        counts = self.read(
            after(user, {self.key: {} if there is None else there} | changes)
        ).connection
        if counts is not None and known is not None and self._name(counts) == self._name(known):
            counts = known
        copy = None if counts is None else self._sealed.copy(counts, user.id)
        return {**changes, self.key: copy}

    def _past_ends(self, user: User) -> Changes:
        """Return what drops the marks of ends that no late write can be waiting for."""
        now, kept = self._clock(), {_id(one.connection) for one in self._kept(user)}
        newest = sorted(self._ended(user).items(), reverse=True)
        return {
            f"{self.key}-{ended}-ended": None
            for number, (ended, mark) in enumerate(newest)
            if ended not in kept and (number >= _MOST_ENDED or not _is_recent(mark, now))
        }

    def now(self) -> str:
        """Return the time as records write it."""
        return format_utc(self._clock())

    def next_moment(self, user: User) -> str:
        """Return the time, but a later one than of any connection that the user has had."""
        copy = self._sealed.open(self._record(user), user.id)
        had = [one.connection.connected_at for one in (*self._kept(user), copy) if one]
        latest, moment = max(had, default=""), self._clock()
        known = parse_utc(latest)
        if known is not None:
            moment = max(moment, known.timestamp())
        ended = self._ended(user)
        while format_utc(moment) <= latest or _digits(format_utc(moment)) in ended:
            moment += 0.001
        return format_utc(moment)


def after(user: User, changes: Mapping[str, Any]) -> User:
    """Return the user as the marketplace shows them once these changes are written."""
    merged = {**user.private_data, **changes}
    left = {name: value for name, value in merged.items() if value is not None}
    return replace(user, private_data=left)


def _id(connection: UserConnection) -> str:
    """Return what tells a connection from the user's others: when it was made, as digits."""
    return _digits(connection.connected_at)


def _digits(moment: str) -> str:
    return re.sub(r"\D", "", moment)


def _secret(connection: UserConnection) -> str:
    return json.dumps(dict(connection.grant.secret), sort_keys=True)


def _place(connection: UserConnection) -> tuple[Any, ...]:
    """Return what grows with each connection and with each of its renewals.

    Of two renewals of one grant the one counts that ends later: it was asked for later.
    """
    ends_at = connection.expires_at or 0
    return connection.connected_at, connection.renewals, ends_at, _secret(connection)


def _further(best: Opened | None, copy: Opened) -> Opened:
    """Return the copy where it is further than what has a key of its own.

    An earlier version, which runs beside this one or has run since, knows the copy alone and
    counts no renewals: what it has renewed ends later.
    """
    if best is None:
        return copy
    known, told = best.connection, copy.connection
    if copy.counts_renewals or told.connected_at != known.connected_at:
        return copy if _place(told) > _place(known) else best
    if (told.expires_at or 0) <= (known.expires_at or 0):
        return best
    return replace(copy, connection=replace(told, renewals=known.renewals + 1))


def _others(kept: Iterable[Opened], best: Opened | None) -> tuple[UserConnection, ...]:
    """Return the last state of each connection but the one that counts."""
    last = {_id(one): one for one in sorted((one.connection for one in kept), key=_place)}
    if best is not None:
        last.pop(_id(best.connection), None)
    return tuple(last.values())


def _is_recent(mark: object, now: float) -> bool:
    at = parse_utc(mark.get("at")) if isinstance(mark, dict) else None
    return at is not None and abs(now - at.timestamp()) < _ENDED_SECONDS
