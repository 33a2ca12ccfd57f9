"""Fixtures for the tests of crypto/."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node. Without one the test is skipped, but fails where CI=true promises one."""
    path = shutil.which("node")
    if path is not None:
        return path
    if os.environ.get("CI") == "true":
        pytest.fail("CI=true, but there is no node on PATH")
    pytest.skip("no node on PATH: the JavaScript verifier was not tested")
