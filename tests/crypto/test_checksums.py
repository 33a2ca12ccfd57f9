"""Checksums: what verifies, and False for everything else."""

import json
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from crypto import Checksummer, KeyRing, KeyRingError

VECTORS = Path(__file__).parent / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "checksums.json").read_text())

NAME = "idVerification"
CLIENT = "9c0e4b62-83d5-47f1-a1be-50c7d2e6f384"
USER = UUID("4f6b8d02-17c9-4ae3-b5d8-c0e1f2a3b495")
OTHER_USER = UUID("4f6b8d02-17c9-4ae3-b5d8-c0e1f2a3b496")
KEYS = KeyRing(((3, bytes(range(32))), (1, bytes(range(32, 64)))))
CHECKSUMMER = Checksummer(KEYS, CLIENT)
VALUE = {"status": "approved", "document": {"country": "FIN"}, "steps": ["front", "face"]}
RIGHT = CHECKSUMMER.checksum(NAME, USER, VALUE)

texts = st.text(st.characters(exclude_categories=["Cs"]))
keys = texts.filter(lambda key: key != "__proto__")
values = st.dictionaries(
    keys,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
        lambda children: st.lists(children) | st.dictionaries(keys, children),
        max_leaves=10,
    ),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.uuids(),
    lambda children: (
        st.lists(children)
        | st.tuples(children)
        | st.frozensets(st.integers())
        | st.dictionaries(st.text() | st.integers() | st.none(), children)
    ),
    max_leaves=10,
)


class TestRightChecksum:
    @given(texts.filter(lambda name: "\0" not in name), st.uuids(), values)
    def test_verifies(self, name: str, user_id: UUID, value: dict[str, object]) -> None:
        assert CHECKSUMMER.verify(name, user_id, value, CHECKSUMMER.checksum(name, user_id, value))

    @given(values)
    def test_survives_storage_as_json(self, value: dict[str, object]) -> None:
        stored = json.loads(json.dumps(value, indent=3))

        assert CHECKSUMMER.verify(NAME, USER, stored, CHECKSUMMER.checksum(NAME, USER, value))

    def test_does_not_depend_on_the_order_of_keys(self) -> None:
        reversed_value = dict(reversed(VALUE.items()))

        assert CHECKSUMMER.verify(NAME, USER, reversed_value, RIGHT)

    def test_covers_any_mapping_and_tuple(self) -> None:
        value = MappingProxyType(VALUE | {"steps": ("front", "face")})

        assert RIGHT == CHECKSUMMER.checksum(NAME, USER, value)

    def test_names_the_key_that_made_it(self) -> None:
        assert RIGHT.startswith("3.")

    def test_does_not_depend_on_the_spelling_of_a_whole_number(self) -> None:
        checksum = CHECKSUMMER.checksum(NAME, USER, {"list": [{"n": 3}]})

        assert CHECKSUMMER.verify(NAME, USER, {"list": [{"n": 3.0}]}, checksum)

    def test_of_an_older_key_verifies(self) -> None:
        rotated = Checksummer(KeyRing(((9, bytes(32)), *KEYS.entries)), CLIENT)

        assert rotated.verify(NAME, USER, VALUE, RIGHT)


class TestWrongChecksum:
    @pytest.mark.parametrize(
        ("name", "user_id", "value"),
        [
            ("acmeConnection", USER, VALUE),
            (NAME, OTHER_USER, VALUE),
            (NAME, USER, VALUE | {"status": "rejected"}),
            (NAME, USER, VALUE | {"note": None}),
            (NAME, USER, VALUE | {"steps": ["face", "front"]}),
            (NAME, USER, {}),
        ],
    )
    def test_is_that_of_another_name_user_or_value(
        self, name: str, user_id: UUID, value: dict[str, object]
    ) -> None:
        assert not CHECKSUMMER.verify(name, user_id, value, RIGHT)

    def test_is_that_of_another_marketplace(self) -> None:
        assert not Checksummer(KEYS, CLIENT + "0").verify(NAME, USER, VALUE, RIGHT)

    def test_is_that_of_another_key_with_the_same_id(self) -> None:
        other = Checksummer(KeyRing(((3, bytes(32)),)), CLIENT)

        assert not other.verify(NAME, USER, VALUE, RIGHT)

    def test_is_that_of_a_key_gone_from_the_ring(self) -> None:
        other = Checksummer(KeyRing(KEYS.entries[1:]), CLIENT)

        assert not other.verify(NAME, USER, VALUE, RIGHT)

    def test_is_any_text_that_differs_in_one_character(self) -> None:
        characters = {chr(code) for code in range(128)} | {"\u0663", "\ud800"}

        for place, right in enumerate(RIGHT):
            for wrong in characters - {right}:
                changed = RIGHT[:place] + wrong + RIGHT[place + 1 :]
                assert not CHECKSUMMER.verify(NAME, USER, VALUE, changed)

    @pytest.mark.parametrize("length", range(len(RIGHT)))
    def test_is_any_shorter_text(self, length: int) -> None:
        assert not CHECKSUMMER.verify(NAME, USER, VALUE, RIGHT[:length])

    @given(st.text() | st.from_regex(r"[0-9]{1,4}\.[A-Za-z0-9_-]{0,50}"))
    def test_is_any_other_text(self, checksum: str) -> None:
        assert not CHECKSUMMER.verify(NAME, USER, VALUE, checksum)

    def test_is_a_megabyte(self) -> None:
        assert not CHECKSUMMER.verify(NAME, USER, VALUE, "3." + "A" * 1_000_000)

    @given(anything)
    def test_is_whatever_is_no_text(self, checksum: object) -> None:
        assert not CHECKSUMMER.verify(NAME, USER, VALUE, checksum)

    @given(anything)
    def test_beside_any_other_value(self, value: object) -> None:
        assert not CHECKSUMMER.verify(NAME, USER, value, RIGHT)

    @pytest.mark.parametrize("user_id", [None, str(USER), 7])
    def test_for_what_is_no_user_id(self, user_id: Any) -> None:
        assert not CHECKSUMMER.verify(NAME, user_id, VALUE, RIGHT)

    @pytest.mark.parametrize("name", [None, 7, b"idVerification", NAME + "\0", "\ud800"])
    def test_under_an_impossible_name(self, name: Any) -> None:
        assert not CHECKSUMMER.verify(name, USER, VALUE, RIGHT)

    def test_beside_a_value_that_holds_itself(self) -> None:
        value: dict[str, object] = {}
        value["self"] = value

        assert not CHECKSUMMER.verify(NAME, USER, value, RIGHT)


