"""The control API's part for the simulated Sensedia: the portal's buttons."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.marketplace import create_marketplace
from sandbox.proxy_process import ProxyProcess
from sandbox.runner import Sandbox
from sandbox.sensedia import Portal
from sandbox.stage import Options, Stage
from tests.sandbox.demo import json_of


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(Options(port=0)) as sandbox:
        yield sandbox


@pytest.fixture
def stage(running: Sandbox) -> Stage:
    running.start_afresh()
    running.stage.behave()
    return running.stage


@pytest.fixture
def portal(stage: Stage) -> Portal:
    return stage.sensedia


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    return create_marketplace(stage, ProxyProcess(0)).test_client()


@pytest.fixture
def slug(client: FlaskClient) -> str:
    """Return the slug of an app that has been approved."""
    order = {"name": "Harbour guide", "plan": "bronze"}
    assert 200 == json_of(client, "POST", "sensedia/apps", order)["status"]
    return str(json_of(client, "GET", "sensedia/apps")["apps"][0]["slug"])


def test_an_approved_app_is_told_with_its_key(
    client: FlaskClient, portal: Portal, slug: str
) -> None:
    told = json_of(client, "GET", "sensedia/apps")
    (app,) = told["apps"]
    assert ["bronze", "silver", "gold"] == told["plans"]
    assert ("Harbour guide", "bronze", slug) == (app["name"], app["plan"], app["slug"])
    (key,) = portal.aws.keys()
    assert (key["id"], key["value"]) == (app["keyId"], app["key"])
    used = json_of(client, "POST", "sensedia/keys/use", {"key": app["key"]})
    assert {"key": {"enabled": True, "plans": ["bronze"]}} == used


def test_an_app_moves_to_another_plan(client: FlaskClient, portal: Portal, slug: str) -> None:
    answer = json_of(client, "PUT", f"sensedia/apps/{slug}/plan", {"plan": "gold"})
    assert 204 == answer["status"]
    assert [["gold"]] == [key["plans"] for key in list(portal.aws.keys())]


def test_an_approval_again_makes_no_second_key(
    client: FlaskClient, portal: Portal, slug: str
) -> None:
    order = {"name": "Harbour guide", "plan": "bronze", "slug": slug}
    assert 200 == json_of(client, "POST", "sensedia/apps", order)["status"]
    assert 1 == len(portal.aws.keys())


def test_a_revoked_key_is_gone(client: FlaskClient, portal: Portal, slug: str) -> None:
    assert 204 == json_of(client, "POST", f"sensedia/apps/{slug}/revoke", {})["status"]
    assert [] == portal.aws.keys()
    assert None is json_of(client, "GET", "sensedia/apps")["apps"][0]["key"]


def test_health_is_asked(client: FlaskClient) -> None:
    assert 204 == json_of(client, "POST", "sensedia/health", {})["status"]


def test_a_wrong_password_is_told(client: FlaskClient, portal: Portal) -> None:
    switched = json_of(client, "PATCH", "switches", {"portalPassword": "wrong"})
    assert "wrong" == switched["portalPassword"]
    order = {"name": "Harbour guide", "plan": "bronze"}
    answer = json_of(client, "POST", "sensedia/apps", order)
    assert 401 == answer["status"]
    assert answer["message"]
    assert ([], {}) == (portal.aws.keys(), portal.apps)


def test_an_aws_that_is_down_is_told(client: FlaskClient, portal: Portal) -> None:
    assert "error" == json_of(client, "PATCH", "switches", {"aws": "error"})["aws"]
    order = {"name": "Harbour guide", "plan": "bronze"}
    assert 503 == json_of(client, "POST", "sensedia/apps", order)["status"]
    assert "ok" == json_of(client, "PATCH", "switches", {"aws": "ok"})["aws"]
    assert [] == portal.aws.keys()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "sensedia/apps", {"name": "A", "plan": "platinum"}, 400),
        ("POST", "sensedia/apps", {"plan": "gold"}, 400),
        ("POST", "sensedia/apps", {"name": "A", "plan": "gold", "slug": "unknown"}, 404),
        ("POST", "sensedia/apps", {"name": "A", "plan": "gold", "slug": 7}, 404),
        ("PUT", "sensedia/apps/unknown/plan", {"plan": "gold"}, 404),
        ("POST", "sensedia/apps/unknown/revoke", {}, 404),
        ("POST", "sensedia/keys/use", {}, 400),
        ("PATCH", "switches", {"aws": "hang"}, 400),
        ("PATCH", "switches", {"portalPassword": "x"}, 400),
    ],
)
def test_what_the_portal_cannot_do_is_refused(
    client: FlaskClient, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    assert status == client.open(f"/sandbox/{path}", method=method, json=body).status_code
