"""Pumble as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.pumble import PUMBLE
from sandbox.pumble import Pumble
from sandbox.pumble.installations import Installations
from tests.kit.guest import Guest
from tests.kit.world import KitWorld


def _settings(pumble: Pumble, world: KitWorld) -> dict[str, str]:
    """Do what an operator does in Pumble, say in the app's manifest where the proxy is, too."""
    pumble.manifest.redirect_urls = [f"{world.api_url}/connections/pumble/return"]
    pumble.manifest.hook_url = f"{world.api_url}/callbacks/pumble"
    workspace = next(iter(pumble.workspaces.values()))
    return {
        "PUMBLE_APP_ID": pumble.app_id,
        "PUMBLE_APP_KEY": pumble.app_key,
        "PUMBLE_APP_CLIENT_SECRET": pumble.client_secret,
        "PUMBLE_APP_SIGNING_SECRET": pumble.signing_secret,
        "PUMBLE_BASE_URL": pumble.base_url,
        "PUMBLE_OPERATOR_USER_ID": world.user.id,
        "PUMBLE_CHANNEL_ID": workspace.channels[0].id,
    }


def _start_afresh(pumble: Pumble) -> None:
    pumble.faults.reset()
    pumble.calls.clear()
    pumble.installations = Installations(pumble.clock)
    pumble.echo_state, pumble.decline = True, "nothing"
    pumble.messages.clear()


GUEST = Guest(PUMBLE, lambda hops, clock: Pumble(hops=hops, clock=clock), _settings, _start_afresh)