class TestValueWithoutChecksum:
    @pytest.mark.parametrize(
        "value",
        [
            {"n": 1.5},
            {"n": 1.0},
            {"n": [{"n": -0.0}]},
            {"n": float("nan")},
            {"n": 2**53},
            {"n": -(2**53)},
            {"n": 10**5000},
            {"n": "\ud800"},
            {"\udfff": 1},
            {1: "n"},
            {None: "n"},
            {b"n": 1},
            {"n": b"bytes"},
            {"n": {1, 2}},
            {"n": USER},
            {"__proto__": {}},
            {"n": [{"__proto__": None}]},
        ],
    )
    def test_is_one_that_is_not_json_without_floats(self, value: Any) -> None:
        with pytest.raises(ValueError, match=r"JSON|domain|keys|UTF-8|surrogates|digits"):
            CHECKSUMMER.checksum(NAME, USER, value)

    @pytest.mark.parametrize("levels", [33, 100_000])
    def test_is_one_with_too_many_levels(self, levels: int) -> None:
        value: Any = {}
        for _ in range(levels - 1):
            value = {"a": value}

        with pytest.raises(ValueError, match="32 levels"):
            CHECKSUMMER.checksum(NAME, USER, value)

    def test_is_one_under_a_name_that_holds_the_separator(self) -> None:
        with pytest.raises(ValueError, match="zero character"):
            CHECKSUMMER.checksum("id\0Verification", USER, VALUE)


class TestChecksummerRefuses:
    def test_keys_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            Checksummer(KeyRing((*KEYS.entries, (2, bytes(64)))), CLIENT)

    @pytest.mark.parametrize("client_id", ["", "acme\0"])
    def test_impossible_client_id(self, client_id: str) -> None:
        with pytest.raises(ValueError, match="client id"):
            Checksummer(KEYS, client_id)


class TestFrozenVectors:
    @pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
    def test_valid_checksum_verifies(self, vector: dict[str, Any]) -> None:
        assert verify_vector(vector)

    @pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
    def test_checksum_is_the_same(self, vector: dict[str, Any]) -> None:
        ring = KeyRing.parse(FROZEN["keys"], key_bytes=32)
        key_id = int(vector["checksum"].partition(".")[0])
        only = tuple(entry for entry in ring.entries if entry[0] == key_id)
        checksummer = Checksummer(KeyRing(only), FROZEN["client_id"])

        checksum = checksummer.checksum(vector["name"], UUID(vector["user_id"]), vector["value"])

        assert vector["checksum"] == checksum

    @pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
    def test_canonical_json_is_that_written_by_hand(self, vector: dict[str, Any]) -> None:
        assert vector["canonical"] == rfc8785.dumps(vector["value"]).decode()

    @pytest.mark.parametrize("vector", FROZEN["invalid"], ids=lambda vector: vector["reason"])
    def test_invalid_checksum_is_refused(self, vector: dict[str, Any]) -> None:
        assert not verify_vector(vector)

    @pytest.mark.parametrize("vector", FROZEN["unusable_keys"], ids=lambda vector: vector["reason"])
    def test_unusable_keys_are_refused(self, vector: dict[str, Any]) -> None:
        with pytest.raises(KeyRingError):
            KeyRing.parse(vector["keys"], key_bytes=32)

    def test_vectors_are_what_the_independent_computation_gives(self, tmp_path: Path) -> None:
        generator = VECTORS / "generate_checksums.py"
        subprocess.run([sys.executable, generator, tmp_path], check=True, timeout=60)

        expected = (VECTORS / "checksums.json").read_bytes()
        assert expected == (tmp_path / "checksums.json").read_bytes()


def verify_vector(vector: dict[str, Any]) -> bool:
    case = FROZEN | vector
    checksummer = Checksummer(KeyRing.parse(case["keys"], key_bytes=32), case["client_id"])
    return checksummer.verify(case["name"], UUID(case["user_id"]), case["value"], case["checksum"])
