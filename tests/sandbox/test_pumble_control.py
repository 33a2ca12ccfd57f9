"""The control API's part for the simulated Pumble: the channel, and a person in it."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from sandbox.pumble import SIMULATOR, Message, Pumble
from tests.sandbox.demo import client_of, json_of, stage_with


@pytest.fixture
def pumble() -> Iterator[Pumble]:
    with Pumble() as pumble:
        yield pumble


@pytest.fixture
def client(pumble: Pumble) -> FlaskClient:
    return client_of(stage_with(SIMULATOR, pumble))


def test_the_channel_is_told_with_its_messages(client: FlaskClient, pumble: Pumble) -> None:
    workspace = next(iter(pumble.workspaces.values()))
    person, channel = workspace.users[0], workspace.channels[0]
    said = Message(workspace.id, channel.id, workspace.bot_id, "Hello", (person.id,))
    elsewhere = Message(workspace.id, workspace.channels[1].id, person.id, "Psst")
    pumble.messages += [said, elsewhere]

    assert {
        "workspace": workspace.name,
        "channel": channel.name,
        "person": person.name,
        "messages": [{"author": "the app", "text": "Hello", "onlyFor": [person.name]}],
    } == json_of(client, "GET", "pumble/channel")


def test_a_command_that_nobody_answers_is_told(client: FlaskClient, pumble: Pumble) -> None:
    pumble.manifest.hook_url = "http://127.0.0.1:1/api/callbacks/pumble"
    typed = {"command": "/verified", "text": "robin@example.com"}

    answer = json_of(client, "POST", "pumble/slash-command", typed)

    assert (None, "", False) == (answer["status"], answer["body"], answer["inTime"])


def test_an_app_that_is_not_installed_cannot_be_removed(client: FlaskClient) -> None:
    assert 400 == client.post("/sandbox/pumble/uninstall", json={}).status_code


def test_a_fresh_start_forgets_what_was_said(pumble: Pumble) -> None:
    workspace = next(iter(pumble.workspaces.values()))
    pumble.messages.append(Message(workspace.id, workspace.channels[0].id, "somebody", "Hello"))

    pumble.start_afresh()

    assert [] == pumble.messages
