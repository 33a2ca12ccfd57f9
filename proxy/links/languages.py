"""The texts of the pages: one JSON file a language (`proxy.languages`), in `texts/`.

A file has the same members as `en.json`. In a text `{marketplace}` is the marketplace's name,
`{subject}` the document's or the plan's, `{hours}` a number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def texts(language: str) -> Mapping[str, Any]:
    """Return the texts in one of `proxy.languages.LANGUAGES`."""
    path = Path(__file__).with_name("texts") / f"{language}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read
