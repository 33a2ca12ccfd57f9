"""A vendor calls one user's connection back, at an address that says whose it is.

The steps that follow the proof (`proxy.callbacks`) stand here, once: the reference in the address
opens -> its user's connection stands and opens -> the news is about the place that was connected ->
an end is noted, and all other news goes to whoever takes it.

A vendor may drop an event at the first answer below 500, so whatever a later attempt could still
bring home is answered with 503.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint

from crypto import ReferenceInvalid
from proxy.callbacks import Acknowledgement, Delivery, Taker, add_callback_route
from proxy.connections.callback_reference import ConnectionReferences
from proxy.connections.record import ConnectionRecords
from proxy.connections.slot import Slot
from proxy.http.upstream_problems import marketplace_callback_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line
from proxy.outgoing.upstream import UpstreamRefused
from proxy.problems import Problem
from proxy.sharetribe.operator import Operator
from proxy.vendors.connection import (
    ConnectionCallbacks,
    ConnectionEnded,
    ConnectionEvent,
    UserConnection,
)


@dataclass(frozen=True, slots=True)
class CalledConnection:
    """The connection that a callback is about: whose it is, where it stands, what it holds."""

    operator: Operator
    user_id: UUID
    slot: Slot
    connection: UserConnection
    line: Line = field(default_factory=lambda: Line("callback"), repr=False)


TakeNews = Callable[[CalledConnection, ConnectionEvent], Acknowledgement]


def connection_callback_routes(
    vendor: ConnectionCallbacks, kernel: Kernel, take_news: TakeNews | None
) -> Blueprint:
    """Return the blueprint of one vendor's callbacks, without the API prefix.

    `take_news` takes what is not about the connection itself; without it such news is ignored.
    """
    routes = Blueprint(f"callbacks-{vendor.name}", __name__)
    callback = ConnectionCallback(vendor, kernel, take_news)
    add_callback_route(routes, [Taker(vendor, callback.take)], kernel, "/<reference>")
    return routes


class ConnectionCallback:
    """Takes one vendor's callbacks about its users' connections."""

    def __init__(
        self, vendor: ConnectionCallbacks, kernel: Kernel, take_news: TakeNews | None
    ) -> None:
        self._vendor = vendor
        self._records = ConnectionRecords(
            vendor.name, kernel.secret_sealer, kernel.clock, kernel.log_words
        )
        self._references = ConnectionReferences(
            kernel.sealer, vendor.name, kernel.settings.callback_url(vendor.name), kernel.clock
        )
        self._operator = kernel.operator
        self._words = kernel.log_words
        self._take_news = take_news

    def take(self, event: ConnectionEvent, delivery: Delivery) -> Acknowledgement:
        """Take one event; the last segment of its address is the reference."""
        user_id, line = self._open(delivery.segment or ""), delivery.line
        line.add(subject=self._words.subject(user_id))
        if self._operator is None:
            # Nothing can be written here; the user's next visit asks the vendor.
            line.add(cause="only the Integration API could write it")
            return Acknowledgement("deferred")
        slot = self._slot(self._operator, user_id)
        if slot is None or not slot.stored.exists:
            line.add(cause="the user is gone" if slot is None else "nothing is connected any more")
            return Acknowledgement("ignored")
        connection = slot.load()
        if connection is None:
            raise Problem(
                "needs-reconnection", "The stored connection cannot be opened.", status=503
            )
        if not self._vendor.covers(connection.grant, event):
            cause = "it is about another place than the one that is connected"
            raise Problem("callback-foreign", cause=cause)
        if isinstance(event, ConnectionEnded):
            with marketplace_callback_problems():
                slot.mark(event.reason)
            line.add(outcome="ended", cause=event.reason)
            return Acknowledgement("stored")
        if self._take_news is None:
            line.add(cause="it is of a kind that is not acted upon")
            return Acknowledgement("ignored")
        called = CalledConnection(self._operator, user_id, slot, connection, line)
        return self._take_news(called, event)

    def _open(self, reference: str) -> UUID:
        """Open the reference; the sender is the vendor, so one that does not open is our fault."""
        try:
            return self._references.open(reference)
        except ReferenceInvalid:
            raise Problem(
                "reference-invalid",
                "The callback's address does not open with the keys in use.",
                status=503,
            ) from None

    def _slot(self, operator: Operator, user_id: UUID) -> Slot | None:
        """Return the slot of the reference's user, None where that user no longer exists."""
        access = operator.user(user_id)
        with marketplace_callback_problems():
            try:
                return Slot(self._records, access, access.show())
            except UpstreamRefused as error:
                if error.status == 404:
                    return None
                raise
