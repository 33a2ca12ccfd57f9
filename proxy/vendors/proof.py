"""Signed callbacks: the vendor says what is signed and how, the kernel judges it.

Over the bytes as they came, before anything in them is read, and in constant time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crypto import verify_hmac_sha256, within_window

WINDOW_MS = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as a request presents it: HMAC-SHA256 in hex over `message` under `secret`.

    `sent_at_ms` (unix milliseconds) is a time that the signature covers, where there is one: it
    may lie WINDOW_MS before or after now.
    """

    message: bytes = field(repr=False)
    presented: str = field(repr=False)
    secret: bytes = field(repr=False)
    sent_at_ms: int | None = None


def is_genuine(signed: Signed | None, now: float) -> bool:
    """Tell whether a signature is the vendor's and, where it is dated, fresh (`now`: seconds)."""
    if signed is None:
        return False
    if not verify_hmac_sha256(signed.message, signed.presented, [signed.secret], encoding="hex"):
        return False
    if signed.sent_at_ms is None:
        return True
    return within_window(signed.sent_at_ms, int(now * 1000), WINDOW_MS)
