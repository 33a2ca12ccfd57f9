"""A connection in a user's private data: readable ids and names beside the sealed whole.

Users may read and write their own private data, so what counts is sealed, ids and names included;
the readable copies are for the marketplace's pages only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from crypto import SecretSealer
from proxy.display_text import display_text
from proxy.sharetribe.client import PrivateDataWriter, User
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.connection import Failure, Grant, UserConnection

_FAILED_AT, _FAILED_REASON = "lastFailedAt", "lastFailedReason"


class ConnectionRecords:
    """Reads and writes the records of one vendor; keeps nothing."""

    def __init__(self, vendor: str, sealer: SecretSealer, clock: Callable[[], float]) -> None:
        self.key = f"{vendor}Connection"
        self._purpose = f"{vendor}.connection"
        self._sealer = sealer
        self._clock = clock

    def slot(self, writer: PrivateDataWriter, user: User) -> Slot:
        """Return the user's slot; `user` is what `writer` has just shown."""
        return Slot(self, writer, user)

    def read(self, user: User) -> StoredConnection:
        """Return what the user's private data says, opened where it opens."""
        record = user.private_data.get(self.key)
        if record is None:
            return StoredConnection(exists=False)
        sealed = record.get("sealed") if isinstance(record, dict) else None
        opened = self._sealer.open(sealed, purpose=self._purpose, owner=user.id)
        content = None if opened is None else _content(opened)
        if content is None:
            return StoredConnection(exists=True)
        connection = UserConnection(
            Grant(content["secret"], content["details"]),
            content["connectedAt"],
            is_registered=content.get("isRegistered") is not False,
            failure=_failure(record),
            trips=tuple(content.get("trips", ())),
            expires_at=content.get("expiresAt"),
        )
        return StoredConnection(True, connection, is_current=self._sealer.is_current(sealed))

    def write(self, writer: PrivateDataWriter, user: User, connection: UserConnection) -> None:
        """Write a connection, sealed for this user; raises what the writer raises."""
        grant, failure = connection.grant, connection.failure
        content: dict[str, Any] = {
            "secret": dict(grant.secret),
            "details": dict(grant.details),
            "connectedAt": connection.connected_at,
            "isRegistered": connection.is_registered,
            "trips": connection.trips,
        }
        if connection.expires_at is not None:
            content["expiresAt"] = connection.expires_at
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        record: dict[str, Any] = {
            **grant.details,
            "connectedAt": connection.connected_at,
            "sealed": self._sealer.seal(plain, purpose=self._purpose, owner=user.id),
        }
        if failure is not None:
            record |= {_FAILED_AT: failure.at, _FAILED_REASON: failure.reason}
        writer.update_private_data({self.key: record})

    def now(self) -> str:
        """Return the time as records write it."""
        return format_utc(self._clock())


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A record: whether there is one, what opens of it, and whether the newest key sealed it."""

    exists: bool
    connection: UserConnection | None = None
    is_current: bool = True


class Slot:
    """One user's place for one vendor's connection; knows what it has written itself."""

    def __init__(self, records: ConnectionRecords, writer: PrivateDataWriter, user: User) -> None:
        self._records = records
        self._writer = writer
        self._user = user
        self.stored = records.read(user)

    @property
    def user_id(self) -> UUID:
        """Whose slot it is."""
        return self._user.id

    def reload(self, by: PrivateDataWriter | None = None) -> UserConnection | None:
        """Look again, and return what is stored now and opens here; raises what the writer raises.

        `by` looks in the place of the slot's own writer.
        """
        self._user = (by or self._writer).show()
        self.stored = self._records.read(self._user)
        return self.stored.connection

    def load(self) -> UserConnection | None:
        """Return what is stored and opens here, else None."""
        return self.stored.connection

    def put(self, connection: UserConnection, by: PrivateDataWriter | None = None) -> None:
        """Write a connection in place of any earlier one; raises what the writer raises.

        `by` writes in the place of the slot's own writer.
        """
        self._records.write(by or self._writer, self._user, connection)
        self.stored = StoredConnection(True, connection)

    def amend(self, connection: UserConnection) -> bool:
        """Write a changed connection, unless another one has come to stand there meanwhile.

        The marketplace has no conditional write, so this looks again first: what was learnt of a
        connection during a slow call must not bring it back over a newer one, or after its end.
        Tells whether it wrote; raises what the writer raises.
        """
        if self._as_it_is_now() != self.stored.connection:
            return False
        self.put(connection)
        return True

    def _as_it_is_now(self) -> UserConnection | None:
        return self._records.read(self._writer.show()).connection

    def mark(self, reason: str | None) -> bool:
        """Note why the connection needs to be made again (None: it works); write only changes.

        False where another connection, or a renewed one, has come to stand there meanwhile.
        """
        known = self.load()
        if known is None or reason == (known.failure.reason if known.failure else None):
            return True
        failure = None if reason is None else Failure(reason, self._records.now())
        return self.amend(replace(known, failure=failure))

    def wipe(self) -> None:
        """Remove the record; raises what the writer raises."""
        if self.stored.exists:
            self._writer.update_private_data({self._records.key: None})
            self.stored = StoredConnection(exists=False)

    def restore(self, known: UserConnection | None) -> None:
        """Put back what stood here before a write whose answer was lost, if it was done."""
        fresh = self._records.read(self._writer.show())
        if fresh.exists and fresh.connection != known:
            if known is None:
                self._writer.update_private_data({self._records.key: None})
            else:
                self.put(known)

    def wipe_unless_replaced(self) -> None:
        """Remove the record, unless another one has come to stand there meanwhile."""
        if self._as_it_is_now() == self.stored.connection:
            self.wipe()


def _failure(record: Mapping[str, Any]) -> Failure | None:
    """Return the failure that a record notes; it is not sealed, so it is only words."""
    reason = display_text(record.get(_FAILED_REASON))
    at = record.get(_FAILED_AT)
    if reason is None:
        return None
    return Failure(reason, at if isinstance(at, str) and parse_utc(at) else "")


def _content(opened: bytes) -> Mapping[str, Any] | None:
    """Return the sealed object; what we sealed ourselves has this form, in every version so far."""
    content = json.loads(opened)
    is_whole = (
        isinstance(content, dict)
        and all(_is_text_map(content.get(name)) for name in ("secret", "details"))
        and parse_utc(content.get("connectedAt")) is not None
        and type(content.get("expiresAt")) in (int, type(None))
    )
    return content if is_whole else None


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
