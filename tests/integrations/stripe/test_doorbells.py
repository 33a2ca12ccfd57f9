"""Events of billing ring, and no more: what they name is checked, what they claim is not read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors import Callback, CallbackUnreadable, Case
from sandbox.stripe.endpoints import Form
from tests.integrations.stripe.billed import Desk, billing, owner
from tests.integrations.stripe.fakes import event as event_of_identity
from tests.integrations.stripe.fakes import identity

NOBODY = Callback(None, None)


def told(desk: Desk, form: Form) -> dict[str, Callback | None]:
    """Return how each event that the account has told is read, by its type."""
    return {
        notice.kind: desk.vendor.read_callback({}, notice.body(form))
        for notice in desk.shop.billing.told
    }


def snapshot(kind: str, shown: object, **changes: Any) -> bytes:
    """Return an event with a snapshot."""
    named = {"object": "event", "type": kind, "livemode": False}
    return json.dumps({**named, "data": {"object": shown}, **changes}).encode()


def thin(kind: str, object_id: object, **changes: Any) -> bytes:
    """Return a thin event; its address leads astray."""
    related = {"id": object_id, "type": "checkout.session", "url": "https://evil.test/v1/accounts"}
    named = {"object": "v2.core.event", "type": kind, "livemode": False}
    return json.dumps({**named, "related_object": related, **changes}).encode()


def test_a_snapshot_names_what_to_ask_about_and_whose_it_is() -> None:
    desk = Desk()
    session_id = desk.done("membership")
    session = desk.shop.session(session_id)
    case = Case(session.subscription or "")
    rung = Callback(None, case, owner=owner("membership"))
    assert {
        "customer.subscription.created": rung,
        "invoice.paid": rung,
        "checkout.session.completed": Callback("r" * 99, Case(session_id)),
    } == told(desk, "snapshot")


def test_a_charge_or_a_dispute_names_its_payment() -> None:
    desk = Desk()
    session_id = desk.done("lead-fee")
    case = Case(desk.shop.session(session_id).payment_intent or "")
    for action in ("dispute", "win-dispute", "refund"):
        desk.shop.billing.act(session_id, action)
    read = told(desk, "snapshot")
    assert Callback(None, case, owner=owner("lead-fee")) == read["charge.refunded"]
    assert Callback(None, case) == read["charge.dispute.created"] == read["charge.dispute.closed"]


def test_a_thin_event_names_what_to_ask_about() -> None:
    desk = Desk()
    session_id = desk.done("membership")
    desk.shop.billing.act(session_id, "refund")
    desk.shop.billing.act(session_id, "cancel")
    notices = {notice.kind: notice.shown["id"] for notice in desk.shop.billing.told}
    assert {kind: Callback(None, Case(one)) for kind, one in notices.items()} == told(desk, "thin")
    assert 5 == len(notices)


@pytest.mark.parametrize(
    "word",
    ["active", "past_due", "unpaid", "trialing", "incomplete_expired", "cancel_at_changed"],
)
def test_finer_events_are_told_in_the_thin_form_alone(word: str) -> None:
    kind = f"customer.subscription.{word}"
    assert Callback(None, Case("sub_1")) == billing().read_callback({}, thin(f"v1.{kind}", "sub_1"))
    desk = Desk()
    desk.done("membership")
    shown = desk.shop.billing.told[0].shown
    assert None is not billing().read_callback({}, snapshot("customer.subscription.updated", shown))
    assert None is billing().read_callback({}, snapshot(kind, shown))


@pytest.mark.parametrize(
    "body",
    [
        snapshot("payment_intent.succeeded", {"id": "pi_1"}),
        snapshot("v1.checkout.session.completed", {"id": "cs_test_1"}),
        thin("checkout.session.completed.v1", "cs_test_1"),
        thin("v1.account.updated", "acct_1"),
        snapshot("checkout.session.completed", {"id": "cs_test_1", "metadata": {}}),
        snapshot("checkout.session.completed", {"id": "cs_test_1", "metadata": None}),
        snapshot("customer.subscription.updated", {"id": "sub_1", "metadata": {"order": "1"}}),
        snapshot("invoice.paid", {"id": "in_1", "parent": None}),
        snapshot("invoice.paid", {"id": "in_1", "parent": {"subscription_details": None}}),
        event_of_identity("verified"),
    ],
)
def test_what_is_of_another_kind_or_nobodys_of_ours_is_ignored(body: bytes) -> None:
    assert None is billing().read_callback({}, body)


def test_the_two_parts_tell_each_others_events() -> None:
    desk = Desk()
    desk.done("lead-fee")
    (notice,) = desk.shop.billing.told
    for form in ("snapshot", "thin"):
        body = notice.body(form)
        assert None is not desk.vendor.read_callback({}, body)
        assert None is identity().read_callback({}, body)


def test_what_is_of_a_connected_account_is_ignored() -> None:
    session = {"id": "cs_test_1", "metadata": {"reference": "r"}}
    body = snapshot("checkout.session.completed", session, account="acct_1")
    assert None is billing().read_callback({}, body)


@pytest.mark.parametrize("livemode", [True, None, "false", 0])
def test_what_is_of_the_other_mode_is_ignored(livemode: Any) -> None:
    session = {"id": "cs_test_1", "metadata": {"reference": "r"}}
    for body in (
        snapshot("checkout.session.completed", session, livemode=livemode),
        thin("v1.checkout.session.completed", "cs_test_1", livemode=livemode),
    ):
        assert None is billing().read_callback({}, body)


@pytest.mark.parametrize(
    "object_id",
    [None, 1, "", "cs_test_", "cs_test_../../accounts", "cs_prod_1", "sub_1?expand", "x" * 300],
)
def test_an_id_that_is_none_is_not_asked_about(object_id: object) -> None:
    assert NOBODY == billing().read_callback({}, thin("v1.charge.refunded", object_id))
    metadata = {"reference": "r"}
    body = snapshot("checkout.session.completed", {"id": object_id, "metadata": metadata})
    assert Callback("r", None) == billing().read_callback({}, body)


@pytest.mark.parametrize(
    "changes",
    [
        {"echoseal_user": "nobody"},
        {"echoseal_user": None},
        {"echoseal_client": None},
        {"echoseal_plan": 1},
    ],
)
def test_an_owner_who_is_not_named_in_full_is_none(changes: dict[str, object]) -> None:
    desk = Desk()
    desk.done("membership")
    shown = desk.shop.billing.told[0].shown
    shown["metadata"] |= changes
    assert None is billing().read_callback({}, snapshot("customer.subscription.updated", shown))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"null", b'{"type":null}', b'{"type":1}', b"\xff", b'{"type":"a",']
)
def test_a_body_that_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        billing().read_callback({}, body)


@given(
    st.sampled_from(["checkout.session.completed", "invoice.paid", "charge.refunded"]),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(["id", "metadata", "reference", "parent", "payment_intent"]), inner
            )
        ),
        max_leaves=8,
    ),
)
def test_whatever_is_told_is_a_callback_or_nobodys(kind: str, shown: Any) -> None:
    for body in (snapshot(kind, shown), thin(f"v1.{kind}", shown)):
        read = billing().read_callback({}, body)
        assert read is None or isinstance(read, Callback)
