"""The operator's command `connect`: a copied code connects as a return in the browser does."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from click.testing import Result

from app import create_app
from sandbox.hubrise.authorization import Decision
from sandbox.hubrise.connections import Connection
from tests.flows.connecting import ALL, connect, entry
from tests.world import World

WRITE = "/v1/integration_api/users/update_profile"


@pytest.fixture(scope="module")
def module_world() -> Iterator[World]:
    """Return one world for all tests of this file."""
    world = World(INTEGRATIONS=ALL, integration_api=True)
    yield world
    world.close()


@pytest.fixture
def till(module_world: World) -> World:
    """Return the file's world with nothing connected."""
    for simulated in (module_world.sharetribe, module_world.hubrise):
        simulated.faults.reset()
        simulated.calls.clear()
    module_world.hubrise.connections.clear()
    for user in module_world.sharetribe.users.values():
        user.private_data.clear()
    return module_world


def invoke(world: World, *arguments: str, code: str = "") -> Result:
    """Run the command; `code` is what the operator types, hidden."""
    typed = f"{code}\n" if code else ""
    return world.app.test_cli_runner().invoke(args=["connect", *arguments], input=typed)


def consent_url(world: World, user_id: str | None = None) -> str:
    """Return the address that the command prints, which then waits for a code in vain."""
    shown = invoke(world, "hubrise", user_id or world.user.id)
    (url,) = [line.strip() for line in shown.output.splitlines() if "/authorize?" in line]
    return url


def copied_code(world: World) -> str:
    return world.hubrise.authorize(consent_url(world))


def only_connection(world: World) -> Connection:
    (connection,) = world.hubrise.connections.values()
    return connection


def test_a_copied_code_connects(till: World) -> None:
    result = invoke(till, "hubrise", till.user.id, code=copied_code(till))

    assert 0 == result.exit_code
    location = next(iter(till.hubrise.locations.values()))
    assert f"Connected {till.user.id} to hubrise:" in result.output
    assert f"locationName       {location.name}" in result.output


def test_the_connection_is_the_users_own(till: World) -> None:
    invoke(till, "hubrise", till.user.id, code=copied_code(till))

    assert "connected" == entry(till.browser(), "hubrise")["status"]
    assert "not-connected" == entry(till.browser(till.other_user), "hubrise")["status"]


def test_the_vendor_is_told_where_to_call(till: World) -> None:
    invoke(till, "hubrise", till.user.id, code=copied_code(till))

    assert f"{till.url}/api/callbacks/hubrise/" in str(only_connection(till).callback_url)


def test_the_page_shows_the_code_and_sends_nobody_anywhere(till: World) -> None:
    query = parse_qs(urlsplit(consent_url(till)).query)

    assert ["urn:ietf:wg:oauth:2.0:oob"] == query["redirect_uri"]
    assert "state" not in query


def test_command_and_browser_make_the_same_connection(till: World) -> None:
    """HubRise tells connections of one location apart by the device id, which is the user's."""
    connect(till, "hubrise")
    invoke(till, "hubrise", till.user.id, code=copied_code(till))

    assert only_connection(till).dead is None
    assert "connected" == entry(till.browser(), "hubrise")["status"]


def test_neither_code_nor_token_is_shown(till: World) -> None:
    code = copied_code(till)
    result = invoke(till, "hubrise", till.user.id, code=code)

    assert [] == [text for text in (code, only_connection(till).token) if text in result.output]


def test_spaces_around_a_copied_code_do_not_matter(till: World) -> None:
    result = invoke(till, "hubrise", till.user.id, code=f"  {copied_code(till)} ")

    assert 0 == result.exit_code


@pytest.mark.parametrize("decision", ["decline", "expire"])
def test_a_refused_consent_connects_nothing(till: World, decision: Decision) -> None:
    shown = till.hubrise.authorize(consent_url(till), decision=decision)
    result = invoke(till, "hubrise", till.user.id, code=shown)

    assert 1 == result.exit_code
    assert {} == till.user.private_data


def test_a_wrong_code_connects_nothing(till: World) -> None:
    result = invoke(till, "hubrise", till.user.id, code="wrong")

    expected = "Error: hubrise does not take the code: the code is wrong, expired or used"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])
    assert {} == till.user.private_data


def test_a_code_works_once(till: World) -> None:
    code = copied_code(till)
    exits = [invoke(till, "hubrise", till.user.id, code=code).exit_code for _ in range(2)]

    assert [0, 1] == exits
    assert "connected" == entry(till.browser(), "hubrise")["status"]


def test_without_a_code_nothing_is_asked_of_the_vendor(till: World) -> None:
    result = invoke(till, "hubrise", till.user.id)

    assert 1 == result.exit_code
    assert [] == till.hubrise.calls


def test_a_vendor_that_is_down_is_an_error(till: World) -> None:
    code = copied_code(till)
    till.hubrise.faults.mode = "error"
    result = invoke(till, "hubrise", till.user.id, code=code)

    expected = "Error: Nothing was connected: hubrise: answered 503"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])


def test_what_cannot_be_stored_is_given_back(till: World) -> None:
    code = copied_code(till)
    till.sharetribe.faults.only_paths = frozenset({WRITE})
    till.sharetribe.faults.mode = "error"
    result = invoke(till, "hubrise", till.user.id, code=code)

    expected = "Error: Nothing was connected: sharetribe: answered 503"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])
    assert ("revoked", {}) == (only_connection(till).dead, till.user.private_data)


@pytest.mark.parametrize("vendor", ["jumio", "unheard-of"])
def test_only_an_enabled_connection_can_be_made(till: World, vendor: str) -> None:
    result = invoke(till, vendor, till.user.id)

    expected = f"Error: '{vendor}' is not an enabled connection; enabled: hubrise, pumble\n"
    assert (1, expected) == (result.exit_code, result.output)


def test_a_vendor_without_such_a_page_says_so(till: World) -> None:
    result = invoke(till, "pumble", till.user.id)

    assert (1, "Error: pumble has no page that shows a code\n") == (result.exit_code, result.output)


def test_an_unknown_user_is_an_error_before_anything_is_asked(till: World) -> None:
    result = invoke(till, "hubrise", str(uuid4()), code="any")

    assert 1 == result.exit_code
    assert "Error: The user cannot be read: sharetribe: refused with 404" in result.output
    assert [] == till.hubrise.calls


def test_a_marketplace_that_is_down_is_an_error_before_anything_is_asked(till: World) -> None:
    till.sharetribe.faults.mode = "reset"
    result = invoke(till, "hubrise", till.user.id, code="any")

    assert 1 == result.exit_code
    assert "Error: The user cannot be read" in result.output
    assert [] == till.hubrise.calls


def test_a_user_is_named_by_a_uuid(till: World) -> None:
    assert 2 == invoke(till, "hubrise", "robin@example.com").exit_code


def test_the_command_needs_the_integration_api(till: World) -> None:
    settings = {n: v for n, v in till.settings.items() if "SHARETRIBE_INTEGRATION" not in n}
    runner = create_app(settings).test_cli_runner()
    result = runner.invoke(args=["connect", "hubrise", till.user.id])

    assert 1 == result.exit_code
    assert "The Integration API is not configured" in result.output
