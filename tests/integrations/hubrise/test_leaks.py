"""HubRise's secrets leave the app by no side door."""

from __future__ import annotations

from tests.integrations.hubrise.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestHubRise(LeakContract):
    """Its connection, its orders and its events."""

    listed, guests = "hubrise", (GUEST,)

    def use(self, page: Page) -> None:
        """Send the sale, hear of it, and catch up."""
        sale = next(iter(page.world.sharetribe.transactions))
        page.send("POST", "/api/hubrise/orders", json={"transactionId": sale})
        hubrise = page.world.vendors["hubrise"]
        hubrise.callbacks = "send"
        for order_id, order in hubrise.orders.items():
            if order["status"] == "new":
                hubrise.set_status(order_id, "rejected", cause="sold out")
        page.send("GET", f"/api/hubrise/orders/{sale}")
        page.send("POST", "/api/hubrise/orders/catch-up")
