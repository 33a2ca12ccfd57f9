"""Words that may be shown: of the log's fields, those with few values that tell of no user."""

from __future__ import annotations

import logging
import re

OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FIT = re.compile(r"[A-Za-z0-9_./:<>-]{1,120}", re.ASCII)
_LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warning"), (logging.INFO, "info"))


def word(value: object) -> str:
    """Return a value as a word; one of another form than our own words is `other`."""
    text = str(value)
    return text if _FIT.fullmatch(text) else OTHER


def level_word(level: int) -> str:
    """Return one of four words for a level."""
    return next((name for least, name in _LEVELS if level >= least), "debug")


def called_back(route: object, callbacks: str) -> str | None:
    """Return whose callbacks a route's pattern takes, by the path above them all; else None."""
    if not isinstance(route, str) or not route.startswith(f"{callbacks}/"):
        return None
    return route.removeprefix(f"{callbacks}/").partition("/")[0]
