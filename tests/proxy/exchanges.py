"""Exchanges through a transport of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import requests
from requests.structures import CaseInsensitiveDict

from proxy.outgoing.deadline import tls_context
from proxy.outgoing.transport import Transport, WholeResponse

MAX_BYTES = 100_000
_CONTEXT = tls_context(requests.utils.DEFAULT_CA_BUNDLE_PATH)


def new_transport(clock: Callable[[], float] = lambda: 100.0, pool_size: int = 10) -> Transport:
    """Return a transport whose clock stands still unless another is given."""
    return Transport(_CONTEXT, max_bytes=MAX_BYTES, pool_size=pool_size, clock=clock)


def exchange(
    transport: Transport,
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    fields: Mapping[str, str] | None = None,
    silence: float = 5.0,
) -> WholeResponse:
    """Send one request and read its answer; `silence` is in seconds."""
    request = requests.PreparedRequest()
    request.method, request.url, request.body = method, url, body
    request.headers = CaseInsensitiveDict(fields or {})
    return transport.send(request, timeout=(5, silence))
