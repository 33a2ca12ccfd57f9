"""HubRise bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.ingredients import SESSION
from tests.hostile.saboteur import Step
from tests.integrations.hubrise.guest import GUEST
from tests.integrations.hubrise.test_contract import ACTS
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_PATH = "/api/callbacks/hubrise/@@hubrise@@"
_EVENT = (
    '{"id":"e1","resource_type":"order","event_type":"update","location_id":"@@location@@",'
    '"order_id":"@@order@@","new_state":{"id":"@@order@@","status":"accepted",'
    '"private_ref":"@@sale@@","custom_fields":{"epos":{"rejection":{"cause":"sold out"}}}}}'
)
_BRIEF = '{"resource_type":"order","location_id":"@@location@@","order_id":"@@order@@"}'


def _catching_up(attacked: AttackedWorld) -> HostileRequest:
    hubrise = attacked.world.vendors["hubrise"]
    hubrise.callbacks = "lose"
    hubrise.set_status(attacked.genuine["order"], "accepted")
    return HostileRequest("POST", "/api/hubrise/orders/catch-up", SESSION)


class TestHubRise(HostilityContract):
    """Its connection, its orders and its events."""

    listed, guests, acts = "hubrise", (GUEST,), ACTS
    own_steps: ClassVar[Mapping[str, Step]] = {
        "event": lambda _: told("hubrise", _EVENT, _PATH),
        "event without a state": lambda _: told("hubrise", _BRIEF, _PATH),
        "what was missed": _catching_up,
    }
    callbacks = (told("hubrise", _EVENT, _PATH), told("hubrise", _BRIEF, _PATH))

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the callback's reference and the place that is connected."""
        hubrise = world.vendors["hubrise"]
        living = [one for one in hubrise.connections.values() if one.callback_url]
        if not living:
            return {}
        reference = str(living[-1].callback_url).rpartition("/")[2]
        return {"hubrise": reference, "location": str(living[-1].location_id)}

    @classmethod
    def lives(cls, attacked: AttackedWorld, vendor: str) -> bool:
        """Tell whether the token lives, and make everything that is held back forgotten."""
        hubrise = attacked.world.vendors[vendor]
        hubrise.callbacks = "send"
        for connection in hubrise.connections.values():
            connection.pending.clear()
        return any(c.callback_url and not c.dead for c in hubrise.connections.values())
