"""The router in front of the proxy, as far as callers on this machine need one.

Elsewhere a router ends TLS, knows which name leads where, and appends the address of who calls to
`X-Forwarded-For` (Heroku: devcenter.heroku.com, HTTP routing, read 2026-11). Here whoever sends to
the proxy asks this module for both, so that a vendor has an address of its own on machines whose
loopback has one address only.
"""

from urllib.parse import urlsplit

HOST = "127.0.0.1"
# Documentation addresses, which are nobody's (RFC 5737).
VENDOR, STRANGER = "192.0.2.10", "198.51.100.66"

_led: dict[str, str] = {}


def lead(origin: str, to: str) -> None:
    """Have every address at `origin` lead to `to`, an origin on this machine, from now on."""
    _led[origin] = to


def led(url: str) -> str:
    """Return where a request for `url` goes: to this machine, where its origin leads there."""
    parts = urlsplit(url)
    to = _led.get(f"{parts.scheme}://{parts.netloc}")
    return url if to is None else to + parts._replace(scheme="", netloc="").geturl()


def forwarded_for(address: str = HOST, claimed: str = "") -> tuple[str, str]:
    """Return the header in which the router tells that `address` has called.

    `claimed` is what the caller has written there, which the proxy is not to count.
    """
    return "X-Forwarded-For", f"{claimed}, {address}" if claimed else address
