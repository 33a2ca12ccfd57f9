"""The sandbox's imports run one way: no module needs one that needs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.source_tree import parse, python_files

MODULES = {
    ".".join(path.with_suffix("").parts).removesuffix(".__init__"): path
    for path in python_files("sandbox/")
}


def _needed(module: str) -> Iterator[str]:
    """Iterate over the sandbox's modules that one imports, for types too."""
    for node in ast.walk(parse(MODULES[module])):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            members = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [member if member in MODULES else node.module for member in members]
        yield from (name for name in names if name in MODULES)


def test_imports_run_one_way() -> None:
    sorter = TopologicalSorter({module: list(_needed(module)) for module in MODULES})
    try:
        sorter.prepare()
    except CycleError as circle:
        pytest.fail(" <- ".join(circle.args[1]))
