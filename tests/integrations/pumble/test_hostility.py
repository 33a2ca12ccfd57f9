"""Pumble bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import told
from tests.hostile.saboteur import Step, coming_back
from tests.integrations.pumble.guest import GUEST
from tests.integrations.pumble.test_contract import ACTS
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_COMMAND = (
    '{"messageType":"SLASH_COMMAND","slashCommand":"/verified","workspaceId":"@@workspace@@",'
    '"text":"%s","userId":"@@person@@","channelId":"c"}'
)


def _ending(event_type: str, body: str) -> str:
    return (
        f'{{"messageType":"APP_EVENT","eventType":"{event_type}","workspaceId":"@@workspace@@",'
        f'"body":{body}}}'
    )


_UNINSTALLED = _ending("APP_UNINSTALLED", '{"uninstalledAt":"2099-01-01T00:00:00.000Z"}')
_UNAUTHORIZED = _ending("APP_UNAUTHORIZED", '{"workspaceUser":"@@person@@"}')
_MESSAGE = _ending("NEW_MESSAGE", '{"aId":"@@person@@","tx":"hello"}')
_OTHERS = (
    '{"messageType":"SHORTCUT","type":"GLOBAL","shortcut":"s","workspaceId":"w","userId":"u"}',
    '{"messageType":"BLOCK_INTERACTION","onAction":"a","workspaceId":"w","payload":"{}"}',
    '{"messageType":"VIEW_ACTION","viewActionType":"SUBMIT","view":{"callbackId":"v"}}',
    '{"messageType":"DYNAMIC_MENU","onAction":"a","workspaceId":"w"}',
)


class TestPumble(HostilityContract):
    """Its connection and its workspace's requests."""

    listed, guests, acts = "pumble", (GUEST,), ACTS
    own_steps: ClassVar[Mapping[str, Step]] = {
        "reinstall": coming_back("pumble", isReinstall=True),
        "command about an id": lambda _: told("pumble", _COMMAND % "@@member@@"),
        "command about an address": lambda _: told("pumble", _COMMAND % "robin@example.com"),
        "uninstallation": lambda _: told("pumble", _UNINSTALLED),
        "unauthorization": lambda _: told("pumble", _UNAUTHORIZED),
    }
    callbacks = tuple(
        told("pumble", body)
        for body in (_COMMAND % "@@member@@", _UNINSTALLED, _UNAUTHORIZED, _MESSAGE, *_OTHERS)
    )

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the workspace, and who has connected it."""
        found = world.user.private_data.get("pumbleConnection", {})
        return {"workspace": found.get("workspaceId", ""), "person": found.get("userId", "")}
