"""What becomes of a grant: registered, stored, shown, renewed with the newest key, given back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from proxy.connections.callback_reference import ConnectionReferences
from proxy.connections.record import ConnectionRecords
from proxy.connections.refresh import FreshGrants
from proxy.connections.slot import Slot
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.outgoing.deadline import deadline, uncounted
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.timestamps import parse_utc
from proxy.vendors.connection import (
    Connection,
    ConnectionCallbacks,
    ConnectionLost,
    Failure,
    Grant,
    UserConnection,
)

_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden, ConnectionLost)
_GIVE_BACK_SECONDS = 8.0
_SETTLING_SECONDS = 60.0  # longer than the return lasts that has made a connection
_MOST_TRIPS_KEPT = 8  # users who come home more often within a state's life only meet themselves


class ConnectionKeeper:
    """Keeps one vendor's connections in their users' records. Holds no state of any user."""

    def __init__(
        self,
        vendor: Connection,
        callbacks: ConnectionCallbacks | None,
        grants: FreshGrants,
        kernel: Kernel,
    ) -> None:
        """`callbacks` is how the vendor calls connections back, None where it does not."""
        self._vendor = vendor
        self._callbacks = callbacks
        self._grants = grants
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._records = ConnectionRecords(
            vendor.name, kernel.secret_sealer, kernel.clock, kernel.log_words
        )
        self._references = ConnectionReferences(
            kernel.sealer, vendor.name, kernel.settings.callback_url(vendor.name), kernel.clock
        )

    def slot(self, writer: PrivateDataWriter, user: User) -> Slot:
        """Return the user's slot; `user` is what `writer` has just shown."""
        return Slot(self._records, writer, user)

    def tell(self, user_id: UUID | None, outcome: str, cause: str | None = None) -> None:
        """Write a log line of what has happened to a user's connection, None where nobody knows."""
        line = self._records.line(user_id, outcome, cause)
        if cause is not None:
            line.warn()
        line.write()

    def store(self, slot: Slot, user: User, grant: Grant, *trips: str) -> None:
        """Store a grant that was just exchanged, on the trips that brought it.

        Raises what the writer raises, after giving the grant back.
        """
        known = slot.load()
        before = known.grant if known is not None else None
        kept = self._vendor.merged(before, grant)
        home = (*trips, *(known.trips if known is not None else ()))[:_MOST_TRIPS_KEPT]
        lives = kept.lives_seconds
        made = UserConnection(
            replace(kept, lives_seconds=None),
            slot.next_moment(),
            trips=home,
            expires_at=None if lives is None else int(self._clock()) + lives,
        )
        try:
            slot.put(self._registered(user, made))
        except Exception:
            self._give_back(slot, user, grant, made, known)
            raise
        if known is not None:
            self._tolerate(slot.user_id, self._end, slot, (known,), kept)

    def _give_back(
        self,
        slot: Slot,
        user: User,
        grant: Grant,
        made: UserConnection,
        known: UserConnection | None,
    ) -> None:
        """Give back a grant that could not be stored: a token that nobody holds must not live.

        The write may have been done all the same, or be done yet: the connection is ended, and the
        one that stood there before counts again.
        """
        before = known.grant if known is not None else None
        with uncounted(), deadline(_GIVE_BACK_SECONDS):
            self._tolerate(user.id, self._vendor.release, grant, before)
            if known is not None:
                self._registered(user, known)
            self._tolerate(user.id, slot.end, made)

    def _end(self, slot: Slot, ended: Sequence[UserConnection], kept: Grant | None) -> None:
        """Give connections back that count no more, then end them; raises what failed."""
        for connection in ended:
            self._vendor.release(connection.grant, kept)
        slot.end(*ended)

    def _registered(self, user: User, connection: UserConnection) -> UserConnection:
        """Tell the vendor where to call, and note whether it knows; a later visit tries again."""
        if self._callbacks is None:
            return replace(connection, is_registered=True)
        url = self._references.callback_url(user.id) if self._operator else None
        try:
            self._callbacks.register(connection.grant, url)
        except ConnectionLost as error:
            known = connection.failure
            is_known = known is not None and known.reason == str(error)
            failure = known if is_known else Failure(str(error), self._records.now())
            return replace(connection, is_registered=False, failure=failure)
        except (UpstreamUnavailable, UpstreamRefused) as error:
            self._incomplete(user.id, error)
            return replace(connection, is_registered=False)
        return replace(connection, is_registered=True)

    def _tolerate(self, user_id: UUID, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except _FAILURES as error:
            self._incomplete(user_id, error)

    def _incomplete(self, user_id: UUID, error: Exception) -> None:
        cause = str(error) or type(error).__name__
        self._records.line(user_id, "incomplete", cause).write()

    def entry(self, writer: PrivateDataWriter, user: User) -> dict[str, Any]:
        """Return how the user's connection stands.

        One that an older key sealed is sealed again and its callback address with it; one whose
        callbacks could not be registered tries that again. What late writes have left is put right.
        """
        slot = self.slot(writer, user)
        self._tidy(slot)
        stored = slot.stored
        if stored.exists and stored.connection is None:
            self.tell(user.id, "unreadable", "no key here opens what is stored")
        if stored.connection is not None and not (
            stored.is_current and stored.connection.is_registered
        ):
            self._renew(slot, user, stored.connection)
        return self._shown(slot.load() or stored.connection, exists=stored.exists)

    def glance(self, writer: PrivateDataWriter, user: User) -> dict[str, Any]:
        """Return how the user's connection stands as far as that is stored; nothing is written."""
        slot = self.slot(writer, user)
        return self._shown(slot.load(), exists=slot.stored.exists)

    def _shown(self, connection: UserConnection | None, *, exists: bool) -> dict[str, Any]:
        if not exists:
            return {"vendor": self._vendor.name, "status": "not-connected"}
        if connection is None:
            reason = "The stored connection cannot be opened."
            return {"vendor": self._vendor.name, "status": "needs-reconnection", "reason": reason}
        return self._described(connection)

    def _tidy(self, slot: Slot) -> None:
        """Give back what stands beside the connection that counts, and put the copy right.

        Not while another process may still be about to end what has just been made.
        """
        counts = slot.load()
        made = None if counts is None else parse_utc(counts.connected_at)
        if slot.stored.left_over and (
            made is None or self._clock() - made.timestamp() > _SETTLING_SECONDS
        ):
            kept = None if counts is None else counts.grant
            self._tolerate(slot.user_id, self._end, slot, slot.stored.left_over, kept)
        self._tolerate(slot.user_id, slot.settle)

    def _renew(self, slot: Slot, user: User, connection: UserConnection) -> None:
        """Register, then write with the newest key; what failed to register stays noted."""
        try:
            self._grants.of(slot)
        except ConnectionLost as error:
            self._tolerate(user.id, slot.mark, str(error))
            return
        except Problem as error:
            self._incomplete(user.id, error)
            return
        renewed = self._registered(user, slot.load() or connection)
        if renewed != connection or not slot.stored.is_current:
            self._tolerate(user.id, slot.amend, renewed)

    def _described(self, connection: UserConnection) -> dict[str, Any]:
        entry = {
            "vendor": self._vendor.name,
            "status": "connected" if connection.failure is None else "needs-reconnection",
            "connectedAt": connection.connected_at,
            "details": dict(connection.grant.details),
        }
        failure = connection.failure
        return entry if failure is None else {**entry, "reason": failure.reason}

    def disconnect(self, session: UserSession) -> JsonAnswer:
        """Give the connection back to the vendor, then remove it; repeating it is harmless.

        Raises Problem. While the vendor cannot be asked the record stays, because its token lives.
        """
        with marketplace_problems():
            user = session.show()
        line = self._records.line(user.id, "disconnected")
        with line.telling():
            self._disconnect(self.slot(session, user), user)
        return JsonAnswer(200, {"vendor": self._vendor.name, "status": "not-connected"})

    def _disconnect(self, slot: Slot, user: User) -> None:
        connection = slot.load()
        if connection is not None:
            grant = self._last(slot, connection)
            with vendor_problems():
                self._vendor.release(grant, None)
        for other in slot.stored.left_over:
            self._tolerate(user.id, self._vendor.release, other.grant, None)
        with marketplace_problems():
            slot.wipe()

    def _last(self, slot: Slot, connection: UserConnection) -> Grant:
        """Return what is to be given back: as it can be used, or as it is where it has ended."""
        try:
            return self._grants.of(slot)
        except ConnectionLost:
            return connection.grant
