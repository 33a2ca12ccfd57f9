"""What Pumble posts: every kind of payload, unknown ones, and rubbish."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.pumble.triggers import Kind, Trigger, read_trigger
from proxy.vendors import CallbackUnreadable
from tests.integrations.pumble.fakes import (
    BOT,
    CHANNEL,
    USER,
    WORKSPACE,
    encoded,
    event,
    payload,
)

VIEW = {"id": "view-1", "type": "MODAL", "callbackId": "booking_modal", "blocks": []}
MESSAGE = {"mId": "m1", "cId": CHANNEL, "aId": USER, "tx": "Żółta kawa ☕", "eph": False}
UNAUTHORIZED = {"workspaceUser": USER, "workspace": WORKSPACE, "accessGranted": False}
# docs/triggers-reference.md and core/types/payloads.ts of pumble-node-sdk (2026-08).
KINDS: dict[str, tuple[dict[str, Any], Kind, str]] = {
    "slash command": (
        payload("SLASH_COMMAND", slashCommand="/stock", text="blue boat"),
        Kind.SLASH_COMMAND,
        "/stock",
    ),
    "slash command in a thread": (
        payload("SLASH_COMMAND", slashCommand="/stock", text="", threadRootId="m1"),
        Kind.SLASH_COMMAND,
        "/stock",
    ),
    "global shortcut": (
        payload("SHORTCUT", type="GLOBAL", shortcut="list_bookings"),
        Kind.GLOBAL_SHORTCUT,
        "list_bookings",
    ),
    "message shortcut": (
        payload("SHORTCUT", type="ON_MESSAGE", shortcut="to_booking", messageId="m1"),
        Kind.MESSAGE_SHORTCUT,
        "to_booking",
    ),
    "block interaction in a message": (
        payload(
            "BLOCK_INTERACTION",
            sourceType="MESSAGE",
            sourceId="m1",
            actionType="BUTTON",
            onAction="approve",
            payload='{"value": "booking-7"}',
            loadingTimeout=0,
        ),
        Kind.BLOCK_INTERACTION,
        "approve",
    ),
    "block interaction in an ephemeral message": (
        payload("BLOCK_INTERACTION", sourceType="EPHEMERAL_MESSAGE", onAction="dismiss"),
        Kind.BLOCK_INTERACTION,
        "dismiss",
    ),
    "block interaction in a view": (
        payload("BLOCK_INTERACTION", channelId=None, sourceType="VIEW", onAction="day", view=VIEW),
        Kind.BLOCK_INTERACTION,
        "day",
    ),
    "dynamic menu": (
        payload("DYNAMIC_MENU", channelId=None, onAction="boats", query="bl"),
        Kind.DYNAMIC_MENU,
        "boats",
    ),
    "submitted view": (
        payload("VIEW_ACTION", viewActionType="SUBMIT", view=VIEW),
        Kind.VIEW_SUBMIT,
        "booking_modal",
    ),
    "closed view": (
        payload("VIEW_ACTION", channelId=None, viewActionType="CLOSE", view=VIEW),
        Kind.VIEW_CLOSE,
        "booking_modal",
    ),
    "event": (event("NEW_MESSAGE", MESSAGE), Kind.EVENT, "NEW_MESSAGE"),
    "event about the app": (
        event("APP_UNAUTHORIZED", UNAUTHORIZED, messageType="APP_EVENT"),
        Kind.EVENT,
        "APP_UNAUTHORIZED",
    ),
}
UNKNOWN: dict[str, dict[str, Any]] = {
    "no kind": {},
    "a new kind": payload("HOME_VIEW_OPENED"),
    "a kind in small letters": payload("slash_command", slashCommand="/stock"),
    "a kind that is no text": {"messageType": ["SLASH_COMMAND"], "slashCommand": "/stock"},
    "a shortcut of a new type": payload("SHORTCUT", type="ON_CHANNEL", shortcut="x"),
    "a shortcut without type": payload("SHORTCUT", shortcut="x"),
    "a view that did something new": payload("VIEW_ACTION", viewActionType="MOVE", view=VIEW),
    "a view action without a view": payload("VIEW_ACTION", viewActionType="SUBMIT"),
    "a view action on a text": payload("VIEW_ACTION", viewActionType="SUBMIT", view="x"),
    "a command without a name": payload("SLASH_COMMAND"),
    "a command with an empty name": payload("SLASH_COMMAND", slashCommand=""),
    "an action that is no text": payload("BLOCK_INTERACTION", onAction=7),
    "an event without a type": payload("PUMBLE_EVENT", body="{}"),
}
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"payload=1",
    "cut off": b'{"messageType":',
    "no UTF-8": b'{"messageType":"\xff"}',
    "UTF-16": '{"messageType":"X"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a list": b"[{}]",
    "a text": b'"SLASH_COMMAND"',
    "null": b"null",
    "too deep": b"[" * 90_000,
    "a number beyond measure": b'{"n":' + b"9" * 9_000 + b"}",
}


def read(document: object) -> Trigger:
    trigger = read_trigger(encoded(document))
    assert trigger is not None
    return trigger


@pytest.mark.parametrize(("document", "kind", "name"), KINDS.values(), ids=KINDS)
def test_every_kind_is_told_by_kind_and_name(
    document: dict[str, Any], kind: Kind, name: str
) -> None:
    trigger = read(document)
    assert (kind, name, WORKSPACE) == (trigger.kind, trigger.name, trigger.workspace_id)


@pytest.mark.parametrize(("document", "kind", "name"), KINDS.values(), ids=KINDS)
def test_who_and_where_are_read_where_they_are_told(
    document: dict[str, Any], kind: Kind, name: str
) -> None:
    del kind
    trigger = read(document)
    channel = document.get("channelId", CHANNEL if name == "NEW_MESSAGE" else "")
    told = (document.get("userId", ""), channel, document.get("text", ""))
    assert told == (trigger.user_id, trigger.channel_id, trigger.text)


@pytest.mark.parametrize("channel", [None, 7, ["c"]])
def test_an_event_without_a_usable_channel_has_none(channel: object) -> None:
    assert "" == read(event("NEW_MESSAGE", {**MESSAGE, "cId": channel})).channel_id


def test_only_events_tell_their_channel_inside() -> None:
    clicked = payload("BLOCK_INTERACTION", onAction="x", channelId=None, body='{"cId": "c"}')
    assert "" == read(clicked).channel_id


def test_an_events_body_is_read_out_of_its_text() -> None:
    assert MESSAGE == read(event("NEW_MESSAGE", MESSAGE)).payload["body"]


def test_a_byte_order_mark_inside_an_events_text_is_skipped() -> None:
    document = {**event("NEW_MESSAGE", {}), "body": "\ufeff" + json.dumps(MESSAGE)}
    assert MESSAGE == read(document).payload["body"]


def test_an_interactions_payload_is_read_out_of_its_text() -> None:
    document, *_ = KINDS["block interaction in a message"]
    assert {"value": "booking-7"} == read(document).payload["payload"]


def test_what_is_an_object_already_is_left_as_it_is() -> None:
    assert MESSAGE == read({**event("NEW_MESSAGE", {}), "body": MESSAGE}).payload["body"]


@pytest.mark.parametrize(
    "text", ["", "x", "[]", '"{}"', "null", "7", '{"aId":', "[" * 90_000, None, 7, ["{}"]]
)
def test_a_text_that_holds_no_object_is_an_empty_one(text: object) -> None:
    document = {**event("NEW_MESSAGE", {}), "body": text}
    assert {} == read(document).payload["body"]


def test_the_rest_of_the_payload_is_handed_on() -> None:
    document, *_ = KINDS["submitted view"]
    assert {**document} == read(document).payload
    assert "triggerId" in read(document).payload


def test_a_payload_without_inner_texts_gets_none() -> None:
    document, *_ = KINDS["slash command"]
    assert {"body", "payload"} & set(read(document).payload) == set()


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_kind_is_no_trigger(document: dict[str, Any]) -> None:
    assert read_trigger(encoded(document)) is None


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        read_trigger(body)


def test_what_people_wrote_is_not_shown() -> None:
    assert "blue boat" not in repr(read(KINDS["slash command"][0]))
    assert "Żółta" not in repr(read(KINDS["event"][0]))


# Anything may be signed with a stolen secret, and Pumble may change its mind.
TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KNOWN_FIELDS = st.sampled_from(
    sorted({name for document, *_ in KINDS.values() for name in document})
)


@st.composite
def nearly(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a payload of a known kind in which some fields are anything, or missing."""
    document, *_ = draw(st.sampled_from(list(KINDS.values())))
    changes = draw(st.dictionaries(KNOWN_FIELDS, ANY_JSON | st.just(...), max_size=4))
    return {name: value for name, value in {**document, **changes}.items() if value is not ...}


@given(body=st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
@example(body=b'{"messageType":"PUMBLE_EVENT","eventType":"\\ud800","body":"\\ud800"}')
def test_any_bytes_are_a_trigger_or_unknown_or_unreadable(body: bytes) -> None:
    try:
        trigger = read_trigger(body)
    except CallbackUnreadable:
        return
    assert trigger is None or trigger.name


@given(document=nearly())
def test_nearly_right_payloads_give_texts_and_objects(document: dict[str, Any]) -> None:
    trigger = read_trigger(json.dumps(document).encode())
    if trigger is None:
        return
    texts = (
        trigger.name,
        trigger.workspace_id,
        trigger.user_id,
        trigger.channel_id,
        trigger.text,
    )
    assert all(isinstance(text, str) for text in texts)
    inner = [trigger.payload.get(name, {}) for name in ("body", "payload")]
    assert [dict, dict] == [type(value) for value in inner]


def test_the_bot_is_in_no_place_where_a_person_is() -> None:
    trigger = read(event("NEW_MESSAGE", {**MESSAGE, "aId": BOT}))
    assert "" == trigger.user_id
