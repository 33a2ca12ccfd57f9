"""Stripe's billing part: what begins, how Stripe's words become ours, and until when they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors import (
    Case,
    Result,
    Status,
    UpstreamRefused,
    UpstreamUnavailable,
    Waiting,
)
from sandbox.stripe.payments import Charge, Dispute
from sandbox.stripe.subscriptions import Subscription
from tests.integrations.stripe.billed import Desk, billing, owner, start
from tests.integrations.stripe.fakes import StubUpstream, answered

HOUR, DAY = 60 * 60, 24 * 60 * 60


@pytest.fixture
def desk() -> Desk:
    """Return the vendor before a new account."""
    return Desk()


def form(desk: Desk) -> dict[str, str]:
    """Return the form that was sent first."""
    body = desk.upstream.sent[0].body or b""
    return {name: value for name, (value,) in parse_qs(body.decode()).items()}


def code(result: Result | Waiting | None) -> str:
    """Return the code of a result's reason, "" where there is none."""
    reason = None if result is None else result.reason
    return "" if reason is None else reason.code


# A start


@pytest.mark.parametrize(
    ("plan", "place"),
    [
        ("membership", "subscription_data"),
        ("lead-fee", "payment_intent_data"),
        ("card-on-file", "setup_intent_data"),
    ],
)
def test_a_session_carries_the_reference_and_what_it_makes_names_its_owner(
    desk: Desk, plan: str, place: str
) -> None:
    session = desk.shop.session(desk.begun(plan))
    assert "r" * 99 == session.reference
    assert {
        "echoseal_user": str(owner(plan).user_id),
        "echoseal_client": owner(plan).client_id,
        "echoseal_plan": plan,
    } == session.given()
    named = [name for name, value in form(desk).items() if value == "r" * 99]
    assert ["metadata[reference]"] == named
    assert f"{place}[metadata][echoseal_user]" in form(desk)


def test_a_session_is_for_the_person_that_sharetribe_names(desk: Desk) -> None:
    desk.begun("lead-fee")
    sent = form(desk)
    assert ("specimena@market.example", "a-pseudonym") == (
        sent["customer_email"],
        sent["client_reference_id"],
    )
    assert "Canary" not in str(sent)


def test_a_session_lives_for_a_day(desk: Desk) -> None:
    started = desk.vendor.start(start("membership"))
    assert DAY == started.valid_seconds
    assert desk.shop.session(started.case.reference).url == started.redirect_url


def test_whoever_has_paid_goes_where_the_page_says_or_to_the_marketplace(desk: Desk) -> None:
    page, other = "https://market.example/paid", "https://market.example/not-paid"
    desk.begun("lead-fee", success_url=page, error_url=other)
    assert (page, other) == (form(desk)["success_url"], form(desk)["cancel_url"])
    desk.upstream.sent.clear()
    desk.begun("lead-fee")
    assert "https://market.example/" == form(desk)["success_url"]
    assert "cancel_url" not in form(desk)


def test_the_page_speaks_the_language_that_is_told(desk: Desk) -> None:
    desk.begun("lead-fee", locale="es-419")
    assert "es-419" == form(desk)["locale"]


@pytest.mark.parametrize("currency", ["", "sek"])
def test_a_card_is_saved_for_a_customer_in_a_currency_or_as_a_card(currency: str) -> None:
    desk = Desk(currency)
    session_id = desk.begun("card-on-file")
    assert ("currency" in form(desk)) is bool(currency)
    assert "always" == desk.shop.session(session_id).shown()["customer_creation"]


def test_the_same_start_is_made_once_and_another_one_anew(desk: Desk) -> None:
    first, again = desk.begun("membership"), desk.begun("membership")
    other = desk.begun("membership", reference="q" * 99)
    assert first == again != other
    sent = desk.upstream.sent[0]
    assert sha256(sent.body or b"").hexdigest() == sent.headers["Idempotency-Key"]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "cs_test_../../v1/accounts"},
        {"id": "sub_1"},
        {"url": None},
        {"url": "javascript:alert(1)"},
        {"created": None},
        {"expires_at": "soon"},
    ],
)
def test_a_session_that_leads_nowhere_has_not_begun(changes: dict[str, object]) -> None:
    session = {"id": "cs_test_1", "url": "https://pay.test/", "created": 1, "expires_at": 2}
    assert 1 == billing(StubUpstream(answered(session))).start(start("lead-fee")).valid_seconds
    with pytest.raises(UpstreamUnavailable):
        billing(StubUpstream(answered({**session, **changes}))).start(start("lead-fee"))


