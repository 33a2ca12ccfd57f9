"""The official SDKs as judges of the simulated billing: they drive it, and read what it signs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe as sdk

from sandbox.server import Server
from sandbox.stripe import Stripe
from sandbox.stripe.api import new_key
from sandbox.stripe.catalog import LEAD_FEE, MEMBERSHIP, TRIED
from sandbox.stripe.endpoints import Endpoint, signed
from sandbox.stripe.payments import Charge
from tests import node_packages
from tests.integrations.stripe.sdk_shapes import flaws
from tests.integrations.stripe.selling import Shop

DAY = 24 * 60 * 60
SDK = Path(__file__).parent / "sdk"


@pytest.fixture
def vendor() -> Iterator[Stripe]:
    """Return the simulator, served."""
    vendor = Stripe()
    with Server(vendor.app) as server:
        vendor.base_url = server.url
        yield vendor
    vendor.close()


@pytest.fixture
def client(vendor: Stripe) -> sdk.StripeClient:
    """Return the Python SDK's client of the simulator."""
    return sdk.StripeClient(
        vendor.api_key, base_addresses={"api": vendor.base_url}, max_network_retries=0
    )


def begun(client: sdk.StripeClient, key: str = "one") -> sdk.checkout.Session:
    """Return a session that sells a membership."""
    return client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": MEMBERSHIP.id, "quantity": 1}],
            "success_url": "https://market.example/back",
            "cancel_url": "https://market.example/no",
            "client_reference_id": "somebody",
            "customer_email": "specimena@market.example",
            "metadata": {"reference": "r" * 99},
            "subscription_data": {"metadata": {"echoseal_user": "u"}},
        },
        {"idempotency_key": key},
    )


# What it answers


def test_the_sdk_sells_a_membership(vendor: Stripe, client: sdk.StripeClient) -> None:
    session = begun(client)
    assert ("open", "unpaid", 66) == (session.status, session.payment_status, len(session.id))
    assert DAY == session.expires_at - session.created
    vendor.billing.finish(session.id, "paid")
    found = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["subscription.latest_invoice"]}
    )
    subscription = found.subscription
    assert isinstance(subscription, sdk.Subscription)
    assert isinstance(subscription.latest_invoice, sdk.Invoice)
    assert ("complete", "paid", "active", "paid") == (
        found.status,
        found.payment_status,
        subscription.status,
        subscription.latest_invoice.status,
    )
    assert {"echoseal_user": "u"} == subscription.metadata.to_dict()
    assert 27 * DAY < subscription["items"].data[0].current_period_end - time.time() < 32 * DAY


def test_the_same_key_sells_once(client: sdk.StripeClient) -> None:
    assert begun(client).id == begun(client).id != begun(client, "two").id


def test_the_sdk_finds_the_payment_of_an_invoice_and_gives_it_back(
    vendor: Stripe, client: sdk.StripeClient
) -> None:
    session = begun(client)
    vendor.billing.finish(session.id, "paid")
    invoice = vendor.billing.sessions[session.id].invoice or ""

    def charge() -> Any:
        listed = client.v1.invoice_payments.list(
            {"invoice": invoice, "expand": ["data.payment.payment_intent.latest_charge"]}
        )
        intent: Any = listed.data[0].payment.payment_intent
        return intent.latest_charge

    assert not charge().refunded
    client.v1.refunds.create({"charge": charge().id, "amount": 100})
    assert (False, 100) == (charge().refunded, charge().amount_refunded)
    client.v1.refunds.create({"payment_intent": charge().payment_intent})
    assert charge().refunded


def test_the_sdk_cancels_a_subscription(vendor: Stripe, client: sdk.StripeClient) -> None:
    session = begun(client)
    vendor.billing.finish(session.id, "paid")
    one = vendor.billing.sessions[session.id].subscription or ""
    planned = client.v1.subscriptions.update(one, {"cancel_at_period_end": True})
    assert planned.cancel_at == planned["items"].data[0].current_period_end
    assert "canceled" == client.v1.subscriptions.cancel(one).status
    with pytest.raises(sdk.InvalidRequestError):
        client.v1.subscriptions.update(one, {"cancel_at_period_end": False})


