"""What is Stripe's own on the trip of payments: a membership's years, bells, others' sales."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests

from integrations.stripe import STRIPE
from sandbox.stripe import Stripe
from sandbox.stripe.endpoints import new_secret
from tests.flows.steps import logged, private_data
from tests.integrations.stripe.guest import GUEST
from tests.integrations.stripe.selling import FORMS
from tests.kit.clock import FastClock
from tests.kit.world import KitWorld, started_worlds
from tests.world import Browser

HOUR, DAY = 60 * 60, 24 * 60 * 60
MEMBERSHIP, FEE = "/api/billing/membership", "/api/billing/lead-fee"


@pytest.fixture
def worlds() -> Iterator[Any]:
    """Return a function that starts worlds with Stripe beside the app."""
    yield from started_worlds(with_stripe)


def with_stripe(**options: Any) -> KitWorld:
    """Return a world with Stripe, by a clock that a test moves."""
    return KitWorld(INTEGRATIONS=STRIPE.name, guests=(GUEST,), clock=FastClock(), **options)


@pytest.fixture
def operated(worlds: Any) -> KitWorld:
    """Return a world with the Integration API."""
    world: KitWorld = worlds(integration_api=True)
    return world


def account(world: KitWorld) -> Stripe:
    """Return Stripe, simulated."""
    found: Stripe = world.vendors[STRIPE.name]
    return found


def bought(world: KitWorld, path: str = MEMBERSHIP, *, told: bool = True) -> str:
    """Begin a session and pay; return its id."""
    begun = world.browser().call("POST", path).json()
    stripe = account(world)
    stripe.callbacks = "send" if told else "lose"
    stripe.finish(begun["transactionReference"], "paid")
    reference: str = begun["transactionReference"]
    return reference


def standing(browser: Browser, path: str = MEMBERSHIP, query: str = "") -> dict[str, Any]:
    """Return what is told of a plan."""
    answer = browser.call("GET", path + query)
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    return told


def recorded(world: KitWorld, plan: str = "membership") -> dict[str, Any]:
    """Return what private data holds of a plan."""
    record: dict[str, Any] = world.user.private_data[f"billing_{plan}"]
    assert world.checksum_holds(key=f"billing_{plan}")
    return record


def pass_time(world: KitWorld, seconds: float) -> list[int | None]:
    """Let time pass for everybody; return what answered the events of it."""
    stripe = account(world)
    assert isinstance(stripe.clock, FastClock)
    stripe.clock.ahead += seconds
    return stripe.billing.run()


def test_a_membership_is_followed_through_its_years_while_the_user_is_away(
    operated: KitWorld,
) -> None:
    session_id = bought(operated)
    act = account(operated).billing.act
    statuses = []
    for action in ("end-period", "lapse", "recover", "cancel-at-period-end", "end-period"):
        assert {200} == set(act(session_id, action))
        statuses.append((recorded(operated)["status"], "endsAt" in recorded(operated)))
    assert [
        ("active", False),
        ("past_due", False),
        ("active", False),
        ("active", True),
        ("cancelled", False),
    ] == statuses
    assert not standing(operated.browser())["entitled"]


def test_the_lease_ends_by_the_clock_where_nobody_can_write(worlds: Any) -> None:
    world = worlds(integration_api=False)
    session_id = bought(world)
    stripe, browser = account(world), world.browser()
    stripe.billing.act(session_id, "cancel")
    stripe.calls.clear()
    assert standing(browser)["entitled"]
    assert [] == stripe.calls
    pass_time(world, 32 * DAY)
    after = standing(browser)
    assert ("cancelled", False) == (after["status"], after["entitled"])


def test_a_renewal_is_not_waited_for_while_its_invoice_is_a_draft(worlds: Any) -> None:
    world = worlds(integration_api=False)
    bought(world)
    stripe, browser = account(world), world.browser()
    stripe.callbacks = "lose"
    (one,) = stripe.billing.subscriptions.values()
    pass_time(world, one.period_end - stripe.clock() + 60)
    assert (True, int(one.period_start) + HOUR) == lease(browser)
    pass_time(world, HOUR)
    assert (True, int(one.period_end)) == lease(browser)


def lease(browser: Browser) -> tuple[bool, float]:
    """Return whether a user is entitled, and until when (unix seconds)."""
    told = standing(browser)
    return told["entitled"], datetime.fromisoformat(told["paidUntil"]).timestamp()


def test_of_the_events_of_one_start_in_any_order_one_is_written(operated: KitWorld) -> None:
    stripe = account(operated)
    chance = random.Random(20261130)  # noqa: S311 - a fixed seed, so that a failure comes back
    for _ in range(4):
        operated.start_afresh()
        session_id = bought(operated, told=False)
        told = [notice for notice in stripe.billing.told for _ in "12"]
        chance.shuffle(told)
        for notice in told:
            assert 200 == stripe.tell_of(notice, stripe.endpoint)
        record = recorded(operated)
        assert ("active", record["subscriptionId"]) == (
            record["status"],
            record["transactionReference"],
        )
        names = [
            value.get("sessionReference")
            for key, value in operated.user.private_data.items()
            if key.startswith("billing_membership-")
        ]
        assert [session_id] == names


def test_a_refund_of_a_renewal_rings_by_a_payment_that_names_nobody(operated: KitWorld) -> None:
    session_id = bought(operated)
    act = account(operated).billing.act
    act(session_id, "end-period")
    assert [200] == act(session_id, "refund")
    record = recorded(operated)
    assert ("paused", "refunded") == (record["status"], record["reason"]["code"])
    assert {200} == set(act(session_id, "end-period"))
    assert "active" == recorded(operated)["status"]


@pytest.mark.parametrize("end", ["win-dispute", "lose-dispute"])
def test_a_disputed_payment_counts_again_once_the_dispute_is_won(
    operated: KitWorld, end: str
) -> None:
    session_id = bought(operated, FEE)
    act = account(operated).billing.act
    assert [200] == act(session_id, "dispute")
    assert "failed" == recorded(operated, "lead-fee")["status"]
    assert [200] == act(session_id, end)
    assert ("paid" if end == "win-dispute" else "failed") == recorded(operated, "lead-fee")[
        "status"
    ]


def test_thin_events_are_enough(worlds: Any) -> None:
    secret = new_secret()
    world = worlds(integration_api=True, STRIPE_WEBHOOK_SECRETS=f"whsec_other,{secret}")
    stripe = account(world)
    stripe.thin_endpoint.signing_secrets = [secret]
    stripe.endpoint.is_on, stripe.thin_endpoint.is_on = False, True
    for path, plan, end in (
        (MEMBERSHIP, "membership", "cancelled"),
        (FEE, "lead-fee", "failed"),
    ):
        session_id = bought(world, path)
        assert recorded(world, plan)["status"] in ("active", "paid")
        action = "cancel" if plan == "membership" else "refund"
        assert {200} == set(stripe.billing.act(session_id, action))
        assert end == recorded(world, plan)["status"]
    assert {200} == {status for _, status in stripe.answers}


def test_what_others_sell_at_the_same_account_changes_nothing(operated: KitWorld) -> None:
    stripe = account(operated)
    stripe.thin_endpoint.signing_secrets = list(stripe.endpoint.signing_secrets)
    stripe.thin_endpoint.is_on = True
    before = private_data(operated)
    for mode, action in (("payment", "refund"), ("subscription", "refund"), ("setup", "")):
        answer = requests.post(
            f"{stripe.base_url}/v1/checkout/sessions",
            data=FORMS[mode],
            headers={"Authorization": f"Bearer {stripe.api_key}"},
            timeout=30,
        )
        session_id = answer.json()["id"]
        stripe.finish(session_id, "saved" if mode == "setup" else "paid")
        if action:
            stripe.billing.act(session_id, action)
    assert {200} == {status for _, status in stripe.answers}
    assert len(stripe.answers) >= 12
    assert before == private_data(operated)
    assert [] == operated.sharetribe.calls


def test_an_event_of_the_other_mode_changes_nothing_and_is_logged(operated: KitWorld) -> None:
    bought(operated, told=False)
    stripe = account(operated)
    before = private_data(operated)
    with logged() as lines:
        for notice in stripe.billing.told:
            notice.shown["livemode"] = True
            assert 200 == stripe.tell_of(notice, stripe.endpoint)
    assert before == private_data(operated)
    assert 3 == sum("event=callback-of-other-mode" in line for line in lines)


def test_one_account_checks_and_bills_at_one_address(operated: KitWorld) -> None:
    stripe, browser = account(operated), operated.browser()
    session_id = browser.start().json()["transactionReference"]
    bought(operated)
    assert [200] == stripe.finish(session_id, "verified")
    assert "approved" == browser.read().json()["status"]
    assert "active" == recorded(operated)["status"]


def test_the_portal_settles_what_goes_on(operated: KitWorld) -> None:
    bought(operated)
    stripe, browser = account(operated), operated.browser()
    body = {"returnUrl": f"{operated.settings['MARKETPLACE_ORIGINS']}/account"}
    answer = browser.call("POST", f"{MEMBERSHIP}/portal", json_body=body)
    key = answer.json()["redirectUrl"].rpartition("=")[2]
    (one,) = stripe.billing.subscriptions.values()
    with requests.Session() as portal:
        portal.trust_env = False
        choice = {"key": key, "choice": f"{one.id} cancel-at-period-end"}
        page = portal.post(f"{stripe.base_url}/p/session", data=choice, timeout=30)
    assert body["returnUrl"] in page.text
    assert stripe.wait_for_callbacks(30)
    assert "endsAt" in recorded(operated)
    assert "endsAt" in standing(browser)
