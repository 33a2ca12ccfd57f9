"""Which integrations there are, and which ones the contract names that somebody has deleted.

A vendor is deleted with its folder, its tests, its simulator, its page and its entry in the list.
What then still stands in the shared documents about it is not held against the rest.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from integrations import ALL
from tests.source_tree import ROOT

INSTALLED = frozenset(integration.name for integration in ALL)


def deleted() -> frozenset[str]:
    """Return the integrations that the written contract names and the list does not."""
    named: set[str] = set()
    for item in json.loads((ROOT / "openapi.json").read_text())["paths"].values():
        named |= {item["x-integration"]} if "x-integration" in item else set()
        for operation in item.values():
            if isinstance(operation, dict):
                named |= {vendor for p in operation["parameters"] for vendor in _vendors(p)}
    return frozenset(named - INSTALLED)


def _vendors(parameter: dict[str, Any]) -> list[str]:
    is_vendor = (parameter.get("in"), parameter.get("name")) == ("path", "vendor")
    return list(parameter["schema"]["enum"]) if is_vendor else []


def is_of_a_deleted_one(name: str) -> bool:
    """Tell whether a variable (`SHOP_SCOPE`) or a page's path is a deleted integration's."""
    return bool(set(re.findall("[a-z]+", name.lower())) & deleted())


def needs_a_deleted_one(path: Path) -> bool:
    """Tell whether a test file is about a deleted integration, or a folder's conftest needs one.

    A file is about every integration that it names, and needs what its imports import.
    """
    gone = deleted()
    if not gone:
        return False
    if path.is_dir():
        conftest = path / "conftest.py"
        return conftest.exists() and _imports_any(conftest, gone)
    words = set(re.findall("[a-z]+", path.read_text().lower()))
    return bool(words & gone) or _imports_any(path, gone)


def _imports_any(path: Path, gone: frozenset[str]) -> bool:
    """Tell whether running a file imports something of these, however far down."""
    waiting, seen = [path], {path}
    while waiting:
        for module in _run_imports(waiting.pop()):
            if any(module.startswith((f"sandbox.{v}", f"integrations.{v}")) for v in gone):
                return True
            found = _file_of(module)
            if found is not None and found not in seen:
                seen.add(found)
                waiting.append(found)
    return False


@cache
def _run_imports(path: Path) -> frozenset[str]:
    """Return the modules that a file imports when it runs: not those for types alone."""
    names: set[str] = set()
    for node in _run_nodes(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _run_nodes(child)


def _file_of(module: str) -> Path | None:
    """Return the file of a module of the tests or the sandbox, None for any other."""
    if not module.startswith(("tests.", "sandbox.")):
        return None
    stem = ROOT / module.replace(".", "/")
    candidates = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((found for found in candidates if found.exists()), None)
