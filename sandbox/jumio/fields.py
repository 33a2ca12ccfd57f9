"""Checks on the fields of a request body that only Jumio has, shared by its two APIs."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from sandbox.jumio.admission import RefusalError
from sandbox.kit.sender import is_loopback
from sandbox.kit.shapes import Check, FieldError, Shape, matching, one_of, short_text

# netverify-web-v4.md, "Supported locale values" (@21f03de). KYX's api_guide.md (2023-07-05) has the
# same table.
# fmt: off
LOCALES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-MX", "et", "fi", "fr", "he", "hr",
    "hu", "hy", "id", "it", "ja", "ka", "km", "ko", "lt", "ms", "nl", "no", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sv", "th", "tr", "vi", "zh-CN", "zh-HK",
)
# fmt: on
_COUNTRY = re.compile(r"[A-Z]{3}")
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)

country = matching(
    lambda value: bool(_COUNTRY.fullmatch(value)), "an ISO 3166-1 alpha-3 country code"
)
"""XKX passes too."""
locale = one_of(*LOCALES)


def shape(required: dict[str, Check] | None = None, **optional: Check) -> Shape:
    """Return a check for an object; null counts as a wrong type: the guides know no null."""
    return Shape(required or {}, optional, null_is_unset=False)


def require(wanted: Check, body: dict[str, object]) -> None:
    """Refuse (400) a body with which `wanted` is not content, naming the field."""
    for error in wanted(body, ""):
        raise RefusalError(400, str(error))


def reference(limit: int) -> Check:
    """Return a check for a printable text of 1 to `limit` characters."""
    return short_text(limit, printable=True)


def url(limit: int) -> Check:
    """Return a check for a URL that Jumio accepts.

    "Portal settings" (implementation guides, 2023-07-05): HTTPS; RFC 3986 in ASCII; no IP
    addresses, ports or fragments. About queries the guides disagree (none, or none of Jumio's own
    parameters); the stricter rule holds here. On loopback plain HTTP, a port and an IP address are
    accepted, since a sandbox has nothing else.
    """
    plain = reference(limit)

    def check(value: object, path: str) -> Iterator[FieldError]:
        errors = [*plain(value, path)]
        yield from errors
        problem = None if errors else _url_problem(str(value))
        if problem:
            yield FieldError(path, problem)

    return check


def _url_problem(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is not a valid URL"
    if not value.isascii() or any(character in value for character in ' "<>\\^`{|}'):
        return "must be a valid URL in ASCII"
    if parts.username is not None or parts.password is not None:
        return "must not contain credentials"
    if "?" in value or "#" in value:
        return "must not contain a query or a fragment"
    if is_loopback(host):
        return None if parts.scheme in {"http", "https"} else "must be an HTTPS URL"
    return _public_url_problem(parts, host, port)


def _public_url_problem(parts: SplitResult, host: str, port: int | None) -> str | None:
    if parts.scheme != "https":
        return "must be an HTTPS URL"
    if port is not None or parts.netloc.endswith(":"):
        return "must not contain a port"
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host:
        return "must contain a domain name, not an IP address"
    if not all(_HOST_LABEL.fullmatch(label) for label in labels):
        return "must contain a valid domain name"
    return None
