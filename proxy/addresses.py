"""Addresses as settings and requests give them: http(s) URLs, web origins, this machine itself."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_base_url(text: str, *, plain_http: bool = False) -> str:
    """Return an http(s) address without its trailing slash.

    Raises ValueError for other schemes, a query, a fragment, credentials, and (unless
    `plain_http`) for plain http to anything but loopback.
    """
    parts = _split(text)
    if parts.query or parts.fragment or parts.username is not None or "?" in text or "#" in text:
        raise ValueError("must be an address without query, fragment or credentials")
    if parts.scheme == "http" and not plain_http and not is_loopback(parts.hostname or ""):
        raise ValueError("must start with https:// (plain http is accepted on loopback only)")
    return text.rstrip("/")


def parse_page_url(text: str) -> str:
    """Return the http(s) address of a page; raises ValueError for a fragment or credentials."""
    parts = _split(text)
    if parts.fragment or parts.username is not None or "#" in text or "\\" in text:
        raise ValueError("must be an address without fragment or credentials")
    return text


def parse_origin(text: str) -> str:
    """Return a web origin (RFC 6454: scheme, host, port) as browsers write it.

    That is in lower case and without the scheme's default port. Raises ValueError.
    """
    parts = _split(text)
    if parts.username is not None:
        raise ValueError("must list origins without credentials")
    if text.rstrip("/").lower() != f"{parts.scheme}://{parts.netloc.lower()}":
        raise ValueError(f"{text!r} is not an origin such as https://market.example")
    return _origin(parts)


def origin_of(url: str) -> str | None:
    """Return the origin of an absolute http(s) URL (see `parse_origin`), or None."""
    try:
        parts = _split(url)
    except ValueError:
        return None
    if parts.username is not None or "\\" in url:
        return None
    return _origin(parts)


def redirect_target(base: str, location: str | None) -> str | None:
    """Return the URL that a `Location` means, asked for at `base`; None where it is no address.

    Whoever answers writes it as they like.
    """
    try:
        return urljoin(base, location or "")
    except ValueError:
        return None


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{name}" + (f":{port}" if port != _DEFAULT_PORTS[parts.scheme] else "")


def _split(url: str) -> SplitResult:
    if not re.fullmatch(r"[!-~]+", url):
        raise ValueError("must be a URL of printable ASCII characters")
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False  # its message is not passed on: it may show a part of a password
    if not is_usable:
        raise ValueError("must start with https:// and name a host")
    if "*" in parts.netloc:
        raise ValueError("must name each host by itself, without *")
    return parts


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own, which nobody else reaches."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
