"""Our own routes' bodies: an object in JSON or transit, with or without a byte order mark."""

from __future__ import annotations

import codecs

import pytest

from proxy.http.bodies import read_object, without_mark
from proxy.problems import Problem

MARK = codecs.BOM_UTF8
WRITTEN = {"application/json": b'{"a":"b"}', "application/transit+json": b'["^ ","~:a","b"]'}


@pytest.mark.parametrize(("content_type", "body"), WRITTEN.items())
def test_a_byte_order_mark_before_a_body_is_no_part_of_it(content_type: str, body: bytes) -> None:
    for sent in (body, MARK + body, MARK + b" \r\n" + body):
        assert {"a": "b"} == read_object(content_type, sent)


@pytest.mark.parametrize("content_type", [*WRITTEN, "text/plain", ""])
def test_a_mark_alone_is_an_empty_body(content_type: str) -> None:
    assert {} == read_object(content_type, b"") == read_object(content_type, MARK)


@pytest.mark.parametrize(("content_type", "body"), WRITTEN.items())
def test_marks_in_other_places_and_of_other_encodings_are_refused(
    content_type: str, body: bytes
) -> None:
    marked = [MARK * 2 + body, MARK * 2, b" " + MARK + body, body + MARK, MARK[:2] + body, MARK[:1]]
    encoded = [
        body.decode().encode(name) for name in ("utf-16", "utf-16-be", "utf-32", "utf-32-le")
    ]
    for sent in marked + encoded:
        with pytest.raises(Problem) as refusal:
            read_object(content_type, sent)
        assert "body-invalid" == refusal.value.code


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"a":1,"a":2}'),
        ("application/json", b'{"a":{"b":1,"b":1}}'),
        ("application/transit+json", b'["^ ","~:a",1,"~:a",2]'),
        ("application/transit+json", b'["^ ","~:a",1,"a",2]'),
        ("application/transit+json", b'{"~:a":1,"~:a":2}'),
    ],
)
def test_a_field_that_stands_twice_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        read_object(content_type, body)
    assert "body-invalid" == refusal.value.code


def test_a_mark_inside_a_text_belongs_to_it() -> None:
    assert {"a": "\ufeffb"} == read_object("application/json", '{"a":"\ufeffb"}'.encode())


def test_one_mark_is_taken_away_and_no_more() -> None:
    assert (b"", b"x", MARK, b"x" + MARK) == tuple(
        without_mark(body) for body in (MARK, MARK + b"x", MARK * 2, b"x" + MARK)
    )
