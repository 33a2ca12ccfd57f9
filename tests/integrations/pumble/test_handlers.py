"""Handlers: registered by kind and name, answering in every way, and failing harmlessly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from integrations.pumble.api import PumbleApi
from integrations.pumble.handlers import (
    FAILED,
    Context,
    Handlers,
    NotSaid,
    message,
    options,
    refusal,
    silence,
    view,
)
from integrations.pumble.triggers import Kind, Trigger, read_trigger
from integrations.pumble.workspace import LATE
from proxy.vendors import (
    CallbackUnreadable,
    ConnectionLost,
    Standing,
    UpstreamRefused,
    UpstreamUnavailable,
    WorkspaceAnswer,
)
from tests.integrations.parts import NO_HEADERS
from tests.integrations.pumble import fakes
from tests.integrations.pumble.fakes import (
    BOT,
    CHANNEL,
    OPERATOR_ID,
    OTHER_WORKSPACE,
    USER,
    WORKSPACE,
    FakeLookup,
    StubUpstream,
    answer_of,
    answered,
    encoded,
    event,
    payload,
)
from tests.integrations.pumble.test_triggers import KINDS, UNKNOWN, nearly

COMMAND = payload("SLASH_COMMAND", slashCommand="/stock", text="blue boat")
MENU = payload("DYNAMIC_MENU", onAction="boats", query="bl")
VIEW = {"type": "MODAL", "callbackId": "booking_modal", "blocks": []}
SECRET_TEXT = "what a person wrote"


class Failing:
    """A handler that raises, and a hook that writes down what it is told."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.told: list[tuple[Exception, str]] = []

    def handle(self, trigger: Trigger, context: Context) -> WorkspaceAnswer:
        del trigger, context
        raise self.error

    def note(self, error: Exception, trigger: Trigger) -> None:
        self.told.append((error, trigger.name))

    def fail_too(self, error: Exception, trigger: Trigger) -> None:
        del error, trigger
        raise ZeroDivisionError(SECRET_TEXT)


def answer_to(
    document: dict[str, Any], handlers: Handlers, lookup: FakeLookup | None = None
) -> WorkspaceAnswer:
    return answer_of(fakes.workspace(handlers), document, lookup)


def answering(given: WorkspaceAnswer | None, kind: Kind = Kind.SLASH_COMMAND) -> Handlers:
    handlers = Handlers()
    name = {Kind.SLASH_COMMAND: "/stock", Kind.DYNAMIC_MENU: "boats"}[kind]
    handlers.on(kind, name, lambda _trigger, _context: given)
    return handlers


# Registration


@pytest.mark.parametrize(("document", "kind", "name"), KINDS.values(), ids=KINDS)
def test_every_kind_can_be_handled(document: dict[str, Any], kind: Kind, name: str) -> None:
    seen: list[Trigger] = []
    handlers = Handlers()
    handlers.on(kind, name, lambda trigger, _context: seen.append(trigger))
    answer_to(document, handlers)
    assert [(kind, name)] == [(trigger.kind, trigger.name) for trigger in seen]


@pytest.mark.parametrize(("document", "kind", "name"), KINDS.values(), ids=KINDS)
def test_what_nobody_handles_is_acknowledged(
    document: dict[str, Any], kind: Kind, name: str
) -> None:
    handlers = Handlers()
    handlers.on(kind, f"{name}-other", lambda *_: message("wrong"))
    expected = WorkspaceAnswer(200) if kind is Kind.EVENT else WorkspaceAnswer(200, {})
    assert expected == answer_to(document, handlers)


def test_what_nobody_handles_asks_the_marketplace_nothing() -> None:
    class Closed(FakeLookup):
        def connection(self) -> None:
            raise AssertionError("the marketplace was asked")

    for document, *_ in (KINDS["slash command"], KINDS["event"], KINDS["submitted view"]):
        assert 200 == answer_to(document, Handlers(), Closed()).status


