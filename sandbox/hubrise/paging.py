"""Index endpoints and their pages: "Pagination" in "General Concepts", read 2026-11-20."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from sandbox.hubrise.refusals import invalid, invalid_field
from sandbox.kit.shapes import FieldError

LARGEST_PAGE = 100
CURSOR_PREFIX = "c"
PAGING = frozenset({"count", "cursor"})


def filters(known: frozenset[str]) -> dict[str, str]:
    """Return the filters in the query of the current request.

    Unknown and repeated parameters are refused (422), a choice of the sandbox.
    """
    given = list(request.args.items(multi=True))
    names = [name for name, _ in given]
    errors = [FieldError(name, "is unknown") for name in names if name not in known | PAGING]
    errors += [FieldError(name, "is repeated") for name in set(names) if names.count(name) > 1]
    if errors:
        raise invalid(errors)
    return {name: value for name, value in given if name in known}


def page(items: Mapping[str, dict[str, Any]], wanted: Mapping[str, str]) -> Response:
    """Return the page of `items` (by id, in order) that the current request asks for.

    `wanted` are the filters: only items with these values are listed. More results are announced
    by the header X-Cursor-Next.
    """
    ids = list(items)
    first = _position(ids, request.args.get("cursor"))
    matching = [
        item_id
        for item_id in ids[first:]
        if all(items[item_id].get(name) == value for name, value in wanted.items())
    ]
    count = _count(request.args.get("count", str(LARGEST_PAGE)))
    answer = jsonify([items[item_id] for item_id in matching[:count]])
    if len(matching) > count:
        answer.headers["X-Cursor-Next"] = f"{CURSOR_PREFIX}{matching[count]}"
    return answer


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= number <= LARGEST_PAGE:
        raise invalid_field("count", f"must be 1 to {LARGEST_PAGE}")
    return number


def _position(ids: list[str], cursor: str | None) -> int:
    if cursor is None:
        return 0
    wanted = cursor.removeprefix(CURSOR_PREFIX)
    if wanted == cursor or wanted not in ids:
        raise invalid_field("cursor", "is invalid")
    return ids.index(wanted)
