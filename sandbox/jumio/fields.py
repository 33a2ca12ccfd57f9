"""Checks on the fields of a request body, shared by the two simulated APIs.

Every function raises RefusalError (400) that names the field. Null counts as a wrong type: the
guides know no null.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from sandbox.jumio.admission import RefusalError

Fields = dict[str, object]

LOCALE_LIMIT = 5
_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_COUNTRY = re.compile(r"[A-Z]{3}")
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def only_known(fields: Fields, known: frozenset[str]) -> None:
    """Refuse a field whose name is not documented."""
    for name in fields:
        if name not in known:
            raise RefusalError(400, f"Unknown parameter: {name[:50]!r}")


def text(fields: Fields, name: str, limit: int) -> str | None:
    """Return a printable text of 1 to `limit` characters, or None for an absent field."""
    return required_text(fields, name, limit) if name in fields else None


def required_text(fields: Fields, name: str, limit: int) -> str:
    """Return a printable text of 1 to `limit` characters."""
    if name not in fields:
        raise RefusalError(400, f"{name} is required")
    value = fields[name]
    if not isinstance(value, str):
        raise RefusalError(400, f"{name} must be a string")
    if not 1 <= len(value) <= limit:
        raise RefusalError(400, f"{name} must have 1 to {limit} characters")
    if not value.isprintable():
        raise RefusalError(400, f"{name} must not contain control characters")
    return value


def whole_number(fields: Fields, name: str) -> int | None:
    """Return a whole number, or None for an absent field."""
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusalError(400, f"{name} must be an integer")
    return value


def nested(fields: Fields, name: str) -> Fields | None:
    """Return a JSON object, or None for an absent field."""
    if name not in fields:
        return None
    value = fields[name]
    if not isinstance(value, dict):
        raise RefusalError(400, f"{name} must be an object")
    return value


def objects(fields: Fields, name: str) -> list[Fields]:
    """Return a JSON array of objects that is not empty, or [] for an absent field."""
    if name not in fields:
        return []
    value = fields[name]
    if not isinstance(value, list) or not value:
        raise RefusalError(400, f"{name} must be a non-empty array")
    if not all(isinstance(item, dict) for item in value):
        raise RefusalError(400, f"{name} must hold objects")
    return value


def texts(fields: Fields, name: str) -> list[str]:
    """Return a non-empty JSON array of strings, or [] for an absent field."""
    if name not in fields:
        return []
    value = fields[name]
    if not isinstance(value, list) or not value:
        raise RefusalError(400, f"{name} must be a non-empty array")
    if not all(isinstance(item, str) for item in value):
        raise RefusalError(400, f"{name} must hold strings")
    return value


def one_of(value: object, name: str, allowed: frozenset[str]) -> None:
    """Refuse a value outside `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise RefusalError(400, f"{name} must be one of {', '.join(sorted(allowed))}")


def country(value: object, name: str) -> None:
    """Refuse what does not look like an ISO 3166-1 alpha-3 code (XKX included)."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise RefusalError(400, f"{name} must be an ISO 3166-1 alpha-3 country code")


def locale(fields: Fields, name: str = "locale") -> str | None:
    """Return a locale such as `en` or `pt-BR`, or None for an absent field."""
    value = text(fields, name, LOCALE_LIMIT)
    if value is not None and not _LOCALE.fullmatch(value):
        raise RefusalError(400, f"{name} must look like en or en-GB")
    return value


def url(fields: Fields, name: str, limit: int) -> str | None:
    """Return a URL that Jumio accepts, or None for an absent field.

    "Portal settings" (implementation guides, 2023-07-05): HTTPS; RFC 3986 in ASCII; no IP
    addresses, ports or fragments. About queries the guides disagree (none, or none of Jumio's own
    parameters); the stricter rule holds here. On loopback plain HTTP, a port and an IP address are
    accepted, since a sandbox has nothing else.
    """
    value = text(fields, name, limit)
    if value is None:
        return None
    problem = _url_problem(value)
    if problem:
        raise RefusalError(400, f"{name} {problem}")
    return value


def is_loopback(host: str) -> bool:
    """Return whether a host name or IP address stands for this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
