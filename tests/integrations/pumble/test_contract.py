"""Pumble keeps the contracts that every vendor of its parts keeps."""

from __future__ import annotations

from typing import Any

from tests.integrations.pumble.guest import GUEST
from tests.kit.contracts.connection import ConnectionContract
from tests.kit.trips import Consenting


def _held(pumble: Any) -> list[str]:
    return [one for one in pumble.workspaces if pumble.installations.authorized_users(one)]


def _kill(pumble: Any) -> None:
    for workspace_id in pumble.workspaces:
        pumble.installations.uninstall(workspace_id)


ACTS = Consenting(
    exchange="/oauth2/access",
    revocation="/v1/app/authorization",
    place="workspace_id",
    places=lambda pumble: list(pumble.workspaces),
    held=_held,
    kill=_kill,
)


class TestPumbleConnection(ConnectionContract):
    """Pumble as a vendor that users connect."""

    vendor, guests = "pumble", (GUEST,)
    acts = ACTS
