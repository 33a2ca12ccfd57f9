"""The command `flask --app app connect hubrise`: a copied code makes a whole connection.

What the command does with any vendor is in tests/proxy/test_connect_command.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

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


def connect(world: HubRiseWorld, code: Callable[[str], str]) -> Done:
    """Run the command and paste what `code` makes of the address that it shows."""
    with subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "connect", "hubrise", world.user.id],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **world.settings, "INTEGRATIONS": "hubrise"},
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


def test_a_copied_code_connects_the_user_for_the_whole_way(world: HubRiseWorld) -> None:
    codes: list[str] = []

    def copied(address: str) -> str:
        codes.append(allowing(world)(address))
        return codes[-1]

    done = connect(world, copied)
    assert (0, True) == (done.code, f"Connected {world.user.id} to hubrise" in done.said)
    asked = parse_qs(urlsplit(done.authorize_url).query)
    assert ["urn:ietf:wg:oauth:2.0:oob"] == asked["redirect_uri"]
    assert {"redirect_uri", "client_id", "scope", "device_id"} == set(asked)
    assert "k7w2p-1" in done.said
    assert "Pizzeria Vanille" in done.said
    (token,) = world.hubrise.connections
    for secret in (codes[0], token, world.hubrise.client_secret):
        assert secret not in done.said
    listed = entry(world.browser(), "hubrise")
    assert ("connected", "k7w2p-1") == (listed["status"], listed["details"]["locationId"])
    assert "not-connected" == entry(world.browser(world.other_user), "hubrise")["status"]
    sale = world.sharetribe.add_transaction(
        customer_id=world.other_user.id, provider_id=world.user.id
    )
    shop = Shop(world, world.browser(), sale)
    assert [200] == world.hubrise.set_status(shop.ordered(), "accepted")
    assert "accepted" == shop.record["status"]


def test_a_wrong_code_connects_nothing(world: HubRiseWorld) -> None:
    done = connect(world, lambda _: "é🍕")
    assert (1, True) == (done.code, "hubrise does not take the code" in done.said)
    assert "Traceback" not in done.said
    assert ({}, {}) == (world.user.private_data, world.hubrise.connections)


def test_what_the_page_shows_after_a_refusal_is_no_code(world: HubRiseWorld) -> None:
    assert 1 == connect(world, allowing(world, "decline")).code
    assert {} == world.user.private_data


def test_a_token_that_cannot_be_stored_is_given_back(world: HubRiseWorld) -> None:
    def copied_too_late(address: str) -> str:
        code = allowing(world)(address)
        world.sharetribe.faults.mode = "error"
        return code

    done = connect(world, copied_too_late)
    assert (1, True) == (done.code, "Nothing was connected" in done.said)
    assert ["revoked"] == [one.dead for one in world.hubrise.connections.values()]
