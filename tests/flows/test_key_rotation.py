"""Processes of neighbouring phases of a key rotation, side by side over one marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from tests.flows.connecting import entry
from tests.flows.steps import NOT_OURS, standing, started
from tests.kit.trips import MovedWorld, Trip

STEPS = {
    "added": ("add",),
    "fronted": ("front",),
    "dropped": ("drop", "SEAL_KEYS", "1"),
}
FORWARD = list(pairwise(("before", *STEPS)))
NEIGHBOURS = [*FORWARD, *((later, earlier) for earlier, later in FORWARD)]


class Rotation:
    """An app in each phase, with the keys that `rotate-keys` prints; one at a time is reached."""

    def __init__(self, world: MovedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self._world, self._monkeypatch = world, monkeypatch
        self._apps = {"before": world.another_app()}
        keys: dict[str, str] = {}
        for phase, step in STEPS.items():
            runner = world.another_app(**keys).test_cli_runner()
            result = runner.invoke(args=["rotate-keys", *step])
            assert 0 == result.exit_code, result.output
            keys |= dict(line.split("=", 1) for line in result.stdout.splitlines())
            self._apps[phase] = world.another_app(**keys)

    def reach(self, phase: str) -> None:
        """Have requests arrive at the process of a phase from now on."""
        self._monkeypatch.setattr(self._world.app, "wsgi_app", self._apps[phase].wsgi_app)


@pytest.fixture
def rotation(shop: MovedWorld, monkeypatch: pytest.MonkeyPatch) -> Rotation:
    """Return the processes of a rotation."""
    return Rotation(shop, monkeypatch)


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS)
def test_what_a_neighbour_has_sealed_and_signed_counts(
    shop: MovedWorld, rotation: Rotation, one: str, other: str
) -> None:
    browser = shop.browser()
    rotation.reach(one)
    check = started(browser)
    rotation.reach(other)
    assert ("pending", "valid") == _told(standing(browser))
    assert [200] == shop.checks.finish(check)
    rotation.reach(one)
    assert ("approved", "valid") == _told(standing(browser))


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS)
def test_a_connection_that_is_begun_at_one_is_made_and_read_at_the_other(
    shop: MovedWorld, rotation: Rotation, vendor: str, one: str, other: str
) -> None:
    rotation.reach(one)
    trip = Trip(shop, vendor)
    rotation.reach(other)
    assert "connected" == trip.comes()
    rotation.reach(one)
    assert "connected" == entry(trip.browser, vendor)["status"]


def test_without_the_first_phase_true_callbacks_are_lost_and_records_are_invalid(
    shop: MovedWorld, rotation: Rotation
) -> None:
    browser = shop.browser()
    rotation.reach("fronted")
    check = started(browser)
    rotation.reach("before")
    assert ("invalid", "invalid") == _told(standing(browser))
    assert NOT_OURS["passcheck"][0] == shop.checks.finish(check)[-1]
    assert "pending" == (shop.verification() or {})["status"]


def _told(answer: Mapping[str, object]) -> tuple[object, object]:
    return answer["status"], answer["checksum"]
