"""The house keeps its shape: who may import whom, how large things get, and what is explained."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations import ALL
from tests.rooms import up
from tests.source_tree import (
    PRODUCT,
    ROOT,
    imported_modules,
    module_of,
    parse,
    python_files,
    tracked_files,
    vendor_files,
)

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
IMPURE = (
    "flask", "werkzeug", "requests", "urllib3", "os", "time", "datetime", "logging", "socket"
)  # fmt: skip
# What a vendor may import beside its own files, of ours and of other people's.
VENDORS_ROOM = "proxy.vendors"
VENDORS_LIBRARIES = ("boto3", "botocore")  # the extra `aws`, imported where it is installed
# What the kernel does once for all vendors, so that none of them can do it differently.
KERNEL_ONLY = ("http", "logging", "os", "socket", "ssl", "subprocess", "sys", "urllib.request")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "base"}
LOCK_FILES = (
    "requirements.txt",
    "requirements-aws.txt",
    "requirements-monitoring.txt",
    "requirements-demo-aws.txt",
    "requirements-dev.txt",
    "requirements-docs.txt",
)
# Written in parts, because this file is searched too.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("anaconda", "org"),
    )
)


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _forbidden_imports(path: Path, packages: tuple[str, ...]) -> list[str]:
    modules = sorted(imported_modules(path))
    return [f"{path} imports {module}" for module in modules if _is_within(module, packages)]


def _modules_imported(path: Path) -> Iterator[str]:
    """Iterate over what a file imports: the modules, not the names in them."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_no_import_runs_up() -> None:
    assert [] == up()


def test_every_room_says_who_lives_there_and_who_comes_in() -> None:
    faces = [path for path in python_files("proxy/") if path.name == "__init__.py"]
    short = [path for path in faces if len((ast.get_docstring(parse(path)) or "").split()) < 15]
    assert [] == short


def test_the_sandbox_knows_nothing_of_the_product() -> None:
    product = ("crypto", "proxy", "integrations", "app", "tests", "bench")
    files = python_files("sandbox/")
    assert [] == [found for path in files for found in _forbidden_imports(path, product)]


def test_no_import_is_relative() -> None:
    relative = [
        f"{path} imports {module}"
        for path in python_files(*PRODUCT, "sandbox/")
        for module in imported_modules(path)
        if module.startswith(".")
    ]
    assert [] == relative


def test_crypto_knows_no_clock_no_environment_and_no_http() -> None:
    files = python_files("crypto/")
    assert [] == [found for path in files for found in _forbidden_imports(path, IMPURE)]


def test_a_vendor_imports_the_vendors_room_and_the_standard_library_alone() -> None:
    found = []
    for name, files in vendor_files().items():
        own = (f"integrations.{name}", VENDORS_ROOM, *VENDORS_LIBRARIES)
        for path in files:
            found += [
                f"{path} imports {module}"
                for module in _modules_imported(path)
                if not _is_within(module, own)
                and module.partition(".")[0] not in sys.stdlib_module_names
            ]
    assert [] == found


def test_a_vendor_leaves_the_kernels_work_to_the_kernel() -> None:
    files = [path for files in vendor_files().values() for path in files]
    assert [] == [found for path in files for found in _forbidden_imports(path, KERNEL_ONLY)]


def test_every_vendor_is_in_the_list() -> None:
    assert set(vendor_files()) == {module_of(one.name) for one in ALL}


def test_no_file_is_longer_than_its_limit() -> None:
    files = python_files(*PRODUCT, "sandbox/", "bench/")
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in files}
    assert {} == {path: n for path, n in lengths.items() if n > MAX_FILE_LINES}


def test_no_function_is_longer_than_its_limit() -> None:
    long = []
    for path in python_files(*PRODUCT, "sandbox/", "bench/"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    long.append(f"{path}:{node.lineno} {node.name} has {lines} lines")
    assert [] == long


def test_no_module_has_a_vague_name() -> None:
    assert [] == [path for path in python_files("") if path.stem.strip("_") in VAGUE_NAMES]


def _undocumented(path: Path) -> Iterator[str]:
    tree = parse(path)
    if ast.get_docstring(tree) is None:
        yield f"{path} itself"
    yield from (f"{path}: {name}" for name in _undocumented_names(tree.body, ""))


def _undocumented_names(body: list[ast.stmt], owner: str) -> Iterator[str]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list):
            continue  # its getter is explained
        if ast.get_docstring(node) is None:
            yield f"{owner}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented_names(node.body, f"{owner}{node.name}.")


def test_every_public_name_is_explained() -> None:
    files = python_files(*PRODUCT, "sandbox/", "bench/")
    assert [] == [missing for path in files for missing in _undocumented(path)]


def test_the_product_prints_nothing() -> None:
    prints = [
        f"{path}:{node.lineno}"
        for path in python_files(*PRODUCT)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Name) and node.id in ("print", "pprint", "breakpoint")
    ]
    assert [] == prints


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    listed = project["project"]["dependencies"] + [
        one for group in groups for one in group if isinstance(one, str)
    ]
    names = [re.split(r"[^A-Za-z0-9_.-]", requirement)[0] for requirement in listed]
    explained = set(re.findall(r"[A-Za-z0-9_.-]+", (ROOT / "docs" / "dependencies.md").read_text()))
    assert [] == [name for name in names if name not in explained]


@pytest.mark.parametrize("lock_file", LOCK_FILES)
def test_every_locked_package_has_a_version_and_hashes(lock_file: str) -> None:
    text = (ROOT / lock_file).read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    assert requirements
    loose = re.compile(r"[A-Za-z0-9._-]+==[^ ]+( ;[^#]*?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert [] == [line[:60] for line in requirements if not loose.fullmatch(line)]


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {
        re.split(r"[=<> ]", line)[0].lower()
        for line in (ROOT / LOCK_FILES[0]).read_text().splitlines()
        if re.match(r"[A-Za-z]", line)
    }
    listed = project["project"]["dependencies"]
    names = [re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower() for requirement in listed]
    assert [] == [name for name in names if name not in locked]


def test_no_file_names_a_package_registry() -> None:
    named = []
    for path in tracked_files():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace").lower()
        named += [f"{path} names {host}" for host in REGISTRIES if host in text]
        if path.name in (*LOCK_FILES, "Makefile"):
            named += [f"{path} has {flag}" for flag in ("index-url", "find-links") if flag in text]
    assert [] == named
