"""What every vendor of the reference trip must show: a subclass says which, and how it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
import requests

from sandbox.faults import Mode
from tests.flows.problems import assert_problem
from tests.flows.steps import private_data
from tests.kit.guest import Guest
from tests.kit.world import KitWorld
from tests.world import Browser

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")


class ReferenceContract:
    """The behaviours of a Reference. `words` are the vendor's ends of a session, by our statuses.

    `path`, `record` and `flag` are of its matter, `good` and `bad` two of its statuses. With
    `links_work_once` a second start leads to the same session by another address.
    """

    path: ClassVar[str] = "/api/id-verification"
    record: ClassVar[str] = "idVerification"
    flag: ClassVar[str] = "verified"
    good: ClassVar[str] = "approved"
    bad: ClassVar[str] = "rejected"

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    words: ClassVar[Mapping[str, str]]
    links_work_once: ClassVar[bool] = False

    def start(self, browser: Browser, **body: object) -> requests.Response:
        """Begin a session."""
        return browser.call("POST", self.path, json_body=body or None)

    def started(self, browser: Browser, **body: object) -> str:
        """Begin a session and return its transaction reference."""
        answer = self.start(browser, **body)
        assert 201 == answer.status_code, answer.text
        reference: str = answer.json()["transactionReference"]
        return reference

    def started_again(self, world: KitWorld, browser: Browser) -> str:  # noqa: ARG002
        """Begin another session, which may then count in place of the earlier ones."""
        return self.started(browser, restart=True)

    def standing(self, browser: Browser) -> dict[str, Any]:
        """Return what a browser is told."""
        answer = browser.call("GET", self.path)
        assert 200 == answer.status_code, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def assert_recorded(self, world: KitWorld, status: str) -> None:
        """Require that private data holds this status, with a checksum for this very user."""
        assert status == world.user.private_data[self.record]["status"]
        assert world.checksum_holds(key=self.record)

    def finish(self, vendor: Any, reference: str, word: str, *, told: bool = True) -> None:
        """End a session at the vendor; without `told` its callback gets lost."""
        raise NotImplementedError

    def tell(self, vendor: Any, reference: str) -> int | None:
        """Send the callback of a finished session once more, and return what is answered."""
        raise NotImplementedError

    def forge(self, vendor: Any, reference: str) -> int | None:
        """Send its callback as somebody else would."""
        raise NotImplementedError

    @pytest.fixture
    def world(self) -> Iterator[KitWorld]:
        """Return a world with the vendor."""
        world = KitWorld(INTEGRATIONS=self.vendor, guests=self.guests, **self.options)
        yield world
        world.close()

    def test_a_start_leads_to_the_vendor_and_is_handed_out_again(self, world: KitWorld) -> None:
        browser = world.browser()
        first, second = self.start(browser), self.start(browser)
        assert (201, 200) == (first.status_code, second.status_code)
        told = first.json(), second.json()
        is_same_link = told[0].pop("redirectUrl") == told[1].pop("redirectUrl")
        assert told[0] == told[1]
        assert is_same_link != self.links_work_once
        assert first.json()["redirectUrl"].startswith(world.vendors[self.vendor].base_url)
        self.assert_recorded(world, "pending")

    def test_every_end_is_stored_in_our_words(self, world: KitWorld) -> None:
        browser = world.browser()
        for status, word in self.words.items():
            reference = self.started_again(world, browser)
            self.finish(world.vendors[self.vendor], reference, word)
            self.assert_recorded(world, status)
            assert (status == self.good) == self.standing(browser)[self.flag]

    def test_a_lost_callback_heals_on_the_next_visit(self, world: KitWorld) -> None:
        browser = world.browser()
        reference = self.started(browser)
        self.finish(world.vendors[self.vendor], reference, self.words[self.good], told=False)
        self.assert_recorded(world, "pending")
        assert self.standing(browser)[self.flag]

    def test_a_repeated_callback_writes_nothing(self, world: KitWorld) -> None:
        reference = self.started(world.browser())
        self.finish(world.vendors[self.vendor], reference, self.words[self.bad])
        written = list(world.sharetribe.updates)
        assert 200 == self.tell(world.vendors[self.vendor], reference)
        assert written == world.sharetribe.updates

    def test_a_forged_callback_changes_nothing(self, world: KitWorld) -> None:
        reference = self.started(world.browser())
        vendor = world.vendors[self.vendor]
        self.finish(vendor, reference, self.words[self.good], told=False)
        before, asked = private_data(world), list(vendor.calls)
        assert self.forge(vendor, reference) in (401, 403)
        assert (before, asked) == (private_data(world), vendor.calls)

    @pytest.mark.parametrize("mode", MODES)
    def test_a_vendor_that_is_down_begins_nothing(self, world: KitWorld, mode: Mode) -> None:
        world.vendors[self.vendor].faults.mode = mode
        assert_problem(self.start(world.browser()), 503, "vendor-unavailable")
        assert self.record not in world.user.private_data

    @pytest.mark.parametrize("mode", MODES)
    def test_a_vendor_that_is_down_leaves_the_answer_at_pending(
        self, world: KitWorld, mode: Mode
    ) -> None:
        browser, vendor = world.browser(), world.vendors[self.vendor]
        reference = self.started(browser)
        self.finish(vendor, reference, self.words[self.good], told=False)
        vendor.faults.mode = mode
        assert 503 == self.tell(vendor, reference)
        assert "pending" == self.standing(browser)["status"]
        vendor.faults.reset()
        assert 200 == self.tell(vendor, reference)
        self.assert_recorded(world, self.good)

    def test_a_result_that_cannot_be_written_is_asked_for_again(self, world: KitWorld) -> None:
        vendor, reference = world.vendors[self.vendor], self.started(world.browser())
        self.finish(vendor, reference, self.words[self.good], told=False)
        world.sharetribe.faults.mode = "error"
        assert 503 == self.tell(vendor, reference)
        world.sharetribe.faults.reset()
        assert 200 == self.tell(vendor, reference)
        self.assert_recorded(world, self.good)
