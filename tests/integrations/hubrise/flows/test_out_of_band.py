"""The command `flask --app app connect hubrise`: a copied code makes a whole connection."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from sandbox.hubrise.authorization import Decision
from tests.flows.connecting import entry
from tests.integrations.hubrise.flows.till import Shop, calm_down
from tests.integrations.hubrise.flows.world import HubRiseWorld
from tests.source_tree import ROOT

PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Done:
    """How the command ended, what it said, and the address that it showed ("" for none)."""

    code: int
    said: str
    authorize_url: str


@pytest.fixture
def world(module_world: HubRiseWorld) -> HubRiseWorld:
    """Return the file's world with nothing connected."""
    calm_down(module_world)
    return module_world


def connect(
    world: HubRiseWorld,
    code: Callable[[str], str],
    vendor: str = "hubrise",
    user_id: str | None = None,
    **settings: str,
) -> Done:
    """Run the command and paste what `code` makes of the address that it shows."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "flask",
            "--app",
            "app",
            "connect",
            vendor,
            user_id or world.user.id,
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            **world.settings,
            "INTEGRATIONS": "hubrise",
            **settings,
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # without a terminal, from which the code would be read
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown, address = [], ""
        for line in process.stdout:
            shown.append(line)
            if "/oauth2/v1/authorize?" in line:
                address = line.strip()
                break
        pasted = f"{code(address)}\n" if address else None
        rest, _ = process.communicate(pasted, PATIENCE_SECONDS)
        return Done(process.returncode, "".join([*shown, rest]), address)


def allowing(world: HubRiseWorld, decision: Decision = "allow") -> Callable[[str], str]:
    """Return a person who copies what HubRise's page shows after this decision."""
    return lambda address: world.hubrise.authorize(address, decision=decision)


def nobody(address: str) -> str:
    """Fail: nothing is to be copied."""
    raise AssertionError(address)


def test_a_copied_code_connects_the_user(world: HubRiseWorld) -> None:
    done = connect(world, allowing(world))
    assert (0, True) == (done.code, f"Connected {world.user.id} to hubrise" in done.said)
    listed = entry(world.browser(), "hubrise")
    assert ("connected", "k7w2p-1") == (listed["status"], listed["details"]["locationId"])
    assert "not-connected" == entry(world.browser(world.other_user), "hubrise")["status"]


def test_the_address_asks_for_a_code_that_the_page_shows(world: HubRiseWorld) -> None:
    done = connect(world, allowing(world))
    asked = parse_qs(urlsplit(done.authorize_url).query)
    assert ["urn:ietf:wg:oauth:2.0:oob"] == asked["redirect_uri"]
    assert {"redirect_uri", "client_id", "scope", "device_id"} == set(asked)


def test_an_order_and_its_news_go_the_whole_way(world: HubRiseWorld) -> None:
    assert 0 == connect(world, allowing(world)).code
    sale = world.sharetribe.add_transaction(
        customer_id=world.other_user.id, provider_id=world.user.id
    )
    shop = Shop(world, world.browser(), sale)
    assert [200] == world.hubrise.set_status(shop.ordered(), "accepted")
    assert "accepted" == shop.record["status"]


def test_ids_and_names_are_shown_and_neither_code_nor_token(world: HubRiseWorld) -> None:
    codes: list[str] = []

    def copied(address: str) -> str:
        codes.append(allowing(world)(address))
        return codes[-1]

    done = connect(world, copied)
    assert "k7w2p-1" in done.said
    assert "Pizzeria Vanille" in done.said
    (token,) = world.hubrise.connections
    for secret in (codes[0], token, world.hubrise.client_secret):
        assert secret not in done.said


def test_spaces_around_a_pasted_code_do_no_harm(world: HubRiseWorld) -> None:
    assert 0 == connect(world, lambda address: f"  {allowing(world)(address)} \t").code


@pytest.mark.parametrize("pasted", ["7c1d09be58a24f367c1d09be58a24f36", "<script>", "é🍕"])
def test_a_wrong_code_connects_nothing(world: HubRiseWorld, pasted: str) -> None:
    done = connect(world, lambda _: pasted)
    assert (1, True) == (done.code, "hubrise does not take the code" in done.said)
    assert "Traceback" not in done.said
    assert ({}, {}) == (world.user.private_data, world.hubrise.connections)


def test_a_code_works_once(world: HubRiseWorld) -> None:
    codes: list[str] = []

    def copied(address: str) -> str:
        codes.append(allowing(world)(address))
        return codes[-1]

    assert 0 == connect(world, copied).code
    assert 1 == connect(world, lambda _: codes[0], user_id=world.other_user.id).code
    assert {} == world.other_user.private_data


def test_what_the_page_shows_after_a_refusal_is_no_code(world: HubRiseWorld) -> None:
    assert 1 == connect(world, allowing(world, "decline")).code
    assert {} == world.user.private_data


def test_without_a_code_nothing_is_asked(world: HubRiseWorld) -> None:
    done = connect(world, lambda _: "")
    assert (1, "Traceback" in done.said) == (done.code, False)
    assert "POST /oauth2/v1/token" not in world.hubrise.calls


def test_without_the_integration_api_nobody_is_sent_anywhere(world: HubRiseWorld) -> None:
    unset = dict.fromkeys(
        ("SHARETRIBE_INTEGRATION_CLIENT_ID", "SHARETRIBE_INTEGRATION_CLIENT_SECRET"), ""
    )
    done = connect(world, nobody, **unset)
    assert (1, True) == (done.code, "The Integration API is not configured" in done.said)
    assert [] == world.sharetribe.calls


def test_an_unknown_user_is_told_before_anybody_consents(world: HubRiseWorld) -> None:
    done = connect(world, nobody, user_id=str(uuid4()))
    assert (1, True) == (done.code, "The user cannot be read" in done.said)
    assert "Traceback" not in done.said


def test_what_is_no_users_id_is_a_usage_error(world: HubRiseWorld) -> None:
    assert 2 == connect(world, nobody, user_id="seller@market.example").code


@pytest.mark.parametrize("vendor", ["passcheck", "nobody", "calendar"])
def test_a_vendor_that_shows_no_codes_is_told(world: HubRiseWorld, vendor: str) -> None:
    done = connect(world, nobody, vendor=vendor)
    assert (1, True) == (done.code, vendor in done.said)
    assert "Traceback" not in done.said


def test_a_hubrise_that_is_down_connects_nothing(world: HubRiseWorld) -> None:
    def copied_too_late(address: str) -> str:
        code = allowing(world)(address)
        world.hubrise.faults.mode = "error"
        return code

    done = connect(world, copied_too_late)
    assert (1, True) == (done.code, "Nothing was connected" in done.said)
    assert {} == world.user.private_data


def test_a_token_that_cannot_be_stored_is_given_back(world: HubRiseWorld) -> None:
    def copied_too_late(address: str) -> str:
        code = allowing(world)(address)
        world.sharetribe.faults.mode = "error"
        return code

    done = connect(world, copied_too_late)
    assert (1, True) == (done.code, "Nothing was connected" in done.said)
    assert ["revoked"] == [one.dead for one in world.hubrise.connections.values()]
