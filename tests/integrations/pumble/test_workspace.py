"""The operator's workspace without a network: news, `/verified`, and what ends a connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pumble.handlers import Handlers, message
from integrations.pumble.token_store import MemoryTokenStore, Tokens, TokenStore
from integrations.pumble.triggers import Kind
from integrations.pumble.workspace import news, verified
from proxy.vendors import (
    ConnectionLost,
    Ending,
    Grant,
    Standing,
    UpstreamRefused,
    UpstreamUnavailable,
    WorkspaceAnswer,
)
from tests.integrations.pumble import fakes
from tests.integrations.pumble.fakes import (
    APP_KEY,
    BOT,
    CHANNEL,
    OTHER_USER,
    OTHER_WORKSPACE,
    USER,
    WORKSPACE,
    FakeLookup,
    StubUpstream,
    answer_of,
    answered,
    event,
    hook_of,
    operators_connection,
    payload,
)

USER_ID = UUID("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
ROBIN = Standing(USER_ID, "Robin R", "approved", verified=True)
REJECTED = replace(ROBIN, status="rejected", verified=False)
AT = "2026-11-01T12:00:00Z"


def uninstalled(at: object, workspace_id: str = WORKSPACE) -> dict[str, Any]:
    body = {"id": "i1", "workspace": workspace_id, "botUser": BOT, "uninstalledAt": at}
    fields = {"messageType": "APP_EVENT", "workspaceId": workspace_id}
    return event("APP_UNINSTALLED", body, **fields)


def unauthorized(user_id: object, workspace_id: str = WORKSPACE) -> dict[str, Any]:
    body = {"id": "a1", "workspaceUser": user_id, "accessGranted": False}
    fields = {"messageType": "APP_EVENT", "workspaceId": workspace_id}
    return event("APP_UNAUTHORIZED", body, **fields)


def read(document: dict[str, Any]) -> Ending | None:
    return hook_of(fakes.workspace(), document).ending


def left_by(ending: Ending, store: TokenStore | None = None) -> dict[str, str] | None:
    """Return the secrets that an ending leaves of the operator's connection."""
    grant = operators_connection().grant
    left = fakes.workspace(extra_store=store).after(ending, grant)
    assert left is None or left.details == grant.details
    return None if left is None else dict(left.secret)


ALL_SECRETS = {"accessToken": "user-token-1", "botToken": "bot-token-1"}


# The app's end


def test_an_uninstallation_is_an_ending_with_its_time() -> None:
    assert Ending(WORKSPACE, None, 1_793_534_400.0) == read(uninstalled(AT))


@pytest.mark.parametrize("at", [None, "", "yesterday", 0, [], "2026-99-99T00:00:00Z"])
def test_an_uninstallation_without_a_usable_time_is_one_all_the_same(at: object) -> None:
    assert Ending(WORKSPACE) == read(uninstalled(at))


def test_a_withdrawn_authorization_is_an_ending_for_one_user() -> None:
    assert Ending(WORKSPACE, USER) == read(unauthorized(USER))


@pytest.mark.parametrize("user_id", [None, 7, [USER]])
def test_a_withdrawal_that_names_nobody_ends_nothing(user_id: object) -> None:
    assert read(unauthorized(user_id)) is None


@pytest.mark.parametrize("name", ["APP_INSTALLED", "app_uninstalled", "NEW_MESSAGE"])
def test_other_events_end_nothing(name: str) -> None:
    assert read({**uninstalled(AT), "eventType": name}) is None


@pytest.mark.parametrize(
    "document",
    [
        payload("SLASH_COMMAND", slashCommand="APP_UNINSTALLED", text="APP_UNINSTALLED"),
        payload("SHORTCUT", type="GLOBAL", shortcut="APP_UNINSTALLED"),
        payload("BLOCK_INTERACTION", onAction="APP_UNAUTHORIZED", body='{"workspaceUser":"u"}'),
    ],
)
def test_what_people_do_ends_nothing(document: dict[str, Any]) -> None:
    assert read(document) is None


def test_an_ending_is_acknowledged() -> None:
    for document in (uninstalled(AT), unauthorized(USER)):
        assert WorkspaceAnswer(200) == answer_of(fakes.workspace(), document)


