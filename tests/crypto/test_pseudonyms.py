"""Pseudonyms: made a second time with openssl, and never the same for two users or two vendors."""

from uuid import UUID

import pytest

from crypto import Pseudonyms

KEY = bytes(range(1, 33))
USER = UUID("6a7c2c8e-52b1-4f0c-9d1e-3f5b8f6e2a41")


def test_a_pseudonym_stays_what_it_has_always_been() -> None:
    """Vendors have met users under it; `openssl kdf … HKDF`, then `openssl dgst -mac HMAC`."""
    expected = UUID("1456c76c-0d7f-4f01-a83d-80afaa5139ad")
    assert expected == Pseudonyms(KEY, "a-client").pseudonym("acme", USER)


def test_key_marketplace_vendor_and_user_make_another_one_each() -> None:
    found = {
        Pseudonyms(KEY, "a-client").pseudonym("acme", USER),
        Pseudonyms(KEY, "a-client").pseudonym("acmo", USER),
        Pseudonyms(KEY, "a-client").pseudonym("acme", UUID(int=USER.int + 1)),
        Pseudonyms(KEY, "b-client").pseudonym("acme", USER),
        Pseudonyms(KEY[::-1], "a-client").pseudonym("acme", USER),
    }
    assert 5 == len(found)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonyms(KEY[:31], "a-client")
