"""Compute checksums.json, with nothing of the package that it tests.

    python tests/crypto/vectors/generate_checksums.py [folder]

Canonical JSON (RFC 8785) is written by hand. Checksums are in use: a change to the output breaks
those that are already stored, so add cases and never alter one. (One was altered in 2026-11, when a
key `__proto__` became invalid: no record that the proxy writes has ever had one.)
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

CLIENT = "5b1c9d3e-7a42-4f0b-9c65-2d8e14f7a6b0"
OTHER_CLIENT = "5b1c9d3e-7a42-4f0b-9c65-2d8e14f7a6b1"
USER = "0d6f2b7a-91c4-4e58-a3b7-6c5d4e3f2a1b"
OTHER_USER = "f3a9c1d2-4b5e-4a6f-8c7d-9e0f1a2b3c4d"
KEYS = {7: bytes(range(32)), 12: bytes(range(32, 64))}

PENDING = (
    '{"expiresAt":"2026-12-20T08:00:00Z","provider":"jumio",'
    '"redirectUrl":"https://acme.netverify.com/web/v4/app?locale=de&x=<1>","startedAt":'
    '"2026-11-20T08:00:00Z","status":"pending","transactionReference":"7d1f7a1e-0c1d"}'
)
APPROVED = (
    '{"completedAt":"2026-11-20T08:05:00Z","document":{"country":"FIN","type":"PASSPORT"},'
    '"provider":"jumio","startedAt":"2026-11-20T08:00:00Z","status":"approved",'
    '"transactionReference":"7d1f7a1e-0c1d"}'
)
SIGNED = (
    '{"completedAt":"2026-12-01T09:12:44.000Z","provider":"inkwell",'
    '"startedAt":"2026-12-01T09:10:02.118Z","status":"signed",'
    '"transactionReference":"doc-81","vendorTime":true,"version":"1001"}'
)
ACTIVE = (
    '{"after":["q0Zx3_Tr"],"completedAt":"2026-12-01T10:31:07.000Z","customerId":"customer-7",'
    '"mode":"subscription","paidUntil":"2027-01-01T10:31:00.000Z","provider":"tollgate",'
    '"sessionReference":"order-5","startedAt":"2026-12-01T10:30:00.250Z","status":"active",'
    '"subscriptionId":"contract-9","transactionReference":"contract-9","vendorTime":true}'
)
CLUB = (
    '{"completedAt":"2026-12-01T10:31:07.000Z","customerId":"customer-7","mode":"subscription",'
    '"paidUntil":"2027-01-01T10:31:00.000Z","provider":"tollgate",'
    '"startedAt":"2026-12-01T10:30:00.250Z","status":"active","subscriptionId":"contract-9",'
    '"transactionReference":"contract-9"}'
)
# RFC 8785 section 3.2.2, without its member of floats
LITERALS = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
# RFC 8785 section 3.2.3: UTF-16 puts the emoji (D83D DE00) before the Hebrew letter (FB33)
SORTED = (
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
    '"\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign",'
    '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}'
)
CONTROLS = (
    '{"text":"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \x7f\u0085\u2028\u2029\ufeff\U0010ffff/"}'
)
TOO_LARGE = '{"n":9007199254740992}'
TOO_SMALL = '{"n":-9007199254740992}'
INTEGERS = '{"integers":[0,-1,1,10,9007199254740991,-9007199254740991]}'
TRICKY_KEYS = '{"":0,"A":1,"__proto":{"a":[]},"a":{},"a\\u0000":2,"aa":3,"constructor":4}'
PROTOTYPE_KEY = '{"__proto__":{"status":"approved"}}'
PROTOTYPE_KEY_WITHIN = '{"document":{"__proto__":{"dateOfBirth":"1970-01-01"}}}'


def main() -> None:
    """Write checksums.json into the folder given, or beside this script."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    text = json.dumps(checksums(), indent=2) + "\n"
    (folder / "checksums.json").write_text(text, encoding="ascii")


def base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def ring(keys: dict[int, bytes]) -> str:
    """The text form of a key ring."""
    return ",".join(f"{key_id}:{base64url(key)}" for key_id, key in keys.items())


