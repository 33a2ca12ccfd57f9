"""A frontend address that leads back to this app: told by the settings, or by a request on its way.

RFC 8586: all who pass a request on add their name to `CDN-Loop`, and nobody takes one out. Whoever
finds their own name in it has passed this request on before. A client that writes our name
there itself is refused, and nobody else is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from proxy.addresses import is_loopback, origin_of
from proxy.settings import Settings
from proxy.wire.exchange import Head

FIELD = b"cdn-loop"
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened at
_NAME_CHARACTERS = 16
WAY_OUT = (
    "set it to the frontend's own address, such as https://web-1a2b.onrender.com or"
    " http://127.0.0.1:4000"
)


def name_in_loops(public_url: str, frontend_url: str | None) -> bytes:
    """Return this deployment's own name in `CDN-Loop` (a pseudonym, RFC 8586 2).

    All its processes share it. An old and a new deployment in a row, both of one PUBLIC_URL, are
    two, since each has a frontend of its own.
    """
    both = f"{public_url}\n{frontend_url or ''}".encode()
    return b"echoseal-" + hashlib.sha256(both).hexdigest()[:_NAME_CHARACTERS].encode()


def was_here(head: Head, name: bytes) -> bool:
    """Tell whether a request has been passed on by the deployment of this name before."""
    entries = b",".join(head.values(FIELD)).split(b",")
    return any(entry.partition(b";")[0].strip().lower() == name for entry in entries)


def loop_at_start(settings: Settings, host: str, port: int) -> str | None:
    """Return the problem of a FRONTEND_URL that is this app's own address, None without one.

    `host` and `port` are where this app listens.
    """
    url = settings.frontend_url
    if not url:
        return None
    frontend, public = urlsplit(url), urlsplit(settings.public_url)
    is_same_origin = origin_of(url) == origin_of(settings.public_url)
    if is_same_origin and frontend.path.rstrip("/") in ("", public.path.rstrip("/")):
        return f"FRONTEND_URL is the address in PUBLIC_URL: this app would ask itself; {WAY_OUT}"
    if frontend.port == port and _is_here(frontend.hostname or "", host):
        return f"FRONTEND_URL is where this app itself listens (HOST, PORT); {WAY_OUT}"
    return None


def loop_advice(settings: Settings) -> Iterator[str]:
    """Iterate over what is worth knowing of a FRONTEND_URL among the marketplace's origins."""
    if settings.frontend_url and origin_of(settings.frontend_url) in settings.marketplace_origins:
        yield (
            "FRONTEND_URL is one of MARKETPLACE_ORIGINS, the addresses of visitors: once that name"
            f" leads here, this app asks itself; {WAY_OUT}"
        )


def _is_here(asked: str, host: str) -> bool:
    if host in _EVERY_ADDRESS:
        return is_loopback(asked) or asked in _EVERY_ADDRESS
    is_named = asked == "localhost" and is_loopback(host)
    return asked == host or is_named
