"""The simulated Pumble's hooks: what they say, how they are signed, and what answers them."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hops import HopLog
from sandbox.pumble import HookAnswer, Pumble, Workspace
from sandbox.pumble.sender import pieces, signed_headers
from tests.sandbox.pumble_callers import HookReceiver, PumbleApp

NOW = 1_790_000_000.125
# openssl dgst -sha256 -hmac a-secret over the timestamp in FIXED_AT, a colon and FIXED_BODY
FIXED_AT = 1_790_000_000_125
FIXED_BODY = '{"tx":"naïve ☂"}'.encode()
FIXED_SIGNATURE = "cd63f6ecffc92e23c9834671a3ab493d5dce62ccf4a0ee66772526f0e26ff154"


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    receiver = HookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def pumble(receiver: HookReceiver, hops: HopLog) -> Iterator[Pumble]:
    with Pumble(hops, clock=lambda: NOW) as pumble:
        pumble.manifest.hook_url = receiver.url
        yield pumble


@pytest.fixture
def workspace(pumble: Pumble) -> Workspace:
    return next(iter(pumble.workspaces.values()))


def test_slash_command_says_who_typed_what_where(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    pumble.slash_command("Rosa Reed")

    payload = receiver.only().payload()
    assert payload.pop("triggerId").startswith("trg-")
    assert [("type", "rich_text")] == [next(iter(block.items())) for block in payload.pop("blocks")]
    assert {
        "messageType": "SLASH_COMMAND",
        "slashCommand": "/verified",
        "text": "Rosa Reed",
        "userId": workspace.users[0].id,
        "channelId": workspace.channels[0].id,
        "workspaceId": workspace.id,
    } == payload


def test_slash_command_of_someone_elsewhere_in_a_thread(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    other = list(pumble.workspaces.values())[-1]
    user, channel = other.users[1].id, other.channels[1].id

    pumble.slash_command("", "/orders", other.id, user, channel, thread_root_id="root-1")

    payload = receiver.only().payload()
    names = ("slashCommand", "workspaceId", "userId", "channelId", "threadRootId")
    assert ["/orders", other.id, user, channel, "root-1"] == [payload[name] for name in names]


@pytest.mark.parametrize(
    ("message_id", "kind"),
    [(None, {"type": "GLOBAL"}), ("message-1", {"type": "ON_MESSAGE", "messageId": "message-1"})],
)
def test_shortcut_is_global_or_a_messages(
    pumble: Pumble, receiver: HookReceiver, message_id: str | None, kind: dict[str, str]
) -> None:
    pumble.shortcut("list_orders", message_id)

    payload = receiver.only().payload()
    shown = {name: payload[name] for name in ("type", "messageId") if name in payload}
    assert ("SHORTCUT", "list_orders", kind) == (payload["messageType"], payload["shortcut"], shown)


def test_click_carries_the_buttons_value_as_json_in_a_string(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    pumble.block_interaction("approve", value="sealed é")

    payload = receiver.only().payload()
    assert {"value": "sealed é"} == json.loads(payload["payload"])
    assert ("MESSAGE", "approve", "view" in payload) == (
        payload["sourceType"],
        payload["onAction"],
        False,
    )


def test_click_in_a_view_has_the_view_and_no_channel(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    pumble.block_interaction("approve", "VIEW")

    payload = receiver.only().payload()
    assert ("view" in payload, "channelId" in payload) == (True, False)


def test_dynamic_menu_carries_the_query(pumble: Pumble, receiver: HookReceiver) -> None:
    pumble.dynamic_menu("listing", "cab")

    payload = receiver.only().payload()
    assert ("DYNAMIC_MENU", "listing", "cab") == (
        payload["messageType"],
        payload["onAction"],
        payload["query"],
    )


def test_submitted_view_holds_what_was_entered(pumble: Pumble, receiver: HookReceiver) -> None:
    pumble.view_action("SUBMIT", "note_modal", {"block_1": ("note", "late arrival")})

    view = receiver.only().payload()["view"]
    entered = view["state"]["values"]["block_1"]["note"]
    assert ("note_modal", "late arrival") == (view["callbackId"], entered["value"])


def test_closed_view_holds_no_values(pumble: Pumble, receiver: HookReceiver) -> None:
    pumble.view_action("CLOSE", values={"block_1": ("note", "late arrival")})

    payload = receiver.only().payload()
    assert ("CLOSE", "state" in payload["view"]) == (payload["viewActionType"], False)


def test_event_body_is_json_in_a_string(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    body: dict[str, object] = {"ty": "NEW_MESSAGE", "tx": "café ☕"}

    pumble.event("NEW_MESSAGE", body)

    payload = receiver.only().payload()
    assert body == json.loads(payload.pop("body"))
    assert {
        "messageType": "PUMBLE_EVENT",
        "eventType": "NEW_MESSAGE",
        "workspaceId": workspace.id,
        "workspaceUserIds": [],
    } == payload


def test_event_is_meant_for_the_bot_and_who_authorized(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    PumbleApp(pumble).tokens(workspace.id, workspace.users[1].id)

    pumble.event("NEW_MESSAGE", {})

    recipients = receiver.only().payload()["workspaceUserIds"]
    assert [workspace.bot_id, workspace.users[1].id] == recipients


@pytest.mark.parametrize(
    "act",
    [
        lambda pumble: pumble.block_interaction("a", "ELSEWHERE"),
        lambda pumble: pumble.view_action("OPEN"),
        lambda pumble: pumble.event("NEW_MESSAGE", {}, "OTHER_EVENT"),
    ],
)
def test_undocumented_kinds_are_not_sent(
    pumble: Pumble, receiver: HookReceiver, act: Callable[[Any], HookAnswer]
) -> None:
    with pytest.raises(ValueError, match="is none of"):
        act(pumble)
    assert [] == receiver.received


def test_uninstalling_kills_the_tokens_and_tells(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    app = PumbleApp(pumble)
    tokens = app.tokens()

    pumble.uninstall(workspace.id)

    assert [False, False] == [app.is_alive(tokens[name]) for name in ("accessToken", "botToken")]
    payload = receiver.only().payload()
    body = json.loads(payload["body"])
    assert ("APP_EVENT", "APP_UNINSTALLED") == (payload["messageType"], payload["eventType"])
    assert (pumble.app_id, workspace.id, workspace.bot_id, "2026-09-21T14:13:20Z") == (
        body["app"],
        body["workspace"],
        body["botUser"],
        body["uninstalledAt"],
    )


def test_unauthorizing_kills_the_users_tokens_and_tells(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    app = PumbleApp(pumble)
    tokens = app.tokens()
    user_id = workspace.users[0].id

    pumble.unauthorize(workspace.id, user_id)

    assert [False, True] == [app.is_alive(tokens[name]) for name in ("accessToken", "botToken")]
    payload = receiver.only().payload()
    body = json.loads(payload["body"])
    assert ("APP_EVENT", "APP_UNAUTHORIZED") == (payload["messageType"], payload["eventType"])
    assert (user_id, workspace.id, ["messages:read", "channels:list"], False) == (
        body["workspaceUser"],
        body["workspace"],
        body["grantedScopes"],
        body["accessGranted"],
    )


def test_what_was_never_allowed_cannot_be_taken_back(
    pumble: Pumble, receiver: HookReceiver, workspace: Workspace
) -> None:
    with pytest.raises(ValueError, match="not installed"):
        pumble.uninstall(workspace.id)
    with pytest.raises(ValueError, match="not authorized"):
        pumble.unauthorize(workspace.id, workspace.users[0].id)
    assert [] == receiver.received


def test_hook_is_signed_over_milliseconds_and_raw_body(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    pumble.slash_command("Zoë ☕")

    received = receiver.only()
    signed = b"1790000000125:" + received.body
    expected = hmac.new(pumble.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert "1790000000125" == received.header("x-pumble-request-timestamp")
    assert expected == received.header("x-pumble-request-signature")


def test_signature_of_a_fixed_body_never_changes() -> None:
    headers = dict(signed_headers(FIXED_BODY, FIXED_AT, "a-secret"))

    assert FIXED_SIGNATURE == headers["x-pumble-request-signature"]


def test_hook_by_hand_can_be_older_and_of_another_secret(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    pumble.send({"messageType": "APP_EVENT"}, timestamp_ms=7, secret="other")

    received = receiver.only()
    expected = hmac.new(b"other", b"7:" + received.body, hashlib.sha256).hexdigest()
    assert ("7", expected) == (
        received.header("x-pumble-request-timestamp"),
        received.header("x-pumble-request-signature"),
    )


def test_hook_by_hand_can_have_any_bytes(pumble: Pumble, receiver: HookReceiver) -> None:
    pumble.send(None, raw=b"\xff{")

    assert b"\xff{" == receiver.only().body


def test_given_headers_replace_the_usual_ones(pumble: Pumble, receiver: HookReceiver) -> None:
    genuine = pumble.signed_headers(b"{}")

    pumble.send(None, raw=b"{}", headers=[*genuine[:2], ("X-Other", "1"), ("X-Other", "2")])

    names = {name.lower() for name, _ in receiver.only().headers}
    assert {"content-type", "x-pumble-request-timestamp", "x-other"} <= names
    assert "x-pumble-request-signature" not in names


@pytest.mark.parametrize(("payload", "raw"), [(None, None), ({}, b"{}")])
def test_hook_by_hand_has_one_body(
    pumble: Pumble, payload: dict[str, object] | None, raw: bytes | None
) -> None:
    with pytest.raises(ValueError, match="either"):
        pumble.send(payload, raw=raw)


def test_chunked_hook_arrives_whole_with_the_same_signature(
    pumble: Pumble, receiver: HookReceiver
) -> None:
    payload: dict[str, object] = {"text": "☕☕☕"}

    pumble.send(payload)
    pumble.send(payload, chunks=8)

    whole, chunked = receiver.received
    assert (False, True) == (whole.chunked, chunked.chunked)
    name = "x-pumble-request-signature"
    assert (whole.body, whole.header(name)) == (chunked.body, chunked.header(name))


def test_first_cuts_lie_within_characters() -> None:
    first, second = pieces("abc☕def".encode(), 2)

    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert "abc☕def".encode() == first + second


@given(body=st.binary(min_size=1, max_size=40), data=st.data())
def test_pieces_are_as_many_as_asked_and_make_the_whole(body: bytes, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(body)))

    cut = pieces(body, count)

    assert (count, body) == (len(cut), b"".join(cut))
    assert b"" not in cut


@pytest.mark.parametrize("count", [0, 4])
def test_impossible_number_of_chunks_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        pieces(b"abc", count)


def test_answer_is_returned(pumble: Pumble, receiver: HookReceiver) -> None:
    receiver.status = 400

    answer = pumble.slash_command("x")

    assert (400, b'{"message":"seen"}', "application/json", True) == (
        answer.status,
        answer.body,
        answer.content_type,
        answer.in_time,
    )


def test_unanswered_hook_has_no_status(pumble: Pumble, receiver: HookReceiver) -> None:
    receiver.close()

    answer = pumble.slash_command("x")

    assert (None, b"", False) == (answer.status, answer.body, answer.in_time)


@pytest.mark.parametrize(
    ("status", "seconds", "in_time"), [(200, 3.0, True), (200, 3.01, False), (None, 0.1, False)]
)
def test_three_seconds_are_in_time(status: int | None, seconds: float, in_time: bool) -> None:
    assert in_time == HookAnswer(status, b"", "", seconds).in_time


@pytest.mark.parametrize(
    "url", ["", "https://shop.example/hook", "http://192.0.2.1/hook", "https://127.0.0.1"]
)
def test_nothing_is_sent_off_loopback(pumble: Pumble, url: str) -> None:
    pumble.manifest.hook_url = url

    with pytest.raises(ValueError, match="loopback"):
        pumble.slash_command("x")


def test_hop_tells_the_kind_and_nothing_that_was_said(pumble: Pumble, hops: HopLog) -> None:
    pumble.slash_command("confidential")
    pumble.event("NEW_MESSAGE", {"tx": "confidential"})
    pumble.send({"messageType": "confidential"})

    assert [
        ("Pumble", "proxy", "POST", "/api/callbacks/pumble", 200, "SLASH_COMMAND"),
        ("Pumble", "proxy", "POST", "/api/callbacks/pumble", 200, "PUMBLE_EVENT NEW_MESSAGE"),
        ("Pumble", "proxy", "POST", "/api/callbacks/pumble", 200, ""),
    ] == [(h.caller, h.callee, h.method, h.path, h.status, h.note) for h in hops.since(0)]
