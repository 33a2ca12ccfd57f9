"""Billing of an account: what tests and the demo do with it, and what is told of that.

All that changes something goes through here, one after another, and is told afterwards.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import Response

from sandbox.kit.checks import Session
from sandbox.kit.sender import Delivery, statuses
from sandbox.stripe.api import Fields, Key, metadata
from sandbox.stripe.billing_events import Notice
from sandbox.stripe.catalog import Price
from sandbox.stripe.checkout import LIVES_SECONDS, CheckoutSession
from sandbox.stripe.lifecycle import DRAFT_SECONDS, Lifecycle
from sandbox.stripe.operations import OUTCOMES, Operations
from sandbox.stripe.portal import UNVISITED_SECONDS, PortalSession
from sandbox.stripe.records import Records, new_id
from sandbox.stripe.subscriptions import Subscription

CHECKOUT_PAGE, PORTAL_PAGE = "/c/pay", "/p/session"


class Account(Protocol):
    """What billing needs of its account."""

    clock: Callable[[], float]
    keys: tuple[Key, ...]
    transactions: dict[str, Session]

    @property
    def browser_url(self) -> str:
        """Where browsers open its pages."""

    def make_once(self, fields: Fields, make: Callable[[], Response]) -> Response:
        """Return what a request that makes something is answered: once for each key."""

    def send(self, notices: list[Notice]) -> list[Delivery]:
        """Do with events that are due what becomes of callbacks; return those on their way."""


class Billing:
    """Sessions, subscriptions and payments of an account.

    A `reference` is the id of a session, a subscription or a payment. Controls return what answered
    the events, and raise KeyError for what is unknown and ValueError for what cannot be.
    With `portal_is_configured` false, nobody has set up the customer portal in the Dashboard.
    """

    def __init__(self, account: Account) -> None:
        """Start without any."""
        self.account = account
        self.records = Records()
        self.life = Lifecycle(self.records, account.clock)
        self.operations = Operations(self.records, self.life)
        self.portal_is_configured = True
        self.told: list[Notice] = []
        self._lock = threading.RLock()

    @contextmanager
    def changing(self) -> Iterator[list[Delivery]]:
        """Let what is due happen, then the block; the list holds what is told at its end."""
        deliveries: list[Delivery] = []
        with self._lock:
            self.life.run()
            yield deliveries
            self.life.run()
            due, self.life.notices = self.life.notices, []
            self.told += due
            deliveries += self.account.send(due)

    @property
    def sessions(self) -> dict[str, CheckoutSession]:
        """All sessions by their ids, the newest last."""
        return {session.id: session for session in self.records.of(CheckoutSession)}

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """All subscriptions by their ids, the newest last."""
        return {one.id: one for one in self.records.of(Subscription)}

    def finish(self, reference: str, word: str, *, wait: bool = True) -> list[int | None]:
        """Let a session go on: as a person decides, or as somebody does after paying.

        `word` is one of `operations.OUTCOMES`, or an action (`act`) that follows a payment. Who
        has paid by bank debit has `paid` when it arrives.
        """
        session = self.records.get(CheckoutSession, reference)
        is_outcome = word in {outcome.word for outcome in OUTCOMES}
        with self.changing() as told:
            if is_outcome and session.outcome == "debited" and word == "paid":
                self.operations.actions["arrive"](reference)
            else:
                self.operations.decide(session, word if is_outcome else "paid")
        after = [] if is_outcome else self.act(reference, word, wait=wait)
        return statuses(told, wait=wait) + after

    def correct(self, reference: str, word: str) -> list[int | None]:
        """Take back what was done about what a session has paid for, or do it: see `finish`."""
        if word != "paid":
            return self.act(reference, word)
        session = self.records.get(CheckoutSession, reference)
        return self.act(reference, "recover" if session.subscription else "win-dispute")

    def act(self, reference: str, action: str, *, wait: bool = True) -> list[int | None]:
        """Do something about a payment or a subscription: a word of `operations.actions`.

        Or let time pass: at `end-period` a subscription is paid for again, if its card pays; after
        `lapse` it does not.
        """
        if action == "lapse":
            self.operations.actions["fail"](reference)
        if action in ("lapse", "end-period"):
            return self.end_period(reference, wait=wait)
        if action not in self.operations.actions:
            raise ValueError(f"there is no action {action!r}")
        with self.changing() as told:
            self.operations.actions[action](reference)
        return statuses(told, wait=wait)

    def advance(self, seconds: float, *, wait: bool = True) -> list[int | None]:
        """Let so many seconds pass here: everything is older then, and what was due has happened.

        No clock is moved, so that nothing is told of the future: periods and lives end early.
        """
        with self.changing() as told:
            self.records.age(seconds)
        return statuses(told, wait=wait)

    def run(self, *, wait: bool = True) -> list[int | None]:
        """Let happen what is due, after the clock was moved."""
        return self.advance(0, wait=wait)

    def end_period(self, reference: str, *, wait: bool = True) -> list[int | None]:
        """Let a subscription's period end, and its next invoice be paid, as far as it will be."""
        one = self.operations.living(reference)
        seconds = max(0.0, one.period_end - self.life.now) + DRAFT_SECONDS
        return self.advance(seconds, wait=wait)

    def resend(self, reference: str) -> list[int | None]:
        """Send all that was told of an object once more."""
        with self._lock:
            again = [notice for notice in self.told if notice.shown["id"] == reference]
            return statuses(self.account.send(again))

    def start_afresh(self) -> None:
        """Forget everything."""
        self.records.clear()
        self.told.clear()
        self.life.after_retries = "cancel"
        self.portal_is_configured = True

    # What the API makes

    def open_session(
        self, fields: Fields, price: Price | None, quantity: int, key: Key
    ) -> CheckoutSession:
        """Return a new Checkout Session."""
        now = self.life.now
        mode = "live" if key.is_live else "test"
        session_id = new_id(f"cs_{mode}", 58)
        session = CheckoutSession(
            id=session_id,
            is_live=key.is_live,
            created=now,
            mode=fields["mode"],
            price=price,
            quantity=quantity,
            fields=fields,
            customer=fields.get("customer"),
            expires_at=float(fields.get("expires_at", now + LIVES_SECONDS)),
            reference=metadata(fields).get("reference", ""),
            carrier="metadata[reference]",
            begun_at=now,
            return_url=fields["success_url"],
            url=f"{self.account.browser_url}{CHECKOUT_PAGE}?session={session_id}",
        )
        self.account.transactions[session_id] = session
        return self.records.add(session)

    def open_portal(self, customer: str, return_url: str | None, key: Key) -> PortalSession:
        """Return a new session of the customer portal."""
        secret = secrets.token_urlsafe(24)
        session = PortalSession(
            id=new_id("bps"),
            is_live=key.is_live,
            created=self.life.now,
            customer=customer,
            key=secret,
            url=f"{self.account.browser_url}{PORTAL_PAGE}?key={secret}",
            return_url=return_url,
            ends_at=self.life.now + UNVISITED_SECONDS,
        )
        return self.records.add(session)
