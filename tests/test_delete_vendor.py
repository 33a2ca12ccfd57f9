"""The delete test: without a vendor's folder and its one list entry, the rest still works."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integrations import ALL
from tests.example_environment import read_example
from tests.source_tree import PRODUCT, ROOT, python_files, tracked_files

VENDORS = sorted(
    {path.stem for path in (ROOT / "integrations").iterdir() if not path.name.startswith("_")}
)
# Runs in the copy: every module of the kernel is imported, the app boots with all the integrations
# that are left, and it answers.
SERVES = """
import os, pkgutil, sys
import crypto, proxy
for package in (crypto, proxy):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        __import__(module.name)
import integrations
from app import create_app
from proxy.settings import ConfigurationError
vendor, *others = sys.argv[1:]
assert others == sorted(one.name for one in integrations.ALL), integrations.ALL
app = create_app({**os.environ, "INTEGRATIONS": ",".join(others)})
client = app.test_client()
assert client.get("/healthz").json == {"status": "alive"}
assert client.get("/openapi.json").status_code == 200
rules = [rule.rule for rule in app.url_map.iter_rules()]
assert not [rule for rule in rules if vendor in rule], rules
for other in others:
    own = (f"/api/callbacks/{other}", f"/api/{other}/")
    assert [rule for rule in rules if rule.startswith(own)], other
for path in ("callbacks", "connections"):
    refused = client.post(f"/api/{path}/{vendor}", headers={"X-Forwarded-For": "127.0.0.1"})
    assert (refused.status_code, refused.json["code"]) == (404, "not-found"), refused.data
try:
    create_app({**os.environ, "INTEGRATIONS": vendor})
except ConfigurationError as error:
    assert any(vendor in problem for problem in error.problems), error.problems
else:
    raise AssertionError("an integration that is not there can be enabled")
loaded = [name for name in sys.modules if name.startswith("integrations." + vendor)]
assert not loaded, loaded
"""


def _copy_product(target: Path) -> None:
    for path in tracked_files():
        if path.as_posix().startswith(PRODUCT):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target / path)


def _delete_vendor(root: Path, vendor: str) -> None:
    """Do what the documentation says: delete the files or folder, and the one entry."""
    folder = root / "integrations" / vendor
    if folder.is_dir():
        shutil.rmtree(folder)
    for path in folder.parent.glob(f"{vendor}.*"):
        path.unlink()
    listing = root / "integrations" / "__init__.py"
    tree = ast.parse(listing.read_text())
    entries = _imported_from(tree, f"integrations.{vendor}")
    tree.body = [node for node in tree.body if _module(node) != f"integrations.{vendor}"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple):
            node.elts = [e for e in node.elts if not (isinstance(e, ast.Name) and e.id in entries)]
    listing.write_text(ast.unparse(tree))


def _module(node: ast.stmt) -> str | None:
    return node.module if isinstance(node, ast.ImportFrom) else None


def _imported_from(tree: ast.Module, module: str) -> set[str]:
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_app_serves_without_a_vendor(vendor: str, tmp_path: Path) -> None:
    _copy_product(tmp_path)
    _delete_vendor(tmp_path, vendor)
    others = [name for name in VENDORS if name != vendor]
    run = _run_copy(tmp_path, SERVES, vendor, *others)
    assert (0, "") == (run.returncode, run.stderr)


def test_the_app_has_a_default_without_the_first_vendor(tmp_path: Path) -> None:
    """An empty `INTEGRATIONS` means the first of the list, not a vendor by name."""
    _copy_product(tmp_path)
    _delete_vendor(tmp_path, ALL[0].name)
    boots = "from app import create_app; import os; create_app(dict(os.environ))"
    run = _run_copy(tmp_path, boots)
    assert (0, "") == (run.returncode, run.stderr)


def _run_copy(root: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in read_example().items() if name != "INTEGRATIONS"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        env={**settings, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_copy_that_is_tested_is_the_whole_product(tmp_path: Path) -> None:
    _copy_product(tmp_path)
    copied = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.py")}
    assert set(python_files(*PRODUCT)) == copied
