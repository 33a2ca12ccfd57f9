"""Transit bodies, compact and verbose. Expected values follow the format's own specification.

github.com/cognitect/transit-format (read 2026-11); cache codes as transit-js writes them: 44 digits
from "0" on.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http.transit import TransitError, read_transit

JSON_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON_VALUES = st.recursive(
    JSON_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
# Texts that look like transit, so that the search spends its time behind the first check.
TRANSIT_TEXTS = st.sampled_from(
    [
        "^ ",
        "^0",
        "^1",
        "^[",
        "^00",
        "~#'",
        "~#mn",
        "~:status",
        "~:ab",
        "~~",
        "~^",
        "~_",
        "~?t",
        "~i7",
    ]
)
TRANSIT_LIKE = st.recursive(
    JSON_SCALARS | TRANSIT_TEXTS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | TRANSIT_TEXTS, inner)
        | st.lists(inner).map(lambda items: ["^ ", *items])
    ),
    max_leaves=20,
)


def read(document: object) -> Any:
    return read_transit(json.dumps(document))


def cache_code(index: int) -> str:
    """Return the code that a transit-js writer gives to the entry with this index."""
    high, low = divmod(index, 44)
    return "^" + (chr(48 + high) if high else "") + chr(48 + low)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", None),
        ("[]", []),
        ('["^ "]', {}),
        ("{}", {}),
        ('["~#\'",null]', None),
        ('["~#\'","x"]', "x"),
        ('{"~#\'":true}', True),
        ('["^ ","~:locale","en-GB","~:restart",true]', {"locale": "en-GB", "restart": True}),
        ('{"~:locale":"en-GB","~:restart":true}', {"locale": "en-GB", "restart": True}),
        ('["^ ","plain","key"]', {"plain": "key"}),
        ('["^ ","~:a",["^ ","~:b",[1,2.5,null,false]]]', {"a": {"b": [1, 2.5, None, False]}}),
    ],
)
def test_both_forms_are_read(text: str, expected: object) -> None:
    assert expected == read_transit(text)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("~~tilde", "~tilde"),
        ("~^hat", "^hat"),
        ("~`quote", "`quote"),
        ("~:keyword", "keyword"),
        ("~$symbol", "symbol"),
        ("~u3c073fae-6172-4e75-8b92-f560d58cd47c", "3c073fae-6172-4e75-8b92-f560d58cd47c"),
        ("~m1767323045678", "1767323045678"),
        ("~t2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
        ("~rhttps://market.example/", "https://market.example/"),
        ("~cx", "x"),
        ("~_", None),
        ("~?t", True),
        ("~?f", False),
        ("~i9007199254740993", 9007199254740993),
        ("~i-7", -7),
        ("~n123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_a_scalar_is_decoded(encoded: str, expected: object) -> None:
    assert [expected, 0, 0] == read([encoded, 0, 0])


def test_an_escaped_key_keeps_its_tilde() -> None:
    assert {"~tilde": 1} == read(["^ ", "~:~tilde", 1])


def test_a_repeated_key_is_a_cache_code() -> None:
    rows = [["^ ", "~:status", "one"], ["^ ", "^0", "two"], ["^ ", "^0", "three"]]
    assert [{"status": "one"}, {"status": "two"}, {"status": "three"}] == read(rows)


def test_codes_count_in_order_of_first_appearance_across_levels() -> None:
    document = ["^ ", "~:items", [["^ ", "~:status", 1, "~:reason", 2], ["^ ", "^1", 3, "^2", 4]]]
    expected = {"items": [{"status": 1, "reason": 2}, {"status": 3, "reason": 4}]}
    assert expected == read(document)


def test_short_keys_and_plain_values_are_not_cached() -> None:
    # "~:a" and "abc" have three characters, "value" is no key: only "~:four" has a code.
    document = ["^ ", "~:a", "value", "abc", "value", "~:four", ["^ ", "^0", 1]]
    assert {"a": "value", "abc": "value", "four": {"four": 1}} == read(document)


def test_a_keyword_value_is_cached_too() -> None:
    assert ["value", "value", "value"] == read(["~:value", "^0", "^0"])


def test_a_list_of_two_may_begin_with_a_cached_keyword() -> None:
    assert [["value", 1], ["value", 2]] == read([["~:value", 1], ["^0", 2]])


@pytest.mark.parametrize("index", [0, 1, 43, 44, 45, 500, 1935])
def test_a_code_of_one_or_two_digits_finds_its_key(index: int) -> None:
    keys = [f"key{number}" for number in range(index + 1)]
    first = ["^ ", *(part for key in keys for part in (key, 0))]
    assert {keys[index]: 1} == read([first, ["^ ", cache_code(index), 1]])[1]


def test_a_full_cache_starts_anew() -> None:
    keys = [f"key{number}" for number in range(44 * 44 + 1)]
    first = ["^ ", *(part for key in keys for part in (key, 0))]
    assert {keys[-1]: 1} == read([first, ["^ ", "^0", 1]])[1]


@pytest.mark.parametrize(
    "document",
    [
        ["^ ", "^0", 1],
        ["^", 1, 2],
        ["^000", 1, 2],
        ["^/", 1, 2],
        ["^\\", 1, 2],
        ["^é", 1, 2],
        [["^ ", "~:only", 1], ["^ ", "^1", 2]],
        {"^0": 1},
    ],
)
def test_an_unknown_cache_code_is_refused(document: object) -> None:
    with pytest.raises(TransitError):
        read(document)


@pytest.mark.parametrize(
    "document",
    [
        ["~#mn", [1200, "EUR"]],
        ["~#set", [1]],
        ["~#cmap", []],
        {"~#set": [1]},
        ["~bAAAA", 0, 0],
        ["~d1.5", 0, 0],
        ["~zNaN", 0, 0],
        ["~?x", 0, 0],
        ["~_x", 0, 0],
        ["~i", 0, 0],
        ["~i1.5", 0, 0],
        ["~i--1", 0, 0],
        ["~i\u0661", 0, 0],
        ["~i" + "9" * 41, 0, 0],
        ["~", 0, 0],
        ["~Xapp", 0, 0],
    ],
)
def test_a_tag_that_no_body_needs_is_refused(document: object) -> None:
    with pytest.raises(TransitError):
        read(document)


@pytest.mark.parametrize("document", [["^ ", "~:key"], ["^ ", 1, 2], ["^ ", ["^ "], 1], {"~i1": 2}])
def test_a_map_without_text_keys_and_values_is_refused(document: object) -> None:
    with pytest.raises(TransitError):
        read(document)


@pytest.mark.parametrize("text", ["", "not json", "[1", '"\\', b"\xff\xfe", b'"\xff"', "9" * 5000])
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(TransitError):
        read_transit(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 500 + "]" * 500,
        '{"a":' * 500 + "1" + "}" * 500,
        '["~#\'",' * 500 + "1" + "]" * 500,
        '["^ ","a",' * 500 + "1" + "]" * 500,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(TransitError):
        read_transit(text)


@given(st.text() | st.binary())
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    assert_read_or_refused(text)


@given(JSON_VALUES | TRANSIT_LIKE)
def test_any_json_is_read_or_refused(document: object) -> None:
    assert_read_or_refused(json.dumps(document))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,12}", fullmatch=True), st.integers(0, 2**53)))
def test_both_forms_of_a_map_have_one_value(value: dict[str, int]) -> None:
    verbose = {f"~:{key}": number for key, number in value.items()}
    compact = ["^ ", *(part for pair in verbose.items() for part in pair)]
    assert value == read(verbose) == read(compact)


def assert_read_or_refused(text: str | bytes) -> None:
    try:
        read_transit(text)
    except TransitError:
        return
