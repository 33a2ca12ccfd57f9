"""The frozen references of version 1: they open for as long as version 1 is supported."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from crypto import KeyRing, Reference, ReferenceInvalid, Sealer

VECTORS = Path(__file__).parent / "vectors"
FROZEN: dict[str, Any] = json.loads((VECTORS / "references_v1.json").read_text())
RFC_5297: dict[str, Any] = json.loads((VECTORS / "rfc5297.json").read_text())


@pytest.mark.parametrize("vector", FROZEN["valid"], ids=lambda vector: vector["case"])
def test_valid_text_opens(vector: dict[str, Any]) -> None:
    assert expected_reference(vector) == open_vector(vector)


@pytest.mark.parametrize(
    "vector",
    [vector for vector in FROZEN["valid"] if vector["layout"] != 3],
    ids=lambda vector: vector["case"],
)
def test_sealing_gives_the_same_text(vector: dict[str, Any]) -> None:
    ring = KeyRing.parse(FROZEN["keys"], key_bytes=64)
    only = tuple(entry for entry in ring.entries if entry[0] == vector["key_id"])
    sealer = Sealer(KeyRing(only), FROZEN["client_id"])

    sealed = sealer.seal(
        expected_reference(vector), purpose=vector["purpose"], layout=vector["layout"]
    )

    assert vector["text"] == sealed


@pytest.mark.parametrize("vector", FROZEN["invalid"], ids=lambda vector: vector["reason"])
def test_invalid_text_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(ReferenceInvalid) as caught:
        open_vector(vector)

    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


def test_every_invalid_text_differs_from_the_valid_ones() -> None:
    valid = {vector["text"] for vector in FROZEN["valid"]}
    alone = [v["text"] for v in FROZEN["invalid"] if v.keys() == {"reason", "purpose", "text"}]

    assert valid.isdisjoint(alone)


def test_vectors_are_what_the_independent_computation_gives(tmp_path: Path) -> None:
    generator = VECTORS / "generate_references.py"
    subprocess.run([sys.executable, generator, tmp_path], check=True, timeout=60)

    expected = (VECTORS / "references_v1.json").read_bytes()
    assert expected == (tmp_path / "references_v1.json").read_bytes()


@pytest.mark.parametrize("example", RFC_5297["examples"], ids=lambda row: row["appendix"])
def test_aes_siv_is_that_of_the_rfc(example: dict[str, Any]) -> None:
    strings = [bytes.fromhex(text) for text in example["associated_data"]]
    cipher = AESSIV(bytes.fromhex(example["key"]))

    sealed = cipher.encrypt(bytes.fromhex(example["plaintext"]), strings)

    assert example["output"] == sealed.hex()


def open_vector(vector: dict[str, Any]) -> Reference:
    case = FROZEN | vector
    sealer = Sealer(KeyRing.parse(case["keys"], key_bytes=64), case["client_id"])
    return sealer.open(
        case["text"], purpose=case["purpose"], now=case["now"], max_age=case["max_age"]
    )


def expected_reference(vector: dict[str, Any]) -> Reference:
    return Reference(UUID(vector["user_id"]), vector["issued_at"], vector["refresh_token"])
