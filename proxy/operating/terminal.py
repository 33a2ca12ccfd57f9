"""Lines for a terminal, in which a part may be somebody else's text."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a line without what a terminal would act upon, such as escape sequences."""
    return "".join(one if one.isprintable() else "?" for one in text)
