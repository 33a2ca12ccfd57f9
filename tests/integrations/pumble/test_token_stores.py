"""The token store's contract, for all three stores, and what is each one's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pumble.token_store import (
    JsonFileTokenStore,
    MemoryTokenStore,
    PrivateDataTokenStore,
    Tokens,
    TokenStore,
)
from proxy.vendors.connection import Grant
from tests.integrations.pumble.fakes import (
    BOT,
    OTHER_USER,
    OTHER_WORKSPACE,
    USER,
    WORKSPACE,
)

FULL = Tokens(WORKSPACE, USER, "user-token-1", BOT, "bot-token-1")
ROTATED = Tokens(WORKSPACE, USER, "user-token-2", BOT, "bot-token-2")
WITHOUT_BOT = Tokens(WORKSPACE, USER, "user-token-2")
COLLEAGUES = Tokens(WORKSPACE, OTHER_USER, "colleague-token")


@pytest.fixture(params=["private data", "json file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    """Return each of the three stores in turn, ready and empty."""
    makers: dict[str, Callable[[], TokenStore]] = {
        "private data": PrivateDataTokenStore,
        "json file": lambda: JsonFileTokenStore(tmp_path / "tokens.json"),
        "memory": MemoryTokenStore,
    }
    made = makers[request.param]()
    made.initialize()
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.json"


def bot_of(store: TokenStore, workspace_id: str = WORKSPACE) -> tuple[str | None, str | None]:
    return store.get_bot_user_id(workspace_id), store.get_bot_token(workspace_id)


# The contract


def test_what_is_saved_is_found_again(store: TokenStore) -> None:
    store.save_tokens(FULL)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert "user-token-1" == store.get_user_token(WORKSPACE, USER)


def test_an_empty_store_knows_nothing(store: TokenStore) -> None:
    assert (None, None) == bot_of(store)
    assert store.get_user_token(WORKSPACE, USER) is None


def test_other_workspaces_and_users_are_unknown(store: TokenStore) -> None:
    store.save_tokens(FULL)
    assert (None, None) == bot_of(store, OTHER_WORKSPACE)
    assert store.get_user_token(OTHER_WORKSPACE, USER) is None
    assert store.get_user_token(WORKSPACE, OTHER_USER) is None
    assert store.get_user_token(USER, WORKSPACE) is None


def test_the_bot_is_no_user(store: TokenStore) -> None:
    store.save_tokens(FULL)
    assert store.get_user_token(WORKSPACE, BOT) is None


def test_making_ready_twice_loses_nothing(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.initialize()
    assert (BOT, "bot-token-1") == bot_of(store)


def test_a_save_without_a_bot_keeps_the_bot(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.save_tokens(WITHOUT_BOT)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert "user-token-2" == store.get_user_token(WORKSPACE, USER)


@pytest.mark.parametrize(
    ("bot_id", "bot_token"), [(BOT, None), (None, "bot-token-2"), ("", "bot-token-2"), (BOT, "")]
)
def test_half_a_bot_changes_no_bot(
    store: TokenStore, bot_id: str | None, bot_token: str | None
) -> None:
    store.save_tokens(FULL)
    store.save_tokens(Tokens(WORKSPACE, USER, "user-token-2", bot_id, bot_token))
    assert (BOT, "bot-token-1") == bot_of(store)


def test_half_a_bot_is_no_bot(store: TokenStore) -> None:
    store.save_tokens(Tokens(WORKSPACE, USER, "user-token-1", bot_id=BOT))
    assert (None, None) == bot_of(store)


def test_a_reinstallation_replaces_both_tokens(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.save_tokens(ROTATED)
    assert (BOT, "bot-token-2") == bot_of(store)
    assert "user-token-2" == store.get_user_token(WORKSPACE, USER)


def test_a_colleagues_save_keeps_the_bot(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.save_tokens(COLLEAGUES)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert "colleague-token" == store.get_user_token(WORKSPACE, OTHER_USER)


def test_a_colleagues_reinstallation_rotates_the_bot_token(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.save_tokens(Tokens(WORKSPACE, OTHER_USER, "colleague-token", BOT, "bot-token-2"))
    assert (BOT, "bot-token-2") == bot_of(store)


def test_deleting_a_user_leaves_the_bot(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.delete_for_user(USER, WORKSPACE)
    assert store.get_user_token(WORKSPACE, USER) is None
    assert (BOT, "bot-token-1") == bot_of(store)


def test_deleting_a_user_takes_the_user_first(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.delete_for_user(WORKSPACE, USER)
    assert "user-token-1" == store.get_user_token(WORKSPACE, USER)


def test_a_deleted_user_may_come_back(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.delete_for_user(USER, WORKSPACE)
    store.save_tokens(WITHOUT_BOT)
    assert "user-token-2" == store.get_user_token(WORKSPACE, USER)
    assert (BOT, "bot-token-1") == bot_of(store)


def test_deleting_a_workspace_forgets_everything(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.delete_for_workspace(WORKSPACE)
    assert (None, None) == bot_of(store)
    assert store.get_user_token(WORKSPACE, USER) is None


def test_a_workspaces_bot_does_not_come_back_with_its_next_user(store: TokenStore) -> None:
    store.save_tokens(FULL)
    store.delete_for_workspace(WORKSPACE)
    store.save_tokens(WITHOUT_BOT)
    assert (None, None) == bot_of(store)


def test_deleting_what_is_unknown_changes_nothing(store: TokenStore) -> None:
    store.delete_for_workspace(WORKSPACE)
    store.delete_for_user(USER, WORKSPACE)
    store.save_tokens(FULL)
    store.delete_for_workspace(OTHER_WORKSPACE)
    store.delete_for_user(OTHER_USER, WORKSPACE)
    store.delete_for_user(USER, OTHER_WORKSPACE)
    assert (BOT, "bot-token-1") == bot_of(store)
    assert "user-token-1" == store.get_user_token(WORKSPACE, USER)


@pytest.mark.parametrize("odd", ["", "\0", "../../etc/passwd", "\ud800", "w" * 10_000])
def test_odd_ids_are_unknown_ones(store: TokenStore, odd: str) -> None:
    store.save_tokens(FULL)
    store.delete_for_workspace(odd)
    store.delete_for_user(odd, WORKSPACE)
    assert (None, None) == bot_of(store, odd)
    assert store.get_user_token(odd, odd) is None
    assert (BOT, "bot-token-1") == bot_of(store)


def test_tokens_are_not_shown() -> None:
    assert "token-1" not in repr(FULL)


# Private data


def test_private_data_holds_one_workspace() -> None:
    store = PrivateDataTokenStore()
    store.save_tokens(FULL)
    store.save_tokens(Tokens(OTHER_WORKSPACE, USER, "elsewhere"))
    assert (None, None) == bot_of(store)
    assert (None, None) == bot_of(store, OTHER_WORKSPACE)
    assert "elsewhere" == store.get_user_token(OTHER_WORKSPACE, USER)


def test_private_data_keeps_the_tokens_secret_and_shows_the_rest() -> None:
    names = {"workspaceName": "Riverside Rentals"}
    store = PrivateDataTokenStore()
    store.save_tokens(Tokens(WORKSPACE, USER, "user-token-1", BOT, "bot-token-1", names))
    secret = {"accessToken": "user-token-1", "botToken": "bot-token-1"}
    details = {"workspaceId": WORKSPACE, "userId": USER, "botId": BOT, **names}
    assert Grant(secret, details) == store.grant


def test_private_data_is_read_from_where_it_was_left() -> None:
    before = PrivateDataTokenStore()
    before.save_tokens(FULL)
    assert (BOT, "bot-token-1") == bot_of(PrivateDataTokenStore(before.grant))


def test_a_connection_is_gone_with_its_last_token() -> None:
    store = PrivateDataTokenStore()
    store.save_tokens(WITHOUT_BOT)
    store.delete_for_user(USER, WORKSPACE)
    assert store.grant is None


def test_a_connection_whose_bot_is_left_keeps_its_ids_and_names() -> None:
    store = PrivateDataTokenStore()
    store.save_tokens(FULL)
    before = store.grant
    store.delete_for_user(USER, WORKSPACE)
    assert before is not None
    assert Grant({"botToken": "bot-token-1"}, before.details) == store.grant


# Several workspaces and users at once


@pytest.fixture(params=["json file", "memory"])
def spacious(request: pytest.FixtureRequest, path: Path) -> TokenStore:
    """Return each of the stores that hold any number of workspaces."""
    made = JsonFileTokenStore(path) if request.param == "json file" else MemoryTokenStore()
    made.initialize()
    return made


def test_colleagues_keep_their_own_tokens(spacious: TokenStore) -> None:
    spacious.save_tokens(FULL)
    spacious.save_tokens(COLLEAGUES)
    spacious.delete_for_user(USER, WORKSPACE)
    assert spacious.get_user_token(WORKSPACE, USER) is None
    assert "colleague-token" == spacious.get_user_token(WORKSPACE, OTHER_USER)


def test_workspaces_are_deleted_one_by_one(spacious: TokenStore) -> None:
    spacious.save_tokens(FULL)
    spacious.save_tokens(Tokens(OTHER_WORKSPACE, USER, "elsewhere", "bot-2", "bot-token-9"))
    spacious.delete_for_workspace(WORKSPACE)
    assert (None, None) == bot_of(spacious)
    assert ("bot-2", "bot-token-9") == bot_of(spacious, OTHER_WORKSPACE)
    assert "elsewhere" == spacious.get_user_token(OTHER_WORKSPACE, USER)


def test_many_at_once_lose_nothing(spacious: TokenStore) -> None:
    def save(number: int) -> None:
        spacious.save_tokens(Tokens(WORKSPACE, f"user-{number}", f"token-{number}"))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [spacious.get_user_token(WORKSPACE, f"user-{number}") for number in range(20)]
    assert [f"token-{number}" for number in range(20)] == found


WORKSPACES, USERS = st.sampled_from(["w1", "w2"]), st.sampled_from(["u1", "u2"])
TEXTS = st.text(max_size=5)
OPERATIONS = st.one_of(
    st.tuples(st.just("save"), WORKSPACES, USERS, TEXTS, TEXTS, TEXTS),
    st.tuples(st.just("forget user"), WORKSPACES, USERS),
    st.tuples(st.just("forget workspace"), WORKSPACES),
)
Known = dict[tuple[str, str], str]


def expected_after(operations: list[Any]) -> Known:
    """Say in the simplest way what is known: (workspace, "bot", "bot id" or user) to its text."""
    known: Known = {}
    for kind, workspace, *rest in operations:
        if kind == "save":
            user, token, bot_id, bot_token = rest
            known[workspace, user] = token
            if bot_id and bot_token:
                known |= {(workspace, "bot id"): bot_id, (workspace, "bot"): bot_token}
        elif kind == "forget user":
            known.pop((workspace, rest[0]), None)
        else:
            known = {key: text for key, text in known.items() if key[0] != workspace}
    return known


def apply(store: TokenStore, operations: list[Any]) -> None:
    for kind, workspace, *rest in operations:
        if kind == "save":
            store.save_tokens(Tokens(workspace, *rest))
        elif kind == "forget user":
            store.delete_for_user(rest[0], workspace)
        else:
            store.delete_for_workspace(workspace)


def known_to(store: TokenStore) -> Known:
    found: dict[tuple[str, str], str | None] = {}
    for workspace in ("w1", "w2"):
        found[workspace, "bot"] = store.get_bot_token(workspace)
        found[workspace, "bot id"] = store.get_bot_user_id(workspace)
        for user in ("u1", "u2"):
            found[workspace, user] = store.get_user_token(workspace, user)
    return {key: text for key, text in found.items() if text is not None}


@pytest.mark.parametrize("kind", ["json file", "memory"])
@given(operations=st.lists(OPERATIONS, max_size=8))
def test_whatever_happened_the_stores_know_what_is_left(
    tmp_path_factory: pytest.TempPathFactory,
    kind: Literal["json file", "memory"],
    operations: list[Any],
) -> None:
    made = MemoryTokenStore()
    if kind == "json file":
        made = JsonFileTokenStore(tmp_path_factory.mktemp("store") / "tokens.json")
    apply(made, operations)
    assert expected_after(operations) == known_to(made)
