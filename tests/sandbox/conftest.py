"""A simulated Sharetribe with its first user, for the tests of what it answers."""

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe, User


@pytest.fixture
def sharetribe() -> Sharetribe:
    """Return a simulated Sharetribe of its own for the test."""
    return Sharetribe()


@pytest.fixture
def client(sharetribe: Sharetribe) -> FlaskClient:
    """Return a client that calls it without a network."""
    return sharetribe.app.test_client()


@pytest.fixture
def user(sharetribe: Sharetribe) -> User:
    """Return its first user."""
    return next(iter(sharetribe.users.values()))
