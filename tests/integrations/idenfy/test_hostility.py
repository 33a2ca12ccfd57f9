"""iDenfy bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import told
from tests.hostile.saboteur import Step
from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.checks import finishing, first_check
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_FINISHED = (
    '{"final":true,"status":{"overall":"DENIED","fraudTags":[]},'
    '"scanRef":"@@transaction@@","clientId":"@@reference@@"}'
)


_TOLD = told("idenfy", _FINISHED)


class TestIdenfy(HostilityContract):
    """Its tokens and statuses, spoilt."""

    listed, guests = "idenfy", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {"callback": finishing("idenfy", "denied", _TOLD)}
    callbacks = (_TOLD,)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the verification that was begun first."""
        return first_check(world, "idenfy")
