"""What Pumble posts, over HTTP: whose signature counts, and an answer to everything, in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest

from sandbox.faults import Mode
from sandbox.kit.sender import Headers
from sandbox.pumble import HookAnswer, Pumble
from sandbox.pumble.sender import SIGNATURE_HEADER, TIMESTAMP_HEADER
from tests.flows.connecting import connect
from tests.integrations.pumble.flows.world import PumbleWorld

PATH = "/api/callbacks/pumble"
NOW_MS = 1_793_491_200_000
WINDOW_MS = 300_000
SECRET = "golden-signing-secret"
HANDLERS = "tests.integrations.pumble.own_handlers:register"
LATE = {"message": "The marketplace could not be asked just now. Please try again."}
# Made with `openssl dgst -sha256 -hmac` over timestamp, colon and body; Node's crypto agrees.
GOLDEN = {
    "multibyte": (
        "1793491200000",
        '{"messageType":"SOMETHING_NEW","tx":"Żółta kawa ☕ 東京 😀"}',
        "1ff807c8d454c6208db67e1824e1001b58ba7765b6bff622a64890ee197ee200",
        200,
    ),
    "an empty object": (
        "1793491200000",
        "{}",
        "b3aed2dc605f111e555c147f8e8995fd06953fe92957266d27294ffbe606c7ac",
        200,
    ),
    "in seconds": (
        "1793491200",
        '{"messageType":"SOMETHING_NEW"}',
        "87d261ae378fea4f9cdbb0c7ca37037bb45aa860e4fad5077cc8309a9a5fe331",
        200,
    ),
    "an empty body is signed and no JSON": (
        "1793491200000",
        "",
        "beab4cee69f984d8ea77d20d07ad450326b90e67a292490475be05ba17c8b99f",
        400,
    ),
}
MULTIBYTE = GOLDEN["multibyte"][1].encode()
JSON_TYPE = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def world() -> Iterator[PumbleWorld]:
    """Return a world with a connected workspace, where it is always the same time."""
    made = PumbleWorld(
        integration_api=True,
        clock=lambda: NOW_MS / 1000,
        PUMBLE_APP_SIGNING_SECRET=SECRET,
        PUMBLE_HANDLERS=HANDLERS,
    )
    made.pumble.signing_secret = SECRET
    connect(made, "pumble")
    yield made
    made.close()


@pytest.fixture
def pumble(world: PumbleWorld) -> Iterator[Pumble]:
    """Return the world's Pumble, with nothing said; every fault is over at the end."""
    world.pumble.messages.clear()
    world.sharetribe.calls.clear()
    yield world.pumble
    world.pumble.faults.reset()
    world.sharetribe.faults.reset()


def headers_of(timestamp: str | None, signature: str | None) -> Headers:
    pairs = [(TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)]
    return [JSON_TYPE, *((name, value) for name, value in pairs if value is not None)]


def body_of(answer: HookAnswer) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.body)
    return document


def assert_refused(answer: HookAnswer) -> None:
    assert 403 == answer.status, answer.body
    document = body_of(answer)
    assert ("signature-invalid", "Invalid signature!") == (document["code"], document["detail"])


# Signatures


@pytest.mark.parametrize(("timestamp", "body", "signature", "status"), GOLDEN.values(), ids=GOLDEN)
def test_known_signatures_hold(
    pumble: Pumble, timestamp: str, body: str, signature: str, status: int
) -> None:
    headers = headers_of(timestamp, signature)
    assert status == pumble.send(None, raw=body.encode(), headers=headers).status


@pytest.mark.parametrize(("timestamp", "body", "signature", "status"), GOLDEN.values(), ids=GOLDEN)
def test_known_signatures_hold_for_nothing_else(
    pumble: Pumble, timestamp: str, body: str, signature: str, status: int
) -> None:
    del status
    headers = headers_of(timestamp, signature)
    assert_refused(pumble.send(None, raw=body.encode() + b" ", headers=headers))
    other = headers_of(str(int(timestamp) + 1), signature)
    assert_refused(pumble.send(None, raw=body.encode(), headers=other))


def test_upper_case_digits_are_the_same_signature(pumble: Pumble) -> None:
    timestamp, body, signature, _ = GOLDEN["multibyte"]
    headers = headers_of(timestamp, signature.upper())
    assert 200 == pumble.send(None, raw=body.encode(), headers=headers).status


