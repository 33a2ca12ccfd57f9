"""Base64url without padding: one spelling for each value."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import base64url

ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=200))
def test_what_is_encoded_decodes_to_the_same_bytes(data: bytes) -> None:
    assert data == base64url.decode(base64url.encode(data))


@given(st.text() | st.text(ALPHABET))
def test_no_text_decodes_but_the_one_that_encoding_gives(text: str) -> None:
    data = base64url.decode(text)

    assert data is None or text == base64url.encode(data)


@given(st.integers(0, 400))
def test_encoded_length_is_known_beforehand(size: int) -> None:
    assert len(base64url.encode(bytes(size))) == base64url.encoded_length(size)


@pytest.mark.parametrize(
    ("text", "data"),
    [("", b""), ("Zg", b"f"), ("Zm8", b"fo"), ("Zm9v", b"foo"), ("-_8", b"\xfb\xff")],
)
def test_examples_decode(text: str, data: bytes) -> None:
    assert data == base64url.decode(text)


@pytest.mark.parametrize(
    "text",
    ["Z", "Zg==", "Zg=", "Zh", "Zm9", "+/8", " Zg", "Zg\n", "Z g", "\u0396g", "Zm9v\0", "Zm9vZ"],
)
def test_other_spellings_are_refused(text: str) -> None:
    assert base64url.decode(text) is None