def test_the_sdk_opens_the_customer_portal(vendor: Stripe, client: sdk.StripeClient) -> None:
    session = begun(client)
    vendor.billing.finish(session.id, "paid")
    customer = vendor.billing.sessions[session.id].customer or ""
    opened = client.v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": "https://market.example/"}
    )
    assert [] == flaws(opened.to_dict())
    assert opened.url.startswith(f"{vendor.base_url}/p/session?key=")


def test_every_object_has_the_fields_that_the_sdks_types_have() -> None:
    shop = Shop()
    sold = shop.paid("payment", customer_creation="always", locale="fi")
    shop.billing.act(sold, "dispute")
    shop.billing.act(sold, "lose-dispute")
    shop.billing.act(sold, "refund-half")
    shop.paid("payment", "debited")
    shop.paid("setup", "saved")
    shop.subscribed("trial")
    late = shop.subscribed()
    shop.billing.act(late, "fail")
    shop.billing.end_period(late)
    shop.billing.act(late, "cancel-at-period-end")
    shop.begun("payment", customer_email="specimena@market.example")
    shown = [one.shown() for one in shop.billing.records]
    kinds = {one["object"] for one in shown}
    assert {"checkout.session", "charge", "dispute", "invoice", "subscription"} < kinds
    assert [] == [flaw for one in shown for flaw in flaws(one)]
    payments = shop.shown("/v1/invoice_payments")["data"]
    assert [] == [flaw for one in payments for flaw in flaws(one)]


def test_a_field_that_is_unknown_missing_or_wrong_would_be_seen() -> None:
    shop = Shop()
    shown = shop.subscription(shop.subscribed())
    shown["current_period_end"] = 1
    shown["status"] = "excellent"
    shown["cancel_at"] = "tomorrow"
    del shown["start_date"]
    del shown["items"]["data"][0]["current_period_end"]
    shown["latest_invoice"]["status_transitions"]["paid_at"] = True
    assert 6 == len(flaws(shown))


# What it signs


def events(vendor: Stripe, client: sdk.StripeClient) -> list[tuple[str, str, Endpoint, bytes, str]]:
    """Return type, object's id, endpoint, body and signature of what is told of a membership."""
    session = begun(client)
    vendor.billing.finish(session.id, "paid")
    vendor.endpoint.roll()
    return [
        (notice.kind, notice.shown["id"], endpoint, body, value)
        for notice in vendor.billing.told
        for endpoint in (vendor.endpoint, vendor.thin_endpoint)
        for body in [notice.body(endpoint.form)]
        for _, value in signed(body, time.time(), *endpoint.signing_secrets)
    ]


def test_the_sdk_accepts_events_in_both_forms_and_with_each_secret_while_one_is_rolled(
    vendor: Stripe, client: sdk.StripeClient
) -> None:
    told = events(vendor, client)
    assert 6 == len(told)
    for kind, object_id, endpoint, body, signature in told:
        for secret in endpoint.signing_secrets:
            if endpoint.form == "snapshot":
                event = sdk.Webhook.construct_event(body, signature, secret)
                assert (kind, object_id) == (event.type, event.data.object["id"])
            else:
                notified: Any = client.parse_event_notification(body, signature, secret)
                assert (f"v1.{kind}", object_id) == (notified.type, notified.related_object.id)


def test_the_sdk_finds_the_object_of_a_thin_event(vendor: Stripe, client: sdk.StripeClient) -> None:
    for _, object_id, endpoint, body, signature in events(vendor, client):
        if endpoint.form == "thin":
            notified: Any = client.parse_event_notification(body, signature, endpoint.secret)
            assert object_id == notified.fetch_related_object().id


