"""Unpadded base64url (RFC 4648 section 5), one text for each sequence of bytes."""

import base64
import re

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_QUANTUM = 4  # characters that stand for three bytes


def encode(data: bytes) -> str:
    """Return data as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def encoded_length(size: int) -> int:
    """Return how many characters encode() makes of size bytes."""
    return (size * 4 + 2) // 3


def decode(text: str) -> bytes | None:
    """Return the bytes that text stands for, or None unless encode() would give this very text.

    The standard library's decoder skips foreign characters and ignores the unused bits of the last
    one, so one value would have many spellings. Here padding, whitespace, the other alphabet and
    set trailing bits are all refused.
    """
    if _ALPHABET.fullmatch(text) is None or len(text) % _QUANTUM == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % _QUANTUM))
    return data if encode(data) == text else None