GENUINE = GOLDEN["an empty object"][2]
TIMESTAMP = str(NOW_MS)
OTHER_HEADERS: dict[str, Headers] = {
    "no headers": headers_of(None, None),
    "no timestamp": headers_of(None, GENUINE),
    "no signature": headers_of(TIMESTAMP, None),
    "an empty timestamp": headers_of("", GENUINE),
    "an empty signature": headers_of(TIMESTAMP, ""),
    "a wrong digit": headers_of(TIMESTAMP, GENUINE[:-1] + "d"),
    "a digit less": headers_of(TIMESTAMP, GENUINE[:-1]),
    "a digit more": headers_of(TIMESTAMP, GENUINE + "c"),
    "another notation": headers_of(TIMESTAMP, "s63S3GBfER5VXBR/jomV/QaVP+kpVyZtJyUf++YGx6w="),
    "a prefix": headers_of(TIMESTAMP, f"sha256={GENUINE}"),
    "no hex digits": headers_of(TIMESTAMP, "z" * 64),
    "a letter beyond ASCII": headers_of(TIMESTAMP, "é" * 64),
    "a timestamp that is no number": headers_of("today", GENUINE),
    "a timestamp with a sign": headers_of(f"+{TIMESTAMP}", GENUINE),
    "a timestamp with a zero": headers_of(f"0{TIMESTAMP}", GENUINE),
    "the timestamp twice": [*headers_of(TIMESTAMP, GENUINE), (TIMESTAMP_HEADER, TIMESTAMP)],
    "the signature twice": [*headers_of(TIMESTAMP, GENUINE), (SIGNATURE_HEADER, GENUINE)],
    "a second timestamp": [*headers_of(TIMESTAMP, GENUINE), (TIMESTAMP_HEADER, "1793491200001")],
    "a second signature": [*headers_of(TIMESTAMP, GENUINE), (SIGNATURE_HEADER, "0" * 64)],
    "an empty second signature": [*headers_of(TIMESTAMP, GENUINE), (SIGNATURE_HEADER, "")],
    "another header's name": [JSON_TYPE, (TIMESTAMP_HEADER, TIMESTAMP), ("X-Signature", GENUINE)],
    "names with underscores": [
        JSON_TYPE,
        (TIMESTAMP_HEADER.replace("-", "_"), TIMESTAMP),
        (SIGNATURE_HEADER.replace("-", "_"), GENUINE),
    ],
}


@pytest.mark.parametrize("headers", OTHER_HEADERS.values(), ids=OTHER_HEADERS)
def test_headers_that_are_not_pumbles_are_refused(pumble: Pumble, headers: Headers) -> None:
    assert_refused(pumble.send(None, raw=b"{}", headers=headers))


def test_the_letter_case_of_header_names_does_not_count(pumble: Pumble) -> None:
    headers = [(name.upper(), value) for name, value in headers_of(TIMESTAMP, GENUINE)]
    assert 200 == pumble.send(None, raw=b"{}", headers=headers).status


@pytest.mark.parametrize("secret", ["", "golden-signing-secre", "Golden-signing-secret"])
def test_another_secret_is_refused(pumble: Pumble, secret: str) -> None:
    assert_refused(pumble.send({}, secret=secret))


@pytest.mark.parametrize("name", ["app_key", "client_secret", "app_id"])
def test_the_apps_other_values_sign_nothing(pumble: Pumble, name: str) -> None:
    assert_refused(pumble.send({}, secret=getattr(pumble, name)))


@pytest.mark.parametrize("offset", [0, 1, -1, WINDOW_MS, -WINDOW_MS])
def test_a_hook_within_the_window_is_taken(pumble: Pumble, offset: int) -> None:
    assert 200 == pumble.send({}, timestamp_ms=NOW_MS + offset).status


@pytest.mark.parametrize("offset", [WINDOW_MS + 1, -WINDOW_MS - 1, 10**9, -(10**9)])
def test_a_hook_beyond_the_window_is_refused(pumble: Pumble, offset: int) -> None:
    assert_refused(pumble.send({}, timestamp_ms=NOW_MS + offset))


