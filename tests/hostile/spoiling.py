"""How genuine answers of upstreams are spoilt: one value at a time, by raw text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

STATUSES = (200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 429, 500, 503)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Iterate over every value in a document, itself first, as (keys that lead to it, it)."""
    yield path, value
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from leaves(value[key], (*path, key))


def spoilt_document(document: Any, path: tuple[Any, ...], raw: str) -> str:
    """Return the document as JSON with raw text in one place."""
    if not path:
        return raw
    hole = "@@@hole@@@"
    copied = json.loads(json.dumps(document))
    target = copied
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = hole
    return json.dumps(copied).replace(json.dumps(hole), raw)