def test_the_last_handler_of_a_name_counts() -> None:
    handlers = answering(message("first"))
    handlers.on(Kind.SLASH_COMMAND, "/stock", lambda *_: message("second"))
    assert message("second") == answer_to(COMMAND, handlers)


def test_a_handler_is_told_whether_it_is_the_operators_workspace() -> None:
    seen: list[bool] = []
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", lambda _, context: seen.append(context.is_operators))
    answer_to(COMMAND, handlers)
    answer_to({**COMMAND, "workspaceId": OTHER_WORKSPACE}, handlers)
    answer_to({**COMMAND, "workspaceId": ""}, handlers)
    answer_to(COMMAND, handlers, FakeLookup(operators=None))
    assert [True, False, False, False] == seen


def test_a_handler_may_ask_how_a_user_stands() -> None:
    handlers = Handlers()

    def ask(trigger: Trigger, context: Context) -> WorkspaceAnswer:
        standing = context.standing(trigger.text)
        return message(standing.status if standing else "unknown")

    handlers.on(Kind.SLASH_COMMAND, "/stock", ask)
    known = Standing(OPERATOR_ID, "Robin", "approved", verified=True)
    lookup = FakeLookup(users={"blue boat": known})
    assert message("approved") == answer_to(COMMAND, handlers, lookup)
    assert message("unknown") == answer_to(COMMAND, handlers)


# Saying something


def said(document: dict[str, Any], upstream: StubUpstream, **how: str) -> list[Exception]:
    """Have a handler speak; return what its hook is told."""
    told: list[Exception] = []
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", lambda _, context: context.say("☕ here", **how))
    handlers.on_error(lambda error, _: told.append(error))
    answer_of(fakes.workspace(handlers, upstream=upstream), document)
    return told


def test_a_handler_speaks_as_the_bot_in_the_channel() -> None:
    upstream = StubUpstream(answered({}))
    assert [] == said(COMMAND, upstream)
    (sent,) = upstream.sent
    assert f"/v1/channels/{CHANNEL}/messages" == sent.path
    assert {"text": "☕ here"} == sent.document
    assert "bot-token-1" == sent.headers["token"]


def test_a_handler_may_speak_to_one_user() -> None:
    upstream = StubUpstream(answered({}))
    assert [] == said(COMMAND, upstream, only_to=USER)
    assert {"text": "☕ here", "ephemeral": {"sendToUsers": [USER]}} == upstream.sent[0].document


@pytest.mark.parametrize("change", [{"workspaceId": OTHER_WORKSPACE}, {"channelId": None}])
def test_where_there_is_no_bot_or_no_channel_nothing_is_said(change: dict[str, Any]) -> None:
    upstream = StubUpstream()
    told = said({**COMMAND, **change}, upstream)
    assert ([NotSaid], []) == ([type(error) for error in told], upstream.sent)


@pytest.mark.parametrize(
    "answer", [answered({}, 403), answered({}, 404), UpstreamUnavailable("pumble", "answered 503")]
)
def test_what_pumble_does_not_take_is_the_handlers_to_know(answer: Any) -> None:
    assert [NotSaid] == [type(error) for error in said(COMMAND, StubUpstream(answer))]


def test_a_dead_token_is_the_kernels_to_know() -> None:
    with pytest.raises(ConnectionLost):
        said(COMMAND, StubUpstream(answered({}, 401)))


def test_a_channels_id_cannot_lead_elsewhere() -> None:
    upstream = StubUpstream(answered({}))
    said({**COMMAND, "channelId": "../../app/installation?x#"}, upstream)
    assert "/v1/channels/..%2F..%2Fapp%2Finstallation%3Fx%23/messages" == upstream.sent[0].path


def test_a_message_is_cut_at_pumbles_limit() -> None:
    upstream = StubUpstream(answered({}))
    PumbleApi(upstream, fakes.APP_KEY).post_message("token", CHANNEL, "x" * 200_000)
    assert 100_000 == len(upstream.sent[0].document["text"])


