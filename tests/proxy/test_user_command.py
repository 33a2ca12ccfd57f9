"""`user`: whom it finds, what it says when it cannot, and that it only looks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import Result

from sandbox.faults import Mode
from tests.kit.trips import MovedWorld, Trip

USERS = "/v1/integration_api/users/show"


@pytest.fixture(scope="module")
def file_world() -> Iterator[MovedWorld]:
    """Return a world with checks, a till and badges that people bring."""
    world = MovedWorld(INTEGRATIONS="passcheck,till,badge")
    yield world
    world.close()


@pytest.fixture
def world(file_world: MovedWorld) -> MovedWorld:
    """Return it, calm."""
    file_world.start_afresh()
    return file_world


def invoke(world: MovedWorld, *arguments: str, **settings: str) -> Result:
    return world.another_app(**settings).test_cli_runner().invoke(args=["user", *arguments])


def test_a_user_is_found_by_id_and_by_address(world: MovedWorld) -> None:
    user = world.user
    for who in (user.id, user.id.upper(), user.email, f" {user.email.upper()} "):
        result = invoke(world, who, "--json")
        assert (0, user.id) == (result.exit_code, json.loads(result.stdout)["user"]["id"])


def test_it_reads_the_user_once_and_asks_and_writes_nothing_else(world: MovedWorld) -> None:
    Trip(world, "till").comes()
    check = world.browser().start().json()["transactionReference"]
    world.passcheck.finish(check, told=False)
    world.sharetribe.updates.clear()
    world.sharetribe.calls.clear()
    world.passcheck.calls.clear()
    world.till.calls.clear()
    assert 0 == invoke(world, world.user.id).exit_code
    assert (["POST /v1/auth/token", f"GET {USERS}"], []) == (
        world.sharetribe.calls,
        world.sharetribe.updates,
    )
    assert ([], []) == (world.passcheck.calls, world.till.calls)


def failed(result: Result) -> str:
    """Return the one line that a refusal says."""
    assert (1, "") == (result.exit_code, result.stdout)
    (line,) = [one for one in result.stderr.splitlines() if one.startswith("Error: ")]
    return line.removeprefix("Error: ")


@pytest.mark.parametrize("who", ["nobody@example.com", "9f1d6c1e-54ab-4cc1-8b0e-64d3a1c5a0b7"])
def test_an_unknown_user_is_said_to_be_one(world: MovedWorld, who: str) -> None:
    assert failed(invoke(world, who)).startswith("Sharetribe knows no such user")


@pytest.mark.parametrize("who", ["robin", "@", "a@", "@b", "x" * 300 + "@b.c", "a\x1b@b.c", ""])
def test_what_names_nobody_is_not_asked_for(world: MovedWorld, who: str) -> None:
    world.sharetribe.calls.clear()
    expected = "that is neither a user's id nor an e-mail address"
    assert (expected, []) == (failed(invoke(world, who)), world.sharetribe.calls)


def test_wrong_credentials_are_named_and_not_shown(world: MovedWorld) -> None:
    result = invoke(world, world.user.id, SHARETRIBE_INTEGRATION_CLIENT_SECRET="wrong-secret-4711")
    message = failed(result)
    assert "SHARETRIBE_INTEGRATION_CLIENT_SECRET" in message
    assert "4711" not in result.output


@pytest.mark.parametrize("mode", ["error", "garbage"])
def test_a_marketplace_that_is_away_is_said_to_be(world: MovedWorld, mode: Mode) -> None:
    world.sharetribe.faults.mode = mode
    assert failed(invoke(world, world.user.id)).startswith("Sharetribe cannot be asked now")


def test_without_the_integration_api_it_says_what_to_set(world: MovedWorld) -> None:
    ids = ("SHARETRIBE_INTEGRATION_CLIENT_ID", "SHARETRIBE_INTEGRATION_CLIENT_SECRET")
    result = invoke(world, world.user.id, **dict.fromkeys(ids, ""))
    assert failed(result).startswith("users are read by the Integration API: set SHARETRIBE_INTEG")


def test_a_connection_is_told(world: MovedWorld) -> None:
    assert "connected" == Trip(world, "till").comes()
    assert "connection till: connected" in invoke(world, world.user.id).stdout


def test_a_connection_that_no_key_opens_is_said_to_be_one(world: MovedWorld) -> None:
    Trip(world, "till").comes()
    seal_keys = world.another_app().test_cli_runner().invoke(args=["keys"]).stdout.split()[0]
    result = invoke(world, world.user.id, SEAL_KEYS=seal_keys.partition("=")[2])
    assert "connection till: needs-reconnection" in result.stdout


def test_after_a_rotation_it_says_the_word_before_too(world: MovedWorld) -> None:
    before = json.loads(invoke(world, world.user.id, "--json").stdout)["subject"]
    ring = f"7:{'B' * 42}E"
    after = json.loads(invoke(world, world.user.id, "--json", LOG_KEYS=ring).stdout)["subject"]
    assert (1, 2, before[0]) == (len(before), len(after), after[1])
