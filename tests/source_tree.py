"""The repository's own files, for tests that read them instead of running them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = ("app.py", "gunicorn.conf.py", "crypto/", "proxy/", "integrations/")


def tracked_files() -> list[Path]:
    """Return what git tracks, or would track, as paths relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = {Path(name) for name in listed.split("\0") if name}
    return sorted(path for path in paths if (ROOT / path).is_file())


def python_files(*prefixes: str) -> list[Path]:
    """Return the tracked Python files whose path begins with one of `prefixes`."""
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and path.as_posix().startswith(prefixes)
    ]


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a tracked Python file."""
    return ast.parse((ROOT / path).read_text(), str(path))


def imported_modules(path: Path) -> set[str]:
    """Return the dotted names that a file imports anywhere, `from a import b` as `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return names


def module_of(vendor: str) -> str:
    """Return the name of a vendor's module under `integrations/`."""
    return vendor.replace("-", "_")


def vendor_files() -> dict[str, list[Path]]:
    """Return the files of each vendor under `integrations/`, by the vendor's module name."""
    vendors: dict[str, list[Path]] = {}
    for path in python_files("integrations/"):
        name = path.parts[1].removesuffix(".py")
        if name != "__init__":
            vendors.setdefault(name, []).append(path)
    return vendors


def words_of_code(path: Path) -> Iterator[tuple[int, str]]:
    """Iterate over line and text of every name and string in a file; docstrings are no code.

    Comments do not reach a syntax tree, so they do not count either.
    """
    tree = parse(path)
    docstrings = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            if id(node) not in docstrings:
                yield line, str(node.value)
        else:
            yield from ((line, text) for text in _names(node))


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for statement in body:
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                    yield statement.value


def _names(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname", "module"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
