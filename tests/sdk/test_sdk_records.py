"""A stored record counts for the verifier behind the SDK where it counts for the proxy."""

from typing import Any
from uuid import UUID

import pytest

from crypto import Checksummer, KeyRing
from sandbox import transit
from sandbox.transit import Keyword
from tests.sdk.conftest import RunScript

pytestmark = pytest.mark.node

KEYS = KeyRing(((7, bytes(range(1, 33))),))
CLIENT_ID = "2f6d8a10-4b3c-4e5f-9a7b-0c1d2e3f4a5b"
USER_ID = UUID("4f6b8d02-17c9-4ae3-b5d8-c0e1f2a3b495")
RECORD: dict[str, Any] = {
    "status": "approved",
    "document": {"type": "PASSPORT", "country": "FIN"},
    "completedAt": "2026-11-20T08:05:00Z",
    "transactionReference": "7d1f7a1e-0c1d-4b7e-9d3a-2f4c6e8a1b90",
}
# Transit gives these first characters a meaning; constructor and toString are inherited names.
ODD = [
    "~u",
    "~~",
    "~#mn",
    "~:x",
    "^",
    "^ ",
    "^0",
    "`",
    "",
    "constructor",
    "toString",
    "\u00e9\U0001f600",
]
NUMBERS = [0, -1, 2**53 - 1, -(2**53) + 1]
GENUINE: list[dict[str, Any]] = [
    RECORD,
    {
        "texts": ODD,
        "numbers": NUMBERS,
        "rest": [None, True, False, {}, []],
    },
    {"~key": 1, "^key": {"`key": 2}, "constructor": 3, "toString": {"valueOf": 4}, "": 5},
]
ADDED: list[dict[str, Any]] = [
    {"__proto__": {"ageOver18": True}},
    {"__proto__": ["ageOver18"]},
    {"document": {**RECORD["document"], "__proto__": {"dateOfBirth": "1970-01-01"}}},
    {"constructor": {"prototype": {"ageOver18": True}}},
    {"toJSON": True},
    {"completedAt": UUID(int=7)},
    {"document": transit.TaggedValue("mn", [100, "EUR"])},
    {"document": transit.TaggedValue("geo", [60.5, -24.25])},
]


def judge(run_script: RunScript, values: list[dict[str, Any]], checksums: list[str]) -> list[bool]:
    """Return what the verifier says of values that the SDK has read from transit."""
    stored = [
        {"transit": transit.write(keyed(value)), "checksum": checksum}
        for value, checksum in zip(values, checksums, strict=True)
    ]
    known = {"keys": KEYS.reveal(), "clientId": CLIENT_ID, "userId": str(USER_ID)}
    genuine: list[bool] = run_script("verify.cjs", input_json={**known, "stored": stored})[
        "genuine"
    ]
    return genuine


def keyed(value: Any) -> Any:
    """Return a value with keywords for keys, as Sharetribe writes them."""
    if isinstance(value, dict):
        return {Keyword(key): keyed(item) for key, item in value.items()}
    return [keyed(item) for item in value] if isinstance(value, list) else value


def test_what_the_proxy_wrote_is_genuine_behind_the_sdk(run_script: RunScript) -> None:
    checksummer = Checksummer(KEYS, CLIENT_ID)
    checksums = [checksummer.checksum("idVerification", USER_ID, value) for value in GENUINE]

    assert [True] * len(GENUINE) == judge(run_script, GENUINE, checksums)


def test_what_a_user_added_is_not(run_script: RunScript) -> None:
    genuine = Checksummer(KEYS, CLIENT_ID).checksum("idVerification", USER_ID, RECORD)
    values = [RECORD | added for added in ADDED]

    assert [False] * len(ADDED) == judge(run_script, values, [genuine] * len(ADDED))
