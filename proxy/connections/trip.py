"""The connection trip: begin, and return from the vendor's consent page.

The order of the security steps of a return stands here, once, for every vendor: the state is ours,
of this browser and not late -> there is a code -> the session's user is the state's user -> the
state has not been used -> the vendor takes the code -> the token is stored, sealed, with the trip
that brought it. What cannot be stored is given back. A return of a trip that has come home before
exchanges nothing: it shows its user how the connection stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from proxy.connections.keeping import ConnectionKeeper
from proxy.connections.pkce import code_challenge
from proxy.connections.refresh import FreshGrants
from proxy.connections.slot import Slot
from proxy.connections.state import Begun, Expected, StateInvalid, States
from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
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
    ExchangeRequest,
    GrantRefused,
    UserConnection,
)

End = Literal["connected", "declined", "failed"]
_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden, ConnectionLost)
_LOCK_SECONDS = 10.0
_DECLINED = "access_denied"  # RFC 6749 4.1.2.1


@dataclass(frozen=True, slots=True)
class Departure:
    """A begun trip: where the user consents, and the nonce for this browser's cookie of `trip`."""

    authorize_url: str = field(repr=False)
    nonce: str = field(repr=False)
    trip: str


@dataclass(frozen=True, slots=True)
class OutOfBand:
    """A begun trip without a way back: a person copies the code from the consent page."""

    authorize_url: str = field(repr=False)
    return_url: str
    code_verifier: str = field(repr=False)

    def redeeming(self, code: str) -> ExchangeRequest:
        """Return what redeems the code that was copied."""
        return ExchangeRequest(code, self.return_url, self.code_verifier)


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
        grants: FreshGrants,
        kernel: Kernel,
    ) -> None:
        """`callbacks` is how the vendor calls connections back, None where it does not."""
        settings = kernel.settings
        self.vendor = vendor
        self.keeper = ConnectionKeeper(vendor, callbacks, grants, kernel)
        self._states = States(settings.seal_keys, settings.client_id, vendor.name, kernel.clock)
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
        self.keeper.tell(user.id, "begun")
        return Departure(self._authorize_url(user.id, begun, options), begun.nonce, begun.trip)

    def _authorize_url(self, user_id: UUID, begun: Begun, options: Mapping[str, str]) -> str:
        return self.vendor.authorize_url(
            AuthorizeRequest(
                return_url=self._return_to(begun.state),
                state=begun.state,
                user_tag=user_tag(user_id),
                options=options,
                code_challenge=code_challenge(begun.code_verifier),
            )
        )

    def _return_to(self, state: str) -> str:
        return f"{self._return_url}/{state}" if self.vendor.state_in_path else self._return_url

    def begin_out_of_band(self, user_id: UUID) -> OutOfBand | None:
        """Return how a person copies a user's code; None where the vendor's page shows none."""
        return_url = self.vendor.out_of_band
        if return_url is None:
            return None
        verifier = self._states.issue(user_id, comes_back=False).code_verifier
        asked = AuthorizeRequest(
            return_url, "", user_tag(user_id), code_challenge=code_challenge(verifier)
        )
        return OutOfBand(self.vendor.authorize_url(asked), return_url, verifier)

    def finish(self, arrival: Arrival) -> Landing:
        """Take a user back from the consent page and tell how it ended; raises nothing.

        Somebody looks at a page, so every failure ends on one; the reason goes to the log.
        """
        spent, user_id = None, None
        try:
            expected = self._states.check(arrival.state)
            user_id = expected.user_id
            if self._is_due(arrival, expected):
                spent = expected.trip
                end = self._finish(arrival, expected)
            else:
                end = self._again(arrival, expected)
        except StateInvalid as error:
            return Landing(self._without_state(arrival, user_id, str(error)))
        except (*_FAILURES, GrantRefused, _Refused) as error:
            return Landing(self._failed(user_id, str(error) or type(error).__name__), spent)
        except Exception as error:  # a defect must not leave a person with a page of JSON
            return Landing(self._failed(user_id, f"defect: {type(error).__name__}"), spent)
        self.keeper.tell(user_id, end)
        return Landing(end, spent)

    def _is_due(self, arrival: Arrival, expected: Expected) -> bool:
        """Tell whether a return may exchange its code: in the browser that began, and in time."""
        return not expected.is_late and expected.is_of(arrival.nonces.get(expected.trip, ""))

    def _without_state(self, arrival: Arrival, user_id: UUID | None, cause: str) -> End:
        """End a return that cannot be ours; nothing is changed, a trip under way goes on.

        Vendors do not promise to bring the state with a refusal, which is told all the same.
        """
        if arrival.error == _DECLINED:
            return "declined"
        return self._failed(user_id, "the vendor returned an error" if arrival.error else cause)

    def _failed(self, user_id: UUID | None, cause: str) -> End:
        self.keeper.tell(user_id, "failed", cause)
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
            nonce = arrival.nonces[expected.trip]
            request = ExchangeRequest(
                code=arrival.code,
                return_url=self._return_to(arrival.state),
                code_verifier=expected.code_verifier(nonce),
            )
            return self._connected(writer, user, request, expected.trip)

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

    def _connected(
        self, writer: PrivateDataWriter, user: User, request: ExchangeRequest, trip: str
    ) -> End:
        """Redeem the code and store what it grants, unless this very trip has done so already."""
        slot = self.keeper.slot(writer, user)
        if _is_home(slot.load(), trip):
            return self._standing(slot)
        try:
            grant = self.vendor.exchange(request)
        except GrantRefused:
            # Another process may have taken the same return a moment before.
            fresh = self.keeper.slot(writer, writer.show())
            if not _is_home(fresh.load(), trip):
                raise
            return self._standing(fresh)
        self.keeper.store(slot, user, grant, trip)
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
            slot = self.keeper.slot(arrival.session, user)
            if user.id == expected.user_id and _is_home(slot.load(), expected.trip):
                return self._standing(slot)
        raise StateInvalid("late state" if expected.is_late else "state of another browser")


def _is_home(connection: UserConnection | None, trip: str) -> bool:
    """Tell whether a trip has come home, to this connection or to one that it replaced.

    No time is compared: the processes that began, ended and are asked have clocks of their own.
    """
    return connection is not None and trip in connection.trips


def user_tag(user_id: UUID) -> str:
    """Return a text that stays the same for a user, whatever keys come and go; no secret."""
    return hashlib.sha256(b"echoseal user tag\0" + user_id.bytes).hexdigest()[:32]
