"""What proves that Pumble sent a request: timestamp, colon and the bytes as they came, signed.

Source: pumble-node-sdk docs/authorization.md (2026-08). The digests were made with
`openssl dgst -sha256 -hmac signing-secret` over what is signed.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest

from tests.integrations.parts import proven
from tests.integrations.pumble.fakes import SECRET, workspace

TIMESTAMP, SIGNATURE = "x-pumble-request-timestamp", "x-pumble-request-signature"
NOW = 1_793_491_200
BODY = b'{"messageType":"X"}'
IN_MILLISECONDS = {
    TIMESTAMP: "1793491200000",
    SIGNATURE: "a487eb2700fcd9a681e96b1a4203206b5c7c1d003895ae87217d9d144c1a0167",
}
IN_SECONDS = {
    TIMESTAMP: "1793491200",
    SIGNATURE: "09a42631f509aca6347d2823d8e20abf545011f5ac5fe7460e48d523b925eb90",
}
# The timestamp is signed as it is written, and the body need be no text.
ODDLY_WRITTEN = {
    TIMESTAMP: "01793491200000",
    SIGNATURE: "0002d74b4499ba21a5cf93f02ad94d92ac62f416a42eb2a38698682f6f4e968e",
}
ODD_BODY = b"\xff\x00 {}\r\n"
ODD_TIMESTAMPS = [
    "",
    " ",
    "now",
    "-1793491200000",
    "+1793491200000",
    " 1793491200000",
    "1793491200000.0",
    "1_793_491_200_000",
    "0x1A19525B400",
    "1793491200000, 1793491200000",
    "١٧٩٣٤٩١٢٠٠٠٠٠",
    "0001793491200000",
]


def headers(timestamp: str, body: bytes = BODY) -> dict[str, str]:
    message = timestamp.encode() + b":" + body
    digest = hmac.digest(SECRET.encode(), message, hashlib.sha256)
    return {TIMESTAMP: timestamp, SIGNATURE: digest.hex()}


@pytest.mark.parametrize(
    ("presented", "body"),
    [(IN_MILLISECONDS, BODY), (IN_SECONDS, BODY), (ODDLY_WRITTEN, ODD_BODY)],
    ids=["milliseconds", "seconds", "oddly written"],
)
def test_timestamp_colon_and_the_bytes_as_they_came_are_signed(
    presented: dict[str, str], body: bytes
) -> None:
    proof = proven(workspace(), body, presented, now=NOW)
    assert proof is not None
    assert (NOW, True) == (proof.sent_at, proof.covers_body)


@pytest.mark.parametrize("body", [BODY + b"\n", b"", ODD_BODY])
def test_the_signature_of_another_body_is_not_pumbles(body: bytes) -> None:
    assert proven(workspace(), body, IN_MILLISECONDS, now=NOW) is None


def test_the_signature_of_another_timestamp_is_not_pumbles() -> None:
    moved = {**IN_MILLISECONDS, TIMESTAMP: "1793491200001"}
    assert proven(workspace(), BODY, moved, now=NOW) is None


@pytest.mark.parametrize("lacking", [TIMESTAMP, SIGNATURE])
def test_a_request_without_both_headers_proves_nothing(lacking: str) -> None:
    presented = {name: text for name, text in IN_MILLISECONDS.items() if name != lacking}
    assert proven(workspace(), BODY, presented, now=NOW) is None


@pytest.mark.parametrize("timestamp", ODD_TIMESTAMPS)
def test_a_timestamp_that_is_no_plain_number_proves_nothing(timestamp: str) -> None:
    assert proven(workspace(), BODY, headers(timestamp), now=NOW) is None


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        ("1793491200000", 1_793_491_200.0),
        ("1793491200", 1_793_491_200.0),
        ("999999999999", 999_999_999_999.0),
        ("1000000000000", 1_000_000_000.0),
        ("0", 0.0),
    ],
)
def test_timestamps_are_milliseconds_or_seconds(timestamp: str, seconds: float) -> None:
    proof = proven(workspace(), BODY, headers(timestamp), now=seconds)
    assert proof is not None
    assert seconds == proof.sent_at
