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
from proxy.references.locales import read_locale
from proxy.vendors.reference import Limits, Reference

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
    body: Mapping[str, Any],
    origins: frozenset[str],
    vendors: Mapping[str, Reference],
    return_page: str | None = None,
) -> StartOptions:
    """Return the options of a start; a null field counts as not given.

    `vendors` are those that can be started, by name; the first of them where none is asked for.
    `return_page` is where a start leads back to that names no page itself, unless the vendor takes
    no such address, or has a page of its own settings. Raises Problem `body-invalid`, naming the
    field.
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
    vendor = vendors[provider or next(iter(vendors))]
    limits = vendor.limits
    success_url = _return_url(body, "successUrl", origins, limits, limits.success_url)
    error_url = _return_url(body, "errorUrl", origins, limits, limits.error_url)
    own_page = vendor.return_url or return_page
    return StartOptions(
        locale=_locale(body.get("locale")),
        success_url=success_url or taken(own_page, limits, limits.success_url),
        error_url=error_url or taken(return_page, limits, limits.error_url),
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
    """Read a language tag, as `read_locale` does."""
    if value is None:
        return None
    locale = read_locale(value) if isinstance(value, str) else None
    if locale is None:
        raise Problem("body-invalid", "The field locale must be a language tag, as en or pt-BR.")
    return locale


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
    url: str = origin + given.partition("//")[2].removeprefix(urlsplit(given).netloc)
    try:
        return fitted(url, limits, longest)
    except ValueError as unfit:
        raise Problem("body-invalid", f"The field {name} {unfit}.") from None


def taken(url: str | None, limits: Limits, longest: int) -> str | None:
    """Return an address of the operator's or of ours as a vendor takes it, None if it does not."""
    try:
        return None if url is None else fitted(url, limits, longest)
    except ValueError:
        return None


def fitted(url: str, limits: Limits, longest: int) -> str:
    """Return an address to send the user back to as a vendor takes it.

    What the vendor has added itself is taken off. Raises ValueError, saying what it must be.
    """
    if limits.needs_domains and not _has_domain(origin_of(url) or ""):
        raise ValueError("must be https, with a domain name and no port")
    page, _, query = url.partition("?")
    parameters = [
        one for one in query.split("&") if one.partition("=")[0] not in limits.adds_to_query
    ]
    query = "&".join(parameters)
    if query and not limits.takes_query:
        raise ValueError("must have no query: the service takes none")
    url = f"{page}?{query}" if query else page
    if len(url) > longest:
        raise ValueError(f"is longer than {longest} characters")
    return url


def _has_domain(origin: str) -> bool:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    _, dot, last = host.rpartition(".")
    is_domain = bool(dot) and ":" not in host and not last.isdigit()
    is_public = parts.scheme == "https" and parts.port is None and is_domain
    return is_public or is_loopback(host)
