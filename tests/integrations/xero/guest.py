"""Xero as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.xero import XERO
from sandbox.xero import Xero
from tests.kit.guest import Guest
from tests.kit.world import KitWorld


def _settings(xero: Xero, _: KitWorld) -> dict[str, str]:
    return {
        "XERO_CLIENT_ID": xero.client_id,
        "XERO_CLIENT_SECRET": xero.client_secret,
        "XERO_BASE_URL": xero.base_url,
    }


GUEST = Guest(XERO, Xero, _settings, Xero.start_afresh)
