"""What every vendor with a workspace must show: a subclass says which, and how it asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from sandbox.faults import Mode
from tests.flows.connecting import connect, entry
from tests.flows.steps import assert_recorded, started
from tests.kit.guest import Guest
from tests.kit.trips import MovedWorld

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")


class WorkspaceContract:
    """The behaviours of a Workspace; checks are those of the first example."""

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()

    def ask(self, vendor: Any, user_id: str) -> tuple[int, str]:
        """Ask how a user stands; return status and text."""
        raise NotImplementedError

    def forge(self, vendor: Any) -> int:
        """Send a request that nobody signed rightly, and return its status."""
        raise NotImplementedError

    def leave(self, vendor: Any) -> int:
        """Remove the app from the workspace that is connected, and return the status."""
        raise NotImplementedError

    def messages(self, vendor: Any) -> list[str]:
        """Return what was said in the workspace."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def class_world(cls) -> Iterator[MovedWorld]:
        """Return a world with the vendor, for all tests of a class."""
        world = MovedWorld(INTEGRATIONS=f"passcheck,{cls.vendor}", guests=cls.guests)
        yield world
        world.close()

    @pytest.fixture
    def shop(self, class_world: MovedWorld) -> MovedWorld:
        """Return that world, calm, with the operator's workspace connected."""
        class_world.start_afresh()
        connect(class_world, self.vendor)
        return class_world

    @pytest.mark.parametrize("word", ["passed", "refused"])
    def test_the_end_of_a_check_is_told_once(self, shop: MovedWorld, word: str) -> None:
        reference = started(shop.browser(shop.other_user))
        shop.checks.finish(reference, word)
        shop.checks.tell(shop.checks.check)
        (said,) = self.messages(shop.vendors[self.vendor])
        assert shop.other_user.id in said

    @pytest.mark.parametrize("mode", MODES)
    def test_a_result_is_stored_whatever_the_workspace_does(
        self, shop: MovedWorld, mode: Mode
    ) -> None:
        shop.vendors[self.vendor].faults.mode = mode
        assert [200] == shop.checks.finish(started(shop.browser()))
        assert_recorded(shop, "approved")
        assert [] == self.messages(shop.vendors[self.vendor])

    def test_who_asks_is_told_how_a_user_stands(self, shop: MovedWorld) -> None:
        shop.checks.finish(started(shop.browser()), "refused")
        status, text = self.ask(shop.vendors[self.vendor], shop.user.id)
        assert (200, True, True) == (status, shop.user.id in text, "rejected" in text)

    def test_who_asks_while_the_marketplace_is_down_gets_words(self, shop: MovedWorld) -> None:
        shop.sharetribe.faults.mode = "error"
        status, text = self.ask(shop.vendors[self.vendor], shop.user.id)
        assert (200, True) == (status, len(text) > 2)

    def test_a_forged_request_is_refused(self, shop: MovedWorld) -> None:
        assert self.forge(shop.vendors[self.vendor]) in (401, 403)

    def test_an_end_wipes_the_connection(self, shop: MovedWorld) -> None:
        shop.clock.ahead = 60
        assert 200 == self.leave(shop.vendors[self.vendor])
        assert "not-connected" == entry(shop.browser(), self.vendor)["status"]
