"""The languages in which pages are written, and which of them a browser is answered in."""

from __future__ import annotations

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

DEFAULT = "en"
LANGUAGES = (DEFAULT, "fi", "de", "fr", "es", "pt")
_MOST_ACCEPTED = 512


def chosen(accepted: str, fallback: str) -> str:
    """Return the language of ours that a browser likes best, else `fallback`.

    `accepted` is its Accept-Language (RFC 9110 12.5.4), read as far as browsers send one: 16 kB of
    it cost a sixth of a second. A region that we do not have (`pt-BR`) is served with its language.
    """
    ordered = (fallback, *(language for language in LANGUAGES if language != fallback))
    liked = parse_accept_header(accepted[:_MOST_ACCEPTED], LanguageAccept)
    return liked.best_match(ordered, fallback) or fallback
