"""What people do about billing: those who pay, on pages, and the operator in the Dashboard.

Source: docs.stripe.com (how Checkout works, delayed notification payment methods, testing refunds
and disputes, pausing and cancelling subscriptions; read 2026-11). When the first payment of a
subscription is a bank debit that fails, Stripe does not say which status follows: here past_due.
"""

from collections.abc import Callable, Mapping
from functools import partial

from sandbox.kit.checks import Outcome
from sandbox.stripe.checkout import CheckoutSession
from sandbox.stripe.lifecycle import Lifecycle
from sandbox.stripe.payments import Charge, Customer, Dispute, PaymentIntent, Refund, SetupIntent
from sandbox.stripe.records import Record, Records, new_id
from sandbox.stripe.subscriptions import Invoice, Subscription

TRIAL_DAYS = 14
_PAY, _LEAVE, _DASHBOARD = "Pay", "Leave", "At Stripe"
_SELLING = ("payment", "subscription")
# How a session can go on, and in which modes.
OUTCOMES: Mapping[Outcome, tuple[str, ...]] = {
    Outcome("paid", "Pay by card", _PAY): _SELLING,
    Outcome("debited", "Pay by bank debit, which takes days", _PAY): _SELLING,
    Outcome("trial", "Begin with a trial", _PAY): ("subscription",),
    Outcome("saved", "Save the card", _PAY): ("setup",),
    Outcome("declined", "Try a card that is declined", _PAY, ends=False): (*_SELLING, "setup"),
    Outcome("expired", "Go away; the session expires", _LEAVE): (*_SELLING, "setup"),
    Outcome("undocumented", "A status that nobody has documented", _DASHBOARD): (
        *_SELLING,
        "setup",
    ),
}


def outcomes(mode: str) -> list[Outcome]:
    """Return how a session of a mode can go on."""
    return [outcome for outcome, modes in OUTCOMES.items() if mode in modes]


