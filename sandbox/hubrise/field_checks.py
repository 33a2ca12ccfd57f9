"""Checks on what only HubRise writes: amounts, decimals and times.

Data types: "Common Data Types" in "General Concepts", read 2026-11-20.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from sandbox.kit.shapes import Check, FieldError, matching, shown

# No limits are documented; these keep sums exact and years within what can be converted.
_MONEY = re.compile(r"-?[0-9]{1,9}\.[0-9]{2} (?P<currency>[A-Z]{3})")
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_TIME = re.compile(r"(19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)", re.ASCII)


def money(currency: str) -> Check:
    """Return a check for an amount such as `8.90 EUR`, in `currency`."""

    def check(value: object, path: str) -> Iterator[FieldError]:
        amount = _MONEY.fullmatch(value) if isinstance(value, str) else None
        if amount is None:
            yield FieldError(path, f"{shown(value)} is not a valid monetary amount")
        elif amount["currency"] != currency:
            yield FieldError(path, f"must be in {currency}")

    return check


def _is_time(value: str) -> bool:
    try:
        return bool(_TIME.fullmatch(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


decimal = matching(lambda value: bool(_DECIMAL.fullmatch(value)), "a valid decimal")
"""A decimal in a string, never a JSON number."""
time = matching(_is_time, "a valid time")
"""A time such as `2026-08-20T06:42:46+02:00`."""
