"""Fixtures for the tests of crypto/."""

import pytest

from tests import missing


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node."""
    return missing.program("node", otherwise="the JavaScript verifier is not tested")
