"""Stripe's billing bears what every vendor must bear."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from sandbox.stripe import Stripe
from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.ingredients import SESSION
from tests.hostile.saboteur import Saboteur, Step, asking
from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_SESSION = {"id": "@@session@@", "metadata": {"reference": "@@reference@@"}}
_OWNER = {
    "echoseal_user": "@@member@@",
    "echoseal_client": "@@client@@",
    "echoseal_plan": "membership",
}

# What is read of Stripe's answers.
# fmt: off
_READ = frozenset({
    "amount_paid", "cancel_at", "cancel_at_period_end", "cancellation_details", "code",
    "created", "current_period_end", "current_period_start", "customer", "data", "disputed",
    "expires_at", "id", "items", "last_payment_error", "latest_charge", "latest_invoice",
    "livemode", "metadata", "mode", "object", "parent", "pause_collection", "payment",
    "payment_intent", "payment_status", "reason", "reference", "refunded", "setup_intent",
    "status", "subscription", "subscription_details", "trial_end", "type", "url",
    "echoseal_user", "echoseal_client", "echoseal_plan",
})
# fmt: on


def _lean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lean(one) for name, one in value.items() if name in _READ}
    return [_lean(one) for one in value] if isinstance(value, list) else value


def _event(kind: str, shown: Mapping[str, Any]) -> HostileRequest:
    named = {"object": "event", "type": kind, "livemode": False}
    return told("stripe", json.dumps({**named, "data": {"object": shown}}))


def _thin(kind: str, object_id: str) -> HostileRequest:
    named = {"object": "v2.core.event", "type": f"v1.{kind}", "livemode": False}
    return told("stripe", json.dumps({**named, "related_object": {"id": object_id}}))


def _sending(request: HostileRequest) -> Step:
    return lambda _: request


_COMPLETED = _event("checkout.session.completed", _SESSION)
_UPDATED = _event("customer.subscription.updated", {"id": "@@subscription@@", "metadata": _OWNER})
_REFUNDED = _thin("charge.refunded", "@@charge@@")


class TestStripe(HostilityContract):
    """Starts, events of each kind, and the customer portal."""

    listed, guests = "stripe", (GUEST,)
    options: ClassVar[Mapping[str, str]] = {"STRIPE_IDENTITY": "false"}
    own_steps: ClassVar[Mapping[str, Step]] = {
        "buy": asking("POST", "/api/billing/lead-fee", b'{"restart":true}'),
        "look": _sending(HostileRequest("GET", "/api/billing", SESSION, query="fresh=true")),
        "settle": asking("POST", "/api/billing/card-on-file/portal", b"{}"),
        "callback": _sending(_COMPLETED),
        "bell": _sending(_UPDATED),
        "thin bell": _sending(_REFUNDED),
    }
    callbacks = (_COMPLETED, _UPDATED, _REFUNDED)

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def lean(cls, saboteur: Saboteur) -> None:
        """Leave what nobody reads out of Stripe's answers: it is most of them."""
        for path, document in saboteur.genuine.items():
            if "object" in document:
                saboteur.genuine[path] = _lean(document)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Let a fee and a membership be paid for, of which nobody was told; return ids."""
        stripe: Stripe = world.vendors["stripe"]
        if len(stripe.billing.sessions) < 3:
            for plan, word in (
                ("lead-fee", "paid"),
                ("membership", "paid"),
                ("card-on-file", "saved"),
            ):
                # The card is heard of, so that there is something to settle.
                stripe.callbacks = "send" if word == "saved" else "lose"
                begun = world.browser().call("POST", f"/api/billing/{plan}").json()
                stripe.finish(begun["transactionReference"], word)
        sessions = {one.mode: one for one in stripe.billing.sessions.values()}
        member, fee = sessions["subscription"], sessions["payment"]
        return {
            "session": fee.id,
            "reference": fee.reference,
            "subscription": member.subscription or "",
            "charge": stripe.billing.operations.charge_of(member.id).id,
        }
