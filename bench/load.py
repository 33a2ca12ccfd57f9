"""A load of starts: so many users press "verify my identity" at once, over kept connections."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass
from statistics import quantiles
from urllib.parse import quote

from bench.slow_upstreams import HOST, content_length

ANSWER_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: seconds per answered request, errors by kind, seconds for the whole."""

    latencies: tuple[float, ...]
    errors: tuple[str, ...]
    seconds: float

    @property
    def requests_per_second(self) -> float:
        """Answered requests per second of the whole load."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Return the latency in seconds that `percent` (1 to 99) of the answers did not exceed."""
        if len(self.latencies) < 2:
            return sum(self.latencies)
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


async def put_load(port: int, client_id: str, users: int, starts_each: int) -> Load:
    """Let `users` start `starts_each` verifications each, one after the other, all at once."""
    latencies: list[float] = []
    errors: list[str] = []
    started = time.perf_counter()
    browsers = [_browse(port, client_id, starts_each, latencies, errors) for _ in range(users)]
    await asyncio.gather(*browsers)
    return Load(tuple(latencies), tuple(errors), time.perf_counter() - started)


async def _browse(
    port: int, client_id: str, starts: int, latencies: list[float], errors: list[str]
) -> None:
    request = _start_request(port, client_id)
    for _ in range(starts):
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                latencies.append(await _exchange(port, request))
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            errors.append(str(error) or type(error).__name__)


async def _exchange(port: int, request: bytes) -> float:
    """Send one request on a new connection, as Heroku's first router does; return its seconds."""
    started = time.perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(content_length(head))
    finally:
        writer.close()
    status = int(head.split(b" ", 2)[1])
    if status != 201:
        raise ValueError(f"status {status}")
    return time.perf_counter() - started


def _start_request(port: int, client_id: str) -> bytes:
    """Return a start request of a user of its own, with the cookie that the SDK writes."""
    token = {
        "access_token": uuid.uuid4().hex,
        "refresh_token": f"v2--{uuid.uuid4()}--{uuid.uuid4().hex}{'0' * 8}",
        "token_type": "bearer",
        "expires_in": 600,
        "scope": "user",
    }
    cookie = quote(json.dumps(token, separators=(",", ":")))
    lines = [
        "POST /api/id-verification HTTP/1.1",
        f"Host: {HOST}:{port}",
        f"Cookie: st-{client_id}-token={cookie}",
        "Sec-Fetch-Site: same-origin",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
