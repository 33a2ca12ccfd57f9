"""The operator's command `connect`: a copied code connects as a return in the browser does."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from click.testing import Result

from app import create_app
from tests.flows.connecting import begin, connect, entry
from tests.kit.world import KitWorld
from tests.proxy.booth import GUEST, SimulatedBooth

WRITE = "/v1/integration_api/users/update_profile"


class BoothWorld(KitWorld):
    """A world with Booth, with a vendor that shows no code, and with one that nobody connects."""

    booth: SimulatedBooth

    def __init__(self) -> None:
        super().__init__(INTEGRATIONS="passcheck,till,booth", guests=(GUEST,), integration_api=True)


@pytest.fixture(scope="module")
def module_world() -> Iterator[BoothWorld]:
    """Return one world for all tests of this file."""
    world = BoothWorld()
    yield world
    world.close()


@pytest.fixture
def fair(module_world: BoothWorld) -> BoothWorld:
    """Return the file's world with nothing connected."""
    module_world.start_afresh()
    return module_world


class Operator(io.RawIOBase):
    """Standard input: at the first read `code` is typed, made of what has been printed."""

    def __init__(self, code: Callable[[str], str]) -> None:
        self._code = code
        self._has_typed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._has_typed:
            return 0
        self._has_typed = True
        sys.stdout.flush()
        runners: Any = sys.stdout.buffer
        printed: bytes = runners.getvalue()
        typed = f"{self._code(printed.decode())}\n".encode()
        buffer[: len(typed)] = typed
        return len(typed)


def invoke(world: BoothWorld, *arguments: str, code: Callable[[str], str] | None = None) -> Result:
    """Run the command; `code` makes what the operator types of what is printed."""
    typed = None if code is None else io.BufferedReader(Operator(code))
    return world.app.test_cli_runner().invoke(args=["connect", *arguments], input=typed)


def page_url(printed: str) -> str:
    """Return the address that the command prints."""
    (url,) = [line.strip() for line in printed.splitlines() if "/oauth/" in line]
    return url


class Copied:
    """A code copied from the page whose address is printed; `text` is the last one."""

    def __init__(self, world: BoothWorld) -> None:
        self._booth = world.booth
        self.text = ""

    def __call__(self, printed: str) -> str:
        self.text = self._booth.show_code(page_url(printed))
        return self.text


def wrong(_: str) -> str:
    return "wrong"


def test_a_copied_code_connects(fair: BoothWorld) -> None:
    result = invoke(fair, "booth", fair.user.id, code=Copied(fair))

    assert 0 == result.exit_code
    assert f"Connected {fair.user.id} to booth:" in result.output
    assert "placeName          North Quay" in result.output


def test_the_connection_is_the_users_own(fair: BoothWorld) -> None:
    invoke(fair, "booth", fair.user.id, code=Copied(fair))

    assert "connected" == entry(fair.browser(), "booth")["status"]
    assert "not-connected" == entry(fair.browser(fair.other_user), "booth")["status"]


def test_the_vendor_is_told_where_to_call(fair: BoothWorld) -> None:
    invoke(fair, "booth", fair.user.id, code=Copied(fair))

    assert f"{fair.url}/api/callbacks/booth/" in str(fair.booth.living.hook)


def test_command_and_browser_are_the_same_user_to_the_vendor(fair: BoothWorld) -> None:
    """A vendor may tell connections of one place apart by the tag."""
    shown = page_url(invoke(fair, "booth", fair.user.id).output)
    pages = (shown, begin(fair.browser(), "booth").authorize_url)
    (tag,), (also,) = (parse_qs(urlsplit(page).query)["tag"] for page in pages)

    assert tag == also


def test_a_connection_of_the_browser_gives_way(fair: BoothWorld) -> None:
    connect(fair, "booth", place="south")
    invoke(fair, "booth", fair.user.id, code=Copied(fair))

    assert ["north"] == fair.booth.held
    assert "North Quay" == entry(fair.browser(), "booth")["details"]["placeName"]


