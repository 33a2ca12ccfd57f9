"""The connection trip: begin, return from the vendor's consent page, look, disconnect.

The order of the security steps of a return stands here, once, for every vendor: the state is ours,
of this browser and not late -> there is a code -> the session's user is the state's user -> the
state has not been used -> the vendor takes the code -> the token is stored, sealed, with the trip
that brought it. What cannot be stored is given back. A return of a trip that has come home before
exchanges nothing: it shows its user how the connection stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from proxy.connections.callback_reference import ConnectionReferences
from proxy.connections.record import ConnectionRecords, Slot
from proxy.connections.state import Begun, Expected, StateInvalid, States
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.outgoing.deadline import deadline, uncounted
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.vendors.connection import (
    AuthorizeRequest,
    Connection,
    ConnectionCallbacks,
    ConnectionLost,
    Failure,
    Grant,
    GrantRefused,
    UserConnection,
)

End = Literal["connected", "declined", "failed"]
_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden, ConnectionLost)
_GIVE_BACK_SECONDS = 8.0
_LOCK_SECONDS = 10.0
_MOST_TRIPS_KEPT = 8  # a user who comes home more often within a state's life only meets himself
_DECLINED = "access_denied"  # RFC 6749 4.1.2.1


@dataclass(frozen=True, slots=True)
class Departure:
    """A begun trip: where the user consents, and the nonce for this browser's cookie of `trip`."""

    authorize_url: str = field(repr=False)
    nonce: str = field(repr=False)
    trip: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a browser brings back: query, path and cookies as they came; "" is absent.

    `session` is None where the browser has no usable marketplace session for this host. `nonces`
    are those of every trip that this browser began with this vendor, by trip.
    """

    session: UserSession | None
    state: str = field(repr=False)
    code: str = field(repr=False)
    error: str
    nonces: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Landing:
    """How a return ends; `spent` is the trip whose nonce has served its one return."""

    end: End
    spent: str | None = None


class _Refused(Exception):
    """A return that connects nothing; the message is for the log."""


class ConnectionTrip:
    """One vendor's connections of marketplace users. Holds no state of any user."""

    def __init__(
        self,
        vendor: Connection,
        callbacks: ConnectionCallbacks | None,
        kernel: Kernel,
    ) -> None:
        """`callbacks` is how the vendor calls connections back, None where it does not."""
        settings = kernel.settings
        self.vendor = vendor
        self._callbacks = callbacks
        self._records = ConnectionRecords(vendor.name, kernel.secret_sealer, kernel.clock)
        self._states = States(settings.seal_keys, settings.client_id, vendor.name, kernel.clock)
        self._references = ConnectionReferences(
            kernel.sealer, vendor.name, settings.callback_url(vendor.name), kernel.clock
        )
        self._operator = kernel.operator
        self._return_url = settings.return_url(vendor.name)
        self._landing = KeyedLocks()

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
        return Departure(self._authorize_url(user.id, begun, options), begun.nonce, begun.trip)

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

    def finish(self, arrival: Arrival) -> Landing:
        """Take a user back from the consent page and tell how it ended; raises nothing.

        Somebody looks at a page, so every failure ends on one; the reason goes to the log.
        """
        spent = None
        try:
            expected = self._states.check(arrival.state)
            if self._is_due(arrival, expected):
                spent = expected.trip
                end = self._finish(arrival, expected)
            else:
                end = self._again(arrival, expected)
        except StateInvalid as error:
            return Landing(self._without_state(arrival, str(error)))
        except (*_FAILURES, GrantRefused, _Refused) as error:
            return Landing(self._failed(str(error) or type(error).__name__), spent)
        except Exception as error:  # a defect must not leave a person with a page of JSON
            return Landing(self._failed(f"defect: {type(error).__name__}"), spent)
        log_event("connection", trip=self.vendor.name, outcome=end)
        return Landing(end, spent)

    def _is_due(self, arrival: Arrival, expected: Expected) -> bool:
        """Tell whether a return may exchange its code: in the browser that began, and in time."""
        return not expected.is_late and expected.is_of(arrival.nonces.get(expected.trip, ""))

    def _without_state(self, arrival: Arrival, cause: str) -> End:
        """End a return that cannot be ours; nothing is changed, a trip under way goes on.

        Vendors do not promise to bring the state with a refusal, which is told all the same.
        """
        if arrival.error == _DECLINED:
            return "declined"
        return self._failed("the vendor returned an error" if arrival.error else cause)

    def _failed(self, cause: str) -> End:
        log_event("connection", trip=self.vendor.name, outcome="failed", cause=cause)
        return "failed"

    def _finish(self, arrival: Arrival, expected: Expected) -> End:
        if arrival.error == _DECLINED:
            return "declined"
        if arrival.error:
            raise _Refused("the vendor returned an error")
        if not arrival.code:
            return "declined"
        # A code works once, and its second use may end what the first one granted (RFC 6749
        # 4.1.2): the same return twice at once, or two tabs of one user, take turns.
        with self._landing.hold(expected.user_id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise _Refused("another return of this user is under way")
            writer, user = self._returned(arrival.session, expected)
            return self._connected(writer, user, arrival.code, expected.trip)

    def _returned(
        self, session: UserSession | None, expected: Expected
    ) -> tuple[PrivateDataWriter, User]:
        """Return who came back and can write: the session's user, who is the state's user.

        A trip that a bearer token began brings no session; then the operator writes. An old
        cookie of an ended session is as good as none there.
        """
        operator = None if expected.comes_back else self._operator
        if session is not None:
            try:
                user = session.show()
            except TokenRejected:
                if operator is None:
                    raise
            else:
                if user.id != expected.user_id:
                    raise _Refused("another user's session")
                return session, user
        if operator is None:
            raise _Refused("no session")
        access = operator.user(expected.user_id)
        return access, access.show()

    def _connected(self, writer: PrivateDataWriter, user: User, code: str, trip: str) -> End:
        """Redeem the code and store what it grants, unless this very trip has done so already."""
        slot = self._records.slot(writer, user)
        if _is_home(slot.load(), trip):
            return self._standing(slot)
        try:
            grant = self.vendor.exchange(code)
        except GrantRefused:
            # Another process may have taken the same return a moment before.
            fresh = self._records.slot(writer, writer.show())
            if not _is_home(fresh.load(), trip):
                raise
            return self._standing(fresh)
        self._store(slot, user, grant, trip)
        return "connected"

    def _standing(self, slot: Slot) -> End:
        known = slot.load()
        if known is None or known.failure is not None:
            raise _Refused("the state has been used")
        return "connected"

    def _again(self, arrival: Arrival, expected: Expected) -> End:
        """End a return that may exchange nothing, for it is late or without its nonce.

        One that went well may be loaded again. It changes nothing then, and shows the state's own
        user how the connection stands: by the session alone, since a state is no secret. Raises
        StateInvalid for every other one.
        """
        if not (arrival.error or arrival.code):
            return "declined"
        if arrival.session is not None and not arrival.error:
            user = arrival.session.show()
            slot = self._records.slot(arrival.session, user)
            if user.id == expected.user_id and _is_home(slot.load(), expected.trip):
                return self._standing(slot)
        raise StateInvalid("late state" if expected.is_late else "state of another browser")

    def store(self, writer: PrivateDataWriter, user: User, grant: Grant) -> None:
        """Store a grant that was just exchanged.

        Raises what the writer raises, after giving the grant back.
        """
        self._store(self._records.slot(writer, user), user, grant)

    def _store(self, slot: Slot, user: User, grant: Grant, *trips: str) -> None:
        known = slot.load()
        before = known.grant if known is not None else None
        kept = self.vendor.merged(before, grant)
        home = (*trips, *(known.trips if known is not None else ()))[:_MOST_TRIPS_KEPT]
        made = UserConnection(kept, self._records.now(), trips=home)
        try:
            slot.put(self._registered(user, made))
        except Exception:
            self._give_back(slot, user, grant, known)
            raise
        if before is not None:
            self._tolerate(self.vendor.release, before, kept)

    def _give_back(
        self, slot: Slot, user: User, grant: Grant, known: UserConnection | None
    ) -> None:
        """Give back a grant that could not be stored: a token that nobody holds must not live.

        The write may have been done all the same, so the record is looked at once more.
        """
        before = known.grant if known is not None else None
        with uncounted(), deadline(_GIVE_BACK_SECONDS):
            self._tolerate(self.vendor.release, grant, before)
            if known is not None:
                self._registered(user, known)
            self._tolerate(slot.restore, known)

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
            self._incomplete(error)
            return replace(connection, is_registered=False)
        return replace(connection, is_registered=True)

    def _tolerate(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except _FAILURES as error:
            self._incomplete(error)

    def _incomplete(self, error: Exception) -> None:
        cause = str(error) or type(error).__name__
        log_event("connection", trip=self.vendor.name, outcome="incomplete", cause=cause)

    def entry(self, writer: PrivateDataWriter, user: User) -> dict[str, Any]:
        """Return how the user's connection stands.

        One that an older key sealed is sealed again and its callback address with it; one whose
        callbacks could not be registered tries that again.
        """
        slot = self._records.slot(writer, user)
        stored = slot.stored
        if not stored.exists:
            return {"vendor": self.vendor.name, "status": "not-connected"}
        if stored.connection is None:
            reason = "The stored connection cannot be opened."
            return {"vendor": self.vendor.name, "status": "needs-reconnection", "reason": reason}
        if not (stored.is_current and stored.connection.is_registered):
            self._renew(slot, user, stored.connection)
        return self._described(slot.load() or stored.connection)

    def _renew(self, slot: Slot, user: User, connection: UserConnection) -> None:
        """Register, then write with the newest key; what failed to register stays noted."""
        renewed = self._registered(user, connection)
        if renewed != connection or not slot.stored.is_current:
            self._tolerate(slot.amend, renewed)

    def _described(self, connection: UserConnection) -> dict[str, Any]:
        entry = {
            "vendor": self.vendor.name,
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
        slot = self._records.slot(session, user)
        connection = slot.load()
        if connection is not None:
            with vendor_problems():
                self.vendor.release(connection.grant, None)
        with marketplace_problems():
            slot.wipe()
        return JsonAnswer(200, {"vendor": self.vendor.name, "status": "not-connected"})


def _is_home(connection: UserConnection | None, trip: str) -> bool:
    """Tell whether a trip has come home, to this connection or to one that it replaced.

    No time is compared: the processes that began, ended and are asked have clocks of their own.
    """
    return connection is not None and trip in connection.trips


def user_tag(user_id: UUID) -> str:
    """Return a text that stays the same for a user, whatever keys come and go; no secret."""
    return hashlib.sha256(b"echoseal user tag\0" + user_id.bytes).hexdigest()[:32]
