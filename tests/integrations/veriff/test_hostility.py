"""Veriff bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.integrations.veriff.guest import GUEST
from tests.kit.contracts.checks import finishing, first_check
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_DECISION = (
    b'{"status":"success","verification":{"id":"@@transaction@@","vendorData":"@@reference@@",'
    b'"status":"declined","code":9102}}'
)
_TOLD = HostileRequest(
    "POST",
    "/api/callbacks/veriff",
    {"X-AUTH-CLIENT": "@@integration@@"},
    _DECISION,
    "application/json",
    signer="veriff",
)


class TestVeriff(HostilityContract):
    """Its sessions and decisions, spoilt."""

    listed, guests = "veriff", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {"callback": finishing("veriff", "declined", _TOLD)}
    callbacks = (_TOLD,)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the integration's name, and the ids of the session that was begun first."""
        own = {"integration": world.vendors["veriff"].api_key}
        return {**own, **first_check(world, "veriff")}
