"""What we are compared with is locked by its content, and by no address to fetch it from."""

import json

from tests.source_tree import ROOT


def test_every_package_of_the_express_server_is_locked_by_its_hash_alone() -> None:
    locked = json.loads((ROOT / "bench" / "peer" / "package-lock.json").read_text())["packages"]
    packages = [package for path, package in locked.items() if path]

    assert packages
    assert all("integrity" in package for package in packages)
    assert not any("resolved" in package for package in packages)


def test_the_marketplaces_sdk_is_the_one_that_is_tested_with() -> None:
    peer, tested = (
        json.loads((ROOT / folder / "package.json").read_text())["dependencies"]
        for folder in ("bench/peer", "tests/sdk")
    )

    assert tested["sharetribe-flex-sdk"] == peer["sharetribe-flex-sdk"]
