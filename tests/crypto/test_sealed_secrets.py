"""Sealed secrets: what opens, for whom, and that nothing else does."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import KeyRing, Reference, Sealer, SecretSealer
from crypto.sealed_secrets import MAX_SECRET_BYTES

unhurried = settings(deadline=None)  # other work may hold the machine

ROOT = Path(__file__).parents[2]
VECTORS = Path(__file__).parent / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "sealed_secrets_v1.json").read_text())
PURPOSE = "acme.connection"
CLIENT = "3d1f0b7a-6c25-4e98-b7d0-a1c2e3f40516"
OWNER = UUID("b2c4d6e8-0f1a-4b3c-8d5e-7f9011223344")
NEW, OLD = (9, bytes(range(64))), (4, bytes(range(64, 128)))
SEALER = SecretSealer(KeyRing((NEW, OLD)), CLIENT)
OLD_SEALER = SecretSealer(KeyRing((OLD,)), CLIENT)
SEALED = SEALER.seal(b"a secret of some bytes", purpose=PURPOSE, owner=OWNER)

secrets = st.binary(min_size=1, max_size=300)
json_values = st.none() | st.booleans() | st.integers() | st.lists(st.text()) | st.binary()


@pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
def test_frozen_text_opens(vector: dict[str, Any]) -> None:
    assert vector["secret"].encode() == open_vector(vector)


@pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
def test_sealing_gives_the_frozen_text(vector: dict[str, Any]) -> None:
    ring = KeyRing.parse(FROZEN["keys"], key_bytes=64)
    only = KeyRing(tuple(entry for entry in ring.entries if entry[0] == vector["key_id"]))

    sealed = SecretSealer(only, FROZEN["client_id"]).seal(
        vector["secret"].encode(), purpose=vector["purpose"], owner=UUID(vector["owner"])
    )

    assert vector["text"] == sealed


@pytest.mark.parametrize("vector", FROZEN["invalid"], ids=lambda vector: vector["reason"])
def test_frozen_invalid_text_does_not_open(vector: dict[str, Any]) -> None:
    assert open_vector(vector) is None


def test_vectors_are_what_the_independent_computation_gives(tmp_path: Path) -> None:
    module = "tests.crypto.vectors.generate_sealed_secrets"
    subprocess.run([sys.executable, "-m", module, tmp_path], cwd=ROOT, check=True, timeout=60)

    expected = (VECTORS / "sealed_secrets_v1.json").read_bytes()
    assert expected == (tmp_path / "sealed_secrets_v1.json").read_bytes()


@unhurried
@given(secrets, st.uuids(), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_secret_opens_again(secret: bytes, owner: UUID, purpose: str) -> None:
    sealed = SEALER.seal(secret, purpose=purpose, owner=owner)

    assert secret == SEALER.open(sealed, purpose=purpose, owner=owner)


@unhurried
@given(st.uuids())
def test_a_copy_does_not_open_for_any_other_owner(other: UUID) -> None:
    opened = SEALER.open(SEALED, purpose=PURPOSE, owner=other)

    assert (other == OWNER) == (opened is not None)


def test_a_copy_does_not_open_under_another_vendors_purpose() -> None:
    assert SEALER.open(SEALED, purpose="other.connection", owner=OWNER) is None


@unhurried
@given(st.integers(0, len(SEALED) - 1), st.sampled_from("AZaz09-_=+/ \n\0é"))
def test_a_text_changed_anywhere_does_not_open(position: int, character: str) -> None:
    altered = SEALED[:position] + character + SEALED[position + 1 :]

    opened = SEALER.open(altered, purpose=PURPOSE, owner=OWNER)

    assert (altered == SEALED) == (opened is not None)


@unhurried
@given(st.integers(0, len(SEALED) - 1))
def test_a_text_that_is_cut_does_not_open(length: int) -> None:
    assert SEALER.open(SEALED[:length], purpose=PURPOSE, owner=OWNER) is None


@unhurried
@given(st.text() | json_values)
def test_whatever_a_user_wrote_does_not_open_and_raises_nothing(value: object) -> None:
    assert SEALER.open(value, purpose=PURPOSE, owner=OWNER) is None
    assert isinstance(SEALER.is_current(value), bool)


def test_a_reference_of_the_same_ring_does_not_open_as_a_secret() -> None:
    sealed = Sealer(KeyRing((NEW,)), CLIENT).seal(Reference(OWNER, 1, "token"), purpose=PURPOSE)

    assert SEALER.open(sealed, purpose=PURPOSE, owner=OWNER) is None


def test_an_older_key_still_opens() -> None:
    sealed = OLD_SEALER.seal(b"secret", purpose=PURPOSE, owner=OWNER)

    assert b"secret" == SEALER.open(sealed, purpose=PURPOSE, owner=OWNER)


def test_only_the_newest_key_is_current() -> None:
    by_old = OLD_SEALER.seal(b"secret", purpose=PURPOSE, owner=OWNER)

    assert (True, False) == (SEALER.is_current(SEALED), SEALER.is_current(by_old))


def test_sealing_is_deterministic() -> None:
    again = SEALER.seal(b"a secret of some bytes", purpose=PURPOSE, owner=OWNER)

    assert SEALED == again


def test_the_largest_secret_opens_again() -> None:
    secret = b"s" * MAX_SECRET_BYTES

    sealed = SEALER.seal(secret, purpose=PURPOSE, owner=OWNER)

    assert secret == SEALER.open(sealed, purpose=PURPOSE, owner=OWNER)


@pytest.mark.parametrize("secret", [b"", b"s" * (MAX_SECRET_BYTES + 1)], ids=["empty", "too long"])
def test_a_secret_of_no_usable_size_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="a secret has 1 to 16384 bytes"):
        SEALER.seal(secret, purpose=PURPOSE, owner=OWNER)


def test_a_text_longer_than_any_secret_is_not_even_decoded() -> None:
    text = base64.urlsafe_b64encode(bytes([0x18, 9]) + bytes(3 * MAX_SECRET_BYTES)).decode()

    assert SEALER.open(text, purpose=PURPOSE, owner=OWNER) is None
    assert not SEALER.is_current(text)


def test_an_empty_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="purpose"):
        SEALER.seal(b"secret", purpose="", owner=OWNER)


@pytest.mark.parametrize("key_bytes", [32, 48, 63])
def test_a_key_that_is_not_for_sealing_is_refused(key_bytes: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        SecretSealer(KeyRing(((1, bytes(key_bytes)),)), CLIENT)


def test_an_empty_client_id_is_refused() -> None:
    with pytest.raises(ValueError, match="client id"):
        SecretSealer(KeyRing((NEW,)), "")


def open_vector(vector: dict[str, Any]) -> bytes | None:
    case = FROZEN | vector
    sealer = SecretSealer(KeyRing.parse(case["keys"], key_bytes=64), case["client_id"])
    return sealer.open(case["text"], purpose=case["purpose"], owner=UUID(case["owner"]))
