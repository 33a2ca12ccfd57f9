"""What a vendor must show with its own simulator, in any matter: each row of a table, by HTTP.

On top of what any vendor of the reference trip must show. A subclass says which vendor, in which
words it ends a session, and what else is its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from crypto import SEAL_KEY_BYTES, generate_key_entry
from proxy.vendors import Integration
from sandbox.sharetribe.tokens import Rotation
from sandbox.simulator import Place, Simulator
from tests.flows.steps import private_data
from tests.kit.contracts.reference import ReferenceContract
from tests.kit.guest import Guest
from tests.kit.links import LINK_PAGES, Visitor, link_title
from tests.kit.world import KitWorld

UPDATE = "/v1/api/current_user/update_profile"


def guest_of(integration: Integration, simulator: Simulator[Any], make: Any) -> Guest:
    """Return a simulated vendor as a guest of the kit's worlds, set up as in the demo.

    `make` makes it, from a log of hops and a clock.
    """

    def settings(vendor: Any, world: KitWorld) -> Mapping[str, str]:
        return simulator.environment(vendor, Place(world.sharetribe, world.api_url, {}))

    return Guest(integration, make, settings, lambda vendor: vendor.start_afresh())


class SessionContract(ReferenceContract):
    """The behaviours of a vendor whose simulator is a `sandbox.kit.checks.CheckVendor`.

    `words` are its outcomes by our statuses, `waiting` those that end nothing, `undocumented` one
    that nobody knows, "" for none. `secrets_setting` lists the secrets that sign callbacks, ""
    where none does; `another_secret` has the form of one. `start_calls` and `result_calls` count
    what is asked of the vendor to begin, and to learn a result, `store_calls` what is asked of
    Sharetribe to store one. `foreign_status` answers what is not ours; `carrier` is where a
    simulated session holds what it carries. `opens_in_frame`: its page has no link.
    """

    waiting: ClassVar[tuple[str, ...]] = ()
    undocumented: ClassVar[str] = "undocumented"
    secrets_setting: ClassVar[str] = ""
    another_secret: ClassVar[str] = "another-secret-of-the-same-account"
    start_calls: ClassVar[int] = 1
    result_calls: ClassVar[int] = 1
    store_calls: ClassVar[int] = 3
    foreign_status: ClassVar[int] = 200
    carrier: ClassVar[str] = "reference"
    opens_in_frame: ClassVar[bool] = False

    def finish(self, vendor: Any, reference: str, word: str, *, told: bool = True) -> None:
        """Decide about a session."""
        vendor.callbacks = "send" if told else "lose"
        statuses = vendor.finish(reference, word)
        vendor.callbacks = "send"
        assert set(statuses) <= {200}

    def tell(self, vendor: Any, reference: str) -> int | None:
        """Send its callback once more."""
        status: int | None = vendor.resend(reference)
        return status

    def forge(self, vendor: Any, reference: str) -> int | None:
        """Send it signed by somebody else, or from elsewhere."""
        status: int | None = vendor.forge(reference, self.words[self.good])
        return status

    @pytest.fixture
    def vendor_side(self, world: KitWorld) -> Any:
        """Return the simulated vendor."""
        return world.vendors[self.vendor]

    def test_what_is_told_and_not_final_is_acknowledged_and_shown(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        for word in self.waiting:
            browser = world.browser()
            reference = self.started(browser, restart=True)
            self.finish(vendor_side, reference, word)
            self.assert_recorded(world, "pending")
            told = self.standing(browser)
            assert ("pending", False) == (told["status"], told[self.flag])
            assert {"code", "description"} == set(told["reason"])
            assert reference == self.start(browser).json()["transactionReference"]
            self.finish(vendor_side, reference, self.words[self.good])
            self.assert_recorded(world, self.good)

    def test_a_status_that_nobody_knows_approves_nobody(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        if not self.undocumented:
            return
        browser = world.browser()
        self.finish(vendor_side, self.started(browser), self.undocumented)
        assert self.standing(browser)["status"] != self.good

    def test_of_a_callback_sent_three_times_one_writes(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        reference = self.started(world.browser())
        written = len(world.sharetribe.updates)
        vendor_side.callbacks = "repeat"
        assert {200} == set(vendor_side.finish(reference, self.words[self.good]))
        assert written + 1 == len(world.sharetribe.updates)

    def test_callbacks_out_of_order_end_in_the_last_word(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        reference = self.started(world.browser())
        vendor_side.callbacks = "reorder"
        for word in (*self.waiting, self.words[self.good]):
            vendor_side.finish(reference, word)
        assert {200} >= set(vendor_side.release_callbacks())
        self.assert_recorded(world, self.good)

    @pytest.mark.parametrize("is_good_first", [True, False])
    def test_a_verdict_that_flips_later_takes_the_place_of_the_first(
        self, world: KitWorld, vendor_side: Any, *, is_good_first: bool
    ) -> None:
        first, last = (self.good, self.bad) if is_good_first else (self.bad, self.good)
        reference = self.started(world.browser())
        self.finish(vendor_side, reference, self.words[first])
        assert {200} == set(vendor_side.correct(reference, self.words[last], callback=True))
        self.assert_recorded(world, last)

    def test_a_session_of_somebody_else_at_the_account_is_not_ours(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        reference = self.started(world.browser())
        setattr(vendor_side.transactions[reference], self.carrier, "order-4711")
        before, calls = private_data(world), len(world.sharetribe.calls)
        statuses = vendor_side.finish(reference, self.words[self.good])
        assert self.foreign_status == statuses[-1]
        assert (before, calls) == (private_data(world), len(world.sharetribe.calls))

    def test_while_secrets_are_exchanged_both_hold(self, world: KitWorld, vendor_side: Any) -> None:
        if not self.secrets_setting:
            return
        own = world.settings[self.secrets_setting]
        moved = world.another_app(**{self.secrets_setting: f"{self.another_secret},{own}"})
        reference = self.started(world.browser())
        self.finish(vendor_side, reference, self.words[self.good], told=False)
        event = vendor_side.events(vendor_side.transactions[reference])[-1]
        for secret, status in ((self.another_secret, 200), (own, 200), ("a-third-secret", 401)):
            proof = [*event.headers, *vendor_side.signed(event.body, secret)]
            answer = moved.test_client().post(
                f"/api/callbacks/{self.vendor}",
                data=event.body,
                content_type=event.content_type,
                headers=proof,
            )
            assert status == answer.status_code

    def test_a_key_that_is_rotated_out_still_opens_what_it_has_sealed(self) -> None:
        old, new = generate_key_entry(1, SEAL_KEY_BYTES), generate_key_entry(2, SEAL_KEY_BYTES)
        world = self.another_world(SEAL_KEYS=f"{new},{old}")
        try:
            headers = {"Sec-Fetch-Site": "same-origin", "Cookie": world.browser().cookie_header}
            client = world.another_app(SEAL_KEYS=old).test_client(use_cookies=False)
            begun = client.post(self.path, json={}, headers=headers).get_json()
            vendor = world.vendors[self.vendor]
            self.finish(vendor, begun["transactionReference"], self.words[self.good])
            self.assert_recorded(world, self.good)
        finally:
            world.close()

    def test_a_link_page_leads_there_and_tells_how_it_ended(self) -> None:
        world = self.another_world(integration_api=True, **LINK_PAGES)
        try:
            visitor, title = Visitor(world, Accept_Language="fr-CA"), link_title(self.path)
            page = visitor.open(title)
            assert (404 if self.opens_in_frame else 200) == page.status
            if self.opens_in_frame:
                return
            vendor = world.vendors[self.vendor]
            assert visitor.press(page).headers["Location"].startswith(vendor.base_url)
            reference = world.user.private_data[self.record]["transactionReference"]
            self.finish(vendor, reference, self.words[self.good])
            self.assert_recorded(world, self.good)
            assert "good" == visitor.open(title).tone
        finally:
            world.close()

    def another_world(self, **options: Any) -> KitWorld:
        """Return a world with the vendor and these options, for the caller to close."""
        return KitWorld(INTEGRATIONS=self.vendor, guests=self.guests, **{**self.options, **options})

    @pytest.mark.parametrize("integration_api", [True, False])
    def test_a_session_that_is_logged_out_keeps_its_result(self, *, integration_api: bool) -> None:
        world = self.another_world(integration_api=integration_api)
        try:
            reference = self.started(world.browser())
            world.sharetribe.log_out(world.user.id)
            self.finish(world.vendors[self.vendor], reference, self.words[self.good])
            self.assert_recorded(world, self.good if integration_api else "pending")
            assert self.standing(world.browser())[self.flag]
        finally:
            world.close()

    @pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
    def test_refresh_tokens_may_be_exchanged_in_any_way(
        self, world: KitWorld, vendor_side: Any, rotation: Rotation
    ) -> None:
        world.sharetribe.rotation = rotation
        reference = self.started(world.browser())
        self.finish(vendor_side, reference, self.words[self.good])
        self.assert_recorded(world, self.good)

    def test_a_trip_costs_no_call_that_changes_nothing(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        reference = self.started(world.browser())
        assert (self.start_calls, 2) == (len(vendor_side.calls), len(world.sharetribe.calls))
        vendor_side.calls.clear()
        world.sharetribe.calls.clear()
        self.finish(vendor_side, reference, self.words[self.good])
        counted = (len(vendor_side.calls), len(world.sharetribe.calls))
        assert (self.result_calls, self.store_calls) == counted
