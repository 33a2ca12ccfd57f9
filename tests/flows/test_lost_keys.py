"""What a lost key costs, and the way back: docs/keys.md says no more than happens here."""

from __future__ import annotations

import base64
import secrets

import pytest

from crypto.keys import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES
from sandbox.sharetribe.users import ALLOW
from tests.conftest import StartWorld
from tests.flows.connecting import entry
from tests.flows.steps import NOT_OURS, standing, started
from tests.kit.trips import MovedWorld, Trip
from tests.kit.world import KitWorld
from tests.world import Browser


def _another_key(length: int) -> str:
    return "9:" + base64.urlsafe_b64encode(secrets.token_bytes(length)).decode().rstrip("=")


OTHER_SEAL = {"SEAL_KEYS": _another_key(SEAL_KEY_BYTES)}
OTHER_CHECKSUM = {"CHECKSUM_KEYS": _another_key(CHECKSUM_KEY_BYTES)}


def test_without_the_seal_key_a_visit_brings_the_result_that_the_callback_cannot(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = shop.browser()
    check = started(browser)
    _serve(shop, monkeypatch, **OTHER_SEAL)
    assert NOT_OURS["passcheck"][0] == shop.checks.finish(check)[-1]
    assert ("approved", "valid") == _told(standing(browser))


def test_without_the_seal_key_results_that_are_stored_still_count(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = shop.browser()
    shop.checks.finish(started(browser))
    _serve(shop, monkeypatch, **OTHER_SEAL)
    assert ("approved", "valid") == _told(standing(browser))


def test_without_the_seal_key_a_user_connects_again(
    shop: MovedWorld, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = Trip(shop, vendor)
    assert "connected" == trip.comes()
    _serve(shop, monkeypatch, **OTHER_SEAL)
    assert "needs-reconnection" == entry(trip.browser, vendor)["status"]
    assert "connected" == Trip(shop, vendor).comes()


def test_without_the_checksum_key_a_result_counts_again_once_it_is_made_anew(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = start_world(INTEGRATIONS="passcheck")
    browser = _approved(world)
    _serve(world, monkeypatch, **OTHER_CHECKSUM)
    assert ("invalid", "invalid") == _told(standing(browser))
    assert ("invalid", "invalid") == _told(standing(browser))
    world.checks.finish(started(browser))
    assert ("approved", "valid") == _told(standing(browser))


def test_with_the_integration_api_and_the_seal_key_the_next_visit_signs_the_result_anew(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = start_world(INTEGRATIONS="passcheck", integration_api=True)
    browser = _approved(world)
    _serve(world, monkeypatch, **OTHER_CHECKSUM)
    assert ("invalid", "invalid") == _told(standing(browser))
    assert ("approved", "valid") == _told(standing(browser))


def test_with_both_keys_gone_the_integration_api_does_not_help(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = start_world(INTEGRATIONS="passcheck", integration_api=True)
    browser = _approved(world)
    _serve(world, monkeypatch, **OTHER_SEAL, **OTHER_CHECKSUM)
    assert ("invalid", "invalid") == _told(standing(browser))
    assert ("invalid", "invalid") == _told(standing(browser))


def test_without_the_checksum_key_the_callback_of_a_check_that_was_open_still_counts(
    shop: MovedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = shop.browser()
    check = started(browser)
    _serve(shop, monkeypatch, **OTHER_CHECKSUM)
    assert 200 == shop.checks.finish(check)[-1]
    assert ("approved", "valid") == _told(standing(browser))


def test_the_key_put_back_heals_what_was_not_made_anew(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = start_world(INTEGRATIONS="passcheck")
    browser = _approved(world)
    _serve(world, monkeypatch, **OTHER_CHECKSUM)
    assert ("invalid", "invalid") == _told(standing(browser))
    _serve(world, monkeypatch)
    assert ("approved", "valid") == _told(standing(browser))


def test_rights_that_are_open_stay_open_without_any_key(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = start_world(
        INTEGRATIONS="passcheck", integration_api=True, ACCESS_RULES="identity=postListings"
    )
    browser = _approved(world)
    assert ALLOW == world.user.permissions["postListings"]
    _serve(world, monkeypatch, **OTHER_SEAL, **OTHER_CHECKSUM)
    standing(browser)
    assert ALLOW == world.user.permissions["postListings"]


def _approved(world: KitWorld) -> Browser:
    browser = world.browser()
    world.checks.finish(started(browser))
    return browser


def _serve(world: KitWorld, monkeypatch: pytest.MonkeyPatch, **keys: str) -> None:
    """Have requests arrive at a process with other keys from now on."""
    monkeypatch.setattr(world.app, "wsgi_app", world.another_app(**keys).wsgi_app)


def _told(answer: dict[str, object]) -> tuple[object, object]:
    return answer["status"], answer["checksum"]
