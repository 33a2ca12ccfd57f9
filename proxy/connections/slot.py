"""One user's place for one vendor's connection: looked at, written, noted on, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from proxy.connections.record import ConnectionRecords, after
from proxy.sharetribe.client import PrivateDataWriter, User
from proxy.vendors.connection import Failure, UserConnection


class Slot:
    """A user's place for one vendor's connection; knows what it has written itself."""

    def __init__(self, records: ConnectionRecords, writer: PrivateDataWriter, user: User) -> None:
        """`user` is what `writer` has just shown."""
        self._records = records
        self._writer = writer
        self._user = user
        self.stored = records.read(user)

    @property
    def user_id(self) -> UUID:
        """Whose slot it is."""
        return self._user.id

    def next_moment(self) -> str:
        """Return when a connection is made that is made now (RFC 3339): later than all before."""
        return self._records.next_moment(self._user)

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
        """Write a connection, or another grant of one; raises what the writer raises.

        It counts unless a later one stands there, now or afterwards. `by` writes in the place of
        the slot's own writer.
        """
        self._write(self._records.written(self._user, connection), by)

    def _write(self, changes: Mapping[str, Any], by: PrivateDataWriter | None = None) -> None:
        (by or self._writer).update_private_data(changes)
        self._user = after(self._user, changes)
        self.stored = self._records.read(self._user)

    def amend(self, connection: UserConnection) -> bool:
        """Write a changed connection, unless another one has come to stand there meanwhile.

        What was learnt of a connection during a slow call says nothing of another one. Another
        grant counts as renewed. Tells whether it wrote; raises what the writer raises.
        """
        known, user = self.stored.connection, self._writer.show()
        if self._records.read(user).connection != known:
            return False
        self._user = user
        if known is not None and connection.grant.secret != known.grant.secret:
            connection = replace(connection, renewals=known.renewals + 1)
        self.put(connection)
        return True

    def mark(self, reason: str | None) -> bool:
        """Note why the connection needs to be made again (None: it works); write only changes.

        False where another connection, or a renewed one, has come to stand there meanwhile.
        """
        known = self.load()
        if known is None or reason == (known.failure.reason if known.failure else None):
            return True
        failure = None if reason is None else Failure(reason, self._records.now())
        if not self.amend(replace(known, failure=failure)):
            return False
        line = self._records.line(self.user_id, "broken" if reason else "mended", reason)
        if reason:
            line.warn()
        line.write()
        return True

    def settle(self) -> None:
        """Put right what late writes or an earlier version have left.

        Raises what the writer raises.
        """
        if not self.stored.is_settled:
            self._write(self._records.settled(self._user))

    def end(self, *connections: UserConnection) -> None:
        """End these connections, whatever is still to be written of them; others stay.

        Raises what the writer raises.
        """
        self._write(self._records.ended(self._user, *connections))

    def wipe(self) -> None:
        """End every connection that stands there; raises what the writer raises."""
        if self.stored.exists or self.stored.left_over or not self.stored.is_settled:
            self._write(self._records.wiped(self._user))
