"""Scopes: what HubRise's grammar allows, and where a wrong one is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hubrise.scopes import GENERAL, LEVELS, RESOURCES, RIGHTS, ScopeError, parse_scope

RIGHTS_BY_RESOURCE = st.dictionaries(
    st.sampled_from(RESOURCES), st.sampled_from(RIGHTS), min_size=1
)
SETS = st.tuples(st.sampled_from(LEVELS), RIGHTS_BY_RESOURCE)
GENERALS = st.lists(st.sampled_from(GENERAL), unique=True)
# Texts that come close: words and punctuation of the grammar in any order.
WORDS = (*LEVELS, *RESOURCES, *RIGHTS, *GENERAL, "[", "]", ",", ".", " ", "")


def spelled(level: str, rights: dict[str, str]) -> str:
    listed = ",".join(f"{resource}.{right}" for resource, right in rights.items())
    return f"{level}[{listed}]"


@pytest.mark.parametrize(
    ("text", "level", "rights", "general"),
    [
        ("profile", None, {}, ["profile"]),
        ("profile_with_email", None, {}, ["profile_with_email"]),
        ("location[orders.write]", "location", {"orders": "write"}, []),
        ("location[inventory.read]", "location", {"inventory": "read"}, []),
        (
            "location[orders.read,customer_list.write,catalog.read]",
            "location",
            {"orders": "read", "customer_list": "write", "catalog": "read"},
            [],
        ),
        (
            "account[all_catalogs.write,all_customer_lists.read]",
            "account",
            {"all_catalogs": "write", "all_customer_lists": "read"},
            [],
        ),
        ("account[customer_list.read],profile", "account", {"customer_list": "read"}, ["profile"]),
        ("profile,account[customer_list.read]", "account", {"customer_list": "read"}, ["profile"]),
        (
            "profile,location[orders.read],profile_with_email",
            "location",
            {"orders": "read"},
            ["profile", "profile_with_email"],
        ),
    ],
)
def test_a_scope_is_taken_apart(
    text: str, level: str | None, rights: dict[str, str], general: list[str]
) -> None:
    scope = parse_scope(text)
    assert (level, rights, general) == (scope.level, dict(scope.rights), list(scope.general))


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", 1, "is expected"),
        ("shop[orders.read]", 1, "is expected"),
        ("orders.read", 1, "is expected"),
        ("Location[orders.read]", 1, "is expected"),
        (" location[orders.read]", 1, "is expected"),
        ("profiles", 1, "is expected"),
        ("location", 9, "'[' is expected"),
        ("location,profile", 9, "'[' is expected"),
        ("location[]", 10, "a resource is expected"),
        ("location[users.read]", 10, "a resource is expected"),
        ("location[orders]", 16, "'.' is expected"),
        ("location[orders,catalog.read]", 16, "'.' is expected"),
        ("location[orders.admin]", 17, "an access right is expected"),
        ("location[orders.]", 17, "an access right is expected"),
        ("location[orders.read", 21, "']' is expected"),
        ("location[orders.read,]", 22, "a resource is expected"),
        ("location[orders.read, catalog.read]", 22, "a resource is expected"),
        ("location[orders.read,orders.write]", 22, "orders is named twice"),
        ("location[orders.read]]", 22, "',' is expected"),
        ("location[orders.read] profile", 22, "',' is expected"),
        ("location[orders.read],", 23, "is expected"),
        ("location[orders.read],account[catalog.read]", 23, "a second access level"),
        ("location[orders.read],location[catalog.read]", 23, "a second access level"),
        ("profile,profile", 9, "profile is named twice"),
        ("profile,", 9, "is expected"),
        (",profile", 1, "is expected"),
        ("profile\n", 8, "',' is expected"),
        ("locatioń[orders.read]", 1, "is expected"),
    ],
)
def test_a_wrong_scope_names_the_place(text: str, place: int, problem: str) -> None:
    with pytest.raises(ScopeError) as refusal:
        parse_scope(text)
    assert str(refusal.value).startswith(f"at character {place}: ")
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "takes_orders"),
    [
        ("location[orders.write]", True),
        ("profile,location[catalog.read,orders.write]", True),
        ("location[orders.read]", False),
        ("location[catalog.write]", False),
        ("account[orders.write]", False),  # of which location would the order be?
        ("profile", False),
    ],
)
def test_orders_are_taken_where_they_can_be_written_at_one_location(
    text: str, takes_orders: bool
) -> None:
    assert takes_orders == parse_scope(text).takes_orders


@given(st.none() | SETS, GENERALS, st.booleans())
def test_every_spelling_of_the_grammar_is_read_back(
    level_set: tuple[str, dict[str, str]] | None, general: list[str], general_first: bool
) -> None:
    parts = [] if level_set is None else [spelled(*level_set)]
    parts = [*general, *parts] if general_first else [*parts, *general]
    if not parts:
        return
    scope = parse_scope(",".join(parts))
    level, rights = level_set or (None, {})
    assert (level, rights, general) == (scope.level, dict(scope.rights), list(scope.general))


@given(st.text() | st.lists(st.sampled_from(WORDS)).map("".join))
def test_any_text_is_a_scope_or_a_place_in_the_text(text: str) -> None:
    try:
        scope = parse_scope(text)
    except ScopeError as refusal:
        place = int(str(refusal).removeprefix("at character ").partition(":")[0])
        assert 1 <= place <= len(text) + 1
        return
    parts = [spelled(scope.level, dict(scope.rights))] if scope.level else []
    assert sorted([*parts, *scope.general]) == sorted(_parts(text))


def _parts(text: str) -> list[str]:
    """Split at the commas outside brackets."""
    outside = "".join(
        "\0" if mark == "," and text[:at].count("[") == text[:at].count("]") else mark
        for at, mark in enumerate(text)
    )
    return outside.split("\0")
