"""What happens to subscriptions as time passes: renewals, retries, trials and ends.

Source: docs.stripe.com/billing/subscriptions (overview, webhooks, trials, cancel, pause payment),
docs.stripe.com/invoicing/automatic-collection (read 2026-11). Where Stripe chooses times itself
(Smart Retries), this has a schedule of an operator: RETRY_DAYS.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

from sandbox.stripe.billing_events import Notice, notice
from sandbox.stripe.catalog import Price
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.payments import Charge, Customer, PaymentIntent
from sandbox.stripe.records import Record, Records, new_id
from sandbox.stripe.subscriptions import Invoice, Subscription

DRAFT_SECONDS = 60 * 60
DAY_SECONDS = 24 * 60 * 60
RETRY_DAYS = (3, 5, 7)
AfterRetries = Literal["cancel", "unpaid", "past_due"]
_BILLED = ("active", "past_due", "unpaid")
_UNPAID = ("past_due", "unpaid")
Step = tuple[float, Callable[[], None]]


class Lifecycle:
    """Moves what an account has forward; each change leaves a Notice in `notices`.

    `after_retries` is what the operator lets become of a subscription whose payment has failed for
    the last time.
    """

    def __init__(self, records: Records, clock: Callable[[], float]) -> None:
        """`clock` answers Unix seconds."""
        self._records = records
        self._clock = clock
        self._moment: float | None = None
        self.after_retries: AfterRetries = "cancel"
        self.notices: list[Notice] = []

    @property
    def now(self) -> float:
        """The moment that is being lived through."""
        return self._clock() if self._moment is None else self._moment

    def run(self) -> None:
        """Let everything happen that was due until now, in its order."""
        try:
            while due := [step for step in self._due() if step[0] <= self._clock()]:
                self._moment, act = min(due, key=lambda step: step[0])
                act()
        finally:
            self._moment = None

    def _due(self) -> Iterator[Step]:
        for session in self._records.of(CheckoutSession):
            if session.status == "open":
                yield session.expires_at, partial(self.expire, session)
        for subscription in self._records.of(Subscription):
            if not subscription.has_ended:
                yield from self._due_of(subscription)

    def _due_of(self, one: Subscription) -> Iterator[Step]:
        if one.cancel_at is not None:
            yield one.cancel_at, partial(self.end, one, "cancellation_requested")
        if one.resumes_at is not None:
            yield one.resumes_at, partial(self.collect, one)
        if one.status == "trialing" and one.trial_end is not None:
            yield one.trial_end, partial(self.renew, one)
        if one.status in _BILLED:
            yield one.period_end, partial(self.renew, one)
        if one.status in ("active", "past_due") and one.pause is None:
            for invoice in self._invoices(one):
                if invoice.status == "draft":
                    yield invoice.created + DRAFT_SECONDS, partial(self.attempt, one, invoice)
                elif invoice.next_payment_attempt is not None:
                    yield invoice.next_payment_attempt, partial(self.attempt, one, invoice)

    def _invoices(self, one: Subscription) -> list[Invoice]:
        """Return the invoices of a subscription that are not settled, the oldest first."""
        return [
            invoice
            for invoice in self._records.of(Invoice)
            if invoice.subscription == one.id and invoice.status in ("draft", "open")
        ]

    def happened(self, kind: str, record: Record) -> None:
        """Note an event of an object."""
        self.notices.append(notice(kind, record, self.now))

    # Sessions

    def expire(self, session: CheckoutSession) -> None:
        """Close a session in which nobody has paid."""
        session.status = "expired"
        self.happened("checkout.session.expired", session)

    def payment(
        self, price: Price, amount: int, customer: str | None, metadata: dict[str, str], live: bool
    ) -> PaymentIntent:
        """Return a new payment, which nobody has tried to make."""
        return self._records.add(
            PaymentIntent(
                id=new_id("pi"),
                is_live=live,
                created=self.now,
                amount=amount,
                currency=price.currency,
                customer=customer,
                metadata=metadata,
            )
        )

    def charge(self, payment: PaymentIntent, status: str) -> Charge:
        """Return a new try of a payment: `succeeded`, `failed`, or `pending` at a bank."""
        charge = Charge(
            id=new_id("ch"),
            is_live=payment.is_live,
            created=self.now,
            payment=payment,
            status=status,
            metadata=dict(payment.metadata),
        )
        words = {"failed": "requires_payment_method", "pending": "processing"}
        payment.status = words.get(status, status)
        payment.charges.append(self._records.add(charge))
        return charge

    # Subscriptions

    def begin(
        self, session: CheckoutSession, customer: Customer, *, trial_days: int, by_debit: bool
    ) -> Subscription:
        """Return the subscription that a session has made, billed for its first period."""
        if session.price is None:
            raise ValueError("the session sells nothing")
        now, trial_end = self.now, self.now + trial_days * DAY_SECONDS
        one = self._records.add(
            Subscription(
                id=new_id("sub"),
                is_live=session.is_live,
                created=now,
                customer=customer,
                price=session.price,
                quantity=session.quantity,
                metadata=session.given(),
                status="trialing" if trial_days else "active",
                period_start=now,
                period_end=trial_end if trial_days else session.price.next(now),
                trial_start=now if trial_days else None,
                trial_end=trial_end if trial_days else None,
            )
        )
        invoice = self._new_invoice(one, "subscription_create", 0 if trial_days else one.amount)
        self.happened("customer.subscription.created", one)
        if by_debit:
            self._finalize(one, invoice)
            self.charge(self._asked(one, invoice), "pending")
        else:
            self.attempt(one, invoice)
        return one

    def _new_invoice(self, one: Subscription, reason: str, amount: int) -> Invoice:
        one.latest_invoice = Invoice(
            id=new_id("in"),
            is_live=one.is_live,
            created=self.now,
            subscription=one.id,
            customer=one.customer,
            amount=amount,
            currency=one.price.currency,
            billing_reason=reason,
            details=dict(one.metadata),
            period_start=one.period_start,
            period_end=one.period_end,
        )
        return self._records.add(one.latest_invoice)

    def renew(self, one: Subscription) -> None:
        """Begin the next period: its invoice is a draft for an hour, then it is to be paid."""
        if one.cancel_at_period_end:
            self.end(one, "cancellation_requested")
            return
        one.period_start, one.period_end = one.period_end, one.price.next(one.period_end)
        if one.status == "trialing":
            one.status = "active"
        invoice = self._new_invoice(one, "subscription_cycle", one.amount)
        if one.pause == "void":
            invoice.status, invoice.voided_at = "void", self.now
        elif one.pause == "mark_uncollectible":
            invoice.status = "uncollectible"
        self.happened("customer.subscription.updated", one)

    def _finalize(self, one: Subscription, invoice: Invoice) -> None:
        invoice.status, invoice.finalized_at = "open", self.now
        invoice.details = dict(one.metadata)

    def _asked(self, one: Subscription, invoice: Invoice) -> PaymentIntent:
        """Return the payment of an invoice; the subscription's metadata do not travel to it."""
        if invoice.payment is None:
            customer, live = one.customer.id, one.is_live
            invoice.payment = self.payment(one.price, invoice.amount, customer, {}, live)
        return invoice.payment

    def attempt(self, one: Subscription, invoice: Invoice) -> None:
        """Let an invoice be paid by the card that is kept; it may be declined."""
        if invoice.status == "draft":
            self._finalize(one, invoice)
        if one.is_declined and invoice.amount:
            self.charge(self._asked(one, invoice), "failed")
            self.fail(one, invoice)
            return
        if invoice.amount:
            self.charge(self._asked(one, invoice), "succeeded")
        self.settle(one, invoice)

    def settle(self, one: Subscription, invoice: Invoice) -> None:
        """Note that an invoice is paid."""
        invoice.attempt_count += 1
        invoice.status, invoice.paid_at, invoice.next_payment_attempt = "paid", self.now, None
        self.happened("invoice.paid", invoice)
        if one.status in _UNPAID and one.latest_invoice is invoice:
            one.status = "active"
            self.happened("customer.subscription.updated", one)

    def fail(self, one: Subscription, invoice: Invoice) -> None:
        """Note that a payment of an invoice has failed, and what follows."""
        tried, invoice.attempt_count = invoice.attempt_count, invoice.attempt_count + 1
        is_last = tried >= len(RETRY_DAYS)
        invoice.next_payment_attempt = (
            None if is_last else self.now + RETRY_DAYS[tried] * DAY_SECONDS
        )
        self.happened("invoice.payment_failed", invoice)
        if is_last and self.after_retries == "cancel":
            self.end(one, "payment_failed")
        elif is_last and self.after_retries == "unpaid":
            self.become(one, "unpaid")
        elif one.status != "unpaid":
            self.become(one, "past_due")

    def become(self, one: Subscription, status: str) -> None:
        """Let a subscription have another status, if it is another one."""
        if one.status != status:
            one.status = status
            self.happened("customer.subscription.updated", one)

    def collect(self, one: Subscription) -> None:
        """Collect payments again after a pause."""
        one.pause = one.resumes_at = None
        self.happened("customer.subscription.updated", one)

    def end(self, one: Subscription, reason: str) -> None:
        """End a subscription for ever."""
        one.status, one.ended_at, one.ended_for = "canceled", self.now, reason
        if one.canceled_at is None:
            one.canceled_at = self.now
        for invoice in self._invoices(one):
            invoice.next_payment_attempt = None
        self.happened("customer.subscription.deleted", one)
