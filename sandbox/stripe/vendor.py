"""An account at Stripe: identity checks and billing, with one set of keys and one webhook URL."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from flask import Response

from sandbox.hops import HopLog
from sandbox.kit.checks import CheckVendor, Event, Outcome, Session
from sandbox.kit.sender import Delivery
from sandbox.stripe.billing import Billing
from sandbox.stripe.billing_api import BillingApi
from sandbox.stripe.billing_events import CONTENT_TYPE, Notice, notice
from sandbox.stripe.billing_pages import PAGES, BillingPages
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.endpoints import Endpoint, signed
from sandbox.stripe.identity import StripeIdentity
from sandbox.stripe.operations import OUTCOMES


class Stripe(StripeIdentity):
    """The whole account; `billing` is what it has beside Stripe Identity.

    Events of billing go to `endpoint`, with a snapshot of their object, and to `thin_endpoint`,
    without, as far as each of them is on. Both are at `callback_url`.
    """

    title = "Stripe"
    pages = (*CheckVendor.pages, *PAGES)

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without sessions; `clock` answers Unix seconds."""
        super().__init__(hops, clock)
        self.thin_endpoint = Endpoint("thin", is_on=False)
        self.answers: list[tuple[str, int | None]] = []
        self.billing = Billing(self)
        self.app.after_request(self._dated)
        BillingApi(self.billing).add_to(self.app)
        BillingPages(self.billing).add_to(self.app)

    def _dated(self, answer: Response) -> Response:
        answer.headers["Date"] = format_datetime(datetime.fromtimestamp(self.clock(), UTC), True)
        return answer

    def _known(self, outcome: str) -> Outcome:
        return next((one for one in OUTCOMES if one.word == outcome), None) or super()._known(
            outcome
        )

    def send(self, notices: list[Notice]) -> list[Delivery]:
        """Do with events that are due what `callbacks` says; return those that are on their way."""
        due = [
            self.delivery_of(notice, endpoint)
            for notice in notices
            for endpoint in (self.endpoint, self.thin_endpoint)
            if endpoint.is_on
        ]
        return self._sender.dispatch(self.callbacks, due)

    def tell_of(self, notice: Notice, endpoint: Endpoint, *secrets: str) -> int | None:
        """Send one event to an endpoint, signed with other `secrets` if there are any.

        Returns what answered.
        """
        delivery = self._sender.post(self.delivery_of(notice, endpoint, *secrets))
        delivery.done.wait(delivery.answer_seconds)
        return delivery.statuses[-1]

    # What a session of billing is told to do, as one of identity checks is.

    def finish(self, reference: str, outcome: str, *, wait: bool = True) -> list[int | None]:
        """Decide about a session, of either kind; see CheckVendor.finish and Billing.finish."""
        if reference in self.billing.sessions:
            return self.billing.finish(reference, outcome, wait=wait)
        return super().finish(reference, outcome, wait=wait)

    def correct(
        self, reference: str, outcome: str, *, callback: bool = True, seconds: float = 1.0
    ) -> list[int | None]:
        """Change what was decided of a session, of either kind."""
        if reference in self.billing.sessions:
            return self.billing.correct(reference, outcome)
        return super().correct(reference, outcome, callback=callback, seconds=seconds)

    def events(self, session: Session) -> list[Event]:
        """Return what was told last of a session, of either kind."""
        if not isinstance(session, CheckoutSession):
            return super().events(session)
        told = [one for one in self.billing.told if one.shown["id"] == session.id]
        kind, form = "checkout.session.completed", self.endpoint.form
        last = told[-1] if told else notice(kind, session, self.clock())
        return [Event(last.body(form), last.kind, content_type=CONTENT_TYPE)]

    def claiming(self, session: Session, outcome: str) -> list[Event]:
        """Return the events of a session as if `outcome` had been decided."""
        if not isinstance(session, CheckoutSession):
            return super().claiming(session, outcome)
        return self.events(session)

    def delivery_of(self, notice: Notice, endpoint: Endpoint, *secrets: str) -> Delivery:
        """Return an event as it goes to an endpoint; `answers` hears what answered."""
        body = notice.body(endpoint.form)

        def settled(status: int | None) -> bool:
            self.answers.append((notice.kind, status))
            session = self.transactions.get(notice.shown["id"])
            if session is not None:
                session.callbacks_sent.append(status)
            return status is not None and self.delivers(status)

        return Delivery(
            caller=self.title,
            url=lambda: self.callback_url,
            headers=[("Content-Type", CONTENT_TYPE)],
            prove=lambda: signed(body, self.clock(), *(secrets or endpoint.signing_secrets)),
            body=body,
            note=notice.kind,
            settled=settled,
            retries=self.retries,
            retry_delay=self.retry_seconds,
            answer_seconds=self.answer_seconds,
        )

    def start_afresh(self) -> None:
        """Forget everything, and behave."""
        super().start_afresh()
        self.billing.start_afresh()
        self.answers.clear()
        self.endpoint.is_on, self.thin_endpoint.is_on = True, False
        self.endpoint.events = ("*",)