def test_an_uninstallation_leaves_nothing() -> None:
    assert left_by(Ending(WORKSPACE)) is None


def test_a_withdrawn_authorization_leaves_the_bots_token() -> None:
    assert {"botToken": "bot-token-1"} == left_by(Ending(WORKSPACE, USER))


@pytest.mark.parametrize(
    "ending",
    [
        Ending(OTHER_WORKSPACE),
        Ending(""),
        Ending(OTHER_WORKSPACE, USER),
        Ending(WORKSPACE, OTHER_USER),
        Ending(WORKSPACE, BOT),
        Ending(WORKSPACE, ""),
        Ending(USER, WORKSPACE),
    ],
)
def test_other_peoples_endings_leave_everything(ending: Ending) -> None:
    assert ALL_SECRETS == left_by(ending)


def test_where_nothing_is_connected_nothing_is_left() -> None:
    assert fakes.workspace().after(Ending(WORKSPACE), None) is None


# The same, where the tokens are elsewhere


@pytest.fixture
def store() -> MemoryTokenStore:
    made = MemoryTokenStore()
    made.save_tokens(Tokens(WORKSPACE, USER, "user-token-1", BOT, "bot-token-1"))
    made.save_tokens(Tokens(OTHER_WORKSPACE, OTHER_USER, "elsewhere", "bot-2", "bot-token-2"))
    return made


def test_an_uninstallation_wipes_another_store_too(store: MemoryTokenStore) -> None:
    assert left_by(Ending(WORKSPACE), store) is None
    assert store.get_bot_token(WORKSPACE) is None
    assert "bot-token-2" == store.get_bot_token(OTHER_WORKSPACE)


def test_another_workspaces_uninstallation_wipes_its_own_tokens(store: MemoryTokenStore) -> None:
    assert ALL_SECRETS == left_by(Ending(OTHER_WORKSPACE), store)
    assert store.get_bot_token(OTHER_WORKSPACE) is None
    assert "bot-token-1" == store.get_bot_token(WORKSPACE)


def test_a_withdrawn_authorization_is_forgotten_in_another_store(store: MemoryTokenStore) -> None:
    left_by(Ending(WORKSPACE, USER), store)
    assert store.get_user_token(WORKSPACE, USER) is None
    assert "bot-token-1" == store.get_bot_token(WORKSPACE)


# News


def announced(standing: Standing, lookup: FakeLookup | None = None, **options: Any) -> StubUpstream:
    upstream = StubUpstream(answered({}))
    fakes.workspace(upstream=upstream, **options).announce(lookup or FakeLookup(), standing)
    return upstream


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (ROBIN, f"{USER_ID} “Robin R” was verified."),
        (REJECTED, f"{USER_ID} “Robin R” was not verified: the check was rejected."),
    ],
)
def test_news_goes_to_the_operators_channel_as_the_bot(standing: Standing, text: str) -> None:
    (sent,) = announced(standing).sent
    assert ("POST", f"/v1/channels/{CHANNEL}/messages") == (sent.method, sent.path)
    assert {"text": text} == sent.document
    assert ("bot-token-1", APP_KEY) == (sent.headers["token"], sent.headers["x-app-token"])
    assert "Authorization" not in sent.headers


def test_without_a_channel_there_is_no_news() -> None:
    assert [] == announced(ROBIN, channel_id=None).sent


def test_without_a_connection_there_is_no_news() -> None:
    assert [] == announced(ROBIN, FakeLookup(operators=None)).sent


def test_without_a_bot_there_is_no_news() -> None:
    known = operators_connection()
    without = replace(known, grant=Grant({"accessToken": "user-token-1"}, known.grant.details))
    assert [] == announced(ROBIN, FakeLookup(operators=without)).sent


def test_news_is_told_with_the_newest_token_of_another_store(store: MemoryTokenStore) -> None:
    store.save_tokens(Tokens(WORKSPACE, OTHER_USER, "colleagues", BOT, "bot-token-9"))
    (sent,) = announced(ROBIN, extra_store=store).sent
    assert "bot-token-9" == sent.headers["token"]


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ConnectionLost), (400, UpstreamRefused), (403, UpstreamRefused), (404, UpstreamRefused)],
)
def test_news_that_is_refused_says_how(status: int, error: type[Exception]) -> None:
    upstream = StubUpstream(answered({"code": status * 1000 + 1}, status))
    with pytest.raises(error):
        fakes.workspace(upstream=upstream).announce(FakeLookup(), ROBIN)


