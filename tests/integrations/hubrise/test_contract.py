"""HubRise keeps the contracts that every vendor of its parts keeps."""

from __future__ import annotations

from typing import Any

from tests.integrations.hubrise.guest import GUEST
from tests.kit.contracts.connection import ConnectionContract
from tests.kit.contracts.orders import OrdersContract
from tests.kit.trips import Consenting


def _held(hubrise: Any) -> list[str]:
    living = [one for one in hubrise.connections.values() if one.dead is None]
    return [str(connection.location_id) for connection in living]


def _kill(hubrise: Any) -> None:
    for token in hubrise.connections:
        hubrise.block(token, "revoked")


ACTS = Consenting(
    exchange="/oauth2/v1/token",
    revocation="/oauth2/v1/revoke",
    place="location_id",
    places=lambda hubrise: list(hubrise.locations),
    held=_held,
    kill=_kill,
)


class TestHubRiseConnection(ConnectionContract):
    """HubRise as a vendor that sellers connect."""

    vendor, guests = "hubrise", (GUEST,)
    acts = ACTS


class TestHubRiseOrders(OrdersContract):
    """HubRise as a vendor that takes orders."""

    vendor, guests = "hubrise", (GUEST,)
    acts = ACTS

    def move(self, vendor: Any, order_id: str, status: str) -> list[int | None]:
        """Change an order at the till."""
        told: list[int | None] = vendor.set_status(order_id, status)
        return told
