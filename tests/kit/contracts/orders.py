"""What every vendor that takes orders must show: a subclass says which, and how it brings news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import requests

from sandbox.faults import Mode
from tests.flows.connecting import connect, entry
from tests.flows.problems import assert_problem
from tests.kit.guest import Guest
from tests.kit.trips import EXAMPLE, Consenting, MovedWorld
from tests.world import Browser

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")


class OrdersContract:
    """The behaviours of Orders. `first` and `later` are the statuses of a new and a moved order."""

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    acts: ClassVar[Consenting] = EXAMPLE
    first: ClassVar[str] = "new"
    later: ClassVar[str] = "accepted"

    def move(self, vendor: Any, order_id: str, status: str) -> list[int | None]:
        """Change an order at the vendor, and return what its news is answered."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def class_world(cls) -> Iterator[MovedWorld]:
        """Return a world with the vendor, for all tests of a class."""
        world = MovedWorld(INTEGRATIONS=cls.vendor, guests=cls.guests)
        yield world
        world.close()

    @pytest.fixture
    def shop(self, class_world: MovedWorld) -> MovedWorld:
        """Return that world, calm."""
        class_world.start_afresh()
        return class_world

    def ordered(self, shop: MovedWorld, browser: Browser) -> requests.Response:
        """Send the one sale."""
        body = {"transactionId": next(iter(shop.sharetribe.transactions))}
        return browser.call("POST", f"/api/{self.vendor}/orders", json_body=body)

    def read(self, shop: MovedWorld, browser: Browser) -> requests.Response:
        """Ask how its order stands."""
        sale = next(iter(shop.sharetribe.transactions))
        return browser.call("GET", f"/api/{self.vendor}/orders/{sale}")

    def recorded(self, shop: MovedWorld) -> Any:
        """Return what the sale's metadata says of the order."""
        sale = next(iter(shop.sharetribe.transactions.values()))
        return sale.metadata.get(f"{self.vendor}Order", {}).get("status")

    def test_a_sale_becomes_one_order(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        first, again = self.ordered(shop, browser), self.ordered(shop, browser)
        assert (201, 200) == (first.status_code, again.status_code)
        assert first.json() == again.json() == self.read(shop, browser).json()
        assert (self.first, self.first) == (first.json()["status"], self.recorded(shop))

    def test_an_order_whose_record_is_lost_is_found_again(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        order_id = self.ordered(shop, browser).json()["orderId"]
        sale = next(iter(shop.sharetribe.transactions.values()))
        sale.metadata = {f"{self.vendor}Order": {"status": "sending"}}
        again = self.ordered(shop, browser)
        assert (200, order_id) == (again.status_code, again.json()["orderId"])

    def test_who_has_not_connected_sends_nothing(self, shop: MovedWorld) -> None:
        assert_problem(self.ordered(shop, shop.browser()), 409, "not-connected")
        assert [] == shop.vendors[self.vendor].calls

    @pytest.mark.parametrize("mode", MODES)
    def test_while_the_vendor_is_down_an_order_is_asked_for_again(
        self, shop: MovedWorld, mode: Mode
    ) -> None:
        browser = connect(shop, self.vendor)
        shop.vendors[self.vendor].faults.mode = mode
        assert_problem(self.ordered(shop, browser), 503, "vendor-unavailable")
        shop.vendors[self.vendor].faults.reset()
        assert self.ordered(shop, browser).ok
        assert self.first == self.recorded(shop)

    def test_a_dead_token_needs_reconnection(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        self.acts.kill(shop.vendors[self.vendor])
        assert_problem(self.ordered(shop, browser), 409, "needs-reconnection")
        assert "needs-reconnection" == entry(browser, self.vendor)["status"]

    def test_news_moves_the_order_forward_only(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        order_id = self.ordered(shop, browser).json()["orderId"]
        vendor = shop.vendors[self.vendor]
        assert {200} == set(self.move(vendor, order_id, self.later))
        assert self.later == self.recorded(shop)
        assert {200} == set(self.move(vendor, order_id, self.first))
        assert self.later == self.recorded(shop)

    def test_news_that_cannot_be_written_comes_again(self, shop: MovedWorld) -> None:
        browser = connect(shop, self.vendor)
        order_id = self.ordered(shop, browser).json()["orderId"]
        shop.sharetribe.faults.only_paths = frozenset({"/v1/integration_api/transactions"})
        shop.sharetribe.faults.mode = "error"
        assert {503} == set(self.move(shop.vendors[self.vendor], order_id, self.later))
        shop.sharetribe.faults.reset()
        caught = browser.call("POST", f"/api/{self.vendor}/orders/catch-up")
        assert (200, 1) == (caught.status_code, len(caught.json()["orders"]))
        assert self.later == self.recorded(shop)
