"""`default-negotiation`: the parties agree on a price, and later on what was delivered for it.

It begins with the provider too, about a listing of the customer's ("reverse transaction flow" in
sharetribe.com/docs, "Negotiation process", read 2026-11-30).
"""

from collections.abc import Iterator

from sandbox.sharetribe.processes.graph import (
    CAPTURE,
    CUSTOMER,
    DAY,
    MINUTE,
    OPERATOR,
    PAY_OUT,
    PROVIDER,
    REFUND,
    LastEntered,
    Transition,
    reviews,
    system,
    unpaid,
)

_PRICE = ("privileged-set-line-items", "privileged-update-metadata")
_OFFER = ("privileged-set-line-items", "update-protected-data", "privileged-update-metadata")
_ASKED, _OFFERED, _UPDATED = "quote-requested", "offer-pending", "update-pending"
_COUNTERED, _REJECTED = "customer-offer-pending", "offer-rejected"
_CHANGING = "changes-requested"


def _asking() -> Iterator[Transition]:
    update, ended = ("update-protected-data",), "request-rejected"
    yield Transition("request-quote", CUSTOMER, None, _ASKED, update)
    yield Transition("inquire", PROVIDER, None, "inquiry")
    yield Transition("reject-request", PROVIDER, _ASKED, ended)
    yield Transition("withdraw-request", CUSTOMER, _ASKED, ended)
    yield Transition("operator-reject-request", OPERATOR, _ASKED, ended)


def _offering() -> Iterator[Transition]:
    for name, source, target in (
        ("make-offer", None, _OFFERED),
        ("make-offer-from-request", _ASKED, _OFFERED),
        ("make-offer-after-inquiry", "inquiry", _OFFERED),
        ("update-offer", _OFFERED, _UPDATED),
        ("update-from-update-pending", _UPDATED, _UPDATED),
    ):
        yield Transition(name, PROVIDER, source, target, _OFFER, privileged=True)
    for name, by, source, target in (
        ("customer-make-counter-offer", CUSTOMER, _OFFERED, _COUNTERED),
        ("customer-withdraw-counter-offer", CUSTOMER, _COUNTERED, _OFFERED),
        ("provider-make-counter-offer", PROVIDER, _COUNTERED, _OFFERED),
        ("provider-reject-counter-offer", PROVIDER, _COUNTERED, _OFFERED),
    ):
        yield Transition(name, by, source, target, _PRICE, privileged=True)
    yield Transition("provider-accept-counter-offer", PROVIDER, _COUNTERED, _OFFERED)
    yield Transition("accept-update", CUSTOMER, _UPDATED, _OFFERED)
    yield Transition("operator-accept-update", OPERATOR, _UPDATED, _OFFERED)
    for name, by, source in (
        ("customer-reject-offer", CUSTOMER, _OFFERED),
        ("provider-withdraw-offer", PROVIDER, _OFFERED),
        ("operator-reject-offer", OPERATOR, _OFFERED),
        ("customer-reject-from-update-pending", CUSTOMER, _UPDATED),
        ("provider-withdraw-from-update-pending", PROVIDER, _UPDATED),
        ("operator-reject-from-customer-counter-offer", OPERATOR, _COUNTERED),
    ):
        yield Transition(name, by, source, _REJECTED)


def _paying() -> Iterator[Transition]:
    pending = "pending-payment"
    create = ("stripe-create-payment-intent",)
    yield Transition("request-payment-to-accept-offer", CUSTOMER, _OFFERED, pending, create)
    yield unpaid(REFUND, 15 * MINUTE)
    yield Transition("confirm-payment", CUSTOMER, pending, "offer-accepted", CAPTURE)


def _delivering() -> Iterator[Transition]:
    accepted, delivered = "offer-accepted", "delivered"
    yield Transition("deliver", PROVIDER, accepted, delivered)
    yield Transition("operator-mark-delivered", OPERATOR, accepted, delivered)
    yield Transition("request-changes", CUSTOMER, delivered, _CHANGING)
    yield Transition("operator-request-changes", OPERATOR, delivered, _CHANGING)
    yield Transition("deliver-changes", PROVIDER, _CHANGING, delivered)
    yield Transition("operator-mark-changes-delivered", OPERATOR, _CHANGING, delivered)
    for source, suffix in ((accepted, ""), (_CHANGING, f"-from-{_CHANGING}")):
        since = (accepted, 75 * DAY)
        yield Transition(f"operator-cancel{suffix}", OPERATOR, source, "canceled", REFUND)
        yield system(f"auto-cancel{suffix}", source, "canceled", REFUND, since)
    yield Transition("operator-cancel-from-delivered", OPERATOR, delivered, "canceled", REFUND)
    done = (delivered, "completed", PAY_OUT)
    yield Transition("accept-deliverable", CUSTOMER, *done)
    yield Transition("operator-accept-deliverable", OPERATOR, *done)
    yield system("auto-accept-deliverable", *done, (LastEntered(delivered), 14 * DAY))


NEGOTIATION = (
    *_asking(),
    *_offering(),
    *_paying(),
    *_delivering(),
    *reviews("completed", since="completed"),
)
