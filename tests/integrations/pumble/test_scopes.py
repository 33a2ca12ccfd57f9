"""Pumble's scopes: which there are, in which order they are asked for, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pumble.scopes import SCOPES, parse_scopes

# docs/api-client.md of pumble-node-sdk (2026-08), typed in again: a slip in the app's must show.
DOCUMENTED = [
    "messages:read",
    "messages:write",
    "messages:edit",
    "messages:delete",
    "attachments:write",
    "user:read",
    "status:write",
    "reaction:read",
    "reaction:write",
    "channels:list",
    "channels:read",
    "channels:write",
    "users:list",
    "workspace:read",
    "calls:write",
    "files:write",
    "group:read",
]
EITHER = st.sampled_from([*DOCUMENTED, *(f"bot:{name}" for name in DOCUMENTED)])


def test_the_documented_scopes_are_known() -> None:
    assert sorted(DOCUMENTED) == sorted(SCOPES)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_may_be_asked_for_as_the_user_and_as_the_bot(name: str) -> None:
    assert (name, f"bot:{name}") == parse_scopes((name, f"bot:{name}"))


def test_the_users_come_before_the_bots_and_keep_their_order() -> None:
    mixed = ("bot:users:list", "user:read", "bot:messages:read", "channels:list")
    expected = ("user:read", "channels:list", "bot:users:list", "bot:messages:read")
    assert expected == parse_scopes(mixed)


def test_asking_for_nothing_is_no_error() -> None:
    assert () == parse_scopes(())


@pytest.mark.parametrize(
    "odd",
    ["", "bot:", "messages", "messages:Read", "bot:bot:messages:read", "bots:messages:read", "*"],
)
def test_an_unknown_scope_is_refused_with_its_position(odd: str) -> None:
    with pytest.raises(ValueError, match=r"^entry 2: .* is not a scope$"):
        parse_scopes(("messages:read", odd))


def test_a_repeated_scope_is_refused_with_its_second_position() -> None:
    with pytest.raises(ValueError, match=r"^entry 3: 'messages:read' is named twice$"):
        parse_scopes(("messages:read", "bot:messages:read", "messages:read"))


@given(names=st.lists(EITHER, unique=True).map(tuple))
def test_nothing_is_lost_or_added_and_bots_never_come_first(names: tuple[str, ...]) -> None:
    parsed = parse_scopes(names)
    assert sorted(names) == sorted(parsed)
    are_bots = [name.startswith("bot:") for name in parsed]
    assert sorted(are_bots) == are_bots


@given(texts=st.lists(st.text() | EITHER).map(tuple))
def test_whatever_is_written_is_a_list_of_scopes_or_a_value_error(texts: tuple[str, ...]) -> None:
    known = {*DOCUMENTED, *(f"bot:{name}" for name in DOCUMENTED)}
    is_usable = set(texts) <= known and len(set(texts)) == len(texts)
    if is_usable:
        assert set(texts) == set(parse_scopes(texts))
        return
    with pytest.raises(ValueError, match=r"^entry \d+: "):
        parse_scopes(texts)
