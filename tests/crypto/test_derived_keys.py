"""Keys derived from one secret, computed a second time from RFC 5869's own steps."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import KeyRing, KeyRingError, derive_key

SECRET = "5f" * 32
ONE, TWO = b"one", b"two"
SEAL_KEY = (
    "cfbf3b5936871229983a8b54900539f3d333ee8d5a77a50a25a41894515c32c7"
    "47b6d0543fbff822d9bf7bcd3f3bda75ce7bcb6bbe9735c5a6ad1b9dbc18dafe"
)


def _hkdf_sha256(secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 2.2 and 2.3; without a salt there are zeros in its place."""
    pseudorandom_key = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    output, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.new(pseudorandom_key, block + info + bytes([number]), hashlib.sha256).digest()
        output += block
    return output[:length]


@given(st.text(min_size=32), st.text(max_size=50), st.integers(1, 96))
def test_key_is_hkdf_sha256_of_the_secret(secret: str, label: str, key_bytes: int) -> None:
    expected = _hkdf_sha256(secret.encode(), label.encode(), key_bytes)

    assert expected == derive_key(secret, label=label, key_bytes=key_bytes)


def test_key_stays_what_it_has_always_been() -> None:
    """What this key has sealed is under way for weeks: it may never come out differently."""
    key = derive_key(SECRET, label="echoseal SEAL_KEYS 0", key_bytes=64)

    assert SEAL_KEY == key.hex()


def test_labels_give_unrelated_keys() -> None:
    one = derive_key(SECRET, label="one", key_bytes=32)

    assert one != derive_key(SECRET, label="two", key_bytes=32)


@pytest.mark.parametrize("length", [0, 1, 31])
def test_short_secret_is_refused_and_not_shown(length: int) -> None:
    secret = "s3cr3t!" * 5

    with pytest.raises(KeyRingError) as caught:
        derive_key(secret[:length], label="one", key_bytes=32)

    assert "must be random and at least 32 characters long" == str(caught.value)


def test_added_key_stands_behind_the_rings_own() -> None:
    ring = KeyRing(((1, ONE),)).followed_by(0, TWO)

    assert ((1, ONE), (0, TWO)) == ring.entries


def test_added_key_does_not_replace_one_with_its_id() -> None:
    ring = KeyRing(((0, ONE),)).followed_by(0, TWO)

    assert ((0, ONE),) == ring.entries