@pytest.mark.parametrize(("offset", "is_taken"), [(300, True), (-300, True), (301, False)])
def test_the_window_is_the_same_in_seconds(pumble: Pumble, offset: int, is_taken: bool) -> None:
    answer = pumble.send({}, timestamp_ms=NOW_MS // 1000 + offset)
    assert (200 if is_taken else 403) == answer.status


@pytest.mark.parametrize("timestamp_ms", [0, 1, 999_999_999_999_999])
def test_times_far_away_are_refused(pumble: Pumble, timestamp_ms: int) -> None:
    assert_refused(pumble.send({}, timestamp_ms=timestamp_ms))


def test_a_refused_hook_asks_nobody_anything(world: PumbleWorld, pumble: Pumble) -> None:
    workspace_id = next(iter(pumble.workspaces))
    body = {"workspace": workspace_id, "uninstalledAt": "2027-01-01T00:00:00Z"}
    uninstalled: dict[str, object] = {
        "messageType": "APP_EVENT",
        "eventType": "APP_UNINSTALLED",
        "workspaceId": workspace_id,
        "body": json.dumps(body),
    }
    pumble.calls.clear()
    assert_refused(pumble.send(uninstalled, secret="stolen elsewhere"))
    assert ([], []) == (world.sharetribe.calls, pumble.calls)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_the_content_type_does_not_count(pumble: Pumble, content_type: str) -> None:
    _, *signature = pumble.signed_headers(MULTIBYTE)
    headers = [("Content-Type", content_type), *signature]
    assert 200 == pumble.send(None, raw=MULTIBYTE, headers=headers).status


# Bodies


MARK = b"\xef\xbb\xbf"
MALFORMED = [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"{}{}", b"[" * 90_000, MARK, MARK * 2]


def test_a_byte_order_mark_is_signed_and_then_skipped(pumble: Pumble) -> None:
    body = MARK + b'{"messageType":"SLASH_COMMAND","slashCommand":"/verified","text":""}'
    answer = pumble.send(None, raw=body)
    assert (200, "message") == (answer.status, next(iter(body_of(answer))))


@pytest.mark.parametrize("body", MALFORMED)
def test_a_signed_body_that_is_no_object_is_told_so(pumble: Pumble, body: bytes) -> None:
    answer = pumble.send(None, raw=body)
    assert (400, "body-invalid") == (answer.status, body_of(answer)["code"])


@pytest.mark.parametrize("body", MALFORMED)
def test_an_unsigned_body_is_not_even_read(pumble: Pumble, body: bytes) -> None:
    assert_refused(pumble.send(None, raw=body, secret="another"))


def test_a_body_beyond_measure_is_refused(pumble: Pumble) -> None:
    answer = pumble.send(None, raw=b'{"x":"' + b"x" * 110_000 + b'"}')
    assert (413, "body-too-large") == (answer.status, body_of(answer)["code"])


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"messageType": "HOME_VIEW_OPENED"},
        {"messageType": None},
        {"messageType": {"x": 1}},
        {"messageType": "SHORTCUT", "type": "ON_CHANNEL", "shortcut": "x"},
        {"messageType": "VIEW_ACTION", "viewActionType": "MOVE", "view": {}},
        {"messageType": "SLASH_COMMAND"},
    ],
)
def test_an_unknown_kind_is_acknowledged(pumble: Pumble, payload: dict[str, Any]) -> None:
    answer = pumble.send(payload)
    assert (200, b"ok") == (answer.status, answer.body)


def test_only_posts_are_taken(world: PumbleWorld) -> None:
    answer = world.browser().call("GET", PATH)
    assert (405, "OPTIONS, POST") == (answer.status_code, answer.headers["Allow"])


# Every kind


Act = Callable[[Pumble], HookAnswer]
UNHANDLED: dict[str, Act] = {
    "slash command": lambda p: p.slash_command("", command="/nobody"),
    "slash command in a thread": lambda p: p.slash_command("", "/nobody", thread_root_id="m1"),
    "global shortcut": lambda p: p.shortcut("nobody"),
    "message shortcut": lambda p: p.shortcut("nobody", message_id="m1"),
    "block in a message": lambda p: p.block_interaction("nobody"),
    "block in an ephemeral message": lambda p: p.block_interaction("nobody", "EPHEMERAL_MESSAGE"),
    "block in a view": lambda p: p.block_interaction("nobody", "VIEW", "v"),
    "dynamic menu": lambda p: p.dynamic_menu("nobody", "q"),
    "submitted view": lambda p: p.view_action("SUBMIT", "nobody", {"b": ("a", "v")}),
    "closed view": lambda p: p.view_action("CLOSE", "nobody"),
}
EVENTS = ("UPDATED_MESSAGE", "REACTION_ADDED", "CHANNEL_ARCHIVED", "WORKSPACE_USER_JOINED")


@pytest.mark.parametrize("act", UNHANDLED.values(), ids=UNHANDLED)
def test_what_a_person_does_is_acknowledged_in_json(pumble: Pumble, act: Act) -> None:
    answer = act(pumble)
    assert (200, {}) == (answer.status, body_of(answer))
    assert "application/json" == answer.content_type


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("message_type", ["PUMBLE_EVENT", "APP_EVENT"])
def test_an_event_is_answered_ok(
    pumble: Pumble, name: str, message_type: Literal["PUMBLE_EVENT", "APP_EVENT"]
) -> None:
    answer = pumble.event(name, {"wId": "w", "aId": "u", "ty": name}, message_type)
    assert (200, b"ok") == (answer.status, answer.body)
    assert answer.content_type.startswith("text/plain")


def test_what_nobody_handles_costs_no_request(world: PumbleWorld, pumble: Pumble) -> None:
    for act in UNHANDLED.values():
        act(pumble)
    pumble.event("REACTION_ADDED", {"uId": "u"})
    assert [] == world.sharetribe.calls


