"""Stripe Identity bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.saboteur import Step, asking
from tests.integrations.stripe.guest import GUEST
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_FAILED = (
    '{"object":"event","type":"identity.verification_session.requires_input","livemode":false,'
    '"data":{"object":{"id":"@@transaction@@","last_error":{"code":"selfie_manipulated"},'
    '"metadata":{"reference":"@@reference@@"}}}}'
)


def _finished(attacked: AttackedWorld) -> HostileRequest:
    stripe = attacked.world.vendors["stripe"]
    stripe.callbacks = "lose"
    stripe.finish(attacked.genuine["transaction"], "selfie_face_mismatch")
    return told("stripe", _FAILED)


class TestStripe(HostilityContract):
    """Starts, links that are asked for again, and events."""

    listed, guests = "stripe", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {
        "go on": asking("POST", "/api/id-verification", b"{}"),
        "callback": _finished,
    }
    callbacks = (told("stripe", _FAILED),)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the session that was begun first."""
        found = next(iter(world.vendors["stripe"].sessions), None)
        return {"reference": found.reference, "transaction": found.id} if found else {}
