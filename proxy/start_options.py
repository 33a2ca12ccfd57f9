"""What the frontend may choose when it starts a verification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.bodies import unknown_field
from proxy.problems import Problem
from proxy.settings import origin_of
from proxy.vendor import Limits

_LOCALE = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StartOptions:
    """A start's options, checked; None leaves the choice to the vendor."""

    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None
    restart: bool = False


def read_start_options(
    body: Mapping[str, Any], origins: frozenset[str], limits: Limits
) -> StartOptions:
    """Return the options of a start; a null field counts as not given.

    Raises Problem `body-invalid`, naming the field.
    """
    known = ("locale", "successUrl", "errorUrl", "restart")
    for name in body:
        if name not in known:
            raise unknown_field(name)
    locale, restart = body.get("locale"), body.get("restart")
    if locale is not None and not (isinstance(locale, str) and _LOCALE.fullmatch(locale)):
        raise Problem("body-invalid", "The field locale must look like en or en-GB.")
    if restart is not None and not isinstance(restart, bool):
        raise Problem("body-invalid", "The field restart must be true or false.")
    return StartOptions(
        locale=locale,
        success_url=_return_url(body, "successUrl", origins, limits.success_url),
        error_url=_return_url(body, "errorUrl", origins, limits.error_url),
        restart=bool(restart),
    )


def _return_url(
    body: Mapping[str, Any], name: str, origins: frozenset[str], limit: int
) -> str | None:
    """Read an address to send the user back to: only the marketplace's own origins will do."""
    url = body.get(name)
    if url is None:
        return None
    if not isinstance(url, str) or origin_of(url) not in origins:
        raise Problem("body-invalid", f"The field {name} must lie in a listed marketplace origin.")
    if "#" in url:
        raise Problem("body-invalid", f"The field {name} must not have a fragment.")
    if len(url) > limit:
        raise Problem("body-invalid", f"The field {name} is longer than {limit} characters.")
    return url
