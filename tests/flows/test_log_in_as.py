"""An operator who is logged in as a user: told what is stored where the settings say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.problems import assert_problem
from tests.flows.steps import private_data, started
from tests.kit.trips import MovedWorld, Trip
from tests.kit.world import KitWorld
from tests.world import Browser

READ = (
    "/api/id-verification",
    "/api/signings",
    "/api/signings/provider-agreement",
    "/api/billing",
    "/api/billing/membership?fresh=true",
    "/api/connections",
)


@pytest.fixture(scope="module")
def open_world() -> Iterator[MovedWorld]:
    """Return a world of every kind of vendor that lets operators look."""
    listed = "passcheck,inkwell,tollgate,calendar"
    world = MovedWorld(INTEGRATIONS=listed, LOG_IN_AS_MAY_READ="true")
    yield world
    world.close()


@pytest.fixture
def looked_at(open_world: MovedWorld) -> MovedWorld:
    """Return it, calm."""
    open_world.start_afresh()
    return open_world


def operator(world: KitWorld) -> Browser:
    return Browser(world, world.sharetribe.log_in_as(world.user.id))


def told(world: KitWorld, path: str = READ[0]) -> dict[str, Any]:
    answer = operator(world).call("GET", path)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_it_is_told_how_all_that_is_stored_stands(looked_at: MovedWorld) -> None:
    browser = looked_at.browser()
    looked_at.checks.finish(started(browser), "passed")
    for path in ("/api/signings/provider-agreement", "/api/billing/membership"):
        assert 201 == browser.call("POST", path).status_code
    assert "connected" == Trip(looked_at, "calendar").comes()
    statuses = [
        json.dumps(told(looked_at, path)).partition('"status": "')[2].partition('"')[0]
        for path in READ
    ]
    assert ["approved", "pending", "pending", "pending", "pending", "connected"] == statuses


def test_nobody_is_asked_and_nothing_written(looked_at: MovedWorld) -> None:
    reference = started(looked_at.browser())
    looked_at.checks.finish(reference, "passed", told=False)
    stored = private_data(looked_at)
    looked_at.sharetribe.calls.clear()
    looked_at.checks.calls.clear()
    found = told(looked_at)
    assert ("pending", False) == (found["status"], found["verified"])
    assert [] == looked_at.checks.calls
    assert ["GET /v1/api/current_user/show"] == looked_at.sharetribe.calls
    assert stored == private_data(looked_at)


def test_the_way_to_a_session_is_the_users_alone(looked_at: MovedWorld) -> None:
    started(looked_at.browser())
    assert not {"redirectUrl", "expiresAt"} & told(looked_at).keys()


def test_who_looks_is_told_that_it_is_not_fresh(looked_at: MovedWorld) -> None:
    plan = "/api/billing/membership?fresh=true"
    assert operator(looked_at).call("GET", plan).json()["fresh"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/id-verification"),
        ("POST", "/api/billing/membership/portal"),
        ("POST", "/api/connections/calendar"),
        ("DELETE", "/api/connections/calendar"),
    ],
)
def test_whatever_does_something_is_the_users_alone(
    looked_at: MovedWorld, method: str, path: str
) -> None:
    assert_problem(operator(looked_at).call(method, path), 403, "session-impersonated")


def test_another_site_is_told_nothing(looked_at: MovedWorld) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = operator(looked_at).call("GET", headers=headers)
    assert_problem(answer, 403, "cross-site")


def test_a_token_of_another_session_beside_it_is_told_nothing(looked_at: MovedWorld) -> None:
    token = looked_at.sharetribe.log_in(looked_at.user.id)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = operator(looked_at).call("GET", headers=headers)
    assert_problem(answer, 403, "session-impersonated")


def test_a_session_that_is_over_is_told_so(looked_at: MovedWorld) -> None:
    browser = operator(looked_at)
    looked_at.sharetribe.expire_access_tokens()
    answer = browser.call("GET")
    assert_problem(answer, 401, "session-expired")
    assert "Set-Cookie" not in answer.headers
