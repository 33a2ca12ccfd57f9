"""Signs hooks and posts them, one at a time, and measures what comes back.

`docs/advanced-concepts.md` (github.com/CAKE-com/pumble-node-sdk, read 2026-11-20): the signature is
the hexadecimal HMAC-SHA256 of timestamp, colon and raw body. The timestamp is in milliseconds, as
integrators found. `docs/basic-concepts.md`: an app must answer within three seconds.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection

from sandbox.kit.router import forwarded_for, led
from sandbox.kit.sender import NO_ANSWER, Headers, exchange, require_loopback

USER_AGENT = "PumbleSandbox Hook/1.0"
TIMESTAMP_HEADER = "x-pumble-request-timestamp"
SIGNATURE_HEADER = "x-pumble-request-signature"
IN_TIME_SECONDS = 3.0
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """What answered a hook; without an answer, `status` is None and `body` is empty."""

    status: int | None
    body: bytes
    content_type: str
    seconds: float

    @property
    def in_time(self) -> bool:
        """Whether the answer came soon enough for Pumble not to call the app unavailable."""
        return self.status is not None and self.seconds <= IN_TIME_SECONDS


def signed_headers(body: bytes, timestamp_ms: int, secret: str) -> Headers:
    """Return the headers of a genuine hook: the content type and the two of the signature."""
    signature = hmac.digest(
        secret.encode(), str(timestamp_ms).encode() + b":" + body, hashlib.sha256
    )
    return [
        ("Content-Type", "application/json"),
        (TIMESTAMP_HEADER, str(timestamp_ms)),
        (SIGNATURE_HEADER, signature.hex()),
    ]


def post(url: str, body: bytes, headers: Headers, chunks: int | None = None) -> HookAnswer:
    """Post `body` and return the answer; a redirect is not followed.

    With `chunks`, the body goes in so many pieces with chunked transfer coding (RFC 9112, 7.1).
    Raises ValueError for a URL that is not on loopback, for a header that HTTP cannot carry, and
    for more chunks than there are bytes.
    """
    url = led(url)
    require_loopback(url)
    parts = urlsplit(url)
    sent = body if chunks is None else pieces(body, chunks)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    began = time.perf_counter()
    try:
        told = [("User-Agent", USER_AGENT), *headers, forwarded_for()]
        answer = exchange(connection, url, told, sent)
    except NO_ANSWER:
        return HookAnswer(None, b"", "", time.perf_counter() - began)
    finally:
        connection.close()
    seconds = time.perf_counter() - began
    content_type = answer.headers.get("Content-Type", "")
    return HookAnswer(answer.status_code, answer.content, content_type, seconds)


def pieces(body: bytes, count: int) -> list[bytes]:
    """Cut `body` into `count` pieces, within multibyte UTF-8 characters first.

    A receiver that decodes piece by piece breaks there. Raises ValueError for an impossible count.
    """
    if not 1 <= count <= max(len(body), 1):
        raise ValueError(f"{len(body)} bytes cannot be cut into {count} pieces")
    places = sorted(range(1, len(body)), key=lambda place: body[place] & 0xC0 != 0x80)
    cuts = [0, *sorted(places[: count - 1]), len(body)]
    return [body[start:end] for start, end in pairwise(cuts)]
