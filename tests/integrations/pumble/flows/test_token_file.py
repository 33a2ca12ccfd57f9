"""Pumble's tokens in a JSON file, from connecting to disconnecting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.flows.connecting import connect, entry
from tests.flows.steps import assert_recorded
from tests.integrations.pumble.flows.operators_workspace import (
    Clock,
    clock_of,
    first,
    reconnect,
    status,
    texts,
    uninstalled,
    verify,
)
from tests.integrations.pumble.flows.world import PumbleWorld, StartWorld


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


@pytest.fixture
def world(start_world: StartWorld, file: Path) -> PumbleWorld:
    """Return a world whose operator is connected, with the tokens in a JSON file."""
    made = start_world(
        integration_api=True,
        clock=Clock(),
        PUMBLE_TOKEN_STORE=f"json-file:{file}",
    )
    connect(made, "pumble")
    clock_of(made).seconds += 60
    return made


def kept(file: Path) -> dict[str, Any]:
    tokens: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return tokens


def test_the_file_holds_the_tokens_and_private_data_only_names(
    world: PumbleWorld, file: Path
) -> None:
    workspace = first(world)
    (user_id,) = kept(file)[workspace.id]["userTokens"]
    assert (workspace.users[0].id, workspace.bot_id) == (user_id, kept(file)[workspace.id]["botId"])
    shown = entry(world.browser(), "pumble")
    assert ("connected", workspace.name) == (shown["status"], shown["details"]["workspaceName"])


def test_news_is_told_with_the_files_token(world: PumbleWorld) -> None:
    verify(world, "passed")
    assert 1 == len(texts(world))


def test_the_file_serves_the_next_process(world: PumbleWorld) -> None:
    world.app = world.another_app()
    client = world.app.test_client()
    body = json.dumps({"messageType": "SLASH_COMMAND", "slashCommand": "/verified", "text": ""})
    assert 403 == client.post("/api/callbacks/pumble", data=body).status_code
    verify(world, "passed")
    assert 1 == len(texts(world))


def test_anybody_elses_reinstallation_rotates_the_files_bot_token(world: PumbleWorld) -> None:
    reconnect(world, world.other_user, isReinstall=True)
    verify(world, "passed")
    assert (1, "connected") == (len(texts(world)), status(world))


def test_an_uninstallation_empties_the_file(world: PumbleWorld, file: Path) -> None:
    assert 200 == world.pumble.uninstall(first(world).id).status
    assert ({}, "not-connected") == (kept(file), status(world))


def test_a_late_uninstallation_leaves_the_file_alone(world: PumbleWorld, file: Path) -> None:
    before = kept(file)
    late = uninstalled(world, first(world).id, "2026-10-31T23:59:59Z")
    assert 200 == world.pumble.send(late).status
    assert (before, "connected") == (kept(file), status(world))


def test_a_withdrawn_authorization_leaves_the_files_bot(world: PumbleWorld, file: Path) -> None:
    workspace = first(world)
    assert 200 == world.pumble.unauthorize(workspace.id, workspace.users[0].id).status
    assert {} == kept(file)[workspace.id]["userTokens"]
    assert workspace.bot_id == kept(file)[workspace.id]["botId"]


def test_disconnecting_revokes_and_forgets_the_files_token(world: PumbleWorld, file: Path) -> None:
    workspace = first(world)
    assert 200 == world.browser().call("DELETE", "/api/connections/pumble").status_code
    assert () == world.pumble.installations.authorized_users(workspace.id)
    assert {} == kept(file)[workspace.id]["userTokens"]
    assert "not-connected" == status(world)


def test_a_dead_token_of_the_file_is_noted(world: PumbleWorld) -> None:
    world.pumble.installations.uninstall(first(world).id)
    verify(world, "passed")
    assert "needs-reconnection" == status(world)


def test_a_lost_file_is_silent(world: PumbleWorld, file: Path) -> None:
    file.unlink()
    verify(world, "passed")
    assert_recorded(world, "approved")
    assert [] == texts(world)
