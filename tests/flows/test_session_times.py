"""When a session began and ended: told in this order, whatever the vendor's clock says."""

from __future__ import annotations

import pytest

from proxy.timestamps import parse_utc
from tests.conftest import StartWorld
from tests.flows.steps import standing, started
from tests.kit.world import KitWorld

BEHIND_SECONDS = 40.0


def times(told: dict[str, str]) -> tuple[float, float]:
    found = [parse_utc(told[name]) for name in ("startedAt", "completedAt")]
    began, ended = (0.0 if one is None else one.timestamp() for one in found)
    assert 0.0 not in (began, ended)
    return began, ended


def ended_too_soon(
    world: KitWorld, reference: str, word: str = "passed", seconds: float = BEHIND_SECONDS
) -> None:
    """End a session by a vendor's clock that is so many seconds behind ours."""
    world.checks.finish(reference, word, told=False)
    check = world.checks.checks[reference]
    assert check.finished_at is not None
    check.finished_at -= seconds


@pytest.mark.parametrize("is_told", [True, False], ids=["callback", "visit"])
def test_a_check_ends_no_sooner_than_it_began(each_check: KitWorld, *, is_told: bool) -> None:
    browser = each_check.browser()
    reference = started(browser)
    ended_too_soon(each_check, reference)
    if is_told:
        each_check.checks.tell(each_check.checks.checks[reference])
    for told in (standing(browser), each_check.verification()):
        assert told is not None
        began, ended = times(told)
        assert began <= ended
    assert each_check.checksum_holds()


def test_a_document_is_signed_no_sooner_than_it_was_begun(start_world: StartWorld) -> None:
    world, path = start_world(INTEGRATIONS="inkwell"), "/api/signings/provider-agreement"
    browser = world.browser()
    reference = browser.call("POST", path).json()["transactionReference"]
    world.inkwell.finish(reference, "signed", told=False)
    document = world.inkwell.transactions[reference]
    assert document.ended_at is not None
    document.ended_at -= BEHIND_SECONDS
    began, ended = times(browser.call("GET", path).json())
    assert began <= ended


def test_of_two_sessions_that_one_counts_which_the_vendor_ended_last(world: KitWorld) -> None:
    browser = world.browser()
    first, second = started(browser), started(browser, restart=True)
    ended_too_soon(world, second, "refused", BEHIND_SECONDS)
    ended_too_soon(world, first, "passed", BEHIND_SECONDS - 10)
    assert first == standing(browser)["transactionReference"]
