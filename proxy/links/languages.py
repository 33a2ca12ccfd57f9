"""The languages of the pages, and their texts: one JSON file a language, in `texts/`.

A file has the same members as `en.json`. In a text `{marketplace}` is the marketplace's name,
`{subject}` the document's or the plan's, `{hours}` a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

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


@cache
def texts(language: str) -> Mapping[str, Any]:
    """Return the texts in one of LANGUAGES."""
    path = Path(__file__).with_name("texts") / f"{language}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read
