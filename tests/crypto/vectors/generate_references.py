"""Compute references_v1.json, with nothing of the package that it tests.

    python tests/crypto/vectors/generate_references.py [folder]

AES-SIV is built here from CMAC and CTR after RFC 5297 and proves itself on the RFC's own examples.
Version 1 is in use: a change to the output breaks references that already travel, so add cases and
never alter one.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16

CLIENT = "5b1c9d3e-7a42-4f0b-9c65-2d8e14f7a6b0"
OTHER_CLIENT = "5b1c9d3e-7a42-4f0b-9c65-2d8e14f7a6b1"
USER = "0d6f2b7a-91c4-4e58-a3b7-6c5d4e3f2a1b"
TOKEN = "v2--6b7d2c1e-3f4a-4b5c-8d6e-7f8091a2b3c4--00112233445566778899aabbccddeeff01234567"
ISSUED = 1_795_219_200
MAX_AGE = 61 * 24 * 3600
PURPOSE = "jumio.reference"
AT_ANY_AGE = {"max_age": 2**40}  # so that only the length can be the reason

SEAL_KEYS = {
    200: bytes(range(64)),
    0: bytes(range(64, 128)),
    255: bytes(range(128, 192)),
}


def main() -> None:
    """Write references_v1.json into the folder given, or beside this script."""
    check_against_rfc_5297()
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    text = json.dumps(references(), indent=2) + "\n"
    (folder / "references_v1.json").write_text(text, encoding="ascii")


# RFC 5297


def double(block: bytes) -> bytes:
    """Multiply by x in GF(2^128) (section 2.3)."""
    number = int.from_bytes(block, "big") << 1
    return (number & (1 << 128) - 1 ^ (0x87 if number >> 128 else 0)).to_bytes(BLOCK, "big")


def xor(left: bytes, right: bytes) -> bytes:
    """Add two strings of one length."""
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (RFC 4493)."""
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def s2v(key: bytes, strings: list[bytes], plaintext: bytes) -> bytes:
    """Turn several strings into one synthetic IV (section 2.4)."""
    state = cmac(key, bytes(BLOCK))
    for string in strings:
        state = xor(double(state), cmac(key, string))
    if len(plaintext) >= BLOCK:
        return cmac(key, plaintext[:-BLOCK] + xor(plaintext[-BLOCK:], state))
    padded = (plaintext + b"\x80").ljust(BLOCK, b"\0")
    return cmac(key, xor(double(state), padded))


