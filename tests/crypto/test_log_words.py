"""Words for logs: one for each user and session, and no way back without the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import LogWords

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
USER = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
WORDS = LogWords([KEY], "market")


def by_hand(key: bytes, *names: str) -> str:
    digest = hmac.new(key, "\0".join(names).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:12]


def test_a_user_has_one_word() -> None:
    assert by_hand(KEY, "market", "subject", str(USER)) == WORDS.subject(USER)
    assert WORDS.subject(USER) == LogWords([KEY], "market").subject(USER)


def test_a_session_has_one_word() -> None:
    assert by_hand(KEY, "market", "case", "vendor", "4711") == WORDS.case("vendor", "4711")


def test_everything_that_differs_has_another_word() -> None:
    other = LogWords([OTHER_KEY], "market")
    found = [
        WORDS.subject(USER),
        WORDS.subject(UUID(int=1)),
        LogWords([KEY], "fair").subject(USER),
        other.subject(USER),
        WORDS.case("vendor", str(USER)),
        WORDS.case("vendors", "4711"),
        WORDS.case("vendor", "s4711"),
    ]
    assert len(found) == len(set(found))


def test_after_a_rotation_the_word_before_is_known_still() -> None:
    rotated = LogWords([OTHER_KEY, KEY, KEY], "market")
    assert (rotated.subject(USER), WORDS.subject(USER)) == rotated.subjects(USER)
    assert (rotated.case("v", "1"), WORDS.case("v", "1")) == rotated.cases("v", "1")


@pytest.mark.parametrize("keys", [[], [b""], [KEY, b"short"]])
def test_no_key_and_a_key_of_another_length_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LogWords(keys, "market")


@given(st.text(), st.text())
def test_any_name_has_a_word(vendor: str, reference: str) -> None:
    word = WORDS.case(vendor, reference + "\ud800")
    assert (12, True, True) == (len(word), word.isascii(), word.isalnum())