def session_id(canonical: str) -> str:
    """What stands behind the subject's name in the key of a session's record."""
    record = json.loads(canonical)
    name = f"{record['provider']}\0{record['transactionReference']}"
    return base64url(hashlib.sha256(name.encode()).digest())[:8]


def checksum(
    canonical: str,
    *,
    key_id: int = 7,
    name: str = "idVerification",
    client_id: str = CLIENT,
    user_id: str = USER,
    separator: str = "\0",
) -> str:
    """A checksum over canonical JSON that is written by hand."""
    message = separator.join((name, client_id, user_id, canonical)).encode("utf-8", "surrogatepass")
    digest = hmac.new(KEYS[key_id], message, hashlib.sha256).digest()
    return f"{key_id}.{base64url(digest)}"


def checksums() -> dict[str, Any]:
    """Everything in checksums.json."""
    key_7, key_12 = ring(KEYS).split(",")
    return {
        "description": (
            "Checksums of values in private data. Frozen: cases are added, never changed (but for "
            "one, in 2026-11, that held a key `__proto__`). "
            "Computed independently, by generate_checksums.py, over the text in `canonical`. "
            "Where a case names a client id of its own, use that. "
            "An invalid case is refused, whatever the reason; unusable keys are an error."
        ),
        "keys": f"{key_7},{key_12}",
        "client_id": CLIENT,
        "valid": valid_checksums(),
        "invalid": invalid_checksums(),
        "unusable_keys": [
            {"reason": reason, "keys": keys}
            for reason, keys in (
                ("empty", ""),
                ("no id", key_7.removeprefix("7:")),
                ("id beyond 255", key_7.replace("7:", "256:")),
                ("leading zero", "0" + key_7),
                ("sign", "+" + key_7),
                ("space inside", key_7.replace(":", ": ")),
                ("empty entry", key_7 + ","),
                ("id used twice", f"{key_7},7:{key_12.removeprefix('12:')}"),
                ("padded key", key_7 + "="),
                ("unused bits of the last character set", spelled_differently(key_7)),
                ("key a byte short", "7:" + base64url(KEYS[7][:-1])),
                ("key of 64 bytes", "7:" + base64url(KEYS[7] * 2)),
                ("third part", key_7 + ":"),
            )
        ],
    }


def nested(levels: int) -> str:
    """A value with so many levels of objects and arrays."""
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def nested_objects(levels: int) -> str:
    """A value with so many levels of objects."""
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


def valid_checksums() -> list[dict[str, Any]]:
    """Values with their right checksums."""
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("pending result", PENDING, {}),
        ("approved result", APPROVED, {}),
        ("the ring's other key", APPROVED, {"key_id": 12}),
        ("another user", APPROVED, {"user_id": OTHER_USER}),
        ("another name", '{"account":"acme"}', {"name": "hubriseConnection"}),
        ("empty object", "{}", {}),
        ("empty array", '{"list":[]}', {}),
        ("RFC 8785: literals and string", LITERALS, {}),
        ("RFC 8785: order of keys", SORTED, {}),
        ("control and other odd characters", CONTROLS, {}),
        ("integers up to the limit", INTEGERS, {}),
        ("keys that trip object models", TRICKY_KEYS, {}),
        ("32 levels", nested(32), {}),
        ("32 levels of objects", nested_objects(32), {}),
        ("a signing's session", SIGNED, {"name": f"signing_agreement-{session_id(SIGNED)}"}),
        ("a subscription's session", ACTIVE, {"name": f"billing_club-{session_id(ACTIVE)}"}),
        ("a plan's summary", CLUB, {"name": "billing_club"}),
    ]
    return [
        {
            "case": case,
            "name": own.get("name", "idVerification"),
            "user_id": own.get("user_id", USER),
            "value": json.loads(canonical),
            "canonical": canonical,
            "checksum": checksum(canonical, **own),
        }
        for case, canonical, own in rows
    ]