def test_news_that_cannot_be_told_says_so() -> None:
    upstream = StubUpstream(UpstreamUnavailable("pumble", "answered 503"))
    with pytest.raises(UpstreamUnavailable):
        fakes.workspace(upstream=upstream).announce(FakeLookup(), ROBIN)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<<@664000000000000000000011>>", " “@664000000000000000000011”"),
        ("<<!channel>>", " “!channel”"),
        ("<https://evil.example|Robin>", " “https://evil.example|Robin”"),
        ("", ""),
        ("<<<>>>", ""),
        (" \n ", ""),
        ("“”", ""),
        ("Żółć ☕", " “Żółć ☕”"),
        ("n" * 500, f" “{'n' * 80}”"),
        ("Robin” was verified. “Eve", " “Robin was verified. Eve”"),
    ],
)
def test_a_name_stays_between_its_quotation_marks(name: str, shown: str) -> None:
    text = news(replace(ROBIN, display_name=name))
    assert f"{USER_ID}{shown} was verified." == text


@pytest.mark.parametrize("odd", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b"])
def test_a_name_cannot_write_a_second_line(odd: str) -> None:
    forged = f"Eve{odd}{USER_ID} “Robin” was verified."
    assert 1 == len(news(replace(REJECTED, display_name=forged)).splitlines())


@given(name=st.text(st.characters() | st.characters(categories=["Cs"])))
def test_every_name_is_one_harmless_line_behind_the_id(name: str) -> None:
    text = news(replace(REJECTED, display_name=name))
    told = " was not verified: the check was rejected."
    assert (set(), 1) == (set("<>") & set(text), len(text.splitlines()))
    assert text.startswith(str(USER_ID))
    assert text.endswith(told)
    assert text.removesuffix(told).count("”") == text.count("“") <= 1
    assert len(text.encode()) < 600


# /verified


def asked(text: str, workspace_id: str = WORKSPACE, **known: Standing) -> WorkspaceAnswer:
    handlers = Handlers()
    handlers.on(Kind.SLASH_COMMAND, "/verified", verified)
    document = payload("SLASH_COMMAND", slashCommand="/verified", text=text)
    return answer_of(
        fakes.workspace(handlers),
        {**document, "workspaceId": workspace_id},
        FakeLookup(users=dict(known)),
    )


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("approved", "verified"),
        ("rejected", "rejected"),
        ("pending", "pending"),
        ("failed", "failed"),
        ("expired", "expired"),
        ("none", "none"),
        ("invalid", "invalid"),
    ],
)
def test_the_command_tells_how_a_user_stands(status: str, shown: str) -> None:
    standing = Standing(USER_ID, "Robin R", status, verified=status == "approved")
    assert message(f"{USER_ID} “Robin R”: {shown}.") == asked("robin", robin=standing)


def test_only_a_verified_standing_is_called_verified() -> None:
    doubtful = Standing(USER_ID, "Robin R", "invalid", verified=False)
    assert "verified" not in str(asked("robin", robin=doubtful).body)


def test_spaces_around_the_user_do_not_count() -> None:
    assert asked("robin", robin=ROBIN) == asked("  robin\n", robin=ROBIN)


def test_an_unknown_user_is_said_to_be_unknown() -> None:
    assert message("The marketplace has no such user.") == asked("nobody")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_without_a_user_the_command_explains_itself(text: str) -> None:
    answer = asked(text)
    assert (200, "/verified <user id or email address>") == (
        answer.status,
        str((answer.body or {})["message"]).partition(": ")[2],
    )


@pytest.mark.parametrize("workspace_id", [OTHER_WORKSPACE, ""])
def test_another_workspace_learns_nothing(workspace_id: str) -> None:
    answer = asked("robin", workspace_id, robin=ROBIN)
    assert 200 == answer.status
    assert "Robin" not in str(answer.body)
    assert "operator's workspace only" in str(answer.body)
