"""Multipart bodies, read back by parsers that are not ours."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from proxy.outgoing.forms import multipart

unhurried = settings(deadline=None)  # other work may hold the machine

FIELDS = {"client-id": "app-1", "client-secret": "s3cret/+=", "code": "c-\u20ac\r\n--x"}


def read(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields that Werkzeug reads."""
    builder = EnvironBuilder(method="POST", data=body, content_type=content_type)
    with builder.get_request() as request:
        assert not request.files
        return dict(request.form)


def test_fields_come_back_as_they_were() -> None:
    assert FIELDS == read(*multipart(FIELDS))


def test_the_mail_parser_reads_the_same() -> None:
    content_type, body = multipart(FIELDS)
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())

    assert list(FIELDS) == [part.get_param("name", header="content-disposition") for part in parts]


def test_no_field_looks_like_a_file() -> None:
    assert b"filename" not in multipart(FIELDS)[1]


def test_every_body_has_a_boundary_of_its_own() -> None:
    assert multipart(FIELDS)[0] != multipart(FIELDS)[0]


@pytest.mark.parametrize("fields", [{}, {"code": ""}])
def test_little_is_a_form_too(fields: dict[str, str]) -> None:
    assert fields == read(*multipart(fields))


@unhurried
@given(st.dictionaries(st.sampled_from(["a", "b-c", "d_e"]), st.text(st.characters(codec="utf-8"))))
def test_any_text_comes_back(fields: dict[str, str]) -> None:
    assert fields == read(*multipart(fields))