def siv_encrypt(key: bytes, strings: list[bytes], plaintext: bytes) -> bytes:
    """AES-SIV: the synthetic IV, then the ciphertext (section 2.6)."""
    mac_key, counter_key = key[: len(key) // 2], key[len(key) // 2 :]
    siv = s2v(mac_key, strings, plaintext)
    mask = (1 << 128) - 1 ^ 1 << 63 ^ 1 << 31
    counter = (int.from_bytes(siv, "big") & mask).to_bytes(BLOCK, "big")
    encryptor = Cipher(algorithms.AES(counter_key), modes.CTR(counter)).encryptor()
    return siv + encryptor.update(plaintext) + encryptor.finalize()


def check_against_rfc_5297() -> None:
    """Prove siv_encrypt() on appendix A.1 (one string) and A.2 (three strings)."""
    for example in json.loads((Path(__file__).parent / "rfc5297.json").read_text())["examples"]:
        key, plaintext, output = (
            bytes.fromhex(example[name]) for name in ("key", "plaintext", "output")
        )
        strings = [bytes.fromhex(string) for string in example["associated_data"]]
        if siv_encrypt(key, strings, plaintext) != output:
            raise SystemExit(f"AES-SIV is wrong: {example['appendix']}")


# Sealed references


def base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def ring(keys: dict[int, bytes]) -> str:
    """The text form of a key ring."""
    return ",".join(f"{key_id}:{base64url(key)}" for key_id, key in keys.items())


def owner(issued_at: int = ISSUED) -> bytes:
    """User id and time, as every layout holds them."""
    return UUID(USER).bytes + issued_at.to_bytes(4, "big")


def packed(token: str) -> bytes:
    """The 36 bytes of a token of the usual form."""
    _, token_id, secret = token.split("--")
    return UUID(token_id).bytes + bytes.fromhex(secret)


def sealed(
    layout: int,
    plaintext: bytes,
    *,
    version: int = 1,
    key_id: int = 200,
    key: bytes | None = None,
    strings: tuple[str, ...] = (PURPOSE, CLIENT),
) -> str:
    """A reference with any header and plaintext, properly authenticated."""
    header = bytes([version << 4 | layout, key_id])
    context = [header, *(string.encode() for string in strings)]
    return base64url(header + siv_encrypt(key or SEAL_KEYS[key_id], context, plaintext))


def changed(text: str, position: int, mask: int) -> str:
    """The text with some bits of one of its bytes flipped."""
    data = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    data[position] ^= mask
    return base64url(bytes(data))


def references() -> dict[str, Any]:
    """Everything in references_v1.json."""
    return {
        "description": (
            "Sealed references, version 1. Frozen: cases are added, never changed. "
            "Computed independently, by generate_references.py. "
            "A valid text opens for its purpose at `now` with `max_age`; sealing gives it back, "
            "except in layout 3, which holds random bytes. An invalid one is refused, whatever "
            "the reason; where a case names a client id, key ring or time of its own, use those."
        ),
        "keys": ring(SEAL_KEYS),
        "client_id": CLIENT,
        "now": ISSUED + 3600,
        "max_age": MAX_AGE,
        "valid": valid_references(),
        "invalid": invalid_references(),
    }


def valid_references() -> list[dict[str, Any]]:
    """References that open, in each layout."""
    long_token = "opaque." + "0123456789abcdef" * 20
    rows: list[tuple[str, int, int, int, str | None, str]] = [
        ("packed token", 1, 200, ISSUED, TOKEN, PURPOSE),
        ("packed token, older key", 1, 0, ISSUED, TOKEN, PURPOSE),
        ("packed token, last key id", 1, 255, ISSUED, TOKEN, PURPOSE),
        ("packed token, other purpose", 1, 200, ISSUED, TOKEN, "acme.zustand-prüfung"),
        ("usual token kept as text", 2, 200, ISSUED, TOKEN, PURPOSE),
        ("token in upper case", 2, 200, ISSUED, TOKEN.upper(), PURPOSE),
        ("short token", 2, 200, ISSUED, "t", PURPOSE),
        ("token beyond ASCII", 2, 200, ISSUED, "jeton-é-\u20ac-\U0001f511", PURPOSE),
        ("long token", 2, 200, ISSUED, long_token, PURPOSE),
        ("no token", 3, 200, ISSUED, None, PURPOSE),
    ]
    return [
        {
            "case": case,
            "layout": layout,
            "key_id": key_id,
            "purpose": purpose,
            "user_id": USER,
            "issued_at": issued_at,
            "refresh_token": token,
            "text": sealed(
                layout,
                payload(layout, issued_at, token),
                key_id=key_id,
                strings=(purpose, CLIENT),
            ),
        }
        for case, layout, key_id, issued_at, token, purpose in rows
    ]


def payload(layout: int, issued_at: int, token: str | None) -> bytes:
    """The plaintext of a layout."""
    if token is None:
        return owner(issued_at) + bytes.fromhex("c0ffee0123456789")
    return packed(token) + owner(issued_at) if layout == 1 else owner(issued_at) + token.encode()


def invalid_references() -> list[dict[str, Any]]:
    """References that must be refused, and why."""
    plain = packed(TOKEN) + owner()
    good = sealed(1, plain)
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("empty text", "", {}),
        ("header alone", good[:3], {}),
        ("header and synthetic IV alone", base64url(bytes([0x11, 200]) + bytes(16)), {}),
        ("last character missing", good[:-1], {}),
        ("one character more", good + "A", {}),
        ("padded", good + "=", {}),
        ("leading space", " " + good, {}),
        ("trailing newline", good + "\n", {}),
        ("standard alphabet", good.replace("-", "+").replace("_", "/"), {}),
        ("unused bits of the last character set", spelled_differently(good), {}),
        ("Cyrillic letter", "\u0415" + good[1:], {}),
        ("bit of the synthetic IV flipped", changed(good, 2, 0x80), {}),
        ("bit of the ciphertext flipped", changed(good, 73, 0x01), {}),
        ("layout swapped in the header", changed(good, 0, 0x03), {}),
        ("version swapped in the header", changed(good, 0, 0x30), {}),
        ("key id swapped for another key's", changed(good, 1, 200), {}),
        ("key id that is not in the ring", changed(good, 1, 0x01), {}),
        ("another key under the same id", sealed(1, plain, key=SEAL_KEYS[0]), {}),
        ("version 0, authentic", sealed(1, plain, version=0), {}),
        ("version 2, authentic", sealed(1, plain, version=2), {}),
        ("layout 0, authentic", sealed(0, plain), {}),
        ("layout 4, authentic", sealed(4, plain), {}),
        ("layout 1 a byte short, authentic", sealed(1, plain[:-1]), AT_ANY_AGE),
        ("layout 1 a byte long, authentic", sealed(1, plain + b"\0"), AT_ANY_AGE),
        ("layout 2 without a token, authentic", sealed(2, owner()), AT_ANY_AGE),
        ("layout 2 token not UTF-8, authentic", sealed(2, owner() + b"\xc3\x28"), {}),
        ("layout 3 a byte short, authentic", sealed(3, owner() + bytes(7)), AT_ANY_AGE),
        ("layout 3 a byte long, authentic", sealed(3, owner() + bytes(9)), AT_ANY_AGE),
        ("other purpose", sealed(1, plain, strings=("acme.reference", CLIENT)), {}),
        ("other client id", good, {"client_id": OTHER_CLIENT}),
        ("purpose and client id in one", sealed(1, plain, strings=(PURPOSE + CLIENT,)), {}),
        ("purpose and client id swapped", sealed(1, plain, strings=(CLIENT, PURPOSE)), {}),
        ("key no longer in the ring", good, {"keys": ring({0: SEAL_KEYS[0]})}),
        ("a second too old", good, {"now": ISSUED + MAX_AGE + 1}),
        ("a second too far in the future", good, {"now": ISSUED - 301}),
    ]
    return [
        {"reason": reason, "purpose": PURPOSE, "text": text} | own for reason, text, own in rows
    ]


def spelled_differently(text: str) -> str:
    """The same bytes in another spelling: a bit set that decoders ignore."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


if __name__ == "__main__":
    main()
