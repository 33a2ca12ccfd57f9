"""app.json: what the deploy button asks for is enough, and all of it is read."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from app import create_app
from tests.documents import deleted, is_of_a_deleted_one
from tests.example_environment import read_deployment, read_example
from tests.source_tree import ROOT

# devcenter.heroku.com, app.json schema (read 2026-11).
LONGEST_NAME, LONGEST_DESCRIPTION = 30, 140


def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
    return manifest


LISTED: str = _manifest()["env"]["INTEGRATIONS"]["value"]


def _clicked_environment() -> dict[str, str]:
    """Return the config vars after one click: generated, given as they stand, or typed in."""
    typed = read_deployment()
    variables: dict[str, str] = {}
    for name, asked in _manifest()["env"].items():
        if asked.get("generator") == "secret":
            variables[name] = secrets.token_hex(32)
        elif "value" in asked:
            variables[name] = asked["value"]
        elif asked.get("required", True):
            variables[name] = typed[name]
    return variables


@pytest.mark.skipif(LISTED in deleted(), reason=f"{LISTED}, which it lists, is deleted")
def test_one_click_is_a_complete_configuration() -> None:
    client = create_app(_clicked_environment()).test_client()
    assert 200 == client.get("/healthz").status_code


def test_only_three_answers_may_be_left_empty() -> None:
    asked = _manifest()["env"]
    optional = {name for name, field in asked.items() if field.get("required") is False}
    of_the_vendor = {name for name in optional if name.startswith(f"{LISTED.upper()}_")}
    assert (3, {"FRONTEND_URL", "RETURN_URL"}) == (len(optional), optional - of_the_vendor)


def test_everything_that_is_asked_for_is_read() -> None:
    asked = {name for name in _manifest()["env"] if not is_of_a_deleted_one(name)}
    assert set() == asked - read_example().keys()


def test_each_variable_is_explained() -> None:
    assert all(len(asked["description"]) > 20 for asked in _manifest()["env"].values())


def test_the_manifest_keeps_to_the_schemas_lengths() -> None:
    manifest = _manifest()
    assert len(manifest["name"]) <= LONGEST_NAME
    assert len(manifest["description"]) <= LONGEST_DESCRIPTION
