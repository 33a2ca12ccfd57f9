"""What every vendor must keep to itself: its secrets leave the app by no side door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, get_args

import pytest

from proxy.operating.configuration import read_configuration
from proxy.vendors.connection import Connection
from sandbox.faults import Mode
from tests.kit.guest import Guest
from tests.kit.page import Page
from tests.kit.world import KitWorld
from tests.watch import Watch, assert_nothing_leaked, watch

MODES = [mode for mode in get_args(Mode) if mode != "ok"]
# Short enough not to slow the tests, long enough for an answer over loopback.
REQUEST_SECONDS = 0.25


class LeakContract:
    """The behaviours of any vendor with secrets: a subclass says which, and its own good day.

    `by_right` are beginnings of answers that hold what only their caller may learn.
    """

    listed: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    by_right: ClassVar[tuple[str, ...]] = ()

    @pytest.fixture
    def watched(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> Iterator[Watch]:
        """Return a watched world with the vendor, the Integration API and strict rotation."""
        options = {"integration_api": True, "rotation": "strict", **self.options}
        world = KitWorld(INTEGRATIONS=self.listed, guests=self.guests, **options)
        yield from watch(world, monkeypatch, caplog)
        world.close()

    def use(self, page: Page) -> None:
        """Use the vendor in its own ways, whatever comes of it."""

    def _go_round(self, page: Page) -> list[str]:
        """Connect every vendor that can be, again, and give it back; return how trips ended."""
        parts = read_configuration(page.world.settings, page.world.known).parts
        ends = []
        for vendor in (part.name for part in parts.of(Connection)):
            address = page.consent(vendor, page.begin(vendor))
            ends += [page.come_back(address), page.come_back(f"{address}&code=x")]
            page.begin(vendor)
            page.send("GET", f"/api/connections/{vendor}/return?code=x&state=y")
            page.send("GET", "/api/connections")
            self.use(page)
            page.send("DELETE", f"/api/connections/{vendor}")
        self.use(page)
        return ends

    def test_no_use_leaks(self, watched: Watch) -> None:
        ends = self._go_round(Page(watched))
        assert {"connected"} >= set(ends[::2])
        assert "event=request" in watched.output.getvalue()
        assert_nothing_leaked(watched, *self.by_right)

    @pytest.mark.parametrize("mode", MODES)
    def test_no_failure_of_the_vendor_leaks(
        self, watched: Watch, monkeypatch: pytest.MonkeyPatch, mode: Mode
    ) -> None:
        page = Page(watched)
        self.use(page)
        for guest in self.guests:
            watched.world.vendors[guest.name].faults.mode = mode
        monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", REQUEST_SECONDS)
        monkeypatch.setattr("proxy.connections.keeping._GIVE_BACK_SECONDS", REQUEST_SECONDS)
        self._go_round(page)
        assert_nothing_leaked(watched, *self.by_right)

    @pytest.mark.parametrize("arguments", [["check"], ["doctor"]])
    def test_no_command_shows_what_is_set(self, watched: Watch, arguments: list[str]) -> None:
        result = watched.world.app.test_cli_runner().invoke(args=arguments)
        assert 0 == result.exit_code, result.output
        assert [] == watched.leaks_in("the command's output", result.output)

    def test_no_repr_of_the_parts_shows_a_secret(self, watched: Watch) -> None:
        parts = read_configuration(watched.world.settings, watched.world.known).parts
        held = [one for part in parts for one in (part, *vars(part).values())]
        shown = [f"{one!r} {one}" for one in held if not isinstance(one, str | bytes)]
        assert [] == watched.leaks_in("a repr", " ".join(shown))
