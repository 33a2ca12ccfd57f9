"""`ECHOSEAL_SECRET`: one generated secret in place of the key rings."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pytest

from crypto import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES, KeyRing, Reference, Sealer
from proxy.settings_reader import SettingsReader

SECRET = "a1b2c3d4" * 8
OTHER = "1:" + "A" * 43
RINGS = {"SEAL_KEYS": SEAL_KEY_BYTES, "CHECKSUM_KEYS": CHECKSUM_KEY_BYTES}


def _read(variables: dict[str, str], name: str = "CHECKSUM_KEYS") -> tuple[KeyRing, list[str]]:
    reader = SettingsReader(variables)
    return reader.key_ring(name, RINGS[name]), reader.problems


def _first_block(name: str) -> bytes:
    """RFC 5869's first 32 bytes for a ring, step by step."""
    pseudorandom_key = hmac.new(bytes(32), SECRET.encode(), hashlib.sha256).digest()
    info = f"echoseal {name} 0".encode()
    return hmac.new(pseudorandom_key, info + b"\x01", hashlib.sha256).digest()


@pytest.mark.parametrize("name", RINGS)
def test_a_secret_alone_makes_each_ring(name: str) -> None:
    ring, problems = _read({"ECHOSEAL_SECRET": SECRET}, name)
    assert [] == problems
    assert ((0,), RINGS[name]) == (ring.ids, len(ring.first[1]))
    assert _first_block(name) == ring.first[1][:32]


def test_named_keys_come_first_and_the_derived_one_still_opens() -> None:
    ring, problems = _read({"ECHOSEAL_SECRET": SECRET, "CHECKSUM_KEYS": OTHER})
    assert ([], (1, 0), bytes(32)) == (problems, ring.ids, ring.first[1])


def test_a_named_key_0_wins_over_the_derived_one() -> None:
    ring, _ = _read({"ECHOSEAL_SECRET": SECRET, "CHECKSUM_KEYS": "0:" + "A" * 43})
    assert ((0, bytes(32)),) == ring.entries


def test_named_keys_need_no_secret() -> None:
    assert ((1,), []) == (
        _read({"CHECKSUM_KEYS": OTHER})[0].ids,
        _read({"CHECKSUM_KEYS": OTHER})[1],
    )


def test_a_reference_outlives_the_move_from_the_secret_to_keys() -> None:
    before, _ = _read({"ECHOSEAL_SECRET": SECRET}, "SEAL_KEYS")
    named = "1:" + "A" * 86
    after, _ = _read({"ECHOSEAL_SECRET": SECRET, "SEAL_KEYS": named}, "SEAL_KEYS")
    reference = Reference(UUID(int=7), 1_700_000_000, None)
    sealed = Sealer(before, "client").seal(reference, purpose="test")
    opened = Sealer(after, "client").open(sealed, purpose="test", now=1_700_000_000, max_age=1)
    assert reference.user_id == opened.user_id


def test_neither_is_a_problem_that_names_both_ways_out() -> None:
    problem = (
        "SEAL_KEYS is not set, and there is no ECHOSEAL_SECRET to derive it from: set that to 32"
        " random characters or more, or what `flask --app app keys` prints"
    )
    assert [problem] == _read({"SEAL_KEYS": " ", "ECHOSEAL_SECRET": ""}, "SEAL_KEYS")[1]


def test_a_short_secret_is_one_problem_for_all_rings_and_is_not_shown() -> None:
    reader = SettingsReader({"ECHOSEAL_SECRET": "hunter2" * 4})
    for name, key_bytes in RINGS.items():
        reader.key_ring(name, key_bytes)
    expected = "ECHOSEAL_SECRET: must be random and at least 32 characters long"
    assert [expected] == reader.problems


def test_a_wrong_ring_is_a_problem_in_spite_of_the_secret() -> None:
    _, problems = _read({"ECHOSEAL_SECRET": SECRET, "CHECKSUM_KEYS": "1:short"})
    assert ["CHECKSUM_KEYS: entry 1: key 1 is not 32 bytes in unpadded base64url"] == problems