# The bot's own words


@pytest.mark.parametrize("event_type", ["NEW_MESSAGE", "UPDATED_MESSAGE"])
def test_what_our_bot_wrote_reaches_no_handler(event_type: str) -> None:
    handlers = Handlers()
    failing = Failing(AssertionError("the bot heard itself"))
    handlers.on(Kind.EVENT, event_type, failing.handle)
    handlers.on_error(failing.note)
    assert WorkspaceAnswer(200) == answer_to(
        event(event_type, {"aId": BOT, "tx": "news"}), handlers
    )
    assert [] == failing.told


@pytest.mark.parametrize("author", [USER, "", None, 7, [BOT]])
def test_what_others_wrote_reaches_the_handler(author: object) -> None:
    seen: list[str] = []
    handlers = Handlers()
    handlers.on(Kind.EVENT, "NEW_MESSAGE", lambda trigger, _context: seen.append(trigger.name))
    answer_to(event("NEW_MESSAGE", {"aId": author, "tx": "hello"}), handlers)
    assert ["NEW_MESSAGE"] == seen


# Answers


@pytest.mark.parametrize(
    "given", [message("Looking …"), refusal("Not today"), WorkspaceAnswer(200, {"x": 1})]
)
def test_a_handlers_answer_is_the_answer(given: WorkspaceAnswer) -> None:
    assert given == answer_to(COMMAND, answering(given))


def test_a_handler_without_an_answer_acknowledges() -> None:
    assert WorkspaceAnswer(200, {}) == answer_to(COMMAND, answering(None))


def test_a_message_is_an_acknowledgement_with_words() -> None:
    assert WorkspaceAnswer(200, {"message": "Looking …"}) == message("Looking …")


def test_a_refusal_has_status_400() -> None:
    assert WorkspaceAnswer(400, {"message": "Not today"}) == refusal("Not today")


def trigger_of(document: dict[str, Any], kind: Kind, name: str) -> Trigger:
    return Trigger(kind, name, WORKSPACE, payload=document)


@pytest.mark.parametrize("action", ["OPEN", "UPDATE", "PUSH"])
def test_a_view_answers_its_trigger(action: str) -> None:
    trigger = trigger_of(COMMAND, Kind.SLASH_COMMAND, "/stock")
    expected = {"triggerId": "trg-1", "view": VIEW, "viewType": "NATIVE", "action": action}
    assert WorkspaceAnswer(200, expected) == view(trigger, VIEW, action)


def test_a_view_is_opened_unless_told_otherwise() -> None:
    shown = view(trigger_of(COMMAND, Kind.SLASH_COMMAND, "/stock"), VIEW)
    assert "OPEN" == (shown.body or {})["action"]


def test_a_menus_options_are_pairs_of_text_and_value() -> None:
    trigger = trigger_of(MENU, Kind.DYNAMIC_MENU, "boats")
    listed = [
        {"text": {"type": "plain_text", "text": "Blue boat"}, "value": "b1"},
        {"text": {"type": "plain_text", "text": "Black boat"}, "value": "b2"},
    ]
    expected = {"onAction": "boats", "options": listed, "triggerId": "trg-1"}
    answer = options(trigger, [("Blue boat", "b1"), ("Black boat", "b2")])
    assert WorkspaceAnswer(200, expected) == answer
    assert answer == answer_to(MENU, answering(answer, Kind.DYNAMIC_MENU))


def test_silence_is_ok_for_events_and_an_empty_object_for_people() -> None:
    assert WorkspaceAnswer(200) == silence(trigger_of({}, Kind.EVENT, "NEW_MESSAGE"))
    for kind in set(Kind) - {Kind.EVENT}:
        assert WorkspaceAnswer(200, {}) == silence(trigger_of({}, kind, "x"))


