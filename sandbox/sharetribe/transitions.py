"""The transaction engine: transactions that begin, and that go from state to state.

Who may take which transition is the process's (`processes`); what it does are its actions. A
process goes on by itself where its time has come, which is looked at when somebody asks, and that
counts as taken then if it has come late. Source: sharetribe.com/docs, "Transaction process",
"Privileged transitions", "Negotiation process"; read 2026-11-30. That one transition too many is a
conflict is a choice of the sandbox.
"""

import threading
from copy import deepcopy
from datetime import datetime
from typing import Any

from sandbox.sharetribe.actions import Change, run
from sandbox.sharetribe.listings import PUBLISHED
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.processes import PROCESSES, transition_of
from sandbox.sharetribe.processes.graph import (
    BOOKING_END,
    BOOKING_START,
    CUSTOMER,
    PROVIDER,
    SYSTEM,
    LastEntered,
    Point,
    Transition,
)
from sandbox.sharetribe.transactions import Step, Transaction

MOST_TRANSITIONS = 100
"""How many a transaction can go through, but for those that it takes by itself."""


class Transitions:
    """Takes transitions, one at a time."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Change the transactions of `marketplace`."""
        self._marketplace = marketplace
        self._lock = threading.Lock()

    def initiate(
        self,
        process: str,
        transition: Transition,
        user_id: str,
        listing_id: str,
        params: dict[str, Any],
        *,
        is_speculative: bool,
    ) -> Transaction:
        """Begin a transaction about a published listing of somebody else's.

        Who begins is the party whose transition it is, and the listing's author the other one. A
        speculative transaction is not kept. Raises ApiError.
        """
        with self._lock:
            listing = self._marketplace.listings.get(listing_id)
            if listing is None or listing.state != PUBLISHED or listing.author_id == user_id:
                raise ApiError(409, "transaction-listing-not-found")
            is_reverse = transition.by == PROVIDER
            parties = (listing.author_id, user_id) if is_reverse else (user_id, listing.author_id)
            now = self._marketplace.now()
            _, currency = listing.price or (0, "EUR")
            begun = Transaction(
                *parties,
                listing_title=listing.title,
                line_items=(),
                currency=currency,
                listing_id=listing.id,
                listing_public_data=listing.public_data,
                process_name=process,
                created_at=now,
                payment="",
            )
            change = Change(self._marketplace, begun, params, now)
            return self._take(change, transition, keep=not is_speculative)

    def transition(
        self,
        transaction: Transaction,
        transition: Transition,
        params: dict[str, Any],
        *,
        is_speculative: bool,
    ) -> Transaction:
        """Take a transition of a transaction; raises ApiError where it is in another state."""
        with self._lock:
            self._settle(transaction)
            if self._has_ended(transaction):
                raise ApiError(409, "conflict")
            if len(transaction.steps) >= MOST_TRANSITIONS:
                raise ApiError(409, "conflict")
            if transaction.state != transition.source:
                raise ApiError(409, "transaction-invalid-transition")
            change = Change(
                self._marketplace, deepcopy(transaction), params, self._marketplace.now()
            )
            return self._take(change, transition, keep=not is_speculative)

    def settle(self) -> None:
        """Let every process go on whose time has come."""
        with self._lock:
            for transaction in list(self._marketplace.transactions.values()):
                self._settle(transaction)

    def next_of(self, transaction: Transaction) -> list[Transition]:
        """Return what could be done next with a transaction, by whomever."""
        process = PROCESSES.get(transaction.process_name, {})
        return [
            one for one in process.values() if one.source == transaction.state and one.by != SYSTEM
        ]

    def _settle(self, transaction: Transaction) -> None:
        while transaction.steps and not self._has_ended(transaction):
            due = sorted(
                (
                    (moment, one)
                    for one in PROCESSES[transaction.process_name].values()
                    if one.source == transaction.state
                    and (moment := _due(one, transaction)) is not None
                ),
                key=lambda pair: pair[0],
            )
            if not due or due[0][0] > self._marketplace.now():
                return
            moment, transition = due[0]
            moment = max(moment, transaction.last_transitioned_at)
            change = Change(self._marketplace, deepcopy(transaction), {}, moment)
            transaction = self._take(change, transition, keep=True)

    def _has_ended(self, transaction: Transaction) -> bool:
        """Tell whether a party has left: such a transaction goes nowhere any more."""
        parties = (transaction.customer_id, transaction.provider_id)
        users = [self._marketplace.users.get(party) for party in parties]
        return any(user is None or user.deleted for user in users)

    def _take(self, change: Change, transition: Transition, *, keep: bool) -> Transaction:
        run(change, transition.actions)
        taken = change.transaction
        taken.last_transition = f"transition/{transition.name}"
        taken.last_transitioned_at = change.now
        taken.steps.append(Step(taken.last_transition, transition.by, change.now))
        if keep:
            listing = self._marketplace.listings.get(taken.listing_id)
            if listing is not None and change.stock:
                listing.stock = (listing.stock or 0) + change.stock
            taken = self._keep(taken)
        return taken

    def _keep(self, taken: Transaction) -> Transaction:
        """Keep the change in the transaction that others may hold, where there is one."""
        kept = self._marketplace.transactions.setdefault(taken.id, taken)
        for name in Transaction.__slots__:
            setattr(kept, name, getattr(taken, name))
        return kept


def party_of(transaction: Transaction, user_id: str) -> str | None:
    """Return what a user is in a transaction, None for one who has no part in it."""
    parties = {transaction.customer_id: CUSTOMER, transaction.provider_id: PROVIDER}
    return parties.get(user_id)


def _due(transition: Transition, transaction: Transaction) -> datetime | None:
    """Return when the process takes a transition by itself, None where it never does."""
    moments = (
        since + delay
        for point, delay in transition.after
        if (since := _moment(point, transaction)) is not None
    )
    return min(moments, default=None)


def _moment(point: Point, transaction: Transaction) -> datetime | None:
    booking = transaction.booking
    if point in (BOOKING_START, BOOKING_END):
        if booking is None:
            return None
        return booking.start if point == BOOKING_START else booking.end
    steps, state = iter(transaction.steps), point
    if isinstance(point, LastEntered):
        steps, state = reversed(transaction.steps), point.state
    for step in steps:
        taken = transition_of(transaction.process_name, step.transition)
        if taken is not None and taken.target == state:
            return step.created_at
    return None
