"""Steps of a seller with a connected till, and callbacks of the tests' own making."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.hubrise import Connection
from sandbox.kit.sender import Headers
from sandbox.sharetribe import Transaction, User
from tests.flows.connecting import connect
from tests.integrations.hubrise.flows.world import HubRiseWorld
from tests.world import Browser

SHOW = "/v1/integration_api/transactions/show"
UPDATE = "/v1/integration_api/transactions/update_metadata"
SHOW_USER = "/v1/integration_api/users/show"
ORDERS = "/v1/location/orders"
STATUSES = (
    "new",
    "received",
    "accepted",
    "in_preparation",
    "awaiting_shipment",
    "awaiting_collection",
    "in_delivery",
    "completed",
    "rejected",
    "cancelled",
    "delivery_failed",
)
FINAL = STATUSES[7:]
PATIENCE_SECONDS = 10.0


class Clock:
    """A clock that tests move on, from the present time; in unix seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True, slots=True)
class Shop:
    """A seller in a browser, whose till is connected, and a sale."""

    world: HubRiseWorld
    browser: Browser
    sale: Transaction

    def create(self, transaction_id: str | None = None) -> requests.Response:
        """Press "send to the till"."""
        body = {"transactionId": transaction_id or self.sale.id}
        return self.browser.call("POST", "/api/hubrise/orders", json_body=body)

    def read(self, transaction_id: str | None = None) -> requests.Response:
        """Ask how the order stands."""
        return self.browser.call("GET", f"/api/hubrise/orders/{transaction_id or self.sale.id}")

    def catch_up(self) -> requests.Response:
        """Ask for the news that did not come."""
        return self.browser.call("POST", "/api/hubrise/orders/catch-up")

    def ordered(self) -> str:
        """Make the sale an order and return HubRise's id of it."""
        answer = self.create()
        assert 201 == answer.status_code, answer.text
        return str(answer.json()["orderId"])

    @property
    def record(self) -> dict[str, Any]:
        """What the sale's metadata says of the order."""
        found = self.sale.metadata.get("hubriseOrder", {})
        return dict(found)

    @property
    def connection(self) -> Connection:
        """The newest connection that HubRise remembers."""
        return list(self.world.hubrise.connections.values())[-1]

    @property
    def callback_url(self) -> str:
        """Where HubRise sends this connection's events."""
        return str(self.connection.callback_url)

    @property
    def pending(self) -> list[str]:
        """The ids of the events that HubRise still holds."""
        events = self.world.hubrise.pending_events(self.connection.token)
        return [event["id"] for event in events]

    def event(self, status: str, order_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Return an event about the sale's order; None takes a field away."""
        own_id = order_id or self.record["orderId"]
        state = {"id": own_id, "status": status, "private_ref": self.sale.id}
        document = {
            "id": self.world.hubrise.new_id(),
            "resource_type": "order",
            "event_type": "update",
            "created_at": "2026-11-20T10:04:55+04:00",
            "account_id": self.connection.account_id,
            "location_id": self.connection.location_id,
            "order_id": own_id,
            "previous_state": {**state, "status": "new"},
            "new_state": state,
            **fields,
        }
        return {name: value for name, value in document.items() if value is not None}

    def send(
        self,
        event: dict[str, Any] | bytes,
        *,
        to: str | None = None,
        headers: Headers | None = None,
        secret: str | None = None,
    ) -> requests.Response:
        """Send an event to the connection's address, signed as HubRise signs."""
        url, raw = to or self.callback_url, event if isinstance(event, bytes) else None
        document = {} if isinstance(event, bytes) else event
        return self.world.hubrise.send_event(url, document, secret=secret, headers=headers, raw=raw)


def open_shop(world: HubRiseWorld, user: User | None = None, **consent: Any) -> Shop:
    """Connect a seller (the first user), who has just sold two pizzas."""
    seller = user or world.user
    buyer = world.other_user if seller is world.user else world.user
    sale = world.sharetribe.add_transaction(customer_id=buyer.id, provider_id=seller.id)
    return Shop(world, connect(world, "hubrise", world.browser(seller), **consent), sale)


def calm_down(world: HubRiseWorld) -> None:
    """Make a used world as good as new: no faults, nothing stored, nothing connected."""
    for vendor in (world.sharetribe, world.hubrise):
        vendor.faults.reset()
        vendor.calls.clear()
    hubrise = world.hubrise
    hubrise.connections.clear()
    hubrise.orders.clear()
    hubrise.till_private_refs.clear()
    hubrise.callbacks, hubrise.event_shape, hubrise.response_shape = "send", "full", "current"
    hubrise.private_ref_in_events, hubrise.retries = True, 0
    world.sharetribe.metadata_updates.clear()
    for user in world.sharetribe.users.values():
        user.private_data.clear()


@contextmanager
def acting_after(
    monkeypatch: pytest.MonkeyPatch, world: HubRiseWorld, endpoint: str, act: Callable[[], object]
) -> Iterator[None]:
    """Let `act` happen once inside the block, after HubRise has served `endpoint`, unanswered."""
    views = world.hubrise.app.view_functions
    view, acted = views[endpoint], threading.Event()

    def serve(**arguments: Any) -> Any:
        answer = view(**arguments)
        if not acted.is_set():
            acted.set()
            act()
        return answer

    with monkeypatch.context() as patched:
        patched.setitem(views, endpoint, serve)
        yield
    assert acted.is_set(), f"{endpoint} was not asked"


def wait_for(happened: Callable[[], object]) -> None:
    """Wait until `happened()` is true; fail after PATIENCE_SECONDS."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < ends_at, "it did not happen in time"
        time.sleep(0.005)


def code_of(answer: requests.Response) -> tuple[int, str]:
    """Return status and problem code of a refusal."""
    return answer.status_code, answer.json()["code"]


def path_of(url: str) -> str:
    """Return the path of an address at the proxy."""
    return urlsplit(url).path
