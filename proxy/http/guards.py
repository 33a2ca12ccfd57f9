"""Who may knock: the sender's address behind proxies, and browsers of other sites."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
_SAFE_METHODS = ("GET", "HEAD")
# An IPv6 address in brackets or an IPv4 one, perhaps with a port, or an address by itself.
_ENTRY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<plain>[0-9A-Fa-f:.]+)",
    re.ASCII,
)
_LAST_PORT = 65_535
_SITES = ("cross-site", "same-site", "same-origin", "none")
_SCHEMES = ("http", "https")


def client_address(
    forwarded_for: str | None, peer: str | None, trusted_hops: int
) -> Address | None:
    """Return the address that the outermost trusted proxy saw, or None when it cannot be known.

    Every trusted proxy appends the address it saw on the right of `X-Forwarded-For` (Heroku:
    devcenter.heroku.com, HTTP routing, read 2026-11). What stands left of those entries was written
    by the sender. Fails closed: a chain that is too short or an odd entry gives None.
    """
    if trusted_hops == 0:
        return read_address(peer or "")
    entries = (forwarded_for or "").split(",")
    if len(entries) < trusted_hops:
        return None
    trusted = [read_entry(entry) for entry in entries[-trusted_hops:]]
    if None in trusted:
        return None
    return trusted[0]


def read_entry(entry: str) -> Address | None:
    """Read an entry of the list: a port beside the address is dropped, other odd text refused.

    Azure's gateway writes ports (learn.microsoft.com, application gateway, read 2026-11), brackets
    around IPv6 are RFC 7239's. Without brackets a port would be a part of an IPv6 address; a zone
    (RFC 4007) means something on the router's own links only.
    """
    found = _ENTRY.fullmatch(entry.strip(" \t"))
    if found is None or not 0 < int(found["port"] or 1) <= _LAST_PORT:
        return None
    return read_address(found["v6"] or found["v4"] or found["plain"])


def read_address(text: str) -> Address | None:
    """Read an address by itself; None for any other text."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A dual-stack listener shows IPv4 senders as ::ffff:a.b.c.d.
    return getattr(address, "ipv4_mapped", None) or address


def source_of_request(request: Request, trusted_hops: int) -> str:
    """Return whose requests are counted together, by the address that `client_address` finds."""
    forwarded_for = request.headers.get("X-Forwarded-For")
    return source_of(client_address(forwarded_for, request.remote_addr, trusted_hops))


def source_of(address: Address | None) -> str:
    """Return whose requests are counted together; all whose address is not known are one.

    A client of IPv6 has at least 2^64 addresses (RFC 6177).
    """
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return "unknown" if address is None else str(address)


def is_from(address: Address | None, networks: Iterable[Network]) -> bool:
    """Tell whether a known address lies in one of the networks."""
    return address is not None and any(address in network for network in networks)


def is_cross_site(method: str, headers: Headers, listed: frozenset[str]) -> bool:
    """Tell whether a request that carries the cookie was caused by a site that is not ours.

    A listed `Origin` is always ours. Otherwise the browser's own `Sec-Fetch-Site` decides (Fetch
    Metadata, W3C); without it an unlisted `Origin` is foreign. With neither, only reading is
    allowed: browsers that send neither with a POST are too old to be protected otherwise.
    """
    origin = headers.get("Origin")
    if origin is not None and origin.lower() in listed:
        return False
    fetch_site = headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site not in ("same-origin", "none")
    return origin is not None or method not in _SAFE_METHODS


def cross_site_cause(headers: Headers, listed: frozenset[str]) -> str:
    """Return in words why `is_cross_site` has refused, for the log; no address is in them."""
    site = headers.get("Sec-Fetch-Site")
    told = f"the browser says {site}" if site in _SITES else "the browser does not say which site"
    origin = headers.get("Origin")
    if origin is None:
        return f"{told}, and there is no Origin"
    likeness = _likeness(origin.lower(), listed)
    return f"{told}, and MARKETPLACE_ORIGINS does not list its Origin{likeness}"


def _likeness(origin: str, listed: frozenset[str]) -> str:
    """Tell in which part an origin differs from one that is listed."""
    scheme, _, host = origin.partition("://")
    for other in sorted(listed):
        known_scheme, _, known_host = other.partition("://")
        if host == known_host:
            return f": it lists it with {known_scheme}, not {scheme}" if scheme in _SCHEMES else ""
        if host.removeprefix("www.") == known_host.removeprefix("www."):
            return ": it lists it with www., or without, the other way round"
        if host.partition(":")[0] == known_host.partition(":")[0]:
            return ": it lists it with another port"
    return " at all"
