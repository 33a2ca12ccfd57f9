"""What each step costs at Sharetribe and at the vendor: docs/costs.md says what is counted here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.conftest import StartWorld
from tests.flows.steps import standing, started
from tests.kit.clock import FastClock
from tests.kit.links import IDENTITY, LINK_PAGES, Visitor
from tests.kit.trips import Trip
from tests.kit.world import KitWorld
from tests.source_tree import ROOT

_ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
# How Sharetribe bills a call: the end of its path, read 2026-11.
_READS, _WRITES, _TOKENS = ("/show", "/query"), ("/update_profile",), ("/auth/token",)

Counts = tuple[int, int, int, int]


def documented() -> list[Counts]:
    """Return the rows of the table: reads, writes, tokens, calls to the vendor."""
    page = (ROOT / "docs" / "costs.md").read_text()
    return [(int(r), int(w), int(t), int(v)) for _, r, w, t, v in _ROW.findall(page)]


class Meter:
    """Counts what a world's services are asked."""

    def __init__(self) -> None:
        self.counted: list[Counts] = []

    @contextmanager
    def counting(self, world: KitWorld, vendor: list[str]) -> Iterator[None]:
        """Count one step; what is called that the table has no column for fails the test."""
        world.sharetribe.calls.clear()
        vendor.clear()
        yield
        paths = [call.partition(" ")[2] for call in world.sharetribe.calls]
        reads, writes, tokens = (_ending(paths, ends) for ends in (_READS, _WRITES, _TOKENS))
        assert reads + writes + tokens == len(paths), paths
        self.counted.append((reads, writes, tokens, len(vendor)))


def _ending(paths: Iterable[str], ends: tuple[str, ...]) -> int:
    return sum(path.endswith(ends) for path in paths)


def test_the_documented_costs_of_every_step_are_what_it_costs(start_world: StartWorld) -> None:
    clock = FastClock()
    alone = start_world(INTEGRATIONS="passcheck", clock=clock, PENDING_ASK_SECONDS="60")
    operated = start_world(INTEGRATIONS="passcheck,calendar", integration_api=True, **LINK_PAGES)
    meter = Meter()
    check = _starts(alone, meter)
    _callbacks(alone, operated, meter, check)
    _looks(alone, clock, meter)
    _pages(operated, meter)
    _connects(operated, meter)
    assert documented() == meter.counted


def _starts(world: KitWorld, meter: Meter) -> str:
    browser = world.browser()
    with meter.counting(world, world.checks.calls):
        check = started(browser)
    with meter.counting(world, world.checks.calls):
        browser.start()
    return check


def _callbacks(alone: KitWorld, operated: KitWorld, meter: Meter, check: str) -> None:
    with meter.counting(alone, alone.checks.calls):
        alone.checks.finish(check)
    other = started(operated.browser())
    Visitor(operated).open(IDENTITY)  # the operator's own token is there from now on
    with meter.counting(operated, operated.checks.calls):
        operated.checks.finish(other)
    with meter.counting(alone, alone.checks.calls):
        alone.checks.tell(alone.checks.check)


def _looks(world: KitWorld, clock: FastClock, meter: Meter) -> None:
    browser = world.browser()
    check = started(browser, restart=True)
    clock.ahead += 60
    with meter.counting(world, world.checks.calls):
        standing(browser)
    with meter.counting(world, world.checks.calls):
        standing(browser)
    world.checks.finish(check)
    with meter.counting(world, world.checks.calls):
        standing(browser)


def _pages(world: KitWorld, meter: Meter) -> None:
    world.sharetribe.replace_private_data(world.user.id, {})
    world.user.metadata.clear()
    visitor = Visitor(world)
    with meter.counting(world, world.checks.calls):
        page = visitor.open(IDENTITY)
    with meter.counting(world, world.checks.calls):
        assert 303 == visitor.press(page).status_code


def _connects(world: KitWorld, meter: Meter) -> None:
    vendor: list[str] = world.vendors["calendar"].calls
    browser = world.browser()
    with meter.counting(world, vendor):
        trip = Trip(world, "calendar", browser)
    vendor.clear()
    with meter.counting(world, vendor):
        assert "connected" == trip.comes()
