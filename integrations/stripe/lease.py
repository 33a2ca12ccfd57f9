"""How a subscription stands, and until when that holds without asking again.

Source: docs.stripe.com/billing/subscriptions (overview: statuses; webhooks: an invoice is a draft
for an hour; pause payment collection), docs.stripe.com/changelog/basil (periods stand on the items;
all read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from proxy.vendors import (
    Reason,
    Result,
    Status,
    UpstreamUnavailable,
    Waiting,
    as_object,
    as_text,
    as_unix_time,
    as_word,
)

_HOUR = timedelta(hours=1)
_STATUSES = {
    "trialing": Status.ACTIVE,
    "active": Status.ACTIVE,
    "past_due": Status.PAST_DUE,
    "unpaid": Status.PAUSED,
    "paused": Status.PAUSED,
    "canceled": Status.CANCELLED,
    "incomplete_expired": Status.FAILED,
}
# An invoice that will be tried, or is being paid by a bank.
_COMING = ("draft", "open")
_WHY = {
    "past_due": "The last payment has failed; it is tried again.",
    "unpaid": "The payments have failed.",
    "paused": "The subscription is paused.",
    "canceled": "The subscription has ended.",
    "incomplete_expired": "The first payment was never made.",
}


def judge(
    subscription: Mapping[str, Any], taken_back: Reason | None, now: datetime
) -> Result | Waiting:
    """Return how a subscription stands; its latest invoice is expanded.

    `taken_back` says why what was paid for the period does not count any more. Raises
    UpstreamUnavailable for a subscription that nothing can be said of.
    """
    word = as_text(subscription.get("status"))
    status = _STATUSES.get(word or "")
    if status is None:
        return Waiting(Reason(as_word(word), "Stripe has not begun the subscription."))
    if status in (Status.CANCELLED, Status.FAILED):
        details = as_object(subscription.get("cancellation_details"))
        code = as_text(details.get("reason")) or word
        return Result(status, reason=Reason(as_word(code), _WHY[str(word)]))
    begins, ends = _period(subscription)
    ends_at = _ends_at(subscription, ends)
    if status is not Status.ACTIVE:
        reason = Reason(str(word), _WHY[str(word)])
        return Result(status, reason=reason, paid_until=begins, ends_at=ends_at)
    if word == "trialing":
        trial_end = as_unix_time(subscription.get("trial_end")) or ends
        return Result(status, paid_until=min(trial_end, ends), ends_at=ends_at)
    if taken_back is not None:
        return Result(Status.PAUSED, reason=taken_back, paid_until=begins, ends_at=ends_at)
    bill = as_text(as_object(subscription.get("latest_invoice")).get("status"))
    if bill == "paid":
        return Result(status, paid_until=ends, ends_at=ends_at)
    if bill in _COMING or _is_free(subscription):
        hours = max(0, (now - begins) // _HOUR) + 1
        return Result(status, paid_until=min(begins + hours * _HOUR, ends), ends_at=ends_at)
    reason = Reason(as_word(bill), "The period was not paid for.")
    return Result(Status.PAUSED, reason=reason, paid_until=begins, ends_at=ends_at)


def _period(subscription: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return the period that all items are in: of several, until the first of them ends."""
    data = as_object(subscription.get("items")).get("data")
    items = [as_object(item) for item in data] if isinstance(data, list) else []
    begins = [as_unix_time(item.get("current_period_start")) for item in items]
    ends = [as_unix_time(item.get("current_period_end")) for item in items]
    if not items or None in begins or None in ends:
        raise UpstreamUnavailable("stripe", "a subscription without a period")
    return max(filter(None, begins)), min(filter(None, ends))


def _ends_at(subscription: Mapping[str, Any], period_end: datetime) -> datetime | None:
    planned = as_unix_time(subscription.get("cancel_at"))
    if planned is None and subscription.get("cancel_at_period_end") is True:
        return period_end
    return planned


def _is_free(subscription: Mapping[str, Any]) -> bool:
    """Tell whether the operator gives it for nothing: its invoices are written off as they come."""
    pause = as_object(subscription.get("pause_collection"))
    return pause.get("behavior") == "mark_uncollectible"