def test_neither_code_nor_token_is_shown(fair: BoothWorld) -> None:
    code = Copied(fair)
    result = invoke(fair, "booth", fair.user.id, code=code)

    assert [] == [text for text in (code.text, fair.booth.living.token) if text in result.output]


def test_spaces_around_a_copied_code_do_not_matter(fair: BoothWorld) -> None:
    result = invoke(fair, "booth", fair.user.id, code=lambda printed: f"  {Copied(fair)(printed)} ")

    assert 0 == result.exit_code


def test_a_wrong_code_connects_nothing(fair: BoothWorld) -> None:
    result = invoke(fair, "booth", fair.user.id, code=wrong)

    expected = "Error: booth does not take the code: the code is wrong, expired or used"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])
    assert {} == fair.user.private_data


def test_a_code_works_once(fair: BoothWorld) -> None:
    code = Copied(fair)
    first = invoke(fair, "booth", fair.user.id, code=code)
    second = invoke(fair, "booth", fair.user.id, code=lambda _: code.text)

    assert (0, 1) == (first.exit_code, second.exit_code)
    assert "connected" == entry(fair.browser(), "booth")["status"]


def test_without_a_code_nothing_is_asked_of_the_vendor(fair: BoothWorld) -> None:
    result = invoke(fair, "booth", fair.user.id)

    assert 1 == result.exit_code
    assert [] == fair.booth.calls


def test_a_vendor_that_is_down_is_an_error(fair: BoothWorld) -> None:
    fair.booth.faults.mode = "error"
    result = invoke(fair, "booth", fair.user.id, code=Copied(fair))

    expected = "Error: Nothing was connected: booth: answered 503"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])


def test_what_cannot_be_stored_is_given_back(fair: BoothWorld) -> None:
    fair.sharetribe.faults.only_paths = frozenset({WRITE})
    fair.sharetribe.faults.mode = "error"
    result = invoke(fair, "booth", fair.user.id, code=Copied(fair))

    expected = "Error: Nothing was connected: sharetribe: answered 503"
    assert (1, expected) == (result.exit_code, result.output.splitlines()[-1])
    assert ([], {}) == (fair.booth.held, fair.user.private_data)


@pytest.mark.parametrize("vendor", ["passcheck", "guild", "unheard-of"])
def test_only_an_enabled_connection_can_be_made(fair: BoothWorld, vendor: str) -> None:
    result = invoke(fair, vendor, fair.user.id)

    expected = f"Error: '{vendor}' is not an enabled connection; enabled: till, booth\n"
    assert (1, expected) == (result.exit_code, result.output)


def test_a_vendor_without_such_a_page_says_so(fair: BoothWorld) -> None:
    result = invoke(fair, "till", fair.user.id)

    assert (1, "Error: till has no page that shows a code\n") == (result.exit_code, result.output)


def test_an_unknown_user_is_an_error_before_anything_is_asked(fair: BoothWorld) -> None:
    result = invoke(fair, "booth", str(uuid4()), code=wrong)

    assert 1 == result.exit_code
    assert "Error: The user cannot be read: sharetribe: refused with 404" in result.output
    assert [] == fair.booth.calls


def test_a_marketplace_that_is_down_is_an_error_before_anything_is_asked(fair: BoothWorld) -> None:
    fair.sharetribe.faults.mode = "reset"
    result = invoke(fair, "booth", fair.user.id, code=wrong)

    assert 1 == result.exit_code
    assert "Error: The user cannot be read" in result.output
    assert [] == fair.booth.calls


def test_a_user_is_named_by_a_uuid(fair: BoothWorld) -> None:
    assert 2 == invoke(fair, "booth", "robin@example.com").exit_code


def test_the_command_needs_the_integration_api(fair: BoothWorld) -> None:
    settings = {n: v for n, v in fair.settings.items() if "SHARETRIBE_INTEGRATION" not in n}
    runner = create_app(settings, known=fair.known).test_cli_runner()
    result = runner.invoke(args=["connect", "booth", fair.user.id])

    assert 1 == result.exit_code
    assert "The Integration API is not configured" in result.output
