"""iDenfy bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.saboteur import Step
from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_FINISHED = (
    '{"final":true,"status":{"overall":"DENIED","fraudTags":[]},'
    '"scanRef":"@@transaction@@","clientId":"@@reference@@"}'
)


def _told(attacked: AttackedWorld) -> HostileRequest:
    idenfy = attacked.world.vendors["idenfy"]
    idenfy.callbacks = "lose"
    reference = attacked.genuine["transaction"]
    if idenfy.transactions[reference].outcome is None:
        idenfy.finish(reference, "denied")
    return told("idenfy", _FINISHED)


class TestIdenfy(HostilityContract):
    """Its tokens and statuses, spoilt."""

    listed, guests = "idenfy", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {"callback": _told}
    callbacks = (told("idenfy", _FINISHED),)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the verification that was begun first."""
        found = next(iter(world.vendors["idenfy"].scans()), None)
        return {} if found is None else {"reference": found.reference, "transaction": found.id}
