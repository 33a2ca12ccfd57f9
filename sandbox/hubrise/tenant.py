"""The simulated vendor's memory and switches, shared by its OAuth server, API and callbacks."""

import secrets
import string
import threading
from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args

from flask import Response

from sandbox.hubrise.connections import Connection, Target
from sandbox.hubrise.events import EventShape
from sandbox.hubrise.locations import Location, first_locations
from sandbox.hubrise.refusals import refusal_answer, too_many_requests
from sandbox.kit.codes import Codes
from sandbox.kit.rudeness import CallsBack
from sandbox.kit.vendor import SimulatedVendor

ResponseShape = Literal["current", "seed", "app"]
Choice = TypeVar("Choice", bound=str)

RETRY_AFTER_SECONDS = 100
"""What a 429 asks to wait in the tests of the vendor's own Ruby client (2.0.15)."""
ANSWER_SECONDS = 20.0
"""How long a callback may take to answer ("Callbacks", read 2026-11-20)."""
CLIENT_NAME = "Sandbox Marketplace"
_ID_ALPHABET = string.digits + string.ascii_lowercase


class Tenant(SimulatedVendor, CallsBack):
    """One client (the marketplace), the locations it can be connected to, and their orders.

    Tests read and set the public attributes at any time. `orders` holds documents as the client
    sees them; `till_private_refs` holds the private references of the shops' tills, which are
    another client: "a private ref is only visible to the client that set it". `retries` is how
    often an event that was not acknowledged is sent again, `retry_delay` seconds later.
    `private_ref_in_events` False leaves `private_ref` null in the states inside events: the
    documentation does not say that it is there.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Make fresh random credentials; `clock` answers Unix seconds."""
        super().__init__(clock, _rate_limited)
        self.client_id = f"{secrets.randbelow(9 * 10**11) + 10**11}.clients.hubrise.com"
        self.client_secret = secrets.token_hex(32)
        self.user_id = self.new_id()
        self.locations: dict[str, Location] = {one.id: one for one in first_locations()}
        self.echo_state_on_error = True
        self.connections: dict[str, Connection] = {}
        self.codes: Codes[tuple[Target, str]] = Codes(clock)
        self.orders: dict[str, dict[str, Any]] = {}
        self.till_private_refs: dict[str, str] = {}
        self.private_ref_in_events = True
        self.rate_limits = False
        self.retries = 0
        self.retry_delay = 0.2
        self.answer_seconds = ANSWER_SECONDS
        self.lock = threading.RLock()
        self._response_shape: ResponseShape = "current"
        self._event_shape: EventShape = "full"

    @property
    def response_shape(self) -> ResponseShape:
        """Which fields the token endpoint answers with: see `sandbox.hubrise.token_endpoint`."""
        return self._response_shape

    @response_shape.setter
    def response_shape(self, shape: ResponseShape) -> None:
        self._response_shape = _known(shape, get_args(ResponseShape))

    @property
    def event_shape(self) -> EventShape:
        """What events look like: see `sandbox.hubrise.events.order_event`."""
        return self._event_shape

    @event_shape.setter
    def event_shape(self, shape: EventShape) -> None:
        self._event_shape = _known(shape, get_args(EventShape))

    def new_id(self) -> str:
        """Return an identifier in the vendor's form: five lower-case letters and digits."""
        return "".join(secrets.choice(_ID_ALPHABET) for _ in range(5))

    def location_of(self, order: dict[str, Any]) -> Location:
        """Return where `order` was placed."""
        return self.locations[order["location_id"]]


def _known(value: Choice, known: tuple[str, ...]) -> Choice:
    if value not in known:
        raise ValueError(f"unknown value {value!r}; choose one of {', '.join(known)}")
    return value


def _rate_limited() -> Response:
    return refusal_answer(too_many_requests(RETRY_AFTER_SECONDS))
