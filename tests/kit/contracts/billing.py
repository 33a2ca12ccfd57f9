"""What a vendor of payments must show with its own simulator, in each of its modes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from tests.flows.problems import assert_problem
from tests.kit.clock import FastClock
from tests.kit.contracts.sessions import SessionContract
from tests.kit.world import KitWorld
from tests.world import Browser

DAY = 24 * 60 * 60


class BillingContract(SessionContract):
    """The behaviours of a vendor of payments, for the plan `plan`.

    What was paid for is not taken back by another session, so each of several begins afresh.
    """

    plan: ClassVar[str]
    flag = "entitled"

    def __init_subclass__(cls) -> None:
        """Derive where the plan's routes and records are."""
        if "plan" in cls.__dict__:
            cls.path, cls.record = f"/api/billing/{cls.plan}", f"billing_{cls.plan}"

    def started_again(self, world: KitWorld, browser: Browser) -> str:
        """Begin a session as if there had been none."""
        world.start_afresh()
        return self.started(browser)

    def test_a_browser_chooses_no_price(self, world: KitWorld, vendor_side: Any) -> None:
        answer = self.start(world.browser(), price="price_1")
        assert_problem(answer, 400, "body-invalid")
        assert [] == vendor_side.calls

    def test_the_portal_is_for_who_has_paid(self, world: KitWorld, vendor_side: Any) -> None:
        browser = world.browser()
        assert_problem(browser.call("POST", f"{self.path}/portal"), 409, "not-billed")
        self.finish(vendor_side, self.started(browser), self.words[self.good])
        answer = browser.call("POST", f"{self.path}/portal")
        assert 200 == answer.status_code, answer.text
        assert answer.json()["redirectUrl"].startswith(vendor_side.base_url)


class SubscriptionContract(BillingContract):
    """The behaviours of what goes on; a subclass says how it is renewed, and ended.

    `period_seconds` is that of the plan, or less.
    """

    good, bad = "active", "cancelled"
    period_seconds: ClassVar[float] = 28 * DAY

    def renew(self, vendor: Any, reference: str, *, told: bool) -> list[int | None]:
        """Let time at the vendor pass until the period is paid again; return what answered."""
        raise NotImplementedError

    def end(self, vendor: Any, reference: str, *, told: bool) -> list[int | None]:
        """End it at once, by the vendor's staff; return what answered."""
        raise NotImplementedError

    @pytest.fixture(params=[True, False], ids=["integration", "sessions"])
    def moved(self, request: pytest.FixtureRequest) -> Iterator[KitWorld]:
        """Return a world whose clock is moved by hand, with and without the Integration API."""
        world = self.another_world(integration_api=request.param, clock=FastClock())
        yield world
        world.close()

    def active(self, world: KitWorld) -> str:
        """Begin a subscription, pay for it, and return its session's reference."""
        reference = self.started(world.browser())
        self.finish(world.vendors[self.vendor], reference, self.words["active"])
        return reference

    def test_a_second_checkout_of_what_goes_on_is_not_begun(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        browser, _ = world.browser(), self.active(world)
        assert {"status": "active"} == self.start(browser).json()
        again = self.start(browser, restart=True)
        assert (200, "active") == (again.status_code, again.json()["status"])
        assert again.json()["redirectUrl"].startswith(vendor_side.base_url)
        assert 1 == len(vendor_side.transactions)

    @pytest.mark.parametrize("told", [True, False])
    def test_a_renewal_extends_it(self, moved: KitWorld, *, told: bool) -> None:
        reference, browser = self.active(moved), moved.browser()
        until = self.standing(browser)["paidUntil"]
        vendor = moved.vendors[self.vendor]
        assert {200} >= set(self.renew(vendor, reference, told=told))
        standing = self.standing(browser)
        assert (True, True) == (standing["entitled"], standing["paidUntil"] > until)

    def test_an_end_that_is_told_is_written_where_somebody_may(self, moved: KitWorld) -> None:
        reference, browser = self.active(moved), moved.browser()
        assert {200} == set(self.end(moved.vendors[self.vendor], reference, told=True))
        is_operated = "SHARETRIBE_INTEGRATION_CLIENT_ID" in moved.settings
        self.assert_recorded(moved, "cancelled" if is_operated else "active")
        fresh = browser.call("GET", f"{self.path}?fresh=true").json()
        assert ("cancelled", False) == (fresh["status"], fresh["entitled"])
