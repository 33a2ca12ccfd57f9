"""The keys of the log's words: set, derived, handed on; and what is left out of logs."""

from __future__ import annotations

import pytest

from crypto import KeyRing, base64url, generate_key_entry
from proxy.log_settings import read_log_settings
from proxy.settings_reader import SettingsReader

SECRET = "b31cf04e9a2d7785e60fc1943b8ad256"
FIRST, SECOND, THIRD = (base64url.encode(bytes([n]) * 32) for n in (1, 2, 3))


def keys(**variables: str) -> tuple[bytes, ...]:
    reader = SettingsReader(variables)
    found = read_log_settings(reader, reader.key_ring("CHECKSUM_KEYS", 32)).keys
    assert [] == reader.problems
    return found


def test_a_ring_of_its_own_names_users() -> None:
    assert b"\2" * 32 == keys(CHECKSUM_KEYS=f"1:{FIRST}", LOG_KEYS=f"5:{SECOND}")[0]


def test_the_words_before_there_was_a_ring_are_known() -> None:
    derived = keys(CHECKSUM_KEYS=f"1:{FIRST}")
    assert (b"\2" * 32, *derived) == keys(CHECKSUM_KEYS=f"1:{FIRST}", LOG_KEYS=f"5:{SECOND}")


def test_a_derived_key_is_no_key_that_does_another_work() -> None:
    assert b"\1" * 32 not in keys(CHECKSUM_KEYS=f"1:{FIRST}")


def test_a_new_checksum_key_changes_no_word() -> None:
    (before,) = keys(CHECKSUM_KEYS=f"1:{FIRST}")
    for ring in (f"1:{FIRST},2:{SECOND}", f"2:{SECOND},1:{FIRST}", f"3:{THIRD},1:{FIRST}"):
        assert before == keys(CHECKSUM_KEYS=ring)[0]


def test_a_secret_that_becomes_a_ring_changes_no_word() -> None:
    ring = SettingsReader({"ECHOSEAL_SECRET": SECRET}).key_ring("CHECKSUM_KEYS", 32)
    assert keys(ECHOSEAL_SECRET=SECRET)[0] == keys(CHECKSUM_KEYS=ring.reveal())[0]


@pytest.mark.parametrize("text", ["nonsense", "1:short", f"1:{FIRST},1:{SECOND}", f"256:{FIRST}"])
def test_what_is_no_ring_is_a_problem_without_the_key(text: str) -> None:
    reader = SettingsReader({"LOG_KEYS": text})
    found = read_log_settings(reader, KeyRing.parse(generate_key_entry(1, 32), key_bytes=32))
    (problem,) = reader.problems
    assert problem.startswith("LOG_KEYS: entry ")
    assert text not in problem
    assert 1 == len(found.keys)
