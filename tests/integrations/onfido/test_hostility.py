"""Onfido bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.integrations.onfido.guest import GUEST
from tests.kit.contracts.checks import finishing, first_check
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_EVENT = (
    b'{"payload":{"resource_type":"workflow_run","action":"workflow_run.completed",'
    b'"object":{"id":"@@transaction@@","status":"approved"},'
    b'"resource":{"id":"@@transaction@@","customer_user_id":"@@reference@@"}}}'
)
_TOLD = HostileRequest(
    "POST", "/api/callbacks/onfido", {}, _EVENT, "application/json", signer="onfido"
)


class TestOnfido(HostilityContract):
    """Its run and its applicant, spoilt."""

    listed, guests = "onfido", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {"callback": finishing("onfido", "approved", _TOLD)}
    callbacks = (_TOLD,)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the check that was begun first."""
        return first_check(world, "onfido")
