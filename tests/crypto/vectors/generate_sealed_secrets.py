"""Compute sealed_secrets_v1.json, with nothing of the package that it tests.

    python -m tests.crypto.vectors.generate_sealed_secrets [folder]

AES-SIV is the one of generate_references.py, built from CMAC and CTR; HKDF is built here from HMAC
after RFC 5869 and proves itself on the RFC's test case 3. Version 1 is in use: a change to the
output breaks connections that are stored, so add cases and never alter one.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.crypto.vectors.generate_references import (
    CLIENT,
    OTHER_CLIENT,
    SEAL_KEYS,
    base64url,
    changed,
    check_against_rfc_5297,
    ring,
    siv_encrypt,
    spelled_differently,
)

FORMAT = 0x18
LABEL = b"echoseal sealed secret"
OWNER = "7e21c0a4-5d3b-4f96-8a1c-b2d4e6f80913"
OTHER_OWNER = "7e21c0a4-5d3b-4f96-8a1c-b2d4e6f80914"
PURPOSE = "acme.connection"
SECRET = '{"secret":{"token":"0b5e"},"details":{},"connectedAt":"2026-11-20T08:00:00Z"}'


def main() -> None:
    """Write sealed_secrets_v1.json into the folder given, or beside this script."""
    check_against_rfc_5297()
    check_against_rfc_5869()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    text = json.dumps(sealed_secrets(), indent=2) + "\n"
    (folder / "sealed_secrets_v1.json").write_text(text, encoding="ascii")


# RFC 5869


def hkdf_sha256(key: bytes, info: bytes, length: int) -> bytes:
    """Extract (2.2) without a salt, then expand (2.3)."""
    pseudorandom_key = hmac.digest(bytes(32), key, hashlib.sha256)
    output, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom_key, block + info + bytes([number]), hashlib.sha256)
        output += block
    return output[:length]


def check_against_rfc_5869() -> None:
    """Prove hkdf_sha256() on test case 3, which has neither salt nor info."""
    expected = (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    if hkdf_sha256(b"\x0b" * 22, b"", 42).hex() != expected:
        raise SystemExit("HKDF is wrong")


# Sealed secrets


def sealed(
    secret: str | bytes,
    *,
    form: int = FORMAT,
    key_id: int = 200,
    label: bytes | None = LABEL,
    strings: tuple[str, ...] = (PURPOSE, CLIENT),
    owner: str | None = OWNER,
) -> str:
    """A secret with any header and context, properly authenticated; no label: the ring's key."""
    key = SEAL_KEYS[key_id] if label is None else hkdf_sha256(SEAL_KEYS[key_id], label, 64)
    header = bytes([form, key_id])
    context = [header, *(string.encode() for string in strings)]
    if owner is not None:
        context.append(UUID(owner).bytes)
    plaintext = secret.encode() if isinstance(secret, str) else secret
    return base64url(header + siv_encrypt(key, context, plaintext))


def sealed_secrets() -> dict[str, Any]:
    """Everything in sealed_secrets_v1.json."""
    return {
        "description": (
            "Sealed secrets, version 1. Frozen: cases are added, never changed. "
            "Computed independently, by generate_sealed_secrets.py. "
            "A valid text opens for its purpose and owner, and sealing gives it back. An invalid "
            "one does not open, whatever the reason; where a case names a client id, key ring, "
            "purpose or owner of its own, use those."
        ),
        "keys": ring(SEAL_KEYS),
        "client_id": CLIENT,
        "purpose": PURPOSE,
        "owner": OWNER,
        "valid": valid_secrets(),
        "invalid": invalid_secrets(),
    }


def valid_secrets() -> list[dict[str, Any]]:
    """Secrets that open."""
    rows: list[tuple[str, int, str, str, str]] = [
        ("newest key", 200, PURPOSE, OWNER, SECRET),
        ("older key", 0, PURPOSE, OWNER, SECRET),
        ("last key id", 255, PURPOSE, OWNER, SECRET),
        ("other purpose", 200, "zustand.prüfung", OWNER, SECRET),
        ("other owner", 200, PURPOSE, OTHER_OWNER, SECRET),
        ("a single byte", 200, PURPOSE, OWNER, "s"),
        ("one block", 200, PURPOSE, OWNER, "0123456789abcdef"),
        ("beyond ASCII", 200, PURPOSE, OWNER, "clé-é-\u20ac-\U0001f511"),
        ("long secret", 200, PURPOSE, OWNER, "0123456789abcdef" * 40),
    ]
    return [
        {
            "case": case,
            "key_id": key_id,
            "purpose": purpose,
            "owner": owner,
            "secret": secret,
            "text": sealed(secret, key_id=key_id, strings=(purpose, CLIENT), owner=owner),
        }
        for case, key_id, purpose, owner, secret in rows
    ]


def invalid_secrets() -> list[dict[str, Any]]:
    """Secrets that must not open, and why."""
    good = sealed(SECRET)
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("empty text", "", {}),
        ("header alone", good[:3], {}),
        ("header and synthetic IV alone", base64url(bytes([FORMAT, 200]) + bytes(16)), {}),
        ("no secret, authentic", sealed(b""), {}),
        ("last character missing", good[:-1], {}),
        ("one character more", good + "A", {}),
        ("padded", good + "=", {}),
        ("trailing newline", good + "\n", {}),
        ("unused bits of the last character set", spelled_differently(good), {}),
        ("Cyrillic letter", "\u0415" + good[1:], {}),
        ("bit of the synthetic IV flipped", changed(good, 2, 0x80), {}),
        ("bit of the ciphertext flipped", changed(good, 40, 0x01), {}),
        ("format swapped in the header", changed(good, 0, 0x01), {}),
        ("key id swapped for another key's", changed(good, 1, 200), {}),
        ("key id that is not in the ring", changed(good, 1, 0x01), {}),
        ("version 2, authentic", sealed(SECRET, form=0x28), {}),
        ("layout of a reference, authentic", sealed(SECRET, form=0x12), {}),
        ("under the ring's own key", sealed(SECRET, label=None), {}),
        ("under another label's key", sealed(SECRET, label=b"echoseal connection state"), {}),
        ("without an owner", sealed(SECRET, owner=None), {}),
        ("purpose and client id swapped", sealed(SECRET, strings=(CLIENT, PURPOSE)), {}),
        ("purpose and client id in one", sealed(SECRET, strings=(PURPOSE + CLIENT,)), {}),
        ("for another purpose", good, {"purpose": "other.connection"}),
        ("for another owner", good, {"owner": OTHER_OWNER}),
        ("at another marketplace", good, {"client_id": OTHER_CLIENT}),
        ("key no longer in the ring", good, {"keys": ring({0: SEAL_KEYS[0]})}),
    ]
    return [{"reason": reason, "text": text} | own for reason, text, own in rows]


if __name__ == "__main__":
    main()
