"""What HubRise says of the settings: whether it knows the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.hubrise import HubRise
from tests.integrations.hubrise.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

CLIENT = ("HUBRISE_CLIENT_ID", "HUBRISE_CLIENT_SECRET")


class TestHubRise(ProbeContract):
    """A code that is none is refused by another status than an unknown client."""

    vendor, guests = "hubrise", (GUEST,)
    calls = ("POST /oauth2/v1/token",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {CLIENT: ""}
    wrong = (
        Wrong(CLIENT, 401, "compare HUBRISE_CLIENT_ID", lambda _: {"HUBRISE_CLIENT_ID": "nobody"}),
        Wrong(CLIENT, 401, "HUBRISE_CLIENT_SECRET", lambda _: {"HUBRISE_CLIENT_SECRET": "m" * 32}),
    )

    def held(self, vendor: HubRise) -> object:
        """Return its connections."""
        return dict(vendor.connections)


class TestFields(TestHubRise):
    """So it is where the client goes into the body."""

    options: ClassVar[Mapping[str, Any]] = {"HUBRISE_TOKEN_AUTH": "form"}