def invalid_checksums() -> list[dict[str, Any]]:
    """Values with checksums that must be refused, and why."""
    good = checksum(APPROVED)
    digest = good.removeprefix("7.")
    dashed = checksum('{"n":3}')
    unsorted = '{"\ufb33":1,"\U0001f600":2}'
    rows: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("value edited", APPROVED.replace("FIN", "SWE"), good, {}),
        ("member added", APPROVED.replace("{", '{"a":1,', 1), good, {}),
        ("member removed", PENDING.replace('"provider":"jumio",', ""), checksum(PENDING), {}),
        ("another user's", APPROVED, checksum(APPROVED, user_id=OTHER_USER), {}),
        ("another name's", APPROVED, checksum(APPROVED, name="hubriseConnection"), {}),
        ("another plan's", CLUB, checksum(CLUB, name="billing_day"), {"name": "billing_club"}),
        ("another marketplace's", APPROVED, good, {"client_id": OTHER_CLIENT}),
        ("fields joined without separator", APPROVED, checksum(APPROVED, separator=""), {}),
        ("id of the ring's other key", APPROVED, f"12.{digest}", {}),
        ("key id that is not in the ring", APPROVED, f"8.{digest}", {}),
        ("key id beyond 255", APPROVED, f"263.{digest}", {}),
        ("leading zero in the key id", APPROVED, f"07.{digest}", {}),
        ("key id in Arabic-Indic digits", APPROVED, f"\u0667.{digest}", {}),
        ("no key id", APPROVED, f".{digest}", {}),
        ("no separator", APPROVED, digest, {}),
        ("third part", APPROVED, f"{good}.", {}),
        ("empty", APPROVED, "", {}),
        ("no digest", APPROVED, "7.", {}),
        ("last character missing", APPROVED, good[:-1], {}),
        ("one character more", APPROVED, good + "A", {}),
        ("padded", APPROVED, good + "=", {}),
        ("trailing newline", APPROVED, good + "\n", {}),
        ("leading space", APPROVED, " " + good, {}),
        ("unused bits of the last character set", APPROVED, spelled_differently(good), {}),
        ("standard alphabet", '{"n":3}', dashed.replace("-", "+").replace("_", "/"), {}),
        ("hexadecimal", APPROVED, "7." + "00" * 32, {}),
        ("checksum is a number", APPROVED, 7, {}),
        ("checksum is null", APPROVED, None, {}),
        ("checksum is an array", APPROVED, [good], {}),
        ("keys in the order of code points", unsorted, checksum(unsorted), {}),
        ("float", '{"n":1.5}', checksum('{"n":1.5}'), {}),
        ("float in an array", '{"n":[0.1]}', checksum('{"n":[0.1]}'), {}),
        ("integer beyond the limit", TOO_LARGE, checksum(TOO_LARGE), {}),
        ("integer below the limit", TOO_SMALL, checksum(TOO_SMALL), {}),
        ("key __proto__", PROTOTYPE_KEY, checksum(PROTOTYPE_KEY), {}),
        ("key __proto__ within", PROTOTYPE_KEY_WITHIN, checksum(PROTOTYPE_KEY_WITHIN), {}),
        ("key __proto__ of a text", '{"__proto__":""}', checksum('{"__proto__":""}'), {}),
        ("lone surrogate in a text", '{"a":"\ud800"}', checksum('{"a":"\ud800"}'), {}),
        ("lone surrogate in a key", '{"\udc00":1}', checksum('{"\udc00":1}'), {}),
        ("lone surrogate, escaped", '{"a":"\ud800"}', checksum('{"a":"\\ud800"}'), {}),
        ("lone surrogate in the name", "{}", checksum("{}", name="\ufffd"), {"name": "\ud800"}),
        (
            "lone surrogate in the client id",
            "{}",
            checksum("{}", client_id="\ufffd"),
            {"client_id": "\ud800"},
        ),
        (
            "separator in the name",
            "{}",
            checksum("{}", client_id="a\0b"),
            {"name": "idVerification\0a", "client_id": "b"},
        ),
        ("33 levels", nested(33), checksum(nested(33)), {}),
        ("33 levels of objects", nested_objects(33), checksum(nested_objects(33)), {}),
        ("value is an array", "[]", checksum("[]"), {}),
        ("value is a string", '"approved"', checksum('"approved"'), {}),
        ("value is null", "null", checksum("null"), {}),
    ]
    return [
        {
            "reason": reason,
            "name": "idVerification",
            "user_id": USER,
            "value": json.loads(text),
            "checksum": presented,
        }
        | own
        for reason, text, presented, own in rows
    ]


def spelled_differently(text: str) -> str:
    """The same bytes in another spelling: a bit set that decoders ignore."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


if __name__ == "__main__":
    main()
