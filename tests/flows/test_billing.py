"""Billing: payments that are over, and subscriptions that go on for years after their start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from sandbox.sharetribe import User
from tests.conftest import StartWorld
from tests.flows.problems import assert_problem
from tests.flows.steps import log_fields, logged, private_data
from tests.kit.clock import FastClock
from tests.kit.tollgate.simulator import MONTH_SECONDS, Order
from tests.kit.trips import MovedWorld
from tests.kit.world import KitWorld
from tests.world import Browser

MEMBERSHIP, LEAD_FEE, CARD = (
    f"/api/billing/{plan}" for plan in ("membership", "lead-fee", "card-on-file")
)
DAY = 24 * 60 * 60


@pytest.fixture(scope="module", params=[True, False], ids=["integration", "sessions"])
def worlds(request: pytest.FixtureRequest) -> Iterator[MovedWorld]:
    """Return a world with Tollgate, with and without the Integration API."""
    world = MovedWorld(INTEGRATIONS="tollgate", integration_api=request.param)
    yield world
    world.close()


@pytest.fixture
def each(worlds: MovedWorld) -> MovedWorld:
    """Return it, calm."""
    worlds.start_afresh()
    return worlds


@pytest.fixture
def operated(start_world: Any) -> MovedWorld:
    """Return a world with the Integration API."""
    world: MovedWorld = start_world(
        INTEGRATIONS="tollgate", integration_api=True, clock=FastClock()
    )
    return world


def has_operator(world: KitWorld) -> bool:
    return "SHARETRIBE_INTEGRATION_CLIENT_ID" in world.settings


def begun(world: KitWorld, path: str = MEMBERSHIP, user: User | None = None) -> Order:
    """Begin a plan, and return the order at the vendor."""
    answer = world.browser(user).call("POST", path)
    assert 201 == answer.status_code, answer.text
    return world.tollgate.transactions[answer.json()["transactionReference"]]


def told(browser: Browser, path: str = MEMBERSHIP) -> tuple[str, bool]:
    """Return how a plan stands, and whether it entitles."""
    answer = browser.call("GET", path)
    assert 200 == answer.status_code, answer.text
    return answer.json()["status"], answer.json()["entitled"]


# Payments, and cards to keep


@pytest.mark.parametrize(
    ("path", "word", "expected"),
    [
        (LEAD_FEE, "paid", ("paid", True)),
        (LEAD_FEE, "failed", ("failed", False)),
        (LEAD_FEE, "lapsed", ("expired", False)),
        (LEAD_FEE, "refunded", ("failed", False)),
        (CARD, "kept", ("saved", True)),
    ],
)
def test_an_order_ends_in_our_words(
    each: MovedWorld, path: str, word: str, expected: tuple[str, bool]
) -> None:
    assert [200] == each.tollgate.finish(begun(each, path).id, word)
    assert expected[0] == each.user.private_data[f"billing_{path.rpartition('/')[2]}"]["status"]
    assert expected == told(each.browser(), path)


def test_a_payment_that_is_under_way_for_days_is_not_begun_again(each: MovedWorld) -> None:
    order, browser = begun(each, LEAD_FEE), each.browser()
    each.tollgate.finish(order.id, "in-flight")
    each.clock.ahead = 3 * DAY
    for body in (None, {"restart": True}):
        again = browser.call("POST", LEAD_FEE, json_body=body)
        assert (200, "in-flight") == (again.status_code, again.json()["reason"]["code"])
        assert "redirectUrl" not in again.json()
    assert [order.id] == list(each.tollgate.transactions)
    each.tollgate.finish(order.id, "paid", told=False)
    assert ("paid", True) == told(browser, LEAD_FEE)


def test_who_does_not_finish_a_second_payment_has_paid_the_first(each: MovedWorld) -> None:
    browser = each.browser()
    each.tollgate.finish(begun(each, LEAD_FEE).id, "paid")
    assert {"status": "paid"} == browser.call("POST", LEAD_FEE).json()
    again = browser.call("POST", LEAD_FEE, json_body={"restart": True})
    assert 201 == again.status_code
    assert ("paid", True) == told(browser, LEAD_FEE)
    each.tollgate.finish(again.json()["transactionReference"], "lapsed")
    assert ("paid", True) == told(browser, LEAD_FEE)


def test_what_is_paid_back_entitles_no_longer(each: MovedWorld) -> None:
    order = begun(each, LEAD_FEE)
    each.tollgate.finish(order.id, "paid")
    each.tollgate.finish(order.id, "refunded", told=False)
    assert ("paid", True) == told(each.browser(), LEAD_FEE)
    assert ("failed", False) == told(each.browser(), f"{LEAD_FEE}?fresh=true")


@pytest.mark.parametrize("restart", [False, True])
def test_while_a_payment_cannot_be_asked_about_none_is_begun_beside_it(
    each: MovedWorld, *, restart: bool
) -> None:
    order, browser = begun(each, LEAD_FEE), each.browser()
    each.tollgate.finish(order.id, "in-flight")
    each.clock.ahead = 3 * DAY
    each.tollgate.faults.only_paths = frozenset({"/things/"})
    each.tollgate.faults.mode = "error"
    again = browser.call("POST", LEAD_FEE, json_body={"restart": restart})
    assert_problem(again, 503, "vendor-unavailable")
    assert [order.id] == list(each.tollgate.transactions)


def test_who_has_just_paid_and_wants_another_session_is_asked_about_the_first(
    each: MovedWorld,
) -> None:
    order = begun(each)
    each.tollgate.change(order.id, told=False)
    each.clock.ahead = 12
    again = each.browser().call("POST", MEMBERSHIP, json_body={"restart": True})
    assert 200 == again.status_code
    assert "/door/" in again.json()["redirectUrl"]
    assert [order.id] == list(each.tollgate.transactions)


# Subscriptions


def test_the_record_moves_from_the_order_to_the_contract(each: MovedWorld) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    assert order.contract is not None
    keys = [key for key in each.user.private_data if key.startswith("billing_membership-")]
    record = each.user.private_data["billing_membership"]
    assert (1, order.contract.id) == (len(keys), record["transactionReference"])
    assert (order.customer, "subscription") == (record["customerId"], record["mode"])
    assert each.checksum_holds(key="billing_membership")
    assert ("active", True) == told(each.browser())


def test_an_order_that_is_written_late_changes_nothing(each: MovedWorld) -> None:
    order = begun(each)
    late = {key: dict(value) for key, value in each.user.private_data.items() if "-" in key}
    each.tollgate.change(order.id)
    each.user.private_data.update(late)
    each.tollgate.calls.clear()
    assert ("active", True) == told(each.browser())
    assert [] == each.tollgate.calls


def test_a_second_checkout_of_what_goes_on_is_not_begun(each: MovedWorld) -> None:
    order, browser = begun(each), each.browser()
    each.tollgate.change(order.id)
    assert {"status": "active"} == browser.call("POST", MEMBERSHIP).json()
    again = browser.call("POST", MEMBERSHIP, json_body={"restart": True})
    assert 200 == again.status_code
    assert again.json()["redirectUrl"].startswith(f"{each.tollgate.base_url}/door/")
    assert [order.id] == list(each.tollgate.transactions)


def test_who_owes_for_it_is_led_to_where_that_is_settled(each: MovedWorld) -> None:
    order = begun(each)
    each.tollgate.change(order.id, "late", paid_until=each.clock())
    answer = each.browser().call("POST", MEMBERSHIP)
    assert (200, "past_due") == (answer.status_code, answer.json()["status"])
    assert "/door/" in answer.json()["redirectUrl"]


def test_after_what_was_paid_for_a_visit_asks_and_renews(each: MovedWorld) -> None:
    order, browser = begun(each), each.browser()
    each.tollgate.change(order.id)
    each.tollgate.calls.clear()
    assert ("active", True) == told(browser)
    assert [] == each.tollgate.calls
    each.clock.ahead = MONTH_SECONDS + DAY
    each.tollgate.change(order.id, paid_until=each.clock() + MONTH_SECONDS, told=False)
    assert ("active", True) == told(browser)
    assert 1 == len(each.tollgate.calls)
    assert ("active", True) == told(browser)
    assert 1 == len(each.tollgate.calls)


@pytest.mark.parametrize(
    ("state", "expected"),
    [("late", "past_due"), ("stopped", "paused"), ("ended", "cancelled")],
)
def test_what_is_not_paid_again_entitles_no_longer(
    each: MovedWorld, state: str, expected: str
) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    each.clock.ahead = MONTH_SECONDS + DAY
    each.tollgate.change(order.id, state, told=False)
    assert (expected, False) == told(each.browser())


def test_while_nobody_can_be_asked_nothing_is_claimed(each: MovedWorld) -> None:
    each.tollgate.change(begun(each).id)
    each.clock.ahead = MONTH_SECONDS + DAY
    each.tollgate.faults.mode = "error"
    assert ("active", False) == told(each.browser())


def test_what_ends_early_is_seen_by_who_asks_afresh(each: MovedWorld) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    each.tollgate.change(order.id, "ended", told=False)
    assert ("active", True) == told(each.browser())
    assert ("cancelled", False) == told(each.browser(), f"{MEMBERSHIP}?fresh=true")


@pytest.mark.parametrize("path", [MEMBERSHIP, "/api/billing"])
def test_who_asks_afresh_is_told_when_nobody_could_be_asked(each: MovedWorld, path: str) -> None:
    each.tollgate.change(begun(each).id)
    browser = each.browser()

    def answer(query: str) -> dict[str, Any]:
        found: dict[str, Any] = browser.call("GET", f"{path}{query}").json()
        return found if path == MEMBERSHIP else found["plans"][0]

    assert "fresh" not in answer("?fresh=true")
    each.clock.ahead = 2
    each.tollgate.faults.mode = "error"
    assert (True, False) == (answer("?fresh=true")["entitled"], answer("?fresh=true").get("fresh"))
    assert "fresh" not in answer("")


def test_what_has_ended_stays_so_and_is_begun_anew(each: MovedWorld) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    each.tollgate.change(order.id, "ended", told=False)
    assert ("cancelled", False) == told(each.browser(), f"{MEMBERSHIP}?fresh=true")
    each.tollgate.change(order.id, "running", told=False)
    assert ("cancelled", False) == told(each.browser(), f"{MEMBERSHIP}?fresh=true")
    again = begun(each)
    assert ("pending", False) == told(each.browser())
    each.tollgate.change(again.id)
    assert ("active", True) == told(each.browser())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_afresh_is_not_put_off_by_other_questions(
    start_world: StartWorld, method: str
) -> None:
    clock = FastClock()
    world = start_world(INTEGRATIONS="tollgate", clock=clock, PENDING_ASK_SECONDS="60")
    browser = world.browser()
    world.tollgate.finish(begun(world, LEAD_FEE).id, "paid")
    browser.call("POST", LEAD_FEE, json_body={"restart": True})
    world.tollgate.finish(next(iter(world.tollgate.transactions)), "refunded", told=False)
    clock.ahead = 30
    browser.call(method, LEAD_FEE)
    assert not told(browser, f"{LEAD_FEE}?fresh=true")[1]


def test_who_asks_afresh_all_the_time_asks_the_vendor_once_a_second(
    start_world: StartWorld,
) -> None:
    clock = FastClock()
    world = start_world(INTEGRATIONS="tollgate", clock=clock, PENDING_ASK_SECONDS="60")
    browser, path = world.browser(), f"{LEAD_FEE}?fresh=true"
    world.tollgate.finish(begun(world, LEAD_FEE).id, "paid")
    world.tollgate.calls.clear()
    world.tollgate.faults.mode = "error"
    told(browser, path)
    world.tollgate.faults.reset()
    for expected in (2, 2, 3):
        clock.ahead += 0.6
        told(browser, path)
        assert expected == len(world.tollgate.calls)


@pytest.mark.parametrize("restart", [False, True])
def test_what_has_ended_unheard_may_begin_again_at_once(each: MovedWorld, *, restart: bool) -> None:
    first = begun(each)
    each.tollgate.change(first.id)
    each.tollgate.change(first.id, "ended", told=False)
    again = each.browser().call("POST", MEMBERSHIP, json_body={"restart": restart})
    assert 201 == again.status_code
    assert ("pending", False) == told(each.browser())


def test_grace_is_for_who_is_late(start_world: Any) -> None:
    clock = FastClock()
    world: KitWorld = start_world(INTEGRATIONS="tollgate", clock=clock, BILLING_GRACE_DAYS="3")
    order = begun(world)
    world.tollgate.change(order.id)
    clock.ahead = MONTH_SECONDS + DAY
    for state, expected in (("late", True), ("stopped", False), ("ended", False)):
        world.tollgate.change(order.id, state, told=False)
        assert (state, expected) == (state, told(world.browser(), f"{MEMBERSHIP}?fresh=true")[1])


@pytest.mark.parametrize("ends", [True, False])
def test_grace_does_not_outlast_what_ends_of_itself(start_world: Any, *, ends: bool) -> None:
    clock = FastClock()
    world: KitWorld = start_world(INTEGRATIONS="tollgate", clock=clock, BILLING_GRACE_DAYS="3")
    until = clock() + MONTH_SECONDS
    world.tollgate.change(begun(world).id, paid_until=until, ends_at=until if ends else None)
    assert ends is ("endsAt" in world.browser().call("GET", MEMBERSHIP).json())
    clock.ahead = MONTH_SECONDS + DAY
    world.tollgate.faults.mode = "error"
    assert ("active", not ends) == told(world.browser())


# Events that come without a reference


@pytest.mark.parametrize("bare", [False, True])
def test_an_event_about_a_contract_is_written_by_the_operator_alone(
    each: MovedWorld, *, bare: bool
) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    assert order.contract is not None
    each.tollgate.change(order.id, "ended", told=False)
    each.sharetribe.log_out(each.user.id)
    each.tollgate.calls.clear()
    changed: dict[str, Any] = {"owner": None} if bare else {}
    answered = each.tollgate.tell_of_contract(order.contract, **changed)
    assert (has_operator(each) or bare) == bool(each.tollgate.calls)
    expected = "cancelled" if has_operator(each) else "active"
    outcome = "stored" if has_operator(each) else "deferred"
    assert (200, outcome) == (answered.status, answered.body["status"])
    assert expected == each.user.private_data["billing_membership"]["status"]


def test_an_event_that_comes_before_the_orders_own_is_enough(operated: KitWorld) -> None:
    order = begun(operated)
    operated.tollgate.change(order.id, told=False)
    assert order.contract is not None
    assert 200 == operated.tollgate.tell_of_contract(order.contract).status
    assert ("active", True) == told(operated.browser())
    assert 200 == operated.tollgate.tell(order).status
    keys = [key for key in operated.user.private_data if key.startswith("billing_membership-")]
    assert (1, ("active", True)) == (len(keys), told(operated.browser()))


def test_four_events_about_one_change_write_once(operated: KitWorld) -> None:
    order = begun(operated)
    operated.tollgate.change(order.id, told=False)
    assert order.contract is not None
    written = len(operated.sharetribe.updates)
    operated.tollgate.tell(order)
    for _ in range(3):
        operated.tollgate.tell_of_contract(order.contract)
    assert written + 1 == len(operated.sharetribe.updates)


def test_an_event_about_a_bill_leads_to_what_is_billed(operated: KitWorld) -> None:
    order = begun(operated)
    late = {key: dict(value) for key, value in operated.user.private_data.items() if "-" in key}
    operated.tollgate.change(order.id)
    assert order.contract is not None
    bill = f"bill-{order.contract.id}"
    for state in ("late", "running"):
        operated.tollgate.change(order.id, state, told=False)
        answered = operated.tollgate.tell_of_contract(order.contract, id=bill, owner=None)
        assert (200, "stored") == (answered.status, answered.body["status"])
    operated.user.private_data.update(late)
    operated.tollgate.calls.clear()
    assert ("active", True) == told(operated.browser())
    assert [] == operated.tollgate.calls


@pytest.mark.parametrize("field", ["user", "client", "plan"])
def test_an_event_that_names_another_than_the_vendors_record_is_ignored(
    operated: KitWorld, field: str
) -> None:
    order = begun(operated)
    operated.tollgate.change(order.id)
    assert order.contract is not None
    before = private_data(operated)
    owner = {
        **order.contract.owner,
        field: {
            "user": operated.other_user.id,
            "client": str(uuid4()),
            "plan": "lead-fee",
        }[field],
    }
    order.contract.status = "ended"
    answered = operated.tollgate.tell_of_contract(order.contract, owner=owner)
    assert (200, "ignored") == (answered.status, answered.body["status"])
    assert before == private_data(operated)


def test_a_contract_of_another_marketplace_at_the_account_is_ignored(operated: KitWorld) -> None:
    order = begun(operated)
    operated.tollgate.change(order.id)
    assert order.contract is not None
    before, calls = private_data(operated), len(operated.sharetribe.calls)
    order.contract.owner["client"] = str(uuid4())
    order.contract.status = "ended"
    for changed in ({}, {"owner": None}):
        answered = operated.tollgate.tell_of_contract(order.contract, "", **changed)
        assert (200, "ignored") == (answered.status, answered.body["status"])
    assert (before, calls) == (private_data(operated), len(operated.sharetribe.calls))


def test_a_contract_of_nobody_is_ignored(each: MovedWorld) -> None:
    order = begun(each)
    each.tollgate.change(order.id)
    assert order.contract is not None
    order.contract.owner = {}
    before = private_data(each)
    answered = each.tollgate.tell_of_contract(order.contract, owner=None)
    assert (200, "ignored") == (answered.status, answered.body["status"])
    assert before == private_data(each)


def test_a_result_that_names_another_user_counts_for_nobody(each: MovedWorld) -> None:
    order = begun(each)
    order.asked["owner"]["user"] = each.other_user.id
    answered = each.tollgate.change(order.id)
    assert [200] == answered
    assert ("pending", False) == told(each.browser())
    assert {} == each.other_user.private_data


def test_an_old_record_that_is_put_back_ends_with_its_lease(operated: KitWorld) -> None:
    order = begun(operated)
    operated.tollgate.change(order.id)
    older = dict(operated.user.private_data)
    operated.tollgate.change(order.id, "ended")
    operated.user.private_data.clear()
    operated.user.private_data.update(older)
    assert ("cancelled", False) == told(operated.browser())


def test_a_refunded_payment_that_is_put_back_does_not_count_behind_another_end(
    operated: MovedWorld,
) -> None:
    clock = operated.tollgate.clock
    assert isinstance(clock, FastClock)
    first = begun(operated, LEAD_FEE)
    operated.tollgate.finish(first.id, "paid")
    older = dict(operated.user.private_data)
    operated.tollgate.finish(first.id, "refunded")
    second = begun(operated, LEAD_FEE)
    clock.ahead += DAY
    operated.tollgate.finish(second.id, "lapsed")
    operated.user.private_data.clear()
    operated.user.private_data.update(older)
    operated.tollgate.faults.mode = "error"
    assert ("expired", False) == told(operated.browser(), LEAD_FEE)
    operated.tollgate.faults.reset()
    assert ("failed", False) == told(operated.browser(), LEAD_FEE)


def test_of_two_payments_that_were_given_back_none_is_put_back(operated: MovedWorld) -> None:
    clock, browser = operated.tollgate.clock, operated.browser()
    assert isinstance(clock, FastClock)
    first = begun(operated, LEAD_FEE)
    operated.tollgate.finish(first.id, "paid")
    older = dict(operated.user.private_data)
    clock.ahead += DAY
    again = browser.call("POST", LEAD_FEE, json_body={"restart": True}).json()
    operated.tollgate.finish(again["transactionReference"], "paid")
    operated.tollgate.finish(first.id, "refunded")
    operated.user.private_data.update(older)
    operated.tollgate.finish(again["transactionReference"], "refunded")
    assert ("failed", False) == told(browser, LEAD_FEE)
    operated.user.private_data.update(older)
    assert ("failed", False) == told(browser, LEAD_FEE)


def test_an_earlier_payment_counts_again_once_it_was_asked_about(operated: MovedWorld) -> None:
    clock, browser = operated.tollgate.clock, operated.browser()
    assert isinstance(clock, FastClock)
    operated.tollgate.finish(begun(operated, LEAD_FEE).id, "paid")
    clock.ahead += DAY
    again = browser.call("POST", LEAD_FEE, json_body={"restart": True}).json()
    operated.tollgate.finish(again["transactionReference"], "paid")
    operated.tollgate.finish(again["transactionReference"], "refunded")
    operated.tollgate.calls.clear()
    assert ("paid", True) == told(browser, LEAD_FEE)
    assert ("paid", True) == told(browser, LEAD_FEE)
    assert 1 == len(operated.tollgate.calls)


def test_who_deletes_their_records_still_settles_what_goes_on(operated: KitWorld) -> None:
    operated.tollgate.change(begun(operated).id)
    operated.user.private_data.clear()
    browser = operated.browser()
    assert ("active", True) == told(browser)
    assert 200 == browser.call("POST", f"{MEMBERSHIP}/portal").status_code


def test_what_was_decided_of_two_plans_is_marked_for_each(operated: KitWorld) -> None:
    membership, lead_fee = begun(operated), begun(operated, LEAD_FEE)
    operated.tollgate.change(membership.id)
    operated.tollgate.finish(lead_fee.id, "paid")
    older = dict(operated.user.private_data)
    operated.tollgate.change(membership.id, "ended")
    operated.tollgate.finish(lead_fee.id, "refunded")
    assert {"echoseal"} == {key.partition("-")[0] for key in operated.user.metadata}
    assert 2 == len(operated.user.metadata)
    operated.user.private_data.update(older)
    browser = operated.browser()
    assert ("cancelled", False) == told(browser)
    assert ("failed", False) == told(browser, LEAD_FEE)


# The page on which a customer settles things


def test_the_portal_is_for_who_has_paid(each: MovedWorld) -> None:
    browser = each.browser()
    assert_problem(browser.call("POST", f"{MEMBERSHIP}/portal"), 409, "not-billed")
    each.tollgate.change(begun(each).id)
    answer = browser.call(
        "POST", f"{MEMBERSHIP}/portal", json_body={"returnUrl": "https://market.example/billing"}
    )
    assert (200, ["redirectUrl"]) == (answer.status_code, list(answer.json()))
    refused = browser.call(
        "POST", f"{MEMBERSHIP}/portal", json_body={"returnUrl": "https://elsewhere.example/"}
    )
    assert_problem(refused, 400, "body-invalid")


def test_who_opened_the_portal_is_in_the_log(each: MovedWorld) -> None:
    browser = each.browser()
    with logged() as lines:
        browser.call("POST", f"{MEMBERSHIP}/portal")
        each.tollgate.change(begun(each).id)
        browser.call("POST", f"{MEMBERSHIP}/portal")
    found = [log_fields(line) for line in lines if "subject=" in line]
    told = [(one["event"], one["outcome"], one.get("result")) for one in found]
    assert [
        ("portal", "refused", None),
        ("start", "started", "pending"),
        ("callback", "stored", "active"),
        ("portal", "opened", "active"),
    ] == told
    # What has gone on under another name since has the word that it began with.
    assert 1 == len({one["case"] for one in found[1:]})


# The list


def test_the_list_has_every_plan(each: MovedWorld) -> None:
    each.tollgate.finish(begun(each, CARD).id, "kept")
    plans = each.browser().call("GET", "/api/billing").json()["plans"]
    found = {plan["plan"]: (plan["status"], plan["entitled"]) for plan in plans}
    assert {
        "membership": ("none", False),
        "lead-fee": ("none", False),
        "card-on-file": ("saved", True),
    } == found


@pytest.mark.parametrize("body", [{"price": "price_2"}, {"amount": 1}, {"plan": "lead-fee"}])
def test_a_browser_chooses_a_plans_name_and_nothing_else(
    each: MovedWorld, body: dict[str, object]
) -> None:
    assert_problem(each.browser().call("POST", MEMBERSHIP, json_body=body), 400, "body-invalid")
    assert [] == each.tollgate.calls
