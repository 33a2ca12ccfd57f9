"""The JavaScript verifier gives the answers of crypto/checksums.py."""

import hmac
import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import Checksummer, KeyRing, base64url

HERE = Path(__file__).parent
CHECKSUMS = HERE / "vectors" / "checksums.json"
FROZEN: dict[str, Any] = json.loads(CHECKSUMS.read_text())
KEYS = KeyRing.parse(FROZEN["keys"], key_bytes=32)

Report = dict[str, list[bool | str]]

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
        lambda children: st.lists(children) | st.dictionaries(texts, children),
        max_leaves=10,
    ),
)

pytestmark = pytest.mark.node


@pytest.fixture(scope="module", params=["", "--without-global-crypto"])
def report(node: str, request: pytest.FixtureRequest) -> Report:
    return run_verifier(node, CHECKSUMS, request.param)


def test_every_valid_vector_verifies(report: Report) -> None:
    cases = [vector["case"] for vector in FROZEN["valid"]]

    assert dict.fromkeys(cases, True) == dict(zip(cases, report["valid"], strict=True))


def test_every_invalid_vector_is_refused(report: Report) -> None:
    reasons = [vector["reason"] for vector in FROZEN["invalid"]]

    assert dict.fromkeys(reasons, False) == dict(zip(reasons, report["invalid"], strict=True))


def test_every_odd_input_is_refused(report: Report) -> None:
    assert [False] * len(report["odd"]) == report["odd"]


def test_keys_that_are_no_text_are_an_error(report: Report) -> None:
    assert report["odd_keys"] == ["keys: not a text"] * 4


def test_unusable_keys_are_an_error(report: Report) -> None:
    assert len(FROZEN["unusable_keys"]) == len(report["unusable_keys"])
    assert all(str(answer).startswith("keys: entry ") for answer in report["unusable_keys"])


def test_no_key_shows_in_an_error(report: Report) -> None:
    keys = [entry.partition(":")[2] for entry in FROZEN["keys"].split(",")]

    assert not [key for key in keys if key[:-1] in str(report["unusable_keys"])]


def test_checksums_of_any_values_verify(node: str, tmp_path: Path) -> None:
    checksummer = Checksummer(KEYS, FROZEN["client_id"])
    vectors = []

    @given(values, st.uuids())
    def collect(value: dict[str, object], user_id: UUID) -> None:
        checksum = checksummer.checksum("idVerification", user_id, value)
        vectors.append({"user_id": str(user_id).upper(), "value": value, "checksum": checksum})

    collect()
    file = tmp_path / "checksums.json"
    file.write_text(json.dumps(FROZEN | {"generated": vectors}))

    assert [True] * len(vectors) == run_verifier(node, file)["generated"]


@pytest.mark.parametrize("user_id", ["acme", "", FROZEN["valid"][0]["user_id"] + "0"])
def test_checksum_for_what_is_no_user_id_is_refused(
    node: str, tmp_path: Path, user_id: str
) -> None:
    message = f"idVerification\0{FROZEN['client_id']}\0{user_id}\0{{}}"
    key_id, key = KEYS.first
    checksum = f"{key_id}.{base64url.encode(hmac.digest(key, message.encode(), 'sha256'))}"
    file = tmp_path / "checksums.json"
    vector = {"user_id": user_id, "value": {}, "checksum": checksum}
    file.write_text(json.dumps(FROZEN | {"generated": [vector]}))

    assert [False] == run_verifier(node, file)["generated"]


def run_verifier(node: str, file: Path, option: str = "") -> Report:
    done = subprocess.run(
        [node, HERE / "verify_vectors.mjs", file, option],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    report: Report = json.loads(done.stdout)
    return report
