"""What Xero says of the settings: whether it knows the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sandbox.xero import Xero
from tests.integrations.xero.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

APP = ("XERO_CLIENT_ID", "XERO_CLIENT_SECRET")


class TestXero(ProbeContract):
    """A refresh token that is none is refused by another word than an unknown app."""

    vendor, guests = "xero", (GUEST,)
    calls = ("POST /connect/token",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {APP: ""}
    wrong = (
        Wrong(APP, 400, "400 invalid_client; compare", lambda _: {"XERO_CLIENT_ID": "nobody"}),
        Wrong(APP, 400, "400 invalid_client; compare", lambda _: {"XERO_CLIENT_SECRET": "m" * 32}),
    )

    def held(self, vendor: Xero) -> object:
        """Return what was authorized."""
        return list(vendor.identity.sessions)
