"""Events of billing, as doorbells: which object to ask about, and whose it may be.

Source: docs.stripe.com/webhooks, docs.stripe.com/event-destinations (snapshot and thin events),
docs.stripe.com/billing/subscriptions/webhooks, and the events in `stripe` 16.1.0 for Python
(read 2026-11). What an event says of its object may be old when it arrives, so none of it counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.stripe.owner import read_owner
from proxy.vendors import (
    Callback,
    CallbackUnreadable,
    Case,
    as_object,
    as_text,
    log_event,
    read_lenient_object,
)

# Ids of Stripe's have up to 255 characters, and those of sessions more than 60.
_ID = re.compile(r"(cs_(?:test|live)|cus|sub|pi|seti|in|ch|py|du|dp)_[0-9A-Za-z_]{1,240}", re.ASCII)
SESSION_EVENTS = frozenset(
    f"checkout.session.{word}"
    for word in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
SUBSCRIPTION_EVENTS = frozenset(
    f"customer.subscription.{word}"
    for word in ("created", "updated", "deleted", "paused", "resumed")
)
# Finer ones, which are told in the thin form alone.
_THIN = frozenset(
    f"customer.subscription.{word}"
    for word in (
        "active",
        "cancel_at_changed",
        "incomplete_expired",
        "past_due",
        "trialing",
        "unpaid",
    )
)
INVOICE_EVENTS = frozenset({"invoice.paid", "invoice.payment_failed"})
_PAYMENT = frozenset({"charge.refunded", "charge.dispute.created", "charge.dispute.closed"})
_KINDS = SESSION_EVENTS | SUBSCRIPTION_EVENTS | INVOICE_EVENTS | _PAYMENT
_THIN_OBJECT, _THIN_PREFIX = "v2.core.event", "v1."
_OTHER_MODE = "it is not of the mode (test or live) that STRIPE_API_KEY is of"


def as_stripe_id(value: object, *prefixes: str) -> str | None:
    """Return an id of an object that can stand in a path, of one of these kinds if any are named.

    The prefix tells the kind: `cs_test` and `cs_live` are those of sessions.
    """
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    if found is None or (prefixes and found.group(1) not in prefixes):
        return None
    return found.group()


def read_event(name: str, body: bytes, *, is_live: bool) -> Callback | None:
    """Read an event of billing; see CalledBack.read_callback. `name` is the vendor's, for the log.

    None where it is about something else, or about nobody of ours: an endpoint hears of all that
    happens in its account, and may hear of accounts that are connected to it.
    """
    event = read_lenient_object(body)
    kind = as_text(event.get("type"))
    if kind is None:
        raise CallbackUnreadable("The body is not an event.")
    is_thin = event.get("object") == _THIN_OBJECT
    if is_thin and kind.startswith(_THIN_PREFIX):
        kind = kind.removeprefix(_THIN_PREFIX)
    if kind not in (_KINDS | _THIN if is_thin else _KINDS) or event.get("account") is not None:
        return None
    if event.get("livemode") is not is_live:
        log_event("callback-of-other-mode", trip=name, cause=_OTHER_MODE)
        return None
    if is_thin:
        # Never its address: what is asked is built from an id that was checked.
        return _ring(as_object(event.get("related_object")).get("id"))
    return _of_snapshot(kind, as_object(as_object(event.get("data")).get("object")))


def _of_snapshot(kind: str, told: Mapping[str, Any]) -> Callback | None:
    if kind in SESSION_EVENTS:
        reference = as_text(as_object(told.get("metadata")).get("reference"))
        if reference is None:
            return None
        session_id = as_stripe_id(told.get("id"), "cs_test", "cs_live")
        return Callback(reference, Case(session_id) if session_id else None)
    if kind in _PAYMENT:
        # Metadata do not travel to the payments of a subscription: these have to be asked about.
        ring = _ring(told.get("payment_intent"), "pi")
        return Callback(None, ring.case, owner=read_owner(told))
    if kind in INVOICE_EVENTS:
        told = as_object(as_object(told.get("parent")).get("subscription_details"))
    owner = read_owner(told)
    if owner is None:
        return None
    ring = _ring(told.get("subscription" if kind in INVOICE_EVENTS else "id"), "sub")
    return Callback(None, ring.case, owner=owner)


def _ring(object_id: object, *prefixes: str) -> Callback:
    found = as_stripe_id(object_id, *prefixes)
    return Callback(None, Case(found) if found else None)
