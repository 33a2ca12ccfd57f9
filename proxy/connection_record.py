"""A connection in a user's private data: readable ids and names beside the sealed whole.

Users may read and write their own private data, so what counts is sealed, ids and names included;
the readable copies are for the marketplace's pages only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crypto import SecretSealer
from proxy.connection import Connection, Grant
from proxy.marketplace import PrivateDataWriter, User
from proxy.timestamps import format_utc, parse_utc

_FAILED_AT, _FAILED_REASON = "lastFailedAt", "lastFailedReason"
_MAX_REASON_CHARACTERS = 200


class ConnectionRecords:
    """Reads and writes the records of one vendor; keeps nothing."""

    def __init__(self, vendor: str, sealer: SecretSealer, clock: Callable[[], float]) -> None:
        self.key = f"{vendor}Connection"
        self._purpose = f"{vendor}.connection"
        self._sealer = sealer
        self._clock = clock

    def slot(self, writer: PrivateDataWriter, user: User) -> UserSlot:
        """Return the user's slot; `user` is what `writer` has just shown."""
        return UserSlot(self, writer, user)

    def read(self, user: User) -> Stored:
        """Return what the user's private data says, opened where it opens."""
        record = user.private_data.get(self.key)
        if record is None:
            return Stored(exists=False)
        sealed = record.get("sealed") if isinstance(record, dict) else None
        opened = self._sealer.open(sealed, purpose=self._purpose, owner=user.id)
        content = None if opened is None else _content(opened)
        if content is None:
            return Stored(exists=True)
        failure = record.get(_FAILED_REASON)
        connection = Connection(
            Grant(content["secret"], content["details"]),
            content["connectedAt"],
            failure[:_MAX_REASON_CHARACTERS] if isinstance(failure, str) else None,
        )
        return Stored(True, connection, is_current=self._sealer.is_current(sealed))

    def write(self, writer: PrivateDataWriter, user: User, connection: Connection) -> None:
        """Write a connection, sealed for this user; raises what the writer raises."""
        grant = connection.grant
        content = {
            "secret": dict(grant.secret),
            "details": dict(grant.details),
            "connectedAt": connection.connected_at,
        }
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        record: dict[str, Any] = {
            **grant.details,
            "connectedAt": connection.connected_at,
            "sealed": self._sealer.seal(plain, purpose=self._purpose, owner=user.id),
        }
        if connection.failure is not None:
            record |= {_FAILED_AT: self.now(), _FAILED_REASON: connection.failure}
        writer.update_private_data({self.key: record})

    def now(self) -> str:
        """Return the time as records write it."""
        return format_utc(self._clock())


@dataclass(frozen=True, slots=True)
class Stored:
    """A record: whether there is one, what opens of it, and whether the newest key sealed it."""

    exists: bool
    connection: Connection | None = None
    is_current: bool = True


class UserSlot:
    """One user's slot (see proxy.connection.Slot); knows what it has written itself."""

    def __init__(self, records: ConnectionRecords, writer: PrivateDataWriter, user: User) -> None:
        self._records = records
        self._writer = writer
        self._user = user
        self.stored = records.read(user)

    def load(self) -> Connection | None:
        """Return what is stored and opens here, else None."""
        return self.stored.connection

    def save(self, grant: Grant) -> None:
        """Store a new connection in place of any earlier one; raises what the writer raises."""
        self.put(Connection(grant, self._records.now()))

    def update(self, grant: Grant) -> None:
        """Store other tokens for the connection that stands; raises what the writer raises."""
        known = self.load()
        self.put(Connection(grant, known.connected_at if known else self._records.now()))

    def put(self, connection: Connection) -> None:
        """Write a connection as it is, which also seals it with the newest key."""
        self._records.write(self._writer, self._user, connection)
        self.stored = Stored(True, connection)

    def mark(self, failure: str | None) -> None:
        """Note why the connection needs to be made again (None: it works); write only changes."""
        known = self.load()
        if known is not None and known.failure != failure:
            self.put(replace(known, failure=failure))

    def wipe(self) -> None:
        """Remove the record; raises what the writer raises."""
        if self.stored.exists:
            self._writer.update_private_data({self._records.key: None})
            self.stored = Stored(exists=False)


def _content(opened: bytes) -> Mapping[str, Any] | None:
    """Return the sealed object; what we sealed ourselves has this form, in every version so far."""
    content = json.loads(opened)
    is_whole = (
        isinstance(content, dict)
        and all(_is_text_map(content.get(name)) for name in ("secret", "details"))
        and parse_utc(content.get("connectedAt")) is not None
    )
    return content if is_whole else None


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