def test_a_handler_answers_and_speaks(pumble: Pumble) -> None:
    answer = pumble.slash_command("grüß", command="/echo")
    assert (200, {"message": "said"}) == (answer.status, body_of(answer))
    (said,) = pumble.messages
    workspace = next(iter(pumble.workspaces.values()))
    author, only_reader = workspace.bot_id, workspace.users[0].id
    assert ("grüß ☕", author, (only_reader,)) == (said.text, said.author_id, said.ephemeral_to)


def test_a_handler_refuses_with_words(pumble: Pumble) -> None:
    answer = pumble.slash_command("", command="/refuse")
    assert (400, {"message": "Not today"}) == (answer.status, body_of(answer))
    assert "application/json" == answer.content_type


def test_a_handler_opens_a_view_of_its_trigger(pumble: Pumble) -> None:
    document = body_of(pumble.shortcut("open_form"))
    assert {"triggerId", "view", "viewType", "action"} == set(document)
    assert document["triggerId"].startswith("trg-")
    assert ("NATIVE", "OPEN", "form") == (
        document["viewType"],
        document["action"],
        document["view"]["callbackId"],
    )


def test_a_handler_fills_a_menu(pumble: Pumble) -> None:
    document = body_of(pumble.dynamic_menu("boats", "b"))
    listed = [{"text": {"type": "plain_text", "text": "Blue"}, "value": "b1"}]
    assert ("boats", listed) == (document["onAction"], document["options"])


def test_a_handlers_error_stays_in_the_house(pumble: Pumble) -> None:
    answer = pumble.slash_command("", command="/broken")
    assert (400, ["message"]) == (answer.status, list(body_of(answer)))
    assert b"what the handler knows" not in answer.body
    assert b"RuntimeError" not in answer.body
    told = pumble.event("CHANNEL_CREATED", {"cId": "c"})
    assert (200, b"ok") == (told.status, told.body)


def test_a_handler_answers_what_people_write_and_not_what_the_bot_does(pumble: Pumble) -> None:
    workspace = next(iter(pumble.workspaces.values()))
    channel = workspace.channels[0].id
    for author, heard in ((workspace.users[1].id, 1), (workspace.bot_id, 0)):
        pumble.messages.clear()
        body: dict[str, object] = {"mId": "m", "cId": channel, "aId": author, "tx": "hello"}
        assert 200 == pumble.event("NEW_MESSAGE", body).status
        assert [channel] * heard == [message.channel_id for message in pumble.messages]


# In time


def all_at_once(pumble: Pumble, acts: dict[str, Act]) -> dict[str, HookAnswer]:
    with ThreadPoolExecutor(len(acts)) as pool:
        answers = {name: pool.submit(act, pumble) for name, act in acts.items()}
        return {name: answer.result() for name, answer in answers.items()}


ASKING: dict[str, Act] = {
    "/verified": lambda p: p.slash_command("robin@example.com"),
    "a handler": lambda p: p.shortcut("open_form"),
}
TELLING: dict[str, Act] = {
    "a message": lambda p: p.event("NEW_MESSAGE", {"aId": "u"}),
    "an uninstallation": lambda p: p.event("APP_UNINSTALLED", {}, "APP_EVENT"),
    "a withdrawal": lambda p: p.event("APP_UNAUTHORIZED", {"workspaceUser": "u"}, "APP_EVENT"),
}


@pytest.mark.parametrize("mode", ["hang", "error", "reset", "garbage", "rate-limit"])
def test_everything_is_answered_in_time_whatever_the_marketplace_does(
    world: PumbleWorld, pumble: Pumble, mode: Mode
) -> None:
    world.sharetribe.faults.mode = mode
    answers = all_at_once(pumble, UNHANDLED | ASKING | TELLING)
    assert [] == [name for name, answer in answers.items() if not answer.in_time]
    assert dict.fromkeys(UNHANDLED, 200) == {name: answers[name].status for name in UNHANDLED}
    assert dict.fromkeys(ASKING, (200, LATE)) == {
        name: (answers[name].status, body_of(answers[name])) for name in ASKING
    }
    assert dict.fromkeys(TELLING, 503) == {name: answers[name].status for name in TELLING}


def test_a_person_is_answered_in_time_while_pumbles_api_hangs(pumble: Pumble) -> None:
    pumble.faults.mode = "hang"
    answer = pumble.slash_command("x", command="/echo")
    assert (True, 400, ["message"]) == (answer.in_time, answer.status, list(body_of(answer)))


def test_the_connection_outlives_the_marketplaces_faults(pumble: Pumble) -> None:
    assert b"none" in pumble.slash_command("robin@example.com").body
