"""Drive the connections: HubRise with an order and what becomes of it, Pumble with its messages."""

import json
import time
from collections.abc import Callable
from typing import Any

import requests

from sandbox.pumble import HookAnswer
from sandbox.visit import Step, StepError, Visit, answered, expect

CONNECTIONS_PATH = "/api/connections"


class TillDrive:
    """A seller connects HubRise, sends a sale to the till, and the till accepts the order."""

    def __init__(self, visit: Visit) -> None:
        """Prepare the steps; the user of `visit` must be logged in and sell something."""
        self._visit = visit
        self._hubrise = visit.stage.hubrise
        self._sale = next(iter(visit.stage.sharetribe.transactions.values()))
        self._order_id = ""
        self.steps: tuple[Callable[[], Step], ...] = (
            self._connect,
            self._send_order,
            self._accept_order,
            self._disconnect,
        )

    def _connect(self) -> Step:
        answer = _connect(self._visit, "hubrise", self._hubrise.authorize)
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
        waited = (time.monotonic() - begun) * 1000
        expect("callback statuses", [200], statuses)
        stored = self._sale.metadata.get("hubriseOrder", {}).get("status")
        expect("status in the sale's metadata", "accepted", stored)
        notice = "signed, and sealed in its address: accepted, says the sale now"
        return Step("HubRise > Proxy  callback", 200, waited, notice)

    def _disconnect(self) -> Step:
        answer = _disconnect(self._visit, "hubrise")
        return answered("Browser > Proxy  disconnect HubRise", answer, "revoked and wiped")


class ChatDrive:
    """The operator connects Pumble; the channel hears of a check, and somebody asks for a user."""

    def __init__(self, visit: Visit) -> None:
        """Prepare the steps; the user of `visit` must be logged in and be the operator."""
        self._visit = visit
        self._pumble = visit.stage.pumble
        self.steps: tuple[Callable[[], Step], ...] = (
            self._connect,
            self._hear_of_a_check,
            self._ask,
            self._disconnect,
        )

    def _connect(self) -> Step:
        answer = _connect(self._visit, "pumble", self._pumble.authorize)
        return answered("Browser > Proxy  connect Pumble", answer, "the same with the bot's token")

    def _hear_of_a_check(self) -> Step:
        before = len(self._pumble.messages)
        started = self._visit.call("POST", "/api/id-verification", 201, json={"restart": True})
        begun = time.monotonic()
        self._visit.stage.jumio.finish(started.json()["transactionReference"], "approved")
        waited = (time.monotonic() - begun) * 1000
        heard = [message.text for message in self._pumble.messages[before:]]
        expect("messages in the channel", 1, len(heard))
        return Step("Proxy > Pumble  message", None, waited, _shortened(heard[0]))

    def _ask(self) -> Step:
        answer = self._pumble.slash_command(self._visit.user.email)
        expect("status of the slash command", 200, answer.status)
        expect("answered within 3 seconds", True, answer.in_time)
        milliseconds = answer.seconds * 1000
        return Step("Pumble > Proxy  /verified", 200, milliseconds, _shortened(_message_in(answer)))

    def _disconnect(self) -> Step:
        answer = _disconnect(self._visit, "pumble")
        return answered("Browser > Proxy  disconnect Pumble", answer, "revoked and wiped")


def _connect(visit: Visit, vendor: str, authorize: Callable[[str], str]) -> requests.Response:
    """Connect by consenting at once; return the answer that sends the browser back to the page."""
    begun: dict[str, Any] = visit.call("POST", f"{CONNECTIONS_PATH}/{vendor}", 200, json={}).json()
    answer = visit.call("GET", authorize(begun["authorizeUrl"]), 303)
    expect("end of the journey", f"{vendor}=connected", answer.headers["Location"].split("?")[-1])
    if "sealed" not in visit.user.private_data.get(f"{vendor}Connection", {}):
        raise StepError(f"no sealed token in the private data's {vendor}Connection")
    return answer


def _disconnect(visit: Visit, vendor: str) -> requests.Response:
    answer = visit.call("DELETE", f"{CONNECTIONS_PATH}/{vendor}", 200)
    expect("what is stored", None, visit.user.private_data.get(f"{vendor}Connection"))
    return answer


def _message_in(answer: HookAnswer) -> str:
    return str(json.loads(answer.body).get("message"))


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 70 else f"{words[:69]}…"
