"""Drive a till: a seller connects HubRise, sends a sale there, and the till accepts the order."""

import time

from sandbox.hubrise.vendor import HubRise
from sandbox.visit import Step, Steps, Visit, answered, expect, timed


class TillDrive:
    """From the connection over an order and what becomes of it to the disconnection."""

    def __init__(self, visit: Visit, hubrise: HubRise) -> None:
        """Prepare the steps; the user of `visit` must be logged in and sell something."""
        self._visit = visit
        self._hubrise = hubrise
        self._sale = next(iter(visit.sharetribe.transactions.values()))
        self._order_id = ""
        self.steps: Steps = (
            self._connect,
            self._send_order,
            self._accept_order,
            self._disconnect,
        )

    def _connect(self) -> Step:
        answer = self._visit.connect("hubrise", self._hubrise.authorize)
        notice = "consented; the token is sealed into the user's private data"
        return answered("Browser > Proxy  connect HubRise", answer, notice)

    def _send_order(self) -> Step:
        body = {"transactionId": self._sale.id}
        answer = self._visit.call("POST", "/api/hubrise/orders", 201, json=body)
        self._order_id = answer.json()["orderId"]
        notice = f"{self._sale.listing_title}: order {self._order_id} is at the till"
        return answered("Browser > Proxy  send an order", answer, notice)

    def _accept_order(self) -> Step:
        begun = time.monotonic()
        statuses = self._hubrise.set_status(self._order_id, "accepted")
        expect("callback statuses", [200], statuses)
        stored = self._sale.metadata.get("hubriseOrder", {}).get("status")
        expect("status in the sale's metadata", "accepted", stored)
        notice = "signed, and sealed in its address: accepted, says the sale now"
        return timed("HubRise > Proxy  callback", 200, begun, notice)

    def _disconnect(self) -> Step:
        answer = self._visit.disconnect("hubrise")
        return answered("Browser > Proxy  disconnect HubRise", answer, "revoked and wiped")
