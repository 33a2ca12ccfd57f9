"""The delete test: without vendors' own files and their list entries, everything else is green.

A file is a vendor's own when a part of its path has the vendor's name as a word; modules write `_`
for its `-`. In a copy of the repository without them, the same tests are collected as before but
those of the vendors' own files, and those that are told off for it by name; lint and types pass,
the app boots and answers, and what judges the whole (architecture, contract, documents) is run.
Running every test there would take hours; that they are collected means that everything they import
is there. Half of the vendors go at a time: no vendor imports another, so none is missed by the rest
(`tests/test_architecture.py`).
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations import ALL
from tests.example_environment import read_example
from tests.sharetribe_words import is_sharetribes
from tests.source_tree import ROOT, tracked_files, words_of_code

VENDORS = [integration.name for integration in ALL]
# One half of them goes, then the other.
HALVES = range(2)
JUDGES = (
    "tests/test_architecture.py",
    "tests/test_contract.py",
    "tests/test_docs.py",
    "tests/test_documents.py",
    "tests/test_example_environment.py",
    "tests/flows/test_reference_trip.py",
)
PATIENCE_SECONDS = 900
LISTING = Path("integrations/__init__.py")
# Frozen vectors and measurements name the vendor that they were made for.
_HISTORY = ("tests/crypto/", "bench/")
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
from proxy.settings_reader import ConfigurationError
gone, others = (names.split(",") for names in sys.argv[1:])
assert others == [one.name for one in integrations.ALL], integrations.ALL
create_app({**os.environ, "INTEGRATIONS": ""})
app = create_app({**os.environ, "INTEGRATIONS": ",".join(others)})
client = app.test_client()
assert client.get("/healthz").json == {"status": "alive"}
assert client.get("/openapi.json").status_code == 200
rules = [rule.rule for rule in app.url_map.iter_rules()]
for vendor in gone:
    assert not [rule for rule in rules if vendor in rule], rules
    for path in ("callbacks", "connections"):
        refused = client.post(f"/api/{path}/{vendor}", headers={"X-Forwarded-For": "127.0.0.1"})
        assert (refused.status_code, refused.json["code"]) == (404, "not-found"), refused.data
    try:
        create_app({**os.environ, "INTEGRATIONS": vendor})
    except ConfigurationError as error:
        assert any(vendor in problem for problem in error.problems), error.problems
    else:
        raise AssertionError("an integration that is not there can be enabled")
    module = "integrations." + vendor.replace("-", "_")
    loaded = [name for name in sys.modules if name.startswith(module)]
    assert not loaded, loaded
"""


def written(vendor: str) -> str:
    """Return the pattern of a vendor's name as routes, modules and constants write it."""
    return vendor.replace("-", "[-_]?")


def is_own(path: Path, vendor: str) -> bool:
    """Tell whether a file is one of a vendor's own."""
    word = rf"(?<![a-z0-9]){written(vendor)}(?![a-z0-9])"
    return re.search(word, path.as_posix().lower()) is not None


def _code() -> list[Path]:
    """Return the files of all code that is no history."""
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and not path.as_posix().startswith(_HISTORY)
    ]


def test_only_its_own_files_and_the_list_name_a_vendor() -> None:
    found = []
    for path in _code():
        others = [
            re.compile(written(vendor), re.IGNORECASE)
            for vendor in VENDORS
            if not is_own(path, vendor) and not is_sharetribes(path, vendor)
        ]
        text = (ROOT / path).read_text()
        if path == LISTING or not any(other.search(text) for other in others):
            continue
        found += [
            f"{path}:{line} {word[:60]!r}"
            for line, word in words_of_code(path)
            if any(other.search(word) for other in others)
        ]
    assert [] == found


def _compiled(path: Path) -> Iterator[Path]:
    """Iterate over what Python and pytest keep of a module, by its time and its size."""
    if path.suffix == ".py":
        for found in (ROOT / path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            yield found.relative_to(ROOT)


def _delete(root: Path, vendor: str) -> None:
    """Do what the documentation says: delete the vendor's own files, and the one entry."""
    for path in tracked_files():
        if is_own(path, vendor):
            for gone in (path, *_compiled(path)):
                (root / gone).unlink(missing_ok=True)
    listing = root / LISTING
    tree = ast.parse(listing.read_text())
    module = f"integrations.{vendor.replace('-', '_')}"
    entries = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }
    kept = []
    for line in listing.read_text().splitlines():
        if line.startswith(f"from {module} "):
            continue
        shorter = line
        for entry in entries:
            shorter = re.sub(rf"\b{entry}, |, {entry}\b|\b{entry},", "", shorter)
        if shorter.strip() or not line.strip():
            kept.append(shorter)
    listing.write_text("\n".join(kept) + "\n")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a copy of the repository."""
    for path in tracked_files():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, tmp_path / path)
        for compiled in _compiled(path):
            (tmp_path / compiled).parent.mkdir(exist_ok=True)
            shutil.copy2(ROOT / compiled, tmp_path / compiled)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module, or code, by this interpreter in the copy."""
    settings = {name: value for name, value in read_example().items() if name != "INTEGRATIONS"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**settings, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def _before(session: pytest.Session) -> set[str]:
    """Return the ids of the tests that are collected with every vendor in place.

    This very run has collected them, if it is of the whole suite.
    """
    option = session.config.option
    chosen = (option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob)
    is_whole = session.config.args == session.config.getini("testpaths") and not any(chosen)
    return {item.nodeid for item in session.items} if is_whole else _collected(ROOT)


def _collected(root: Path) -> set[str]:
    """Return the ids of the tests that are collected; nothing may fail to be."""
    without = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    run = _run(root, "-m", "pytest", "--collect-only", "-q", *without)
    assert 0 == run.returncode, run.stdout[-3_000:]
    return {line for line in run.stdout.splitlines() if "::" in line}


@pytest.mark.long
@pytest.mark.parametrize("half", HALVES)
def test_everything_else_is_green_without_vendors(
    half: int, copied: Path, request: pytest.FixtureRequest
) -> None:
    vendors = VENDORS[half :: len(HALVES)]
    for vendor in vendors:
        _delete(copied, vendor)
    lost = {
        one
        for one in _before(request.session) - _collected(copied)
        if not any(is_own(Path(one), vendor) for vendor in vendors)
    }
    assert set() == lost
    others = [name for name in VENDORS if name not in vendors]
    boots = _run(copied, "-c", SERVES, ",".join(vendors), ",".join(others))
    assert (0, "") == (boots.returncode, boots.stderr)
    if (ROOT / ".mypy_cache").is_dir():  # else every file is judged anew, which takes half a minute
        shutil.copytree(ROOT / ".mypy_cache", copied / ".mypy_cache")
    for command in (
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "."),
        ("mypy",),
        ("sandbox", "--once", "--port", "0"),
        ("pytest", "-q", "-p", "no:cacheprovider", *JUDGES),
    ):
        run = _run(copied, "-m", *command)
        assert 0 == run.returncode, f"{command}: {run.stdout[-3_000:]}{run.stderr[-2_000:]}"
