"""Texts from outside that people will read: stored, logged nowhere, shown on pages and in chats."""

from __future__ import annotations

import re

MAX_CHARACTERS = 200
# Control characters (C0, DEL, C1) and lone surrogates, which JSON can hold and UTF-8 cannot.
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def display_text(value: object, limit: int = MAX_CHARACTERS) -> str | None:
    """Return a text without what cannot be stored or shown, cut to `limit` characters.

    None for anything but a text, and for a text with nothing to read in it.
    """
    if not isinstance(value, str):
        return None
    return _UNREADABLE.sub(" ", value[:limit]).strip() or None
