"""HubRise as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.hubrise import HUBRISE
from sandbox.hubrise import HubRise
from tests.kit.guest import Guest
from tests.kit.world import KitWorld


def _settings(hubrise: HubRise, _: KitWorld) -> dict[str, str]:
    return {
        "HUBRISE_CLIENT_ID": hubrise.client_id,
        "HUBRISE_CLIENT_SECRET": hubrise.client_secret,
        "HUBRISE_BASE_URL": hubrise.base_url,
    }


def _start_afresh(hubrise: HubRise) -> None:
    hubrise.faults.reset()
    hubrise.calls.clear()
    hubrise.connections.clear()
    hubrise.orders.clear()
    hubrise.till_private_refs.clear()
    hubrise.callbacks, hubrise.event_shape, hubrise.response_shape = "send", "full", "current"
    hubrise.private_ref_in_events, hubrise.retries = True, 0
    hubrise.echo_state_on_error = True


GUEST = Guest(
    HUBRISE, lambda hops, clock: HubRise(hops=hops, clock=clock), _settings, _start_afresh
)
