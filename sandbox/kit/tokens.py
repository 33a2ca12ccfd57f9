"""Signed tokens in the form of JSON Web Tokens, and the base64url in which they are written."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def signed_token(claims: dict[str, Any], key: bytes) -> str:
    """Return `claims` as a token under HS256."""
    return signed({"alg": "HS256", "typ": "JWT"}, encoded_json(claims), key)


def signed(header: dict[str, str], payload: bytes, key: bytes) -> str:
    """Return `payload` as a token that `header` describes, under its HS256 or HS512."""
    text = f"{encoded(encoded_json(header))}.{encoded(payload)}"
    return f"{text}.{_signature(text, header['alg'], key)}"


def payload_of(token: str, key: bytes, algorithm: str = "HS256") -> bytes | None:
    """Return the payload of a token that was signed with `key`, or None for any other."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(text, algorithm, key).encode(), signature.encode()):
        return None
    return decoded(text.partition(".")[2])


def encoded_json(value: dict[str, Any]) -> bytes:
    """Return a JSON object without spaces, in UTF-8."""
    return json.dumps(value, separators=(",", ":")).encode()


def encoded(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decoded(text: str) -> bytes:
    """Return the bytes that base64url without padding stands for."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(text: str, algorithm: str, key: bytes) -> str:
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
    return encoded(hmac.digest(key, text.encode(), digest))
