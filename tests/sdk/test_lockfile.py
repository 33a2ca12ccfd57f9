"""What comes from npm is locked by its content, and by no address to fetch it from."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.source_tree import ROOT, tracked_files

LOCKS = [path for path in tracked_files() if path.name == "package-lock.json"]


def locked(path: Path) -> dict[str, Any]:
    """Return each locked package by its path; the empty path is the folder's own package.json."""
    packages: dict[str, Any] = json.loads((ROOT / path).read_text())["packages"]
    return packages


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_every_package_is_locked_by_its_hash_alone(lock: Path) -> None:
    packages = [package for path, package in locked(lock).items() if path]

    assert packages
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)


def test_the_tested_sdks_are_the_documented_ones() -> None:
    assert {
        "sharetribe-flex-sdk": "1.24.2",
        "sharetribe-flex-integration-sdk": "1.14.1",
    } == locked(Path("tests/sdk/package-lock.json"))[""]["dependencies"]
