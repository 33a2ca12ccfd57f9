"""Which integrations there are, and which ones the contract names that somebody has deleted.

A vendor is deleted with its folder, its tests, its simulator, its page and its entry in the list.
What then still stands in the shared documents about it is not held against the rest.
"""

from __future__ import annotations

import json
import re

from integrations import ALL
from tests.source_tree import ROOT

# Names of variables whose first word is another than their integration's.
_OTHER_WORDS = {"aws": "sensedia"}
INSTALLED = frozenset(integration.name for integration in ALL)


def integration_of(path: str) -> str | None:
    """Return the integration that a documented path belongs to, None for the kernel's own."""
    owner: str | None = _paths()[path].get("x-integration")
    return owner


def deleted() -> frozenset[str]:
    """Return the integrations that the contract names and the list does not."""
    named = {item["x-integration"] for item in _paths().values() if "x-integration" in item}
    return frozenset(named - INSTALLED)


def _paths() -> dict[str, dict[str, str]]:
    paths: dict[str, dict[str, str]] = json.loads((ROOT / "openapi.json").read_text())["paths"]
    return paths


def is_of_a_deleted_one(name: str) -> bool:
    """Tell whether a variable (`HUBRISE_SCOPE`) or a page's path is a deleted integration's."""
    words = {_OTHER_WORDS.get(word, word) for word in re.findall("[a-z]+", name.lower())}
    return bool(words & deleted())