def test_what_an_answer_says_is_not_shown() -> None:
    assert SECRET_TEXT not in repr(message(SECRET_TEXT))


# Errors


@pytest.mark.parametrize("error", [ValueError(SECRET_TEXT), KeyError("x"), RecursionError()])
def test_an_error_reaches_the_hook_and_not_the_wire(error: Exception) -> None:
    failing = Failing(error)
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", failing.handle)
    handlers.on_error(failing.note)
    assert refusal(FAILED) == answer_to(COMMAND, handlers)
    assert [(error, "/stock")] == failing.told
    assert SECRET_TEXT not in FAILED


def test_an_error_over_an_event_is_acknowledged_all_the_same() -> None:
    failing = Failing(ValueError(SECRET_TEXT))
    handlers = Handlers()
    handlers.on(Kind.EVENT, "NEW_MESSAGE", failing.handle)
    handlers.on_error(failing.note)
    assert WorkspaceAnswer(200) == answer_to(event("NEW_MESSAGE", {"aId": USER}), handlers)
    assert ["NEW_MESSAGE"] == [name for _, name in failing.told]


def test_an_error_without_a_hook_is_answered_the_same() -> None:
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", Failing(ValueError()).handle)
    assert refusal(FAILED) == answer_to(COMMAND, handlers)


def test_a_hook_that_fails_changes_no_answer() -> None:
    failing = Failing(ValueError(SECRET_TEXT))
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", failing.handle)
    handlers.on_error(failing.fail_too)
    assert refusal(FAILED) == answer_to(COMMAND, handlers)


ODD_ANSWERS: dict[str, Any] = {
    "a text": "done",
    "an object": {"message": "done"},
    "true": True,
    "a body that is no JSON": WorkspaceAnswer(200, {"message": object()}),
    "a key that is no text": WorkspaceAnswer(200, {"a": {("x",): 1}}),
}


@pytest.mark.parametrize("odd", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_an_answer_that_cannot_be_sent_is_an_error_of_the_handler(odd: Any) -> None:
    failing = Failing(AssertionError("not called"))
    handlers = answering(odd)
    handlers.on_error(failing.note)
    assert refusal(FAILED) == answer_to(COMMAND, handlers)
    assert ["/stock"] == [name for _, name in failing.told]


@pytest.mark.parametrize(
    "error",
    [UpstreamUnavailable("x", "down"), UpstreamRefused("x", 403), ConnectionLost("dead")],
)
def test_a_failing_upstream_is_not_the_handlers_error(error: Exception) -> None:
    failing = Failing(error)
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/stock", failing.handle)
    handlers.on_error(failing.note)
    with pytest.raises(type(error)):
        answer_to(COMMAND, handlers)
    assert [] == failing.told


# Whatever is signed, it is answered


@pytest.mark.parametrize("document", UNKNOWN.values(), ids=UNKNOWN)
def test_a_kind_that_is_unknown_here_needs_nothing_done(document: dict[str, Any]) -> None:
    assert fakes.workspace().read_callback(NO_HEADERS, encoded(document)) is None


@given(document=nearly())
def test_whatever_is_posted_gets_an_answer_that_can_be_sent(document: dict[str, Any]) -> None:
    hook = fakes.workspace().read_callback(NO_HEADERS, json.dumps(document).encode())
    if hook is None:
        return
    answer = hook.answer(FakeLookup())
    assert 200 == answer.status
    json.dumps(answer.body)


@given(document=nearly())
def test_whoever_waits_for_words_gets_some_when_it_is_late(document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    trigger, hook = read_trigger(body), fakes.workspace().read_callback(NO_HEADERS, body)
    if trigger is None or hook is None:
        assert (None, None) == (trigger, hook)
        return
    expected = None if trigger.kind is Kind.EVENT else message(LATE)
    assert expected == hook.late


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_payload_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        fakes.workspace().read_callback(NO_HEADERS, body)
