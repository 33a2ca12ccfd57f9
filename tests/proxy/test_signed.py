"""Signed callbacks: HMAC-SHA256 over the raw bytes, and a window around now where it is dated."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.vendors.proof import WINDOW_MS, Signed, is_genuine

unhurried = settings(deadline=None)  # other work may hold the machine

SECRET = b"a shared secret"
BODY = b'{"id":"1","note":"caf\xc3\xa9"}'
NOW = 1_800_000_000.0
NOW_MS = 1_800_000_000_000


def signature(message: bytes = BODY, secret: bytes = SECRET) -> str:
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def test_a_genuine_signature_is_recognised() -> None:
    assert is_genuine(Signed(BODY, signature(), SECRET), NOW)


def test_the_case_of_hex_digits_does_not_matter() -> None:
    assert is_genuine(Signed(BODY, signature().upper(), SECRET), NOW)


def test_the_published_example_of_hmac_is_recognised() -> None:
    """RFC 4231, test case 2."""
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert is_genuine(Signed(b"what do ya want for nothing?", digest, b"Jefe"), NOW)


def test_nothing_presented_is_not_genuine() -> None:
    assert not is_genuine(None, NOW)


@pytest.mark.parametrize(
    "presented",
    [
        "",
        signature()[:-1],
        f"{signature()}0",
        f" {signature()}",
        f"sha256={signature()}",
        f"{signature()}, {signature()}",
        signature(secret=b"another secret"),
        signature(BODY + b"\n"),
        hashlib.sha256(BODY).hexdigest(),
    ],
)
def test_another_signature_is_not_genuine(presented: str) -> None:
    assert not is_genuine(Signed(BODY, presented, SECRET), NOW)


def test_an_empty_secret_proves_nothing() -> None:
    assert not is_genuine(Signed(BODY, signature(secret=b""), b""), NOW)


@unhurried
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_a_body_changed_in_any_byte_is_not_genuine(position: int, mask: int) -> None:
    altered = bytearray(BODY)
    altered[position] ^= mask

    assert not is_genuine(Signed(bytes(altered), signature(), SECRET), NOW)


@unhurried
@given(st.text())
def test_any_text_presented_raises_nothing(presented: str) -> None:
    assert not is_genuine(Signed(BODY, presented, SECRET), NOW)


@pytest.mark.parametrize("away", [-WINDOW_MS, -1, 0, 1, WINDOW_MS])
def test_a_dated_signature_holds_around_now(away: int) -> None:
    assert is_genuine(Signed(BODY, signature(), SECRET, NOW_MS + away), NOW)


@pytest.mark.parametrize("away", [-WINDOW_MS - 1, WINDOW_MS + 1, -NOW_MS, 10**14])
def test_a_dated_signature_outside_the_window_is_not_genuine(away: int) -> None:
    assert not is_genuine(Signed(BODY, signature(), SECRET, NOW_MS + away), NOW)


def test_the_window_is_five_minutes() -> None:
    assert 300_000 == WINDOW_MS


def test_neither_message_nor_secret_shows_in_a_repr() -> None:
    assert "Signed(sent_at_ms=None)" == repr(Signed(BODY, signature(), SECRET))
