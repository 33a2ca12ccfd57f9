"""Proofs that a vendor signs its requests with: HMAC-SHA256, time windows, text comparison.

Everything a caller presents may be rubbish; these functions answer False and raise nothing for it.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from typing import Literal

_HEX_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64_DIGEST = re.compile(r"[A-Za-z0-9+/]{43}=")


def verify_hmac_sha256(
    message: bytes,
    presented: str,
    secrets: Sequence[bytes],
    *,
    encoding: Literal["hex", "base64"],
) -> bool:
    """Tell whether presented is the message's HMAC-SHA256 under any of the secrets.

    Give the message as it came over the wire. Hex may be in either letter case; base64 is standard,
    padded and canonical. Several secrets let one be replaced by the next. An empty secret proves
    nothing and is passed over. The digests are compared in constant time.
    """
    digest = _decode_hex(presented) if encoding == "hex" else _decode_base64(presented)
    if digest is None:
        return False
    verified = False
    for secret in filter(None, secrets):
        verified |= hmac.compare_digest(hmac.digest(secret, message, "sha256"), digest)
    return verified


def within_window(timestamp_ms: int, now_ms: int, window_ms: int) -> bool:
    """Tell whether a timestamp is at most window_ms away from now, before or after (unix ms)."""
    return abs(now_ms - timestamp_ms) <= window_ms


def equal(a: str, b: str) -> bool:
    """Compare two texts in time that depends only on their lengths; any text is welcome."""
    # hmac.compare_digest refuses non-ASCII text, and plain UTF-8 refuses lone surrogates.
    return hmac.compare_digest(
        a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass")
    )


def _decode_hex(text: str) -> bytes | None:
    if not isinstance(text, str) or _HEX_DIGEST.fullmatch(text) is None:
        return None
    return bytes.fromhex(text)


def _decode_base64(text: str) -> bytes | None:
    if not isinstance(text, str) or _BASE64_DIGEST.fullmatch(text) is None:
        return None
    digest = base64.b64decode(text)
    return digest if base64.b64encode(digest) == text.encode() else None
