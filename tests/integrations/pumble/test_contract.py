"""Pumble keeps the contracts that every vendor of its parts keeps."""

from __future__ import annotations

from typing import Any

from tests.integrations.pumble.guest import GUEST
from tests.kit.contracts.connection import ConnectionContract
from tests.kit.contracts.workspace import WorkspaceContract
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


class TestPumbleWorkspace(WorkspaceContract):
    """Pumble as a vendor with a workspace of people."""

    vendor, guests = "pumble", (GUEST,)

    def ask(self, vendor: Any, user_id: str) -> tuple[int, str]:
        """Send the command."""
        answer = vendor.slash_command(user_id)
        return answer.status, answer.body.decode()

    def forge(self, vendor: Any) -> int:
        """Sign with another secret."""
        return int(vendor.send({"messageType": "APP_EVENT"}, secret="wrong").status)

    def leave(self, vendor: Any) -> int:
        """Uninstall the app."""
        return int(vendor.uninstall(next(iter(vendor.workspaces))).status)

    def messages(self, vendor: Any) -> list[str]:
        """Return what the bot has said."""
        return [message.text for message in vendor.messages]
