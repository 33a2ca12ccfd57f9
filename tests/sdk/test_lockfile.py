"""The SDKs are locked by their content, and by no address to fetch them from."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def locked() -> dict[str, Any]:
    """Each locked package by its path; the empty path is this folder's own package.json."""
    text = (Path(__file__).parent / "package-lock.json").read_text()
    packages: dict[str, Any] = json.loads(text)["packages"]
    return packages


def test_every_package_is_locked_by_its_hash_alone(locked: dict[str, Any]) -> None:
    packages = [package for path, package in locked.items() if path]

    assert packages
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)


def test_the_tested_sdks_are_the_documented_ones(locked: dict[str, Any]) -> None:
    assert {
        "sharetribe-flex-sdk": "1.24.2",
        "sharetribe-flex-integration-sdk": "1.14.1",
    } == locked[""]["dependencies"]
