"""The connection trip: begin, return from the vendor's consent page, look, disconnect.

The order of the security steps of a return stands here, once, for every vendor: the state is ours,
of this browser and not late -> there is a code -> the session's user is the state's user -> the
vendor takes the code -> the token is stored, sealed -> only then is anything told to the vendor.
What cannot be stored is given back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from proxy.connection import (
    AuthorizeRequest,
    Connection,
    ConnectionLost,
    ConnectionVendor,
    Grant,
    GrantRefused,
)
from proxy.connection_record import ConnectionRecords, UserSlot
from proxy.connection_reference import ConnectionReferences
from proxy.connection_state import Begun, Expected, StateInvalid, States
from proxy.logs import log_event
from proxy.marketplace import (
    AccessForbidden,
    Operator,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.outcome import Outcome
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.translation import marketplace_problems, vendor_problems

End = Literal["connected", "declined", "failed"]
_MARKETPLACE_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden)
_VENDOR_FAILURES = (UpstreamUnavailable, UpstreamRefused, ConnectionLost)
_DECLINED = "access_denied"  # RFC 6749 4.1.2.1


@dataclass(frozen=True, slots=True)
class Departure:
    """A begun trip: where the user consents, and the nonce for this browser's cookie."""

    authorize_url: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a browser brings back: query, path and cookie as they came; "" is absent.

    `session` is None where the browser has no usable marketplace session for this host.
    """

    session: UserSession | None
    state: str = field(repr=False)
    code: str = field(repr=False)
    error: str
    nonce: str = field(repr=False)


class _Refused(Exception):
    """A return that connects nothing; the message is for the log."""


class ConnectionTrip:
    """One vendor's connections of marketplace users. Holds no state of any user."""

    def __init__(
        self,
        vendor: ConnectionVendor,
        records: ConnectionRecords,
        states: States,
        references: ConnectionReferences,
        operator: Operator | None,
        return_url: str,
    ) -> None:
        self.vendor = vendor
        self.records = records
        self._states = states
        self.references = references
        self._operator = operator
        self._return_url = return_url

    def begin(
        self, session: UserSession, options: Mapping[str, str], *, comes_back: bool
    ) -> Departure:
        """Return the consent page's address for the session's user.

        `comes_back` tells that the session is in a cookie, which the return will bring. Without it
        only the Integration API can store what the return brings: raises Problem
        `session-unsupported` before anybody is sent anywhere.
        """
        if not comes_back and self._operator is None:
            raise Problem(
                "session-unsupported",
                "Connecting needs the marketplace's session cookie, or the Integration API.",
            )
        with marketplace_problems():
            user = session.show()
        begun = self._states.issue(user.id, comes_back=comes_back)
        return Departure(self._authorize_url(user.id, begun, options), begun.nonce)

    def _authorize_url(self, user_id: UUID, begun: Begun, options: Mapping[str, str]) -> str:
        in_path = f"/{begun.state}" if self.vendor.state_in_path else ""
        return self.vendor.authorize_url(
            AuthorizeRequest(
                return_url=self._return_url + in_path,
                state=begun.state,
                user_tag=user_tag(user_id),
                options=options,
            )
        )

    def finish(self, arrival: Arrival) -> End:
        """Take a user back from the consent page and tell how it ended; raises nothing.

        Somebody looks at a page, so every failure ends on one; the reason goes to the log.
        """
        try:
            end = self._finish(arrival)
        except (_Refused, StateInvalid, GrantRefused) as error:
            return self._failed(str(error) or type(error).__name__)
        except (*_MARKETPLACE_FAILURES, *_VENDOR_FAILURES) as error:
            return self._failed(str(error) or type(error).__name__)
        log_event("connection", trip=self.vendor.name, outcome=end)
        return end

    def _failed(self, cause: str) -> End:
        log_event("connection", trip=self.vendor.name, outcome="failed", cause=cause)
        return "failed"

    def _finish(self, arrival: Arrival) -> End:
        if arrival.error:
            # Nothing is changed, and vendors do not promise the state here: there is none to check.
            if arrival.error == _DECLINED:
                return "declined"
            raise _Refused("the vendor returned an error")
        expected = self._states.check(arrival.state, arrival.nonce)
        if not arrival.code:
            return "declined"
        writer = self._writer(arrival.session, expected)
        user = writer.show()
        if user.id != expected.user_id:
            raise _Refused("another user's session")
        self.store(writer, user, self.vendor.exchange(arrival.code))
        return "connected"

    def _writer(self, session: UserSession | None, expected: Expected) -> PrivateDataWriter:
        """Return who can write: the session, or the operator for a trip begun by a bearer token."""
        if session is not None:
            return session
        if expected.comes_back or self._operator is None:
            raise _Refused("no session")
        return self._operator.user(expected.user_id)

    def store(self, writer: PrivateDataWriter, user: User, grant: Grant) -> None:
        """Store a grant that was just exchanged, then tell the vendor where to call.

        Raises what the writer raises, after giving the grant back.
        """
        slot = self.records.slot(writer, user)
        known = slot.load()
        try:
            self.vendor.keep(slot, grant)
        except Exception:
            # A token that nobody holds must not stay alive; but it may be the one in the record.
            if known is None or known.grant.secret != grant.secret:
                self._tolerate(self.vendor.disconnect, grant)
            raise
        connection = slot.load()
        if connection is None:
            raise _Refused("the connection was not kept")
        self._register(user, connection)
        if known is not None:
            self._tolerate(self.vendor.replaced, known.grant, connection.grant)

    def _register(self, user: User, connection: Connection) -> None:
        """Tell the vendor where to call; what it does not call about, it can be asked."""
        url = self.references.callback_url(user.id, connection) if self._operator else None
        self._tolerate(self.vendor.connected, connection.grant, url)

    def _tolerate(self, act: Any, *arguments: Any) -> None:
        try:
            act(*arguments)
        except _VENDOR_FAILURES as error:
            log_event("connection", trip=self.vendor.name, outcome="incomplete", cause=str(error))

    def entry(self, writer: PrivateDataWriter, user: User) -> dict[str, Any]:
        """Return how the user's connection stands.

        One that an older key sealed is sealed again, and its callback address with it.
        """
        slot = self.records.slot(writer, user)
        stored = slot.stored
        if not stored.exists:
            return {"vendor": self.vendor.name, "status": "not-connected"}
        connection = stored.connection
        if connection is None:
            reason = "The stored connection cannot be opened."
            return {
                "vendor": self.vendor.name,
                "status": "needs-reconnection",
                "reason": reason,
            }
        if not stored.is_current:
            self._renew_seal(slot, user, connection)
        return self._described(connection)

    def _renew_seal(self, slot: UserSlot, user: User, connection: Connection) -> None:
        try:
            slot.put(connection)
        except _MARKETPLACE_FAILURES as error:
            # The old key still opens it, and the next visit tries again.
            log_event("connection", trip=self.vendor.name, outcome="old-key", cause=str(error))
            return
        self._register(user, connection)

    def _described(self, connection: Connection) -> dict[str, Any]:
        status = "connected" if connection.failure is None else "needs-reconnection"
        entry = {
            "vendor": self.vendor.name,
            "status": status,
            "connectedAt": connection.connected_at,
            "details": dict(connection.grant.details),
        }
        return entry if connection.failure is None else {**entry, "reason": connection.failure}

    def disconnect(self, session: UserSession) -> Outcome:
        """Give the connection back to the vendor, then remove it; repeating it is harmless.

        Raises Problem. While the vendor cannot be asked the record stays, because its token lives.
        """
        with marketplace_problems():
            user = session.show()
        slot = self.records.slot(session, user)
        connection = slot.load()
        if connection is not None:
            with vendor_problems():
                self.vendor.disconnect(connection.grant)
        with marketplace_problems():
            slot.wipe()
        return Outcome(200, {"vendor": self.vendor.name, "status": "not-connected"})


def user_tag(user_id: UUID) -> str:
    """Return an opaque text that stays the same for a user, whatever keys come and go."""
    return hashlib.sha256(b"echoseal user tag\0" + user_id.bytes).hexdigest()[:32]
