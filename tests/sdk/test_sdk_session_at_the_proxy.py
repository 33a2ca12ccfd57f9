"""A session of the marketplace's real JavaScript SDK works at the app, and still works afterwards.

Cookie formats: sharetribe-flex-sdk 1.24.2, `browser_cookie_store.js` and `express_cookie_store.js`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import StartWorld
from tests.kit.world import KitWorld
from tests.sdk.conftest import RunScript
from tests.world import Browser

pytestmark = pytest.mark.node

STORES = ("express", "browser")
ROTATIONS = ("none", "grace", "strict")
SHOW = "GET /v1/api/current_user/show"
TOKEN = "POST /v1/auth/token"


class Visitor:
    """A person whose pages hold the session in a cookie of the real SDK."""

    def __init__(self, world: KitWorld, run_script: RunScript, store: str) -> None:
        self._world = world
        self._run_script = run_script
        self._store = store
        self._name = f"st-{world.sharetribe.client_id}-token"
        self.browser = Browser(world, None)

    def call(self, *calls: object) -> list[Any]:
        """Make SDK calls with the cookie as it stands; keep what they set."""
        header = "" if self.browser.cookie is None else f"{self._name}={self.browser.cookie}"
        base_url = self._world.settings["SHARETRIBE_BASE_URL"]
        answer = self._run_script(
            "client.cjs",
            input_json={
                "sdk": "marketplace",
                "store": self._store,
                "options": {
                    "clientId": self._world.sharetribe.client_id,
                    "baseUrl": base_url,
                    "assetCdnBaseUrl": base_url,
                },
                "cookie": header,
                "calls": calls,
            },
        )
        for cookie in answer["cookies"]:
            self.browser.cookie = cookie["value"]
        results: list[Any] = answer["results"]
        return results

    def log_in(self) -> None:
        """Log in through the SDK, which sets the cookie."""
        user = self._world.user
        self.call(["login", {"username": user.email, "password": user.password}])


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("store", STORES)
def test_the_sdk_goes_on_with_a_session_that_the_app_renewed(
    start_world: StartWorld, run_script: RunScript, store: str, rotation: str
) -> None:
    world = start_world(rotation=rotation)
    visitor = Visitor(world, run_script, store)
    visitor.log_in()
    of_the_sdk = visitor.browser.cookie
    world.sharetribe.expire_access_tokens()
    answer = visitor.browser.start()
    assert 201 == answer.status_code
    assert of_the_sdk != visitor.browser.cookie
    # A page's own script has to read and renew this cookie.
    assert "httponly" not in answer.headers["Set-Cookie"].lower()

    world.sharetribe.calls.clear()
    shown, info = visitor.call(["currentUser.show"], ["authInfo"])
    assert (200, world.user.id) == (shown["status"], shown["data"]["data"]["id"]["uuid"])
    assert (["user"], False) == (info["data"]["scopes"], info["data"]["isAnonymous"])
    # The SDK took the access token from the rewritten cookie: nothing had to be renewed again.
    assert [SHOW] == world.sharetribe.calls


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("store", STORES)
def test_app_and_sdk_renew_one_session_in_turns(
    start_world: StartWorld, run_script: RunScript, store: str, rotation: str
) -> None:
    world = start_world(rotation=rotation)
    visitor = Visitor(world, run_script, store)
    visitor.log_in()
    for _ in range(2):
        world.sharetribe.expire_access_tokens()
        assert 200 == visitor.browser.read().status_code
        world.sharetribe.expire_access_tokens()
        world.sharetribe.calls.clear()
        (shown,) = visitor.call(["currentUser.show"])
        assert 200 == shown["status"]
        assert [SHOW, TOKEN, SHOW] == world.sharetribe.calls


@pytest.mark.parametrize("store", STORES)
def test_the_sdk_reads_the_result_from_the_users_private_data(
    start_world: StartWorld, run_script: RunScript, store: str
) -> None:
    world = start_world()
    visitor = Visitor(world, run_script, store)
    visitor.log_in()
    reference = visitor.browser.start().json()["transactionReference"]
    world.checks.finish(reference)
    (shown,) = visitor.call(["currentUser.show"])
    private_data = shown["data"]["data"]["attributes"]["profile"]["privateData"]
    assert "approved" == private_data["idVerification"]["status"]
    assert world.user.private_data == private_data


@pytest.mark.parametrize("store", STORES)
def test_a_session_that_the_sdk_ended_is_none_at_the_app(
    start_world: StartWorld, run_script: RunScript, store: str
) -> None:
    world = start_world()
    visitor = Visitor(world, run_script, store)
    visitor.log_in()
    kept = visitor.browser.cookie
    visitor.call(["logout"])
    visitor.browser.cookie = kept
    world.sharetribe.expire_access_tokens()
    answer = visitor.browser.read()
    assert (401, "session-expired") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("store", STORES)
def test_a_visitor_whom_the_sdk_made_anonymous_is_not_logged_in(
    start_world: StartWorld, run_script: RunScript, store: str
) -> None:
    world = start_world()
    visitor = Visitor(world, run_script, store)
    visitor.call(["users.show", {"id": world.user.id}])
    answer = visitor.browser.start()
    assert (401, "session-anonymous") == (answer.status_code, answer.json()["code"])
    assert [] == world.checks.calls
