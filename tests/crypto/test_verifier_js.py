"""The JavaScript verifier gives the answers of crypto/checksums.py."""

import hmac
import json
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import Checksummer, KeyRing, base64url
from tests.crypto.node_scripts import run_script

HERE = Path(__file__).parent
CHECKSUMS = HERE / "vectors" / "checksums.json"
FROZEN: dict[str, Any] = json.loads(CHECKSUMS.read_text())
KEYS = KeyRing.parse(FROZEN["keys"], key_bytes=32)

Report = dict[str, list[bool | str]]

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

# How lone surrogates are encoded, which no valid text has.
_LONE = "surrogatepass"

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


def test_plain_data_verifies_however_it_was_made(report: Report) -> None:
    assert [True] * len(report["plain"]) == report["plain"]


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


ODD_NUMBERS = [
    "0", "-0", "-0.0", "1.0", "1e2", "1E-2", "0.1", "100000000000000000000", "1e400", "true",
    "9007199254740991", "9007199254740991.0", "9007199254740992", "9007199254740993",
    "-9007199254740991", "-9007199254740992", "9.007199254740993e15",
]  # fmt: skip
ODD_TEXTS = [
    "", "~u0", "~~", "^0", "`", "\\u0000", "\\/", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\u2028",
    "\ufb33", "\U0001f600", "\x7f", "e\u0301", "\u00e9",
]  # fmt: skip
ODD_KEYS = [
    *ODD_TEXTS, "__proto__", "\\u005f_proto__", "constructor", "toString", "toJSON", "length", "0",
    "10", "9", "status", "document",
]  # fmt: skip


def odd_json(chance: random.Random, levels: int) -> str:
    """Return JSON text of the kinds that two readers may read differently."""
    kind = chance.choice("lostn") if levels else chance.choice("tn")
    if kind == "n":
        return chance.choice([*ODD_NUMBERS, "null", "false"])
    if kind == "t":
        return f'"{chance.choice(ODD_TEXTS)}"'
    items = [odd_json(chance, levels - 1) for _ in range(chance.randint(0, 3))]
    if kind == "l":
        return f"[{','.join(items)}]"
    members = (f'"{chance.choice(ODD_KEYS)}":{item}' for item in items)
    return f"{{{','.join(members)}}}"


def checksum_as_if_it_could_have_one(user_id: UUID, value: object) -> str:
    """Return what a checksum would be, had values no rules: only the verifiers' rules refuse it."""
    canonical = rfc8785_of(value)
    message = f"idVerification\0{FROZEN['client_id']}\0{user_id}\0{canonical}"
    key_id, key = KEYS.first
    data = message.encode("utf-8", _LONE)
    return f"{key_id}.{base64url.encode(hmac.digest(key, data, 'sha256'))}"


def rfc8785_of(value: object) -> str:
    """Return canonical JSON, of values that RFC 8785 leaves out as well."""
    if isinstance(value, dict):
        in_order = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", _LONE))
        members = (f"{rfc8785_of(key)}:{rfc8785_of(item)}" for key, item in in_order)
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(rfc8785_of, value))}]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def as_the_sdk_builds_it(value: Any) -> Any:
    """Return a value without what assignment to `__proto__` loses: all but objects and arrays."""
    if isinstance(value, list):
        return [as_the_sdk_builds_it(item) for item in value]
    if not isinstance(value, dict):
        return value
    lost = "__proto__" in value and not isinstance(value["__proto__"], dict | list)
    return {
        key: as_the_sdk_builds_it(item)
        for key, item in value.items()
        if not (lost and key == "__proto__")
    }


def test_both_verifiers_judge_every_value_alike(node: str, tmp_path: Path) -> None:
    """Whatever JSON a user stores: also where its checksum would be right, but for the rules."""
    chance = random.Random(20261128)  # noqa: S311  # a fixed seed, so that a failure comes back
    checksummer = Checksummer(KEYS, FROZEN["client_id"])
    user_id = UUID(FROZEN["valid"][0]["user_id"])
    samples, parsed, built = [], [], []
    for _ in range(1_500):
        text = f'{{"a":{odd_json(chance, 3)}}}' if chance.random() < 0.8 else odd_json(chance, 2)
        value = json.loads(text)
        seen = as_the_sdk_builds_it(value)
        checksum = checksum_as_if_it_could_have_one(user_id, chance.choice([value, seen]))
        samples.append({"user_id": str(user_id), "text": text, "checksum": checksum})
        parsed.append(checksummer.verify("idVerification", user_id, value, checksum))
        built.append(checksummer.verify("idVerification", user_id, seen, checksum))
    file = tmp_path / "checksums.json"
    file.write_text(json.dumps(FROZEN | {"texts": samples}))
    report = run_verifier(node, file)

    assert {True, False} == set(parsed) == set(built)
    texts = [sample["text"] for sample in samples]
    assert list(zip(texts, parsed, strict=True)) == list(zip(texts, report["texts"], strict=True))
    assert list(zip(texts, built, strict=True)) == list(zip(texts, report["built"], strict=True))


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
    return run_script(node, "verify_vectors.mjs", file, option)
