"""The simulated Stripe sells as the documentation says, strictly, while time passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from sandbox.stripe.billing_api import PORTAL, SESSIONS
from sandbox.stripe.catalog import LEAD_FEE, MEMBERSHIP
from sandbox.stripe.control import add_billing
from sandbox.stripe.payments import Charge
from tests.integrations.stripe.selling import FORMS, NOW, Shop

HOUR, DAY = 60 * 60, 24 * 60 * 60


@pytest.fixture
def shop() -> Shop:
    """Return a new account."""
    return Shop()


def refused(answer: Any) -> tuple[int, str]:
    """Return status and field of a refusal."""
    return answer.status_code, answer.get_json()["error"].get("param", "")


# What may be asked for


@pytest.mark.parametrize(
    ("mode", "changes", "param"),
    [
        ("payment", {"bogus": "1"}, "bogus"),
        ("payment", {"mode": "gift"}, "mode"),
        ("payment", {"mode": "subscription"}, "mode"),
        ("subscription", {"mode": "payment"}, "mode"),
        ("subscription", {"line_items[0][price]": "price_unknown"}, "line_items[0][price]"),
        ("subscription", {"line_items[0][quantity]": "0"}, "line_items[0][quantity]"),
        ("subscription", {"line_items[0][quantity]": ""}, "line_items[0][quantity]"),
        ("subscription", {"customer_creation": "always"}, "customer_creation"),
        ("subscription", {"payment_intent_data[metadata][a]": "b"}, "payment_intent_data"),
        ("payment", {"subscription_data[metadata][a]": "b"}, "subscription_data"),
        ("payment", {"setup_intent_data[metadata][a]": "b"}, "setup_intent_data"),
        ("setup", {"line_items[0][price]": LEAD_FEE.id}, "line_items"),
        ("setup", {"currency": "euro"}, "currency"),
        ("payment", {"success_url": "/back"}, "success_url"),
        ("payment", {"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ("payment", {"client_reference_id": "x" * 201}, "client_reference_id"),
        ("payment", {"customer_email": "nobody"}, "customer_email"),
        ("payment", {"customer": "cus_1", "customer_email": "a@b.example"}, "customer"),
        ("payment", {"customer": "cus_unknown"}, "id"),
        ("payment", {"metadata[long]": "x" * 501}, "metadata[long]"),
        ("payment", {f"metadata[{'k' * 41}]": "1"}, f"metadata[{'k' * 41}]"),
        (
            "subscription",
            {f"subscription_data[metadata][{n}]": "1" for n in range(51)},
            "subscription_data[metadata]",
        ),
        ("payment", {"expires_at": str(int(NOW) + 29 * 60)}, "expires_at"),
        ("payment", {"expires_at": str(int(NOW) + 25 * HOUR)}, "expires_at"),
        ("payment", {"ui_mode": "hosted"}, "ui_mode"),
        ("payment", {"locale": "tlh"}, "locale"),
        ("payment", {"expand[]": "payment_intent.bogus"}, "expand"),
    ],
)
def test_a_session_that_is_not_documented_is_refused(
    shop: Shop, mode: str, changes: dict[str, str], param: str
) -> None:
    answer = shop.send("POST", SESSIONS, FORMS[mode] | changes)
    assert (400 if param != "id" else 404, param) == refused(answer)


@pytest.mark.parametrize(
    ("mode", "field", "param"),
    [
        ("payment", "mode", "mode"),
        ("payment", "success_url", "success_url"),
        ("payment", "line_items[0][price]", "line_items"),
        ("subscription", "line_items[0][quantity]", "line_items"),
        ("setup", "currency", "currency"),
    ],
)
def test_what_a_session_needs_cannot_be_left_out(
    shop: Shop, mode: str, field: str, param: str
) -> None:
    form = {name: value for name, value in FORMS[mode].items() if name != field}
    assert (400, param) == refused(shop.send("POST", SESSIONS, form))


def test_a_setup_names_ways_to_pay_or_a_currency(shop: Shop) -> None:
    form = {"mode": "setup", "success_url": "https://market.example/"}
    form["allowed_payment_method_types[0]"] = "card"
    assert 200 == shop.send("POST", SESSIONS, form).status_code


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("?expand[]=subscription.latest_invoice&expand[]=payment_intent.latest_charge", 200),
        ("?expand[0]=subscription.latest_invoice.payments", 200),
        ("?expand[]=subscription.latest_invoice.payments.data.payment", 400),
        ("?expand[]=latest_charge", 400),
        ("?expand[]=subscription.status", 400),
        ("?bogus=1", 400),
    ],
)
def test_what_stands_behind_an_id_is_expanded_four_levels_deep(
    shop: Shop, path: str, status: int
) -> None:
    assert status == shop.send("GET", f"{SESSIONS}/{shop.paid()}{path}").status_code


def test_metadata_do_not_travel_unless_they_are_given_again(shop: Shop) -> None:
    given = {"metadata[reference]": "r" * 99, "subscription_data[metadata][user]": "u"}
    session = shop.session(shop.paid(**given))
    one = shop.subscription(session.subscription or "")
    assert {"user": "u"} == one["metadata"]
    parent = one["latest_invoice"]["parent"]["subscription_details"]
    assert ({"user": "u"}, {}) == (parent["metadata"], one["latest_invoice"]["metadata"])
    (charge,) = shop.billing.records.of(Charge)
    assert ({}, {}) == (charge.metadata, charge.payment.metadata)


def test_an_object_of_live_mode_is_not_there_for_a_test_key(shop: Shop) -> None:
    live = {"Authorization": f"Bearer {shop.stripe.live_key}"}
    session = shop.send("POST", SESSIONS, FORMS["payment"], **live).get_json()
    assert session["livemode"]
    path = f"{SESSIONS}/{session['id']}"
    assert [404, 200] == [shop.send("GET", path, **headers).status_code for headers in ({}, live)]


# A session


def test_a_session_expires_after_a_day_or_when_it_is_told_to(shop: Shop) -> None:
    first, second = shop.begun(), shop.begun("payment")
    assert 200 == shop.send("POST", f"{SESSIONS}/{first}/expire").status_code
    assert 400 == shop.send("POST", f"{SESSIONS}/{first}/expire").status_code
    shop.clock.now += DAY
    assert "expired" == shop.shown(f"{SESSIONS}/{second}")["status"]
    assert ["checkout.session.expired"] * 2 == shop.told()
    with pytest.raises(ValueError, match="not open"):
        shop.billing.finish(second, "paid")


def test_a_bank_debit_leaves_a_complete_session_unpaid_until_it_arrives(shop: Shop) -> None:
    arrives, bounces = (shop.paid("payment", "debited") for _ in "12")
    before = shop.shown(f"{SESSIONS}/{arrives}", **{"expand[]": "payment_intent"})
    assert ("complete", "unpaid") == (before["status"], before["payment_status"])
    assert "processing" == before["payment_intent"]["status"]
    shop.billing.act(arrives, "arrive")
    shop.billing.act(bounces, "bounce")
    ends = [
        shop.shown(f"{SESSIONS}/{one}", **{"expand[]": "payment_intent"})
        for one in (arrives, bounces)
    ]
    assert [("paid", "succeeded"), ("unpaid", "requires_payment_method")] == [
        (one["payment_status"], one["payment_intent"]["status"]) for one in ends
    ]
    assert ["checkout.session.completed"] * 2 + [
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    ] == shop.told()


def test_the_page_takes_payments_and_leads_back(shop: Shop) -> None:
    session = shop.session(shop.begun(cancel_url="https://market.example/no"))
    path = session.url.removeprefix(shop.stripe.base_url)
    page = shop.web.get(path)
    assert b"https://market.example/no" in page.data
    declined = shop.web.post("/c/pay", data={"session": session.id, "outcome": "declined"})
    assert (200, "open") == (declined.status_code, session.status)
    bogus = shop.web.post("/c/pay", data={"session": session.id, "outcome": "saved"})
    assert (400, "open") == (bogus.status_code, session.status)
    paid = shop.web.post("/c/pay", data={"session": session.id, "outcome": "paid"})
    back = f"https://market.example/back?session={session.id}"
    assert (302, back) == (paid.status_code, paid.location)
    assert back == shop.web.get(path).location


def test_the_page_of_a_session_that_is_over_or_unknown_sells_nothing(shop: Shop) -> None:
    gone = shop.paid(outcome="expired")
    for session_id in (gone, "cs_test_unknown"):
        assert 404 == shop.web.get(f"/c/pay?session={session_id}").status_code


# A subscription, as time passes


def test_a_renewal_is_a_draft_for_an_hour_and_then_paid(shop: Shop) -> None:
    one = shop.subscribed()
    shop.told()
    first = shop.subscription(one)
    (item,) = first["items"]["data"]
    shop.clock.now = item["current_period_end"]
    draft = shop.subscription(one)
    (renewed,) = draft["items"]["data"]
    assert item["current_period_end"] == renewed["current_period_start"]
    assert ("active", "draft") == (draft["status"], draft["latest_invoice"]["status"])
    assert ["customer.subscription.updated"] == shop.told()
    shop.clock.now += HOUR
    paid = shop.subscription(one)
    assert ("active", "paid") == (paid["status"], paid["latest_invoice"]["status"])
    assert first["latest_invoice"]["id"] != paid["latest_invoice"]["id"]
    assert ["invoice.paid"] == shop.told()


@pytest.mark.parametrize(
    ("after_retries", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due",) * 2]
)
def test_a_payment_that_fails_is_tried_again_until_the_operators_choice(
    shop: Shop, after_retries: Any, status: str
) -> None:
    shop.billing.life.after_retries = after_retries
    one = shop.subscribed()
    shop.billing.act(one, "fail")
    shop.billing.end_period(one)
    failed = shop.subscription(one)
    assert ("past_due", "open", 1) == (
        failed["status"],
        failed["latest_invoice"]["status"],
        failed["latest_invoice"]["attempt_count"],
    )
    assert None is not failed["latest_invoice"]["next_payment_attempt"]
    for days in (3, 5, 7):
        shop.billing.advance(days * DAY)
    last = shop.subscription(one)
    assert (status, 4) == (last["status"], last["latest_invoice"]["attempt_count"])
    assert None is last["latest_invoice"]["next_payment_attempt"]


@pytest.mark.parametrize("days", [0, 15])
def test_another_card_makes_a_subscription_active_again(shop: Shop, days: int) -> None:
    shop.billing.life.after_retries = "unpaid"
    one = shop.subscribed()
    shop.billing.act(one, "fail")
    shop.billing.end_period(one)
    shop.billing.advance(days * DAY)
    assert ("unpaid" if days else "past_due") == shop.subscription(one)["status"]
    shop.billing.act(one, "recover")
    recovered = shop.subscription(one)
    assert ("active", "paid") == (recovered["status"], recovered["latest_invoice"]["status"])


def test_a_trial_ends_with_a_first_payment(shop: Shop) -> None:
    session = shop.session(shop.paid(**{"subscription_data[trial_period_days]": "7"}))
    assert "no_payment_required" == session.payment_status
    one = shop.subscription(session.subscription or "")
    assert ("trialing", 0) == (one["status"], one["latest_invoice"]["amount_due"])
    assert one["trial_end"] == one["items"]["data"][0]["current_period_end"] == NOW + 7 * DAY
    shop.clock.now += 7 * DAY + HOUR
    after = shop.subscription(one["id"])
    assert ("active", MEMBERSHIP.amount) == (
        after["status"],
        after["latest_invoice"]["amount_paid"],
    )


def test_what_is_to_end_with_its_period_ends_then_unless_it_is_taken_back(shop: Shop) -> None:
    ends, stays = shop.subscribed(), shop.subscribed()
    for one in (ends, stays):
        shop.billing.act(one, "cancel-at-period-end")
        planned = shop.subscription(one)
        end = planned["items"]["data"][0]["current_period_end"]
        assert ("active", True, end) == (
            planned["status"],
            planned["cancel_at_period_end"],
            planned["cancel_at"],
        )
    shop.billing.act(stays, "resume")
    shop.told()
    shop.clock.now = end + HOUR
    statuses = [shop.subscription(one)["status"] for one in (ends, stays)]
    assert ["canceled", "active"] == statuses
    assert "customer.subscription.deleted" in shop.told()
    with pytest.raises(ValueError, match="lives"):
        shop.billing.act(ends, "resume")


def test_a_paused_subscription_is_not_billed(shop: Shop) -> None:
    one = shop.subscribed()
    shop.billing.act(one, "pause")
    shop.billing.advance(60 * DAY)
    assert "paused" == shop.subscription(one)["status"]
    assert 1 == len(shop.shown("/v1/invoice_payments")["data"])
    shop.billing.act(one, "resume")
    assert "active" == shop.subscription(one)["status"]


def test_a_pause_of_collection_leaves_the_status_alone_and_voids_invoices(shop: Shop) -> None:
    one = shop.subscribed()
    shop.billing.act(one, "pause-collection")
    shop.billing.end_period(one)
    shown = shop.subscription(one)
    assert ("active", "void") == (shown["status"], shown["latest_invoice"]["status"])
    assert {"behavior": "void", "resumes_at": None} == shown["pause_collection"]


# What takes a payment back


def test_a_refund_is_seen_at_the_charge_and_a_half_one_does_not_say_refunded(shop: Shop) -> None:
    session = shop.paid("payment")
    expand = {"expand[]": "payment_intent.latest_charge"}

    def charge() -> tuple[bool, int]:
        found = shop.shown(f"{SESSIONS}/{session}", **expand)["payment_intent"]["latest_charge"]
        return found["refunded"], found["amount_refunded"]

    shop.billing.act(session, "refund-half")
    assert (False, LEAD_FEE.amount // 2) == charge()
    shop.billing.act(session, "refund")
    assert (True, LEAD_FEE.amount) == charge()
    assert "paid" == shop.shown(f"{SESSIONS}/{session}")["payment_status"]


def test_a_disputed_charge_says_so_even_when_the_dispute_is_won(shop: Shop) -> None:
    one = shop.subscribed()
    shop.billing.act(one, "dispute")
    shop.billing.act(one, "win-dispute")
    (charge,) = shop.billing.records.of(Charge)
    assert charge.shown()["disputed"]
    (dispute,) = shop.shown("/v1/disputes", payment_intent=charge.payment.id)["data"]
    assert ("won", "active") == (dispute["status"], shop.subscription(one)["status"])


# The customer portal


def test_the_portal_cancels_and_takes_that_back(shop: Shop) -> None:
    one = shop.member()
    form = {"customer": one.customer.id, "return_url": "https://market.example/plan"}
    url = shop.send("POST", PORTAL, form).get_json()["url"]
    key = url.rpartition("=")[2]
    page = shop.web.get(f"/p/session?key={key}")
    assert b"https://market.example/plan" in page.data
    for word, ends in (("cancel-at-period-end", True), ("resume", False)):
        shop.web.post("/p/session", data={"key": key, "choice": f"{one.id} {word}"})
        assert ends is one.cancel_at_period_end
    shop.web.post("/p/session", data={"key": key, "choice": f"{one.id} refund"})
    shop.web.post("/p/session", data={"key": key, "choice": f"{one.id} cancel"})
    assert "canceled" == one.status
    assert 0 == shop.billing.records.of(Charge)[0].amount_refunded


def test_a_link_to_the_portal_that_nobody_follows_ends_soon(shop: Shop) -> None:
    one = shop.member()
    url = shop.send("POST", PORTAL, {"customer": one.customer.id}).get_json()["url"]
    shop.clock.now += 5 * 60
    assert 404 == shop.web.get(url.removeprefix(shop.stripe.base_url)).status_code


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"customer": "cus_unknown"}, 404),
        ({"customer": "cus_1", "return_url": "market.example"}, 400),
        ({"customer": "cus_1", "configuration": "bpc_unknown"}, 400),
        ({"customer": "cus_1", "bogus": "1"}, 400),
    ],
)
def test_a_portal_session_that_is_not_documented_is_refused(
    shop: Shop, form: dict[str, str], status: int
) -> None:
    assert status == shop.send("POST", PORTAL, form).status_code


def test_there_is_no_portal_before_it_is_set_up(shop: Shop) -> None:
    shop.billing.portal_is_configured = False
    one = shop.member()
    assert 400 == shop.send("POST", PORTAL, {"customer": one.customer.id}).status_code


# What is told


def test_a_thin_event_names_its_object_and_nobody(shop: Shop) -> None:
    email = {"customer_email": "specimena@market.example", "metadata[reference]": "r" * 99}
    session = shop.paid(**email)
    for notice in shop.billing.told:
        body = notice.body("thin")
        assert b"specimena" not in body
        assert b"rrr" not in body
        event = json.loads(body)
        assert f"v1.{notice.kind}" == event["type"]
    assert (session, "checkout.session") == (
        event["related_object"]["id"],
        event["related_object"]["type"],
    )


def test_an_event_holds_its_object_as_it_was(shop: Shop) -> None:
    one = shop.subscribed()
    shop.billing.act(one, "cancel")
    created, deleted = (
        next(notice.shown for notice in shop.billing.told if notice.kind == kind)
        for kind in ("customer.subscription.created", "customer.subscription.deleted")
    )
    assert ("active", "canceled") == (created["status"], deleted["status"])


# What the demo does


def demo(shop: Shop) -> FlaskClient:
    """Return a client of the routes that the demo page has."""
    app, control = Flask(__name__), Blueprint("control", __name__)
    add_billing(control, shop.stripe)
    app.register_blueprint(control)
    return app.test_client()


def test_the_demo_sells_lets_time_pass_and_ends_things(shop: Shop) -> None:
    client = demo(shop)
    session = shop.begun()
    assert 200 == client.post(f"/billing/{session}/paid", json={}).status_code
    month = 31 * DAY + HOUR
    assert 200 == client.post("/billing/advance", json={"seconds": month}).status_code
    assert 2 == len(shop.shown("/v1/invoice_payments")["data"])
    assert 200 == client.post(f"/billing/{session}/cancel", json={}).status_code
    told = client.get("/billing").get_json()
    assert ("complete", "canceled") == (
        told["sessions"][0]["status"],
        told["subscriptions"][0]["status"],
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("unknown/paid", 404),
        ("@/paid", 400),
        ("@/bogus", 400),
        ("advance", 400),
    ],
)
def test_what_the_demo_cannot_do_is_refused(shop: Shop, path: str, status: int) -> None:
    path = path.replace("@", shop.paid("payment"))
    answer = demo(shop).post(f"/billing/{path}", json={"seconds": -1})
    assert status == answer.status_code
