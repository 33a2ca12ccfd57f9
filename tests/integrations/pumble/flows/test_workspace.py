"""The operator's Pumble workspace: the news it is told, and what it may ask."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import Mode
from sandbox.pumble import Message
from tests.flows.connecting import connect
from tests.flows.steps import assert_recorded, logged, started
from tests.integrations.pumble.flows.operators_workspace import (
    DOWN,
    OWN_HANDLERS,
    Clock,
    first,
    posts,
    status,
    texts,
    verify,
    words,
    workspaces,
)
from tests.integrations.pumble.flows.world import PumbleWorld, StartWorld

ONLY_OPERATORS = "This command works in the marketplace operator's workspace only."
NO_SUCH_USER = "The marketplace has no such user."


# /verified


def test_the_command_finds_a_user_by_id_and_by_email(world: PumbleWorld) -> None:
    verify(world, "passed", world.other_user)
    user = world.other_user
    expected = f"{user.id} “Holly H”: verified."
    for asked in (user.id, user.id.upper(), f" {user.id} ", user.email, user.email.upper()):
        assert expected == words(world.pumble.slash_command(asked))


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("passed", "verified"),
        ("refused", "rejected"),
        ("unclear", "failed"),
        ("lapsed", "expired"),
    ],
)
def test_the_command_tells_what_is_stored(world: PumbleWorld, outcome: str, shown: str) -> None:
    verify(world, outcome)
    expected = f"{world.user.id} “Robin R”: {shown}."
    assert expected == words(world.pumble.slash_command(world.user.id))


def test_a_verification_under_way_is_pending(world: PumbleWorld) -> None:
    started(world.browser())
    assert words(world.pumble.slash_command(world.user.id)).endswith(": pending.")


def test_who_was_never_verified_has_none(world: PumbleWorld) -> None:
    assert words(world.pumble.slash_command(world.user.id)).endswith(": none.")


def test_an_email_address_with_odd_letters_is_looked_up_whole(world: PumbleWorld) -> None:
    world.other_user.email = "holly+market&x=1@example.com"
    found = words(world.pumble.slash_command("holly+market&x=1@example.com"))
    assert f"{world.other_user.id} “Holly H”: none." == found
    assert NO_SUCH_USER == words(world.pumble.slash_command("holly@example.com"))


@pytest.mark.parametrize("checksum", ["1.forged", None, 7, ""])
def test_a_record_that_a_user_wrote_is_invalid(world: PumbleWorld, checksum: object) -> None:
    verify(world, "refused", world.other_user)
    record = {**world.other_user.private_data["idVerification"], "status": "approved"}
    made_up = {"idVerification": record, "idVerificationChecksum": checksum}
    world.sharetribe.replace_private_data(world.other_user.id, made_up)
    world.other_user.metadata.clear()
    expected = f"{world.other_user.id} “Holly H”: invalid."
    assert expected == words(world.pumble.slash_command(world.other_user.id))


def test_a_record_of_another_user_is_invalid(world: PumbleWorld) -> None:
    verify(world, "passed", world.other_user)
    for key in ("idVerification", "idVerificationChecksum"):
        world.user.private_data[key] = world.other_user.private_data[key]
    assert words(world.pumble.slash_command(world.user.id)).endswith(": invalid.")


@pytest.mark.parametrize(
    "text",
    [
        "0b9f2a52-5d0e-4f5b-8a75-0a3e7f1c9d24",
        "nobody@example.com",
        "robin",
        "@robin",
        "robin@example.com holly@example.com",
        "robin@example.com?x=1",
        "<mailto:robin@example.com|robin@example.com>",
        "../users/query",
        "a@b\x00c",
        "☕@example.com",
        "x" * 5_000,
        f"{'x' * 90}@{'y' * 5_000}",
    ],
)
def test_whatever_else_is_asked_there_is_no_such_user(world: PumbleWorld, text: str) -> None:
    assert NO_SUCH_USER == words(world.pumble.slash_command(text))


def test_half_a_letter_is_no_such_user(world: PumbleWorld) -> None:
    command = {
        "messageType": "SLASH_COMMAND",
        "slashCommand": "/verified",
        "text": "?@example.com",
        "workspaceId": first(world).id,
    }
    body = json.dumps(command).replace("?", "\\ud800").encode()
    assert NO_SUCH_USER == words(world.pumble.send(None, raw=body))


def test_without_a_user_the_command_explains_itself(world: PumbleWorld) -> None:
    assert words(world.pumble.slash_command(" ")).startswith("Usage: /verified ")


def test_every_member_of_the_operators_workspace_may_ask(world: PumbleWorld) -> None:
    for person in first(world).users:
        answer = world.pumble.slash_command(world.user.id, user_id=person.id)
        assert words(answer).startswith(world.user.id)


def test_another_workspace_learns_nothing(world: PumbleWorld) -> None:
    other = workspaces(world)[1]
    connect(world, "pumble", world.browser(world.other_user), workspace_id=other.id)
    verify(world, "passed")
    answer = world.pumble.slash_command(world.user.id, workspace_id=other.id)
    assert ONLY_OPERATORS == words(answer)


def test_before_the_operator_has_connected_nobody_learns_anything(start_world: StartWorld) -> None:
    world = start_world(integration_api=True)
    connect(world, "pumble", world.browser(world.other_user))
    assert ONLY_OPERATORS == words(world.pumble.slash_command(world.user.id))


def test_without_an_operator_nobody_learns_anything(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, PUMBLE_OPERATOR_USER_ID=None)
    connect(world, "pumble")
    verify(world, "passed")
    assert ONLY_OPERATORS == words(world.pumble.slash_command(world.user.id))
    assert [] == texts(world)


def test_without_the_integration_api_nobody_learns_anything(start_world: StartWorld) -> None:
    world = start_world()
    connect(world, "pumble")
    verify(world, "passed")
    assert ONLY_OPERATORS == words(world.pumble.slash_command(world.user.id))
    assert [] == texts(world)


# News


def test_an_approval_is_told_once_in_the_channel(world: PumbleWorld) -> None:
    verify(world, "passed", world.other_user)
    text = f"{world.other_user.id} “Holly H” was verified."
    workspace = first(world)
    expected = Message(workspace.id, workspace.channels[0].id, workspace.bot_id, text)
    assert [expected] == world.pumble.messages


def test_a_rejection_is_told(world: PumbleWorld) -> None:
    verify(world, "refused", world.other_user)
    expected = f"{world.other_user.id} “Holly H” was not verified: the check was rejected."
    assert [expected] == texts(world)


@pytest.mark.parametrize("outcome", ["unclear", "lapsed"])
def test_what_failed_or_expired_is_no_news(world: PumbleWorld, outcome: str) -> None:
    with logged() as lines:
        verify(world, outcome)
    assert [] == texts(world)
    assert [] == [line for line in lines if "event=announcement" in line]


def test_a_start_is_no_news(world: PumbleWorld) -> None:
    started(world.browser())
    assert [] == texts(world)


@pytest.mark.parametrize("outcome", ["passed", "refused"])
def test_what_the_users_next_visit_finds_is_news_too(world: PumbleWorld, outcome: str) -> None:
    browser = world.browser()
    reference = started(browser)
    world.checks.finish(reference, outcome, told=False)
    assert [] == texts(world)
    for _ in range(2):
        assert 200 == browser.read().status_code
    assert 1 == len(texts(world))


def test_a_repeated_callback_is_no_second_news(world: PumbleWorld) -> None:
    reference = started(world.browser())
    assert {200} == set(world.checks.finish(reference))
    assert 200 == world.checks.tell(world.checks.check).status
    assert 200 == world.browser().read().status_code
    assert 1 == len(texts(world))


def test_a_corrected_result_is_news_again(world: PumbleWorld, clock: Clock) -> None:
    reference = started(world.browser())
    world.checks.finish(reference)
    clock.seconds += 60
    world.checks.finish(reference, "refused")
    assert ["was verified.", "was not verified: the check was rejected."] == [
        text.partition("” ")[2] for text in texts(world)
    ]


def test_a_forged_callback_is_no_news(world: PumbleWorld) -> None:
    started(world.browser())
    assert 401 == world.checks.forge(world.checks.check).status
    assert [] == texts(world)


@pytest.mark.parametrize("mode", DOWN)
def test_a_result_is_stored_whatever_pumble_does(world: PumbleWorld, mode: Mode) -> None:
    world.pumble.faults.mode = mode
    verify(world, "passed")
    assert_recorded(world, "approved")
    assert 1 == world.pumble.calls.count(posts(world))
    assert ([], "connected") == (texts(world), status(world))


def test_a_result_is_stored_before_pumble_is_told(world: PumbleWorld) -> None:
    world.pumble.faults.mode = "hang"
    reference = started(world.browser())
    world.checks.finish(reference)
    assert_recorded(world, "approved")
    assert 1 == world.pumble.calls.count(posts(world))


def test_news_that_was_lost_is_not_told_later(world: PumbleWorld) -> None:
    world.pumble.faults.mode = "error"
    reference = started(world.browser())
    world.checks.finish(reference)
    world.pumble.faults.reset()
    assert 200 == world.checks.tell(world.checks.check).status
    assert [] == texts(world)


@pytest.mark.parametrize("change", [{"admins_only": True}, {"kind": "PRIVATE"}, {"id": "0" * 24}])
def test_a_channel_that_is_closed_to_the_bot_stops_nothing(
    world: PumbleWorld, change: dict[str, Any]
) -> None:
    workspace = first(world)
    closed = (replace(workspace.channels[0], **change), *workspace.channels[1:])
    world.pumble.workspaces[workspace.id] = replace(workspace, channels=closed)
    verify(world, "passed")
    assert_recorded(world, "approved")
    assert ([], "connected") == (texts(world), status(world))


@pytest.mark.parametrize(
    "name", ["<<@{user}>>", "<<!channel>> Holly", "<http://evil.example|Holly>"]
)
def test_a_name_with_markup_mentions_nobody(world: PumbleWorld, name: str) -> None:
    world.other_user.display_name = name.format(user=first(world).users[0].id)
    verify(world, "passed", world.other_user)
    answer = words(world.pumble.slash_command(world.other_user.id))
    assert 1 == len(texts(world))
    assert set() == set("<>") & set(texts(world)[0] + answer)


def test_the_bots_news_comes_back_and_is_dropped(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, PUMBLE_HANDLERS=OWN_HANDLERS)
    connect(world, "pumble")
    verify(world, "passed")
    (news,) = world.pumble.messages
    body = {"mId": "m1", "wId": news.workspace_id, "cId": news.channel_id, "tx": news.text}
    for author, expected in ((news.author_id, 0), (first(world).users[1].id, 1)):
        world.pumble.calls.clear()
        answer = world.pumble.send(_message_event(news, body | {"aId": author}))
        assert (200, b"ok") == (answer.status, answer.body)
        assert expected == world.pumble.calls.count(posts(world))


def _message_event(news: Message, body: dict[str, Any]) -> dict[str, object]:
    return {
        "messageType": "PUMBLE_EVENT",
        "eventType": "NEW_MESSAGE",
        "workspaceId": news.workspace_id,
        "workspaceUserIds": [news.author_id],
        "body": json.dumps(body),
    }