@pytest.mark.node
def test_the_sdk_for_node_sells_retrieves_and_reads_events(
    vendor: Stripe, client: sdk.StripeClient
) -> None:
    node_packages.install(SDK)
    told = events(vendor, client)
    forged = (*told[0][:4], told[0][4].replace("v1=", "v1=0"))
    create = {
        "mode": "payment",
        "line_items": [{"price": LEAD_FEE.id, "quantity": 2}],
        "success_url": "https://market.example/back",
        "payment_intent_data": {"metadata": {"echoseal_user": "u"}},
    }
    session = next(iter(vendor.billing.sessions))
    (charge,) = vendor.billing.records.of(Charge)
    calls: list[list[Any]] = [
        ["checkout.sessions.create", create],
        ["checkout.sessions.retrieve", session, {"expand": ["subscription.latest_invoice"]}],
        ["subscriptions.retrieve", {"result": 1, "path": "subscription.id"}],
        ["refunds.create", {"charge": charge.id}],
        ["charges.retrieve", charge.id],
        ["checkout.sessions.create", {**create, "bogus": 1}],
    ]
    printed = node_packages.run(
        SDK / "drive.cjs",
        input_json={
            "key": vendor.api_key,
            "url": vendor.base_url,
            "calls": calls,
            "events": [
                {
                    "body": body.decode(),
                    "signature": signature,
                    "secret": endpoint.secret,
                    "thin": endpoint.form == "thin",
                }
                for _, _, endpoint, body, signature in (*told, forged)
            ],
        },
    )
    made, retrieved, subscription, refund, charged, refused = printed["results"]
    assert ("open", 2 * LEAD_FEE.amount) == (made["status"], made["amount_total"])
    assert "paid" == retrieved["subscription"]["latest_invoice"]["status"]
    assert retrieved["subscription"]["id"] == subscription["id"]
    assert ("succeeded", True) == (refund["status"], charged["refunded"])
    assert {"type": "StripeInvalidRequestError", "status": 400} == refused["error"]
    *read, refusal = printed["events"]
    assert [f"v1.{kind}" if end.form == "thin" else kind for kind, _, end, _, _ in told] == [
        one["type"] for one in read
    ]
    assert "StripeSignatureVerificationError" == refusal["error"]["type"]


# What is only looked at


def test_the_sdk_reads_a_price(client: sdk.StripeClient) -> None:
    price = client.v1.prices.retrieve(MEMBERSHIP.id)
    assert ("recurring", True, False) == (price.type, price.active, price.livemode)


def test_a_price_of_the_other_mode_is_told(vendor: Stripe) -> None:
    live = sdk.StripeClient(
        vendor.live_key, base_addresses={"api": vendor.base_url}, max_network_retries=0
    )
    with pytest.raises(sdk.InvalidRequestError, match="exists in test mode") as refused:
        live.v1.prices.retrieve(TRIED.id)
    assert (404, "resource_missing") == (refused.value.http_status, refused.value.code)


def test_what_a_key_has_no_permission_for_is_a_permission_error(vendor: Stripe) -> None:
    key = new_key(is_restricted=True, lacks=("/v1/prices",))
    vendor.keys = (*vendor.keys, key)
    restricted = sdk.StripeClient(
        key.secret, base_addresses={"api": vendor.base_url}, max_network_retries=0
    )
    with pytest.raises(sdk.PermissionError):
        restricted.v1.prices.retrieve(MEMBERSHIP.id)


def test_sessions_are_listed_from_a_time_on(client: sdk.StripeClient) -> None:
    session = begun(client)
    listed = client.v1.checkout.sessions.list({"created": {"gte": session.created}})
    later = client.v1.checkout.sessions.list({"limit": 1, "created": {"gte": 4102444800}})
    assert ([session.id], []) == ([one.id for one in listed.data], later.data)
