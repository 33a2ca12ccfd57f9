"""What the frontend may choose when it starts a session, or sends a customer to settle things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from proxy.addresses import is_loopback, origin_of
from proxy.http.bodies import unknown_field
from proxy.problems import Problem
from proxy.vendors.reference import Limits

_LOCALE = re.compile(r"([A-Za-z]{2})(?:-([A-Za-z]{2}))?", re.ASCII)
# RFC 3986 2: browsers repair what else stands in an address, vendors refuse it.
_ADDRESS = re.compile(r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", re.ASCII)

_PORTAL = Limits(reference=0, callback_url=None, success_url=2_000, error_url=2_000)


@dataclass(frozen=True, slots=True)
class StartOptions:
    """A start's options, checked; None leaves the choice to the vendor.

    `may_settle`: who starts has proven who they are, and may see what they pay for.
    """

    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None
    restart: bool = False
    provider: str | None = None
    may_settle: bool = True


def read_start_options(
    body: Mapping[str, Any], origins: frozenset[str], vendors: Mapping[str, Limits]
) -> StartOptions:
    """Return the options of a start; a null field counts as not given.

    `vendors` are those that can be started, by name; the first of them where none is asked for.
    Raises Problem `body-invalid`, naming the field.
    """
    known = ("locale", "successUrl", "errorUrl", "restart", "provider")
    for name in body:
        if name not in known:
            raise unknown_field(name)
    restart = body.get("restart")
    if restart is not None and not isinstance(restart, bool):
        raise Problem("body-invalid", "The field restart must be true or false.")
    provider = body.get("provider")
    if provider is not None and not (isinstance(provider, str) and provider in vendors):
        raise Problem("body-invalid", f"The field provider must be one of {', '.join(vendors)}.")
    limits = vendors[provider or next(iter(vendors))]
    return StartOptions(
        locale=_locale(body.get("locale")),
        success_url=_return_url(body, "successUrl", origins, limits, limits.success_url),
        error_url=_return_url(body, "errorUrl", origins, limits, limits.error_url),
        restart=bool(restart),
        provider=provider,
    )


def read_portal_options(body: Mapping[str, Any], origins: frozenset[str]) -> str | None:
    """Return where a customer's page leads back to, None where that is the vendor's choice.

    Raises Problem `body-invalid`, naming the field.
    """
    for name in body:
        if name != "returnUrl":
            raise unknown_field(name)
    return _return_url(body, "returnUrl", origins, _PORTAL, _PORTAL.success_url)


def _locale(value: object) -> str | None:
    """Read a language, perhaps with a region, in any case; return it as RFC 5646 writes it."""
    if value is None:
        return None
    found = _LOCALE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Problem("body-invalid", "The field locale must look like en or en-GB.")
    language, region = found.groups()
    return f"{language.lower()}-{region.upper()}" if region else language.lower()


def _return_url(
    body: Mapping[str, Any], name: str, origins: frozenset[str], limits: Limits, longest: int
) -> str | None:
    """Read an address to send the user back to: only the marketplace's own origins will do.

    It is returned as a browser writes it: no default port, the origin in lower case.
    """
    given = body.get(name)
    if given is None:
        return None
    origin = origin_of(given) if isinstance(given, str) else None
    if origin is None or origin not in origins:
        raise Problem("body-invalid", f"The field {name} must lie in a listed marketplace origin.")
    if "#" in given:
        raise Problem("body-invalid", f"The field {name} must not have a fragment.")
    if not _ADDRESS.fullmatch(given):
        raise Problem("body-invalid", f"The field {name} has characters that must be escaped.")
    if limits.needs_domains and not _has_domain(origin):
        raise Problem(
            "body-invalid", f"The field {name} must be https, with a domain name and no port."
        )
    url: str = origin + given.partition("//")[2].removeprefix(urlsplit(given).netloc)
    if len(url) > longest:
        raise Problem("body-invalid", f"The field {name} is longer than {longest} characters.")
    return url


def is_taken(url: str, limits: Limits, longest: int) -> bool:
    """Tell whether a vendor takes an address of ours to send the user back to."""
    is_named = not limits.needs_domains or _has_domain(origin_of(url) or "")
    return is_named and len(url) <= longest


def _has_domain(origin: str) -> bool:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    _, dot, last = host.rpartition(".")
    is_domain = bool(dot) and ":" not in host and not last.isdigit()
    is_public = parts.scheme == "https" and parts.port is None and is_domain
    return is_public or is_loopback(host)