# How a session ends


@pytest.mark.parametrize(
    ("plan", "outcome", "status"),
    [
        ("membership", "paid", Status.ACTIVE),
        ("membership", "trial", Status.ACTIVE),
        ("membership", "expired", Status.EXPIRED),
        ("lead-fee", "paid", Status.PAID),
        ("lead-fee", "expired", Status.EXPIRED),
        ("card-on-file", "saved", Status.SAVED),
        ("card-on-file", "expired", Status.EXPIRED),
    ],
)
def test_a_session_ends_in_our_words(desk: Desk, plan: str, outcome: str, status: Status) -> None:
    result = desk.decided(desk.done(plan, outcome))
    assert (status, "r" * 99) == (result.status, result.echoed_reference)


@pytest.mark.parametrize("outcome", ["", "declined"])
@pytest.mark.parametrize("plan", ["membership", "lead-fee", "card-on-file"])
def test_a_session_in_which_nobody_has_paid_has_no_result(
    desk: Desk, plan: str, outcome: str
) -> None:
    session_id = desk.done(plan, outcome) if outcome else desk.begun(plan)
    assert None is desk.result(session_id)


def test_what_was_completed_is_not_paid_while_a_bank_is_asked(desk: Desk) -> None:
    arrives, bounces = (desk.done("lead-fee", "debited", reference=r * 99) for r in "rq")
    for session_id in (arrives, bounces):
        assert ("processing", Waiting) == (
            code(desk.result(session_id)),
            type(desk.result(session_id)),
        )
    desk.shop.billing.act(arrives, "arrive")
    desk.shop.billing.act(bounces, "bounce")
    assert [Status.PAID, Status.FAILED] == [desk.decided(one).status for one in (arrives, bounces)]
    assert "card_declined" == code(desk.result(bounces))


def test_what_goes_on_does_so_under_its_own_name_and_owner(desk: Desk) -> None:
    for plan, names in (
        ("membership", ("mode", "customerId", "subscriptionId")),
        ("lead-fee", ("mode", "customerId", "paymentIntentId")),
    ):
        session_id = desk.done(plan)
        first = desk.decided(session_id)
        assert first.case is not None
        assert owner(plan) == first.owner
        assert set(names) == set(first.details)
        assert first.case.reference == first.details[names[-1]]
        later = desk.decided(first.case.reference)
        assert (first.status, first.details, first.owner, first.case, first.paid_until) == (
            later.status,
            later.details,
            later.owner,
            later.case,
            later.paid_until,
        )
        assert None is later.echoed_reference


def test_a_saved_card_stays_the_sessions(desk: Desk) -> None:
    result = desk.decided(desk.done("card-on-file", "saved"))
    assert (None, {"mode", "customerId", "setupIntentId"}) == (result.case, set(result.details))


def test_what_costs_nothing_is_paid() -> None:
    session = {"livemode": False, "status": "complete", "mode": "payment", "metadata": {}}
    told = answered({**session, "payment_status": "no_payment_required", "payment_intent": None})
    result = billing(StubUpstream(told)).fetch_result(Case("cs_test_1"), finished=True)
    assert isinstance(result, Result)
    assert Status.PAID == result.status


# Until when a subscription holds


def of_subscription(desk: Desk, outcome: str = "paid") -> tuple[str, Subscription]:
    """Return the id of a subscription, and what the account has of it."""
    session = desk.shop.session(desk.done("membership", outcome))
    subscription_id = session.subscription or ""
    return subscription_id, desk.shop.billing.subscriptions[subscription_id]