class Operations:
    """What can be done; each leaves its notices with the lifecycle, and raises ValueError else."""

    def __init__(self, records: Records, life: Lifecycle) -> None:
        """Act on `records`, by the clock of `life`."""
        self._records = records
        self._life = life
        self.actions: Mapping[str, Callable[[str], None]] = {
            "arrive": self._arrive,
            "bounce": self._bounce,
            "fail": partial(self._set_declined, declined=True),
            "update-card": partial(self._set_declined, declined=False),
            "recover": self._recover,
            "cancel": lambda one: self._life.end(self.living(one), "cancellation_requested"),
            "cancel-at-period-end": lambda one: self.plan_end(self.living(one), ends=True),
            "resume": self._resume,
            "pause": self._pause,
            "pause-collection": self._pause_collection,
            "refund": self._refund_whole,
            "refund-half": self._refund_half,
            "dispute": self._dispute,
            "win-dispute": partial(self._close, status="won"),
            "lose-dispute": partial(self._close, status="lost"),
        }

    # A person on the page of a session

    def decide(self, session: CheckoutSession, word: str) -> None:
        """Let a session go on as a word of OUTCOMES says."""
        if word not in {outcome.word for outcome in outcomes(session.mode)}:
            raise ValueError(f"a session of mode {session.mode} has no outcome {word!r}")
        if session.status != "open":
            raise ValueError("the session is not open any more")
        session.outcome, session.decided_at = word, self._life.now
        if word == "declined":
            return
        session.ended = True
        if word == "expired":
            self._life.expire(session)
        elif word == "undocumented":
            session.status = "reconsidered"
            self._life.happened("checkout.session.completed", session)
        else:
            self._complete(session, word)

    def _complete(self, session: CheckoutSession, word: str) -> None:
        session.status = "complete"
        if session.mode == "setup":
            self._save(session)
        elif session.mode == "payment":
            self._pay(session, word)
        else:
            self._subscribe(session, word)
        self._life.happened("checkout.session.completed", session)

    def _save(self, session: CheckoutSession) -> None:
        intent = SetupIntent(
            id=new_id("seti"),
            is_live=session.is_live,
            created=self._life.now,
            customer=self._customer(session).id,
            metadata=session.given(),
        )
        session.setup_intent = self._records.add(intent).id
        session.payment_status = "no_payment_required"

    def _pay(self, session: CheckoutSession, word: str) -> None:
        if session.price is None:
            raise ValueError("the session sells nothing")
        if session.fields.get("customer_creation") == "always":
            self._customer(session)
        payment = self._life.payment(
            session.price, session.amount, session.customer, session.given(), session.is_live
        )
        session.payment_intent = payment.id
        self._life.charge(payment, "succeeded" if word == "paid" else "pending")
        session.payment_status = "paid" if word == "paid" else "unpaid"

    def _subscribe(self, session: CheckoutSession, word: str) -> None:
        days = session.trial_days or (TRIAL_DAYS if word == "trial" else 0)
        is_debit = word == "debited" and not days
        customer = self._customer(session)
        one = self._life.begin(session, customer, trial_days=days, by_debit=is_debit)
        session.subscription = one.id
        session.invoice = one.latest_invoice.id if one.latest_invoice else None
        session.payment_status = "unpaid" if is_debit else "paid"
        if days:
            session.payment_status = "no_payment_required"

    def _customer(self, session: CheckoutSession) -> Customer:
        if session.customer is None:
            customer = Customer(
                id=new_id("cus"),
                is_live=session.is_live,
                created=self._life.now,
                email=session.fields.get("customer_email", "specimena@customer.example"),
            )
            session.customer = self._records.add(customer).id
        return self._records.get(Customer, session.customer)

    # A bank

    def _arrive(self, reference: str) -> None:
        charge = self._pending(reference)
        charge.status = charge.payment.status = "succeeded"
        self._debited(charge.payment, "succeeded")

    def _bounce(self, reference: str) -> None:
        charge = self._pending(reference)
        charge.status, charge.payment.status = "failed", "requires_payment_method"
        self._debited(charge.payment, "failed")

    def _pending(self, reference: str) -> Charge:
        charge = self._tried(reference)
        if charge.status != "pending":
            raise ValueError("no bank debit is under way")
        return charge

    def _debited(self, payment: PaymentIntent, end: str) -> None:
        """Tell the session, and the invoice if there is one, how a bank debit has ended."""
        invoice = self._invoice_of(payment)
        for session in self._records.of(CheckoutSession):
            is_its = session.payment_intent == payment.id
            if is_its or (invoice is not None and session.invoice == invoice.id):
                session.payment_status = "paid" if end == "succeeded" else "unpaid"
                self._life.happened(f"checkout.session.async_payment_{end}", session)
        if invoice is not None:
            one = self._records.get(Subscription, invoice.subscription)
            (self._life.settle if end == "succeeded" else self._life.fail)(one, invoice)

    # Subscriptions

    def living(self, reference: str) -> Subscription:
        """Return the subscription of its own id, or of its session's, if it has not ended."""
        one = self._subscription(reference)
        if one is None or one.has_ended:
            raise ValueError("there is no subscription that lives")
        return one

    def _set_declined(self, reference: str, *, declined: bool) -> None:
        self.living(reference).is_declined = declined

    def _recover(self, reference: str) -> None:
        """Pay, by a card that works, what is open."""
        one = self.living(reference)
        one.is_declined = False
        for invoice in self._records.of(Invoice):
            waits = invoice.status == "open" or (
                invoice.status == "draft" and one.status == "unpaid"
            )
            if invoice.subscription == one.id and waits:
                self._life.attempt(one, invoice)

    def plan_end(self, one: Subscription, *, ends: bool) -> None:
        """Let a subscription end with the period that is paid, or take that back."""
        one.cancel_at_period_end = ends
        one.cancel_at = one.period_end if ends else None
        one.canceled_at = self._life.now if ends else None
        self._life.happened("customer.subscription.updated", one)

    def _resume(self, reference: str) -> None:
        """Take back what was to end it, or let it go on after a pause."""
        one = self.living(reference)
        if one.status == "paused":
            one.status = "active"
            self._life.happened("customer.subscription.resumed", one)
        elif one.pause is not None:
            self._life.collect(one)
        else:
            self.plan_end(one, ends=False)

    def _pause(self, reference: str) -> None:
        """Pause it, as at the end of a trial that left no way to pay."""
        one = self.living(reference)
        one.status = "paused"
        self._life.happened("customer.subscription.paused", one)

    def _pause_collection(self, reference: str) -> None:
        one = self.living(reference)
        one.pause = "void"
        self._life.happened("customer.subscription.updated", one)

    # Refunds and disputes

    def refund(self, charge: Charge, amount: int | None = None) -> Refund:
        """Give back what was paid, or an amount of it."""
        left = charge.payment.amount - charge.amount_refunded
        amount = left if amount is None else amount
        if charge.status != "succeeded" or not 0 < amount <= left:
            raise ValueError("there is not so much to be refunded")
        charge.amount_refunded += amount
        refund = Refund(
            id=new_id("re"),
            is_live=charge.is_live,
            created=self._life.now,
            charge=charge,
            amount=amount,
        )
        self._life.happened("charge.refunded", charge)
        return self._records.add(refund)

    def _refund_whole(self, reference: str) -> None:
        self.refund(self.charge_of(reference))

    def _refund_half(self, reference: str) -> None:
        charge = self.charge_of(reference)
        self.refund(charge, charge.payment.amount // 2)

    def _dispute(self, reference: str) -> None:
        charge = self.charge_of(reference)
        if charge.was_disputed:
            raise ValueError("it was disputed already")
        charge.was_disputed = True
        dispute = Dispute(
            id=new_id("du"), is_live=charge.is_live, created=self._life.now, charge=charge
        )
        self._life.happened("charge.dispute.created", self._records.add(dispute))

    def _close(self, reference: str, status: str) -> None:
        charge = self.charge_of(reference)
        for dispute in self._records.of(Dispute):
            if dispute.charge is charge and dispute.status == "needs_response":
                dispute.status = status
                self._life.happened("charge.dispute.closed", dispute)
                return
        raise ValueError("no dispute is open")

    # What a reference stands for

    def charge_of(self, reference: str) -> Charge:
        """Return the payment that was made last under a reference: a session, a subscription …"""
        charge = self._tried(reference)
        if charge.status != "succeeded":
            raise ValueError("nothing was paid")
        return charge

    def _tried(self, reference: str) -> Charge:
        payment = self._payment(reference)
        if payment is None or not payment.charges:
            raise ValueError("no payment was tried")
        return payment.charges[-1]

    def _payment(self, reference: str) -> PaymentIntent | None:
        record = self._named(reference)
        if isinstance(record, CheckoutSession) and record.payment_intent:
            record = self._named(record.payment_intent)
        if isinstance(record, PaymentIntent):
            return record
        subscription = self._subscription(reference)
        invoices = [] if subscription is None else self._records.of(Invoice)
        payments = [
            invoice.payment
            for invoice in invoices
            if subscription and invoice.subscription == subscription.id and invoice.payment
        ]
        return payments[-1] if payments else None

    def _subscription(self, reference: str) -> Subscription | None:
        record = self._named(reference)
        if isinstance(record, CheckoutSession) and record.subscription:
            record = self._named(record.subscription)
        return record if isinstance(record, Subscription) else None

    def _invoice_of(self, payment: PaymentIntent) -> Invoice | None:
        found = (one for one in self._records.of(Invoice) if one.payment is payment)
        return next(found, None)

    def _named(self, reference: str) -> Record:
        """Return what has an id; raises KeyError."""
        return self._records.get(Record, reference)
