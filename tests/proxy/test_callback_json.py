"""JSON that vendors post: what cannot be read in one way counts as not told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.vendors.part import CallbackUnreadable
from proxy.vendors.reading import read_lenient_object, read_whole_object

Reader = Callable[[bytes], dict[str, Any]]
READERS = [read_whole_object, read_lenient_object]
NAMES = st.text(max_size=8)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("read", READERS)
@given(document=st.dictionaries(NAMES, ANY_JSON, max_size=4))
def test_what_is_clear_is_read_as_it_is(read: Reader, document: dict[str, Any]) -> None:
    assert document == read(json.dumps(document, ensure_ascii=False).encode())


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ('{"a":1,"a":2,"b":3}', {"a": None, "b": 3}),
        ('{"a":1,"a":2,"a":1}', {"a": None}),
        ('{"a":1,"\\u0061":2}', {"a": None}),
        ('{"a":1,"a":true}', {"a": None}),
        ('{"a":0,"a":null,"b":{}}', {"a": None, "b": {}}),
        ('{"a":1,"a":1}', {"a": 1}),
        ('{"a":{"b":1,"b":2,"c":3}}', {"a": {"b": None, "c": 3}}),
        ('{"a":[{"b":1,"b":2}]}', {"a": [{"b": None}]}),
    ],
)
def test_a_member_that_contradicts_itself_is_null(
    read: Reader, text: str, read_as: dict[str, Any]
) -> None:
    assert read_as == read(text.encode())


@pytest.mark.parametrize(
    ("body", "read_as"),
    [
        (b'{"note":"Jos\xe9","id":"x"}', {"note": None, "id": "x"}),
        (b'{"note":"\xed\xa0\xbd\xed\xb8\x80","id":"x"}', {"note": None, "id": "x"}),
        (b'{"note":["a","\xe9"],"id":"x"}', {"note": None, "id": "x"}),
        (b'{"note":["a",["\xe9"]],"id":"x"}', {"note": None, "id": "x"}),
        (b'{"who":{"name":"\xe9","age":7}}', {"who": {"name": None, "age": 7}}),
        (b'{"\xe9":1,"id":"x"}', {"id": "x"}),
    ],
)
def test_a_text_that_is_not_utf_8_is_null_where_few_members_count(
    body: bytes, read_as: dict[str, Any]
) -> None:
    assert read_as == read_lenient_object(body)


def test_a_body_that_is_not_utf_8_is_refused_where_all_of_it_counts() -> None:
    with pytest.raises(CallbackUnreadable):
        read_whole_object(b'{"note":"Jos\xe9","id":"x"}')


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf{}",
        b"null",
        b"[]",
        b'"{}"',
        b"{",
        b"{}{}",
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        *('{"id":"x"}'.encode(name) for name in ("utf-16", "utf-16-be", "utf-32", "utf-32-le")),
    ],
    ids=lambda body: repr(body[:12]) if isinstance(body, bytes) else None,
)
def test_what_is_no_object_is_refused(read: Reader, body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        read(body)


def test_a_number_that_nobody_could_read_and_control_characters_cost_no_more_than_themselves() -> (
    None
):
    body = b'{"id":"x","far":' + b"9" * 5_000 + b',"note":"a\tb"}'
    assert {"id": "x", "far": None, "note": "a\tb"} == read_lenient_object(body)
