"""Answers of the Marketplace API: resources, what belongs to them, and which of it is asked for.

`include`, `fields.<type>`, `limit.<relationship>`, `expand` and pages are those of
sharetribe.com/api-reference, "Including related resources", "Sparse attributes", "Pagination";
read 2026-11-30. `relationships` holds what is included and is left out where nothing is. That a
relationship which a type does not have is an invalid value is a choice of the sandbox.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Response, request

from sandbox.sharetribe.messages import ApiError, answer
from sandbox.sharetribe.parameters import MOST_PER_PAGE
from sandbox.transit import Keyword

Related = dict[str, "Callable[[], Resource | Sequence[Resource] | None]"]
"""By name, the ways to what a resource can be asked for with."""

_Tree = dict[str, "_Tree"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, and what it can be asked for with; `id` is a uuid."""

    kind: str
    id: str
    attributes: Mapping[str, Any]
    related: Related = field(default_factory=dict)

    @property
    def reference(self) -> dict[str, Any]:
        """What names it."""
        return {"id": UUID(self.id), "type": Keyword(self.kind)}


def found(data: Resource | Sequence[Resource], meta: Mapping[str, Any] | None = None) -> Response:
    """Answer with resources and what is included with them; raises ApiError."""
    document = _Document()
    tree = _tree(request.args.get("include", ""))
    body: dict[str, Any] = {"data": document.shown(data, tree)}
    if document.included:
        body["included"] = list(document.included.values())
    if meta is not None:
        body["meta"] = dict(meta)
    return answer(body)


def written(resource: Resource) -> Response:
    """Answer a write: with what names the resource, and with all of it for `expand=true`."""
    if request.args.get("expand") == "true":
        return found(resource)
    return answer({"data": resource.reference})


def paged(
    items: Sequence[Any], asked: Mapping[str, Any], most: int = MOST_PER_PAGE
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Return the page of `items` that is asked for, and the document's `meta`."""
    page, per_page = asked.get("page", 1), asked.get("perPage", most)
    meta = {
        "totalItems": len(items),
        "totalPages": -(-len(items) // per_page),
        "page": page,
        "perPage": per_page,
    }
    return items[(page - 1) * per_page : page * per_page], meta


class _Document:
    """What one answer holds; what is reached by two ways is included once."""

    def __init__(self) -> None:
        self.included: dict[tuple[str, str], dict[str, Any]] = {}

    def shown(self, data: Resource | Sequence[Resource], tree: _Tree) -> Any:
        if not isinstance(data, Resource):
            return [self.shown(one, tree) for one in data]
        shown = {**data.reference, "attributes": _sparse(data)}
        relationships = {name: self._link(data, name, below) for name, below in tree.items()}
        if relationships:
            shown["relationships"] = relationships
        return shown

    def _link(self, resource: Resource, name: str, tree: _Tree) -> dict[str, Any]:
        if name not in resource.related:
            raise ApiError(400, "validation-invalid-value", "include")
        related = resource.related[name]()
        if related is None:
            return {"data": None}
        if isinstance(related, Resource):
            self._include(related, tree)
            return {"data": related.reference}
        limited = related[: _limit(name)]
        for one in limited:
            self._include(one, tree)
        return {"data": [one.reference for one in limited]}

    def _include(self, resource: Resource, tree: _Tree) -> None:
        key = (resource.kind, resource.id)
        shown = self.shown(resource, tree)
        before = self.included.setdefault(key, shown)
        both = {**before.get("relationships", {}), **shown.get("relationships", {})}
        if both:
            before["relationships"] = both


def _tree(include: str) -> _Tree:
    tree: _Tree = {}
    for path in filter(None, include.split(",")):
        below = tree
        for name in path.split("."):
            below = below.setdefault(name, {})
    return tree


def _limit(name: str) -> int | None:
    asked = request.args.get(f"limit.{name}")
    if asked is None:
        return None
    if not asked.isdigit():
        raise ApiError(400, "validation-invalid-value", f"limit.{name}")
    return int(asked)


def _sparse(resource: Resource) -> dict[str, Any]:
    asked = request.args.get(f"fields.{resource.kind}")
    if asked is None:
        return dict(resource.attributes)
    return _picked(resource.attributes, _tree(asked))


def _picked(attributes: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
    picked = {}
    for name, below in tree.items():
        if name in attributes:
            value = attributes[name]
            picked[name] = _picked(value, below) if below and isinstance(value, dict) else value
    return picked
