"""Proofs that a vendor signs its requests with: HMAC (RFC 2104), time windows, text comparison.

Everything a caller presents may be rubbish; these functions answer False and raise nothing for it.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import Literal

Encoding = Literal["hex", "base64"]
Algorithm = Literal["sha256", "sha512"]

_DIGEST_BYTES: dict[Algorithm, int] = {"sha256": 32, "sha512": 64}
_HEX = re.compile(r"[0-9A-Fa-f]+")


def verify_hmac(
    message: bytes,
    presented: Iterable[str],
    secrets: Sequence[bytes],
    *,
    encoding: Encoding,
    algorithm: Algorithm,
) -> bool:
    """Tell whether any of the presented texts is the message's HMAC under any of the secrets.

    Give the message as it came over the wire. Hex may be in either letter case; base64 is standard,
    padded and canonical. Several secrets let one be replaced by the next. An empty secret proves
    nothing and is passed over. The message is hashed once for each secret, and not at all where
    nothing presented has the form of a digest. The digests are compared in constant time.
    """
    decode = _decode_hex if encoding == "hex" else _decode_base64
    decoded = [decode(text, _DIGEST_BYTES[algorithm]) for text in presented]
    digests = [digest for digest in decoded if digest is not None]
    if not digests:
        return False
    verified = False
    for secret in filter(None, secrets):
        expected = hmac.digest(secret, message, algorithm)
        for digest in digests:
            verified |= hmac.compare_digest(expected, digest)
    return verified


def verify_hmac_sha256(
    message: bytes, presented: str, secrets: Sequence[bytes], *, encoding: Encoding
) -> bool:
    """Tell whether presented is the message's HMAC-SHA256 under any secret; see `verify_hmac`."""
    return verify_hmac(message, [presented], secrets, encoding=encoding, algorithm="sha256")


def within_window(timestamp_ms: int, now_ms: int, window_ms: int) -> bool:
    """Tell whether a timestamp is at most window_ms away from now, before or after (unix ms)."""
    return abs(now_ms - timestamp_ms) <= window_ms


def equal(a: str, b: str) -> bool:
    """Compare two texts in time that depends only on their lengths; any text is welcome."""
    # hmac.compare_digest refuses non-ASCII text, and plain UTF-8 refuses lone surrogates.
    return hmac.compare_digest(
        a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass")
    )


def _decode_hex(text: str, size: int) -> bytes | None:
    if not isinstance(text, str) or len(text) != 2 * size or _HEX.fullmatch(text) is None:
        return None
    return bytes.fromhex(text)


def _decode_base64(text: str, size: int) -> bytes | None:
    if not isinstance(text, str) or len(text) != 4 * -(-size // 3):
        return None
    try:
        digest = base64.b64decode(text)
    except ValueError:
        return None
    return digest if base64.b64encode(digest) == text.encode() else None
