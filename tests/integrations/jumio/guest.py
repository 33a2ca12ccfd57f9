"""Jumio as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.jumio import JUMIO
from sandbox.jumio import SPECIMEN, Jumio
from tests.kit.guest import Guest
from tests.kit.world import KitWorld


def _settings(jumio: Jumio, world: KitWorld) -> dict[str, str]:
    return {
        "JUMIO_API": "netverify",
        "JUMIO_API_TOKEN": jumio.api_token,
        "JUMIO_API_SECRET": jumio.api_secret,
        "JUMIO_BASE_URL": jumio.base_url,
        "JUMIO_CALLBACK_IPS": jumio.callback_address,
        "JUMIO_WORKFLOW": jumio.workflow_key if world.chosen.get("JUMIO_API") == "kyx" else "200",
    }


def _start_afresh(jumio: Jumio) -> None:
    jumio.faults.reset()
    jumio.calls.clear()
    jumio.callbacks = "send"
    jumio.transactions.clear()


def _secrets(jumio: Jumio) -> dict[str, str]:
    found = {f"personal value {number}": text for number, text in enumerate(SPECIMEN.values())}
    for number, one in enumerate(jumio.transactions.values()):
        found[f"reference {number}"] = one.user_reference or ""
    return found


GUEST = Guest(JUMIO, lambda hops, _: Jumio(hops=hops), _settings, _start_afresh, _secrets)