def moment(seconds: float | None) -> datetime | None:
    """Return a time as results have it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def test_what_is_paid_holds_to_the_end_of_its_period(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk)
    result = desk.decided(subscription_id)
    assert (Status.ACTIVE, moment(one.period_end)) == (result.status, result.paid_until)
    assert None is result.ends_at


@pytest.mark.parametrize("days", [7, 14])
def test_a_trial_holds_to_its_end(desk: Desk, days: int) -> None:
    subscription_id, one = of_subscription(desk, "trial")
    one.trial_end = one.period_start + days * DAY
    assert moment(one.trial_end) == desk.decided(subscription_id).paid_until


def test_of_several_items_the_first_that_ends_ends_it(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk)
    shown = {**one.shown(), "latest_invoice": {"status": "paid", "amount_paid": 0}}
    (item,) = shown["items"]["data"]
    later = {**item, "current_period_end": item["current_period_end"] + DAY}
    for items in ([item, later], [later, item]):
        told = answered({**shown, "items": {"data": items}})
        result = billing(StubUpstream(told)).fetch_result(Case(subscription_id), finished=True)
        assert isinstance(result, Result)
        assert moment(one.period_end) == result.paid_until


def test_what_cost_nothing_or_was_paid_elsewhere_is_not_given_back(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk)
    for amount, calls in ((0, 1), (1900, 2)):
        shown = {**one.shown(), "latest_invoice": {"id": "in_1", "status": "paid"}}
        shown["latest_invoice"]["amount_paid"] = amount
        elsewhere = {"payment": {"type": "payment_record", "payment_record": "pr_1"}}
        upstream = StubUpstream(answered(shown), answered({"data": [elsewhere]}))
        result = billing(upstream).fetch_result(Case(subscription_id), finished=True)
        assert isinstance(result, Result)
        assert (Status.ACTIVE, calls) == (result.status, len(upstream.sent))


@pytest.mark.parametrize("minutes", [0, 30, 59])
def test_what_is_not_paid_yet_holds_to_the_next_full_hour(desk: Desk, minutes: int) -> None:
    subscription_id, one = of_subscription(desk)
    desk.shop.clock.now = one.period_end + minutes * 60
    result = desk.decided(subscription_id)
    assert (Status.ACTIVE, moment(one.period_start + HOUR)) == (
        result.status,
        result.paid_until,
    )
    desk.shop.clock.now = one.period_start + HOUR
    assert moment(one.period_end) == desk.decided(subscription_id).paid_until


def test_a_bank_debit_under_way_holds_from_hour_to_hour(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk, "debited")
    desk.shop.clock.now += 50 * HOUR + 1
    assert moment(one.period_start + 51 * HOUR) == desk.decided(subscription_id).paid_until
    desk.shop.billing.act(subscription_id, "bounce")
    bounced = desk.decided(subscription_id)
    assert (Status.PAST_DUE, moment(one.period_start)) == (bounced.status, bounced.paid_until)


@pytest.mark.parametrize(
    ("actions", "status", "reason"),
    [
        (("fail", "end-period"), Status.PAST_DUE, "past_due"),
        (("fail", "end-period", "days", "days", "days"), Status.PAUSED, "unpaid"),
        (("pause",), Status.PAUSED, "paused"),
        (("pause-collection", "end-period"), Status.PAUSED, "void"),
        (("refund",), Status.PAUSED, "refunded"),
        (("dispute",), Status.PAUSED, "disputed"),
        (("dispute", "lose-dispute"), Status.PAUSED, "disputed"),
    ],
)
def test_what_is_not_paid_holds_no_longer_than_what_was(
    desk: Desk, actions: tuple[str, ...], status: Status, reason: str
) -> None:
    subscription_id, one = of_subscription(desk)
    desk.shop.billing.life.after_retries = "unpaid"
    for action in actions:
        act(desk, subscription_id, action)
    result = desk.decided(subscription_id)
    assert (status, reason, moment(one.period_start)) == (
        result.status,
        code(result),
        result.paid_until,
    )


def act(desk: Desk, subscription_id: str, action: str) -> None:
    """Do something about a subscription, or let time pass."""
    if action == "end-period":
        desk.shop.billing.end_period(subscription_id)
    elif action == "days":
        desk.shop.billing.advance(7 * DAY)
    else:
        desk.shop.billing.act(subscription_id, action)


@pytest.mark.parametrize(
    "actions",
    [
        ("refund-half",),
        ("dispute", "win-dispute"),
        ("pause-collection",),
        ("pause", "resume"),
        ("fail", "end-period", "recover"),
        ("refund", "end-period"),
    ],
)
def test_what_is_good_again_or_all_the_same_holds_to_the_end_of_its_period(
    desk: Desk, actions: tuple[str, ...]
) -> None:
    subscription_id, one = of_subscription(desk)
    for action in actions:
        act(desk, subscription_id, action)
    result = desk.decided(subscription_id)
    assert (Status.ACTIVE, moment(one.period_end)) == (result.status, result.paid_until)


def test_what_the_operator_gives_for_nothing_holds_from_hour_to_hour(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk)
    one.pause = "mark_uncollectible"
    desk.shop.billing.end_period(subscription_id)
    result = desk.decided(subscription_id)
    assert (Status.ACTIVE, moment(one.period_start + 2 * HOUR)) == (
        result.status,
        result.paid_until,
    )


def test_what_holds_from_hour_to_hour_ends_with_its_period(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk, "debited")
    one.period_end = one.period_start + HOUR / 2
    shown = {**one.shown(), "latest_invoice": {"status": "open"}}
    result = billing(StubUpstream(answered(shown))).fetch_result(
        Case(subscription_id), finished=True
    )
    assert isinstance(result, Result)
    assert moment(one.period_end) == result.paid_until


def test_what_is_to_end_says_when(desk: Desk) -> None:
    subscription_id, one = of_subscription(desk)
    desk.shop.billing.act(subscription_id, "cancel-at-period-end")
    assert moment(one.period_end) == desk.decided(subscription_id).ends_at
    one.cancel_at = None
    assert moment(one.period_end) == desk.decided(subscription_id).ends_at
    one.cancel_at, one.cancel_at_period_end = one.period_start + DAY, False
    assert moment(one.cancel_at) == desk.decided(subscription_id).ends_at


def test_what_has_ended_says_why(desk: Desk) -> None:
    subscription_id, _ = of_subscription(desk)
    desk.shop.billing.act(subscription_id, "cancel")
    result = desk.decided(subscription_id)
    assert (Status.CANCELLED, "cancellation_requested", None) == (
        result.status,
        code(result),
        result.paid_until,
    )


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("incomplete", Waiting),
        ("incomplete_expired", Status.FAILED),
        ("excellent", Waiting),
        ("ACTIVE", Waiting),
        ("active ", Waiting),
        (None, Waiting),
        (True, Waiting),
        (["active"], Waiting),
    ],
)
def test_a_word_that_is_unknown_or_no_end_is_nothing_good(
    desk: Desk, word: Any, expected: Any
) -> None:
    subscription_id, one = of_subscription(desk)
    shown = {**one.shown(), "status": word}
    result = billing(StubUpstream(answered(shown))).fetch_result(
        Case(subscription_id), finished=True
    )
    assert expected in (type(result), getattr(result, "status", None))


# A payment


@pytest.mark.parametrize(
    ("actions", "status", "reason"),
    [
        ((), Status.PAID, ""),
        (("refund-half",), Status.PAID, ""),
        (("refund-half", "refund"), Status.FAILED, "refunded"),
        (("dispute",), Status.FAILED, "disputed"),
        (("dispute", "lose-dispute"), Status.FAILED, "disputed"),
        (("dispute", "win-dispute"), Status.PAID, ""),
    ],
)
def test_a_payment_that_was_taken_back_is_none(
    desk: Desk, actions: tuple[str, ...], status: Status, reason: str
) -> None:
    session_id = desk.done("lead-fee")
    for action in actions:
        desk.shop.billing.act(session_id, action)
    payment_id = desk.shop.session(session_id).payment_intent or ""
    for reference in (session_id, payment_id):
        result = desk.decided(reference)
        assert (status, reason) == (result.status, code(result))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("warning_needs_response", Status.PAID),
        ("warning_under_review", Status.PAID),
        ("warning_closed", Status.PAID),
        ("prevented", Status.PAID),
        ("under_review", Status.FAILED),
        ("appeal_needs_response", Status.FAILED),
        ("appeal_under_review", Status.FAILED),
        ("undocumented", Status.FAILED),
    ],
)
def test_a_dispute_counts_unless_it_is_an_inquiry_or_won(
    desk: Desk, word: str, status: Status
) -> None:
    session_id = desk.done("lead-fee")
    desk.shop.billing.act(session_id, "dispute")
    (dispute,) = desk.shop.billing.records.of(Dispute)
    dispute.status = word
    assert status == desk.decided(session_id).status


def test_a_dispute_that_is_not_listed_yet_counts(desk: Desk) -> None:
    desk.shop.billing.act(desk.done("lead-fee"), "dispute")
    (charge,) = desk.shop.billing.records.of(Charge)
    payment = {**charge.payment.shown(), "latest_charge": charge.shown()}
    upstream = StubUpstream(answered(payment), answered({"data": []}))
    result = billing(upstream).fetch_result(Case(charge.payment.id), finished=True)
    assert (Status.FAILED, "disputed") == (getattr(result, "status", None), code(result))


@pytest.mark.parametrize("name", ["refunded", "disputed"])
@pytest.mark.parametrize("value", [None, "false", 0, "absent"])
def test_a_charge_that_does_not_say_whether_it_was_taken_back_is_asked_about_again(
    desk: Desk, name: str, value: Any
) -> None:
    desk.done("lead-fee")
    (charge,) = desk.shop.billing.records.of(Charge)
    shown = {**charge.shown(), name: value}
    if value == "absent":
        del shown[name]
    payment = {**charge.payment.shown(), "latest_charge": shown}
    with pytest.raises(UpstreamUnavailable):
        billing(StubUpstream(answered(payment))).fetch_result(Case("pi_1"), finished=True)


# What events ring for


@pytest.mark.parametrize("plan", ["membership", "lead-fee"])
def test_what_an_event_names_leads_to_what_is_sold(desk: Desk, plan: str) -> None:
    session_id = desk.done(plan)
    expected = desk.decided(session_id)
    desk.shop.billing.act(session_id, "dispute")
    desk.shop.billing.act(session_id, "win-dispute")
    records = desk.shop.billing.records
    rung = [one.id for one in records if one.id.startswith(("pi_", "in_", "ch_", "du_", "sub_"))]
    assert len(rung) >= 3
    for object_id in rung:
        found = desk.decided(object_id)
        assert (expected.status, expected.case, expected.owner) == (
            found.status,
            found.case,
            found.owner,
        )


def test_what_is_sold_by_others_at_the_same_account_names_nobody(desk: Desk) -> None:
    sold = desk.shop.paid("payment", **{"payment_intent_data[metadata][order]": "4711"})
    payment_id = desk.shop.session(sold).payment_intent or ""
    (charge,) = desk.shop.billing.records.of(Charge)
    for object_id in (payment_id, charge.id):
        found = desk.decided(object_id)
        assert (None, None) == (found.owner, found.echoed_reference)


def test_a_payment_whose_metadata_somebody_has_changed_is_still_one(desk: Desk) -> None:
    session_id = desk.done("lead-fee")
    (charge,) = desk.shop.billing.records.of(Charge)
    charge.payment.metadata.clear()
    for reference in (session_id, charge.payment.id):
        result = desk.decided(reference)
        assert (Status.PAID, None) == (result.status, result.owner)


@pytest.mark.parametrize("reference", ["cs_test_unknown", "sub_unknown", "pi_unknown"])
def test_what_is_not_there_has_no_result(desk: Desk, reference: str) -> None:
    assert None is desk.result(reference)


def test_a_name_of_another_kind_is_not_asked_about() -> None:
    assert None is billing().fetch_result(Case("vs_1"), finished=True)


@pytest.mark.parametrize("reference", ["cs_live_1", "sub_1", "pi_1"])
def test_what_is_of_the_other_mode_does_not_count(reference: str) -> None:
    told = {"livemode": True, "status": "active", "mode": "payment"}
    result = billing(StubUpstream(answered(told))).fetch_result(Case(reference), finished=True)
    assert isinstance(result, Waiting)
    assert "livemode" == code(result)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["status", "mode", "subscription", "payment_intent", "items", "data", "id"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_answered_is_nothing_good(document: Any) -> None:
    fields = document if isinstance(document, dict) else {"status": document}
    told = answered({"livemode": False, **fields})
    for reference in ("cs_test_1", "sub_1", "pi_1"):
        try:
            result = billing(StubUpstream(told)).fetch_result(Case(reference), finished=True)
        except UpstreamUnavailable:
            continue
        good = (Status.PAID, Status.ACTIVE)
        assert not (isinstance(result, Result) and result.status in good)


# The customer portal


def test_the_portal_is_minted_for_the_customer_at_each_click(desk: Desk) -> None:
    case = desk.decided(desk.done("membership")).case or Case("")
    first, second = (desk.vendor.portal(case, "https://market.example/plan") for _ in "12")
    assert first != second
    assert b"return_url=https%3A%2F%2Fmarket.example%2Fplan" in (desk.upstream.sent[-1].body or b"")


def test_a_portal_that_nobody_has_set_up_is_refused(desk: Desk) -> None:
    case = desk.decided(desk.done("membership")).case or Case("")
    desk.shop.billing.portal_is_configured = False
    with pytest.raises(UpstreamRefused):
        desk.vendor.portal(case, None)


@pytest.mark.parametrize("customer", ["", "cus_../x", "sub_1"])
def test_a_customer_that_is_none_is_not_asked_for(customer: str) -> None:
    with pytest.raises(UpstreamUnavailable):
        billing().portal(Case("sub_1", {"customerId": customer}), None)
