"""The operator's workspace: its signed requests come in, news of verifications goes out.

News is told at the end of a request that has already done its work, for a bounded time, and failing
to tell it changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint

from proxy.callbacks import Acknowledgement, Delivery, Taker, add_callback_route
from proxy.connections.record import ConnectionRecords
from proxy.connections.refresh import FreshGrants
from proxy.connections.slot import Slot
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.references.record_store import RecordStore
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.timestamps import parse_utc
from proxy.vendors.connection import ConnectionLost, UserConnection
from proxy.vendors.matters import IDENTITY, Status
from proxy.vendors.workspace import Ending, Hook, Standing, Workspace

_ANNOUNCE_SECONDS = 3.0
_EXPECTED = (UpstreamUnavailable, UpstreamRefused, ConnectionLost)
_EMAIL = re.compile(r"[^\s@<>|\ud800-\udfff]{1,100}@[^\s@<>|\ud800-\udfff]{1,150}")


class OperatorLookup:
    """The marketplace as one request may use it (see proxy.vendors.workspace.UserLookup).

    `used` is the slot whose grant was handed out last.
    """

    def __init__(self, vendor: Workspace, grants: FreshGrants, kernel: Kernel) -> None:
        name, clock = vendor.name, kernel.clock
        self._grants = grants
        self._operator = kernel.operator
        self._operator_id = vendor.operator_id
        self._connections = ConnectionRecords(name, kernel.secret_sealer, clock, kernel.log_words)
        self._verifications = RecordStore(Subject(IDENTITY), kernel)
        self.used: Slot | None = None

    def connection(self) -> UserConnection | None:
        """Return the operator's connection, with a grant that lives.

        Raises UpstreamUnavailable, UpstreamRefused, ConnectionLost, Problem.
        """
        slot = self.slot()
        if slot is None or slot.load() is None:
            return None
        self.used = slot
        self._grants.of(slot)
        return slot.load()

    def slot(self) -> Slot | None:
        """Return the operator's slot, None where no operator is configured; raises the same."""
        if self._operator is None or self._operator_id is None:
            return None
        access = self._operator.user(self._operator_id)
        return Slot(self._connections, access, access.show())

    def standing(self, user: str) -> Standing | None:
        """Return how a user stands; raises UpstreamUnavailable, UpstreamRefused."""
        found = self._find(user)
        return None if found is None else standing_of(found, self._verifications)

    def _find(self, user: str) -> User | None:
        if self._operator is None:
            return None
        user_id = _uuid(user)
        if user_id is None and not _EMAIL.fullmatch(user):
            return None
        try:
            if user_id is None:
                return self._operator.user_by_email(user)
            return self._operator.user(user_id).show()
        except UpstreamRefused as error:
            if error.status in (400, 404):
                return None
            raise


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def standing_of(user: User, verifications: RecordStore) -> Standing:
    """Return how a user's verification stands."""
    known = verifications.read(user)
    status = known.status or ("invalid" if known.stored.is_edited else "none")
    return Standing(user.id, user.display_name, status, verified=status == Status.APPROVED)


class WorkspaceTrip:
    """One vendor's workspace at work for the operator."""

    def __init__(self, vendor: Workspace, grants: FreshGrants, kernel: Kernel) -> None:
        self.vendor = vendor
        self._words = kernel.log_words
        self._new_lookup = partial(OperatorLookup, vendor, grants, kernel)

    def take(self, hook: Hook, delivery: Delivery) -> Acknowledgement:
        """Answer a request of the workspace; raises Problem where nobody waits for words."""
        lookup = self._new_lookup()
        try:
            with _noting_loss(lookup):
                self._end(lookup, hook.ending, delivery.sent_at)
                answer = hook.answer(lookup)
        except (*_EXPECTED, Problem) as error:
            log_event("chat", trip=self.vendor.name, outcome="late", cause=str(error))
            if hook.late is None:
                raise Problem("marketplace-unavailable", cause=str(error)) from error
            answer = hook.late
        return Acknowledgement(str(answer.status), answer.status, answer.body)

    def tell(self, user: User, record: Mapping[str, Any]) -> None:
        """Tell the workspace that a verification was approved or rejected; raises nothing."""
        status = record.get("status")
        if status not in (Status.APPROVED, Status.REJECTED):
            return
        standing = Standing(
            user.id, user.display_name, str(status), verified=status == Status.APPROVED
        )
        lookup = self._new_lookup()
        try:
            with deadline(_ANNOUNCE_SECONDS), _noting_loss(lookup):
                self.vendor.announce(lookup, standing)
        except Exception as error:
            # The result is stored: whatever went wrong here is not the sender's concern.
            cause = str(error) if isinstance(error, _EXPECTED) else None
            log_event(
                "announcement",
                trip=self.vendor.name,
                outcome="failed",
                subject=self._words.subject(user.id),
                error=type(error).__name__,
                cause=cause,
            )

    def _end(self, lookup: OperatorLookup, ending: Ending | None, sent_at: float | None) -> None:
        """Wipe what an ending has made worthless.

        News may arrive late: a connection that was made after the end is another one.
        """
        if ending is None:
            return
        slot = lookup.slot()
        known = None if slot is None else slot.load()
        ended_at = ending.at if ending.at is not None else sent_at
        if known is None or slot is None:
            self.vendor.after(ending, None)
            return
        if _made_after(known, ended_at):
            return
        left = self.vendor.after(ending, known.grant)
        if left is None:
            slot.reload()
            slot.end(known)
        elif left != known.grant:
            slot.amend(replace(known, grant=left))


@contextmanager
def _noting_loss(lookup: OperatorLookup) -> Iterator[None]:
    """Note a dead token on the connection that it is of, unless another one has replaced that."""
    try:
        yield
    except ConnectionLost as error:
        if lookup.used is not None:
            lookup.used.mark(str(error))
        raise


def _made_after(connection: UserConnection, moment: float | None) -> bool:
    """Tell whether a connection is younger than a moment, which may be told in whole seconds."""
    made = parse_utc(connection.connected_at)
    return moment is not None and made is not None and int(made.timestamp()) > moment


def workspace_routes(trip: WorkspaceTrip, kernel: Kernel) -> Blueprint:
    """Return the blueprint of one vendor's requests, without the API prefix."""
    routes = Blueprint(f"workspace-{trip.vendor.name}", __name__)
    add_callback_route(routes, [Taker(trip.vendor, trip.take)], kernel, "")
    return routes
