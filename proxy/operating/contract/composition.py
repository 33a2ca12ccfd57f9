"""The document: the kernel's operations for the parts that there are, and what vendors add."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from proxy import VERSION
from proxy.operating.contract.merging import add, finish
from proxy.operating.contract.of_parts import KINDS, has_link_page, said_by, token_scheme
from proxy.operating.contract.refusals import as_answer
from proxy.problems import KINDS as PROBLEMS
from proxy.vendors.doors import PortalDoor, TokenDoor
from proxy.vendors.integration import Integration
from proxy.vendors.orders import Orders
from proxy.vendors.part import Part, Parts
from proxy.vendors.reference import Reference

Json = dict[str, Any]
_FILES = (
    "kernel", "reference", "identity", "signing", "billing", "links", "connection", "orders",
    "callbacks", "token_door", "portal_door", "operator",
)  # fmt: skip
_METHODS = ("post", "get", "put", "delete", "patch")


class ContractError(ValueError):
    """A vendor's contract cannot be used; the message says why."""


def compose(
    integrations: Sequence[Integration],
    parts: Parts,
    prefix: str,
    *,
    link_pages: bool = False,
    metrics: bool = False,
) -> Json:
    """Return the OpenAPI document of these integrations, with the routes below `prefix`.

    `link_pages`: whether there are any; `metrics`: whether there is `/metrics`. Raises
    ContractError.
    """
    contracts: dict[str, Json] = {}
    for integration in integrations:
        try:
            contracts[integration.name] = _read(integration.contract or {})
        except (OSError, ValueError, TypeError) as error:
            raise ContractError(f"{integration.name}: {error}") from error
    try:
        composition = _Composition(parts, contracts, prefix, link_pages=link_pages)
        return composition.document(without=() if metrics else ("/metrics",))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ContractError(f"{type(error).__name__}: {error}") from error


def _read(contract: Mapping[str, Any] | Path) -> Json:
    if isinstance(contract, Path):
        return dict(json.loads(contract.read_text(encoding="utf-8")))
    return deepcopy(dict(contract))


