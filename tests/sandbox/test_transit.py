import json
import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import transit
from sandbox.transit import CACHE_SIZE, Keyword, TaggedValue, TransitError

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
USER = UUID("5f0b2c3e-7a1d-4c55-9e7e-2d1f00c0ffee")

# value, compact form, verbose form
FORMS: list[tuple[Any, str, str]] = [
    ({}, '["^ "]', "{}"),
    ([], "[]", "[]"),
    (None, """["~#'",null]""", """{"~#'":null}"""),
    ("x", """["~#'","x"]""", """{"~#'":"x"}"""),
    ({Keyword("a"): True}, '["^ ","~:a",true]', '{"~:a":true}'),
    ([Keyword("user")], '["~:user"]', '["~:user"]'),
    ([USER], f'["~u{USER}"]', f'["~u{USER}"]'),
    ([MOMENT], '["~m1772600767089"]', '["~t2026-03-04T05:06:07.089Z"]'),
    (["~x", "^y", "`z", "~", ""], '["~~x","~^y","~`z","~~",""]', '["~~x","~^y","~`z","~~",""]'),
    (
        [2**53 - 1, 2**53, 2**63],
        '[9007199254740991,"~i9007199254740992","~n9223372036854775808"]',
        '[9007199254740991,"~i9007199254740992","~n9223372036854775808"]',
    ),
    ([1.5, math.inf, -math.inf], '[1.5,"~zINF","~z-INF"]', '[1.5,"~zINF","~z-INF"]'),
    ({1: 2, None: 3, False: 4}, '["^ ","~i1",2,"~_",3,"~?f",4]', '{"~i1":2,"~_":3,"~?f":4}'),
    ({2.5: 1, USER: 2}, f'["^ ","~d2.5",1,"~u{USER}",2]', f'{{"~d2.5":1,"~u{USER}":2}}'),
    (TaggedValue("mn", [1200, "EUR"]), '["~#mn",[1200,"EUR"]]', '{"~#mn":[1200,"EUR"]}'),
    (TaggedValue("geo", [60.1, 24.9]), '["~#geo",[60.1,24.9]]', '{"~#geo":[60.1,24.9]}'),
    (TaggedValue("f", "1.10"), """["~#'","~f1.10"]""", """{"~#'":"~f1.10"}"""),
    ([TaggedValue("$", "word")] * 2, '["~$word","^0"]', '["~$word","~$word"]'),
    ([TaggedValue("f", "1.10")], '["~f1.10"]', '["~f1.10"]'),
    (
        [{Keyword("code"): 1}, {Keyword("code"): 2, Keyword("tag"): Keyword("code")}],
        '[["^ ","~:code",1],["^ ","^0",2,"~:tag","^0"]]',
        '[{"~:code":1},{"~:code":2,"~:tag":"~:code"}]',
    ),
    (
        [{"a long key": "a long key"}, {"a long key": 1}],
        '[["^ ","a long key","a long key"],["^ ","^0",1]]',
        '[{"a long key":"a long key"},{"a long key":1}]',
    ),
    (
        [TaggedValue("mn", [1, "EUR"]), TaggedValue("mn", [2, "EUR"])],
        '[["~#mn",[1,"EUR"]],["^0",[2,"EUR"]]]',
        '[{"~#mn":[1,"EUR"]},{"~#mn":[2,"EUR"]}]',
    ),
]


@pytest.mark.parametrize(("value", "compact", "verbose"), FORMS)
def test_values_are_written_in_both_forms(value: Any, compact: str, verbose: str) -> None:
    assert (compact, verbose) == (transit.write(value), transit.write(value, verbose=True))


@pytest.mark.parametrize(("value", "compact", "verbose"), FORMS)
def test_both_forms_are_read(value: Any, compact: str, verbose: str) -> None:
    assert [value, value] == [transit.read(compact), transit.read(verbose)]


def test_keywords_are_told_from_strings() -> None:
    keyword, string = transit.read('["~:name","name"]')

    assert (Keyword, str) == (type(keyword), type(string))


def test_not_a_number_is_read_and_written() -> None:
    assert '["~zNaN"]' == transit.write(transit.read('["~zNaN"]'))


def test_a_date_is_written_in_utc_with_whole_milliseconds() -> None:
    early = datetime.fromisoformat("1969-12-31T18:59:59.999900-05:00")

    assert ['["~m-1"]', '["~t1969-12-31T23:59:59.999Z"]'] == [
        transit.write([early]),
        transit.write([early], verbose=True),
    ]


def test_the_cache_starts_over_when_it_is_full() -> None:
    keys = [Keyword(f"key{number:05}") for number in range(CACHE_SIZE + 1)]

    written = json.loads(transit.write([*keys, keys[-1], keys[0], keys[1]]))

    assert ["^0", "~:key00000", "~:key00001"] == written[-3:]


def test_a_cache_code_has_a_second_digit_after_44_entries() -> None:
    keys = [Keyword(f"key{number:02}") for number in range(46)]

    assert ["^[", "^10", "^11"] == json.loads(transit.write([*keys, *keys[43:]]))[-3:]


MALFORMED = [
    "",
    "{",
    "[NaN]",
    "[" * 100_000,
    '["^ ","~:a"]',
    '["^ ",1,2]',
    '["^ ",["a"],2]',
    '["^0"]',
    '["^ ","^",1]',
    '["~#mn"]',
    '["~#mn",1,2]',
    '[1,"~#mn"]',
    '{"~#mn":1,"~:a":2}',
    '["~unot-a-uuid"]',
    '["~msoon"]',
    '["~m99999999999999999999"]',
    '["~t2026-03-04T05:06:07"]',
    '["~?x"]',
    '["~zero"]',
    '["~i1_000"]',
    '["~dx"]',
    b'["\xff"]',
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: repr(text[:30]))
def test_malformed_transit_is_refused(text: str | bytes) -> None:
    with pytest.raises(TransitError):
        transit.read(text)


@pytest.mark.parametrize("value", [object(), {("a",): 1}, {1j: 1}, b"bytes"])
def test_a_value_without_a_place_in_transit_is_refused(value: object) -> None:
    with pytest.raises(TransitError):
        transit.write([value])


moments = st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
words = st.sampled_from(["~", "^", "^ ", "^0", "~#mn", "~:code", "status", "reason"]) | st.text()
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | words
    | words.map(Keyword)
    | st.uuids()
    | moments
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(words | words.map(Keyword), inner)
        | inner.map(lambda value: TaggedValue("geo", value))
    ),
)


@given(value=values, verbose=st.booleans())
def test_whatever_is_written_is_read_back(value: Any, verbose: bool) -> None:
    assert value == transit.read(transit.write(value, verbose))


@given(text=st.text() | st.binary() | values.map(transit.write).map(lambda text: text[:-1]))
def test_reading_never_fails_in_another_way(text: str | bytes) -> None:
    try:
        transit.read(text)
    except TransitError:
        return


json_nodes = st.recursive(
    st.none() | st.integers() | words | st.sampled_from(["^ ", "^1", "~#'", "~m", "~u", "~t1"]),
    lambda inner: st.lists(inner) | st.dictionaries(words, inner),
)


@given(node=json_nodes)
def test_odd_json_is_read_or_refused(node: Any) -> None:
    try:
        transit.read(json.dumps(node))
    except TransitError:
        return
