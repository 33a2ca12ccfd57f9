"""Pumble's tokens in a JSON file: its form, its permissions, and whatever else stands in it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pumble.token_store import JsonFileTokenStore, Tokens, TokenStore
from tests.integrations.pumble.fakes import BOT, USER, WORKSPACE

FULL = Tokens(WORKSPACE, USER, "user-token-1", BOT, "bot-token-1")
# What JsonFileTokenStore of pumble-node-sdk (2026-08) writes: a workspace's bot, and its users.
FILE_OF_THE_SDK = {
    WORKSPACE: {"userTokens": {USER: "user-token-1"}, "botId": BOT, "botToken": "bot-token-1"}
}
UNREADABLE = {
    "empty": b"",
    "cut off": b'{"664',
    "no object": b"[1]",
    "null": b"null",
    "no text": b"\xff\xfe",
    "too deep": b"[" * 100_000,
    "a workspace that is none": b'{"%s": "x"}' % WORKSPACE.encode(),
    "users that are none": b'{"%s": {"userTokens": []}}' % WORKSPACE.encode(),
    "tokens that are none": json.dumps(
        {WORKSPACE: {"userTokens": {USER: 1}, "botId": [BOT], "botToken": {}}}
    ).encode(),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def bot_of(store: TokenStore) -> tuple[str | None, str | None]:
    return store.get_bot_user_id(WORKSPACE), store.get_bot_token(WORKSPACE)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_file_has_the_form_of_pumbles_own(path: Path) -> None:
    JsonFileTokenStore(path).save_tokens(FULL)
    assert FILE_OF_THE_SDK == json.loads(path.read_text(encoding="utf-8"))


def test_a_file_that_pumbles_own_client_wrote_is_read(path: Path) -> None:
    path.write_text(json.dumps(FILE_OF_THE_SDK), encoding="utf-8")
    store = JsonFileTokenStore(path)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert "user-token-1" == store.get_user_token(WORKSPACE, USER)


def test_a_workspace_without_users_is_read(path: Path) -> None:
    path.write_text(json.dumps({WORKSPACE: {"botId": BOT, "botToken": "bot-token-1"}}))
    store = JsonFileTokenStore(path)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert store.get_user_token(WORKSPACE, USER) is None


def test_what_is_no_file_is_not_replaced_by_one(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(FileExistsError):
        JsonFileTokenStore(path).initialize()
    assert path.is_fifo()


def test_the_file_outlives_the_store(path: Path) -> None:
    JsonFileTokenStore(path).save_tokens(FULL)
    assert (BOT, "bot-token-1") == bot_of(JsonFileTokenStore(path))


def test_making_ready_creates_the_file(path: Path) -> None:
    JsonFileTokenStore(path).initialize()
    assert {} == json.loads(path.read_text(encoding="utf-8"))


def test_a_place_that_cannot_be_written_shows_at_once(path: Path) -> None:
    with pytest.raises(OSError, match="tokens"):
        JsonFileTokenStore(path / "below" / "a-missing-folder").initialize()


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_counts_as_empty(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    store = JsonFileTokenStore(path)
    store.initialize()
    assert (None, None) == bot_of(store)
    assert store.get_user_token(WORKSPACE, USER) is None
    store.save_tokens(FULL)
    assert (BOT, "bot-token-1") == bot_of(store)


@given(content=st.binary(max_size=60))
def test_any_bytes_in_the_file_leave_a_store_that_works(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("store") / "tokens.json"
    path.write_bytes(content)
    store = JsonFileTokenStore(path)
    store.save_tokens(FULL)
    assert (BOT, "bot-token-1") == bot_of(store)


def test_only_the_owner_may_read_the_file(path: Path) -> None:
    JsonFileTokenStore(path).save_tokens(FULL)
    assert 0o600 == mode_of(path)


def test_a_file_that_all_could_read_is_closed_to_them(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0o644)
    JsonFileTokenStore(path).save_tokens(FULL)
    assert 0o600 == mode_of(path)


def test_no_other_file_is_left(path: Path) -> None:
    store = JsonFileTokenStore(path)
    store.save_tokens(FULL)
    store.delete_for_workspace(WORKSPACE)
    assert [path] == list(path.parent.iterdir())
    assert {} == json.loads(path.read_text(encoding="utf-8"))