class _Composition:
    def __init__(
        self, parts: Parts, contracts: dict[str, Json], prefix: str, *, link_pages: bool
    ) -> None:
        self._parts = parts
        self._link_pages = link_pages
        self._contracts = contracts
        self._prefix = prefix
        folder = Path(__file__)
        self._sources = [_read(folder.with_name(f"{name}.json")) for name in _FILES]
        self._refusals: Json = {}
        self._components: Json = {}
        for source in [*self._sources, *contracts.values()]:
            _put(self._refusals, source.get("refusals", {}))
            for kind, components in source.get("components", {}).items():
                _put(self._components.setdefault(kind, {}), components)

    def document(self, without: Sequence[str]) -> Json:
        paths: Json = {}
        for source in self._sources:
            for path, item in source.get("paths", {}).items():
                paths |= {} if path in without else self._path(path, item)
            if "operation" in source:
                paths |= self._portals(source["operation"], source["undescribed"])
        kernel = self._sources[0]
        info = {**kernel["info"], "version": VERSION}
        info["description"] = info["description"].replace("{prefix}", self._prefix)
        operations: list[Json] = [
            item[method] for item in paths.values() for method in _METHODS if method in item
        ]
        for number, operation in enumerate(operations):
            if operation["operationId"] in (one["operationId"] for one in operations[:number]):
                raise ValueError(f"the operationId {operation['operationId']} stands there twice")
        tags = {tag for operation in operations for tag in operation["tags"]}
        return {
            **{name: kernel[name] for name in ("openapi", "servers")},
            "info": info,
            "tags": [tag for tag in kernel["tags"] if tag["name"] in tags],
            "paths": paths,
            "components": self._used(paths, operations),
        }

    def _path(self, path: str, item: Json) -> Json:
        """Return a path of the kernel's; nothing where no part has it."""
        kinds = tuple(KINDS[name] for name in item.get("of", ()))
        found = [part for part in self._parts if isinstance(part, kinds)]
        if item.get("links"):
            found = [part for part in found if self._link_pages and has_link_page(part)]
        concerned = [part for part in found if getattr(part, item.get("where", "name"))]
        if kinds and not concerned:
            return {}
        operations = {method: item[method] for method in _METHODS if method in item}
        names = list(dict.fromkeys(part.name for part in concerned))
        parameters = list(_parameters(path, concerned))
        for operation in operations.values():
            for name in names:
                add(operation, name, self._said(name, concerned, operation["operationId"]))
            if "{vendor}" in path:
                for parameter in operation["parameters"]:
                    if parameter.get("in") == "header":
                        parameter["required"] = len(names) == 1
            if parameters:
                operation["parameters"] = [*parameters, *operation["parameters"]]
            finish(operation, self._refusals)
        return {f"{self._prefix if kinds else ''}{path}": operations}

    def _said(self, vendor: str, parts: Sequence[Part], operation: str) -> Json:
        """Return what a vendor says of an operation: its parts once, then its contract."""
        said: Json = {}
        for part in parts:
            if part.name == vendor:
                said = _over(said, said_by(part).get(operation, {}))
        return _over(said, self._contracts[vendor].get("operations", {}).get(operation, {}))

    def _portals(self, skeleton: Json, undescribed: Json) -> Json:
        """Return the paths of the portal doors, whose operations are the vendors' own."""
        paths: Json = {}
        for door in self._parts.of(PortalDoor):
            described = self._contracts[door.name].get("operations", {})
            for name, method in door.operations.items():
                words = f"{door.name}-{name}".replace("/", "-").split("-")
                own = {
                    "operationId": "".join(map(str.capitalize, words)),
                    **described.get(name, undescribed),
                }
                operation = _over(deepcopy(skeleton), deepcopy(own))
                item = {method.lower(): finish(operation, self._refusals)}
                paths[f"{self._prefix}/{door.name}/{name}"] = {"x-integration": door.name, **item}
        return paths

    def _used(self, paths: Json, operations: list[Json]) -> Json:
        """Return the components that something refers to, and the general refusals."""
        pool = self._components
        pool["responses"] = {name: as_answer(said) for name, said in self._refusals.items()}
        pool["schemas"]["ProblemCode"] = {"enum": list(PROBLEMS)}
        words = [word for orders in self._parts.of(Orders) for word in orders.ranks]
        pool["schemas"]["OrderStatus"]["examples"] = list(dict.fromkeys(words))
        for door in self._parts.of(TokenDoor):
            told = self._contracts[door.name].get("token", "A token that the vendor vouches for.")
            scheme = {"type": "apiKey", "in": "header", "name": door.token_header}
            pool["securitySchemes"][token_scheme(door)] = {**scheme, "description": told}
        general = [name for name, said in self._refusals.items() if said.get("general")]
        waiting = [*_references(paths), *(f"#/components/responses/{name}" for name in general)]
        waiting += [
            f"#/components/securitySchemes/{name}"
            for operation in operations
            for scheme in operation["security"]
            for name in scheme
        ]
        used: set[tuple[str, str]] = set()
        while waiting:
            _, _, kind, name = waiting.pop().split("/")
            if (kind, name) not in used:
                used.add((kind, name))
                waiting += _references(pool[kind][name])
        return {
            kind: {name: value for name, value in pool[kind].items() if (kind, name) in used}
            for kind in pool
        }


def _parameters(path: str, parts: Sequence[Part]) -> Iterator[Json]:
    """Iterate over those parameters of a path whose values the parts say: vendors, subjects."""
    values: dict[str, list[str]] = {"vendor": [part.name for part in parts]}
    for part in parts:
        if isinstance(part, Reference):
            values.setdefault(part.matter.subject, []).extend(part.subjects)
    for name, several in values.items():
        if f"{{{name}}}" in path:
            schema = {"type": "string", "enum": list(dict.fromkeys(several))}
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _put(pool: Json, more: Json) -> None:
    known = pool.keys() & more.keys()
    if known:
        raise ValueError(f"{', '.join(known)} stands there twice")
    pool |= more


def _over(generated: Json, own: Json) -> Json:
    """Return both, where a vendor's own word on a media type replaces the generated one."""
    said = {**generated, **own}
    for field in generated.keys() & own.keys():
        if isinstance(own[field], dict) and field != "schema":
            said[field] = _over(generated[field], own[field])
        elif isinstance(own[field], list):
            more = [one for one in own[field] if one not in generated[field]]
            said[field] = [*generated[field], *more]
    return said


def _references(value: Any) -> list[str]:
    return re.findall(r'"\$ref": "([^"]*)"', json.dumps(value))
