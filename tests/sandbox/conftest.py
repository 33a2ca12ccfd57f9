"""A simulated Sharetribe with its first user, for the tests of what it answers."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

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


@pytest.fixture
def bearer(sharetribe: Sharetribe, user: User) -> dict[str, str]:
    """Return the headers of its first user, who has logged in."""
    return bearer_of(sharetribe.log_in(user.id))


@pytest.fixture
def operator(sharetribe: Sharetribe, client: FlaskClient) -> dict[str, str]:
    """Return the headers of the operator's own application."""
    form = {
        "client_id": sharetribe.integration_client_id,
        "client_secret": sharetribe.integration_client_secret,
        "grant_type": "client_credentials",
        "scope": "integ",
    }
    return bearer_of(client.post("/v1/auth/token", data=form).get_json())


def bearer_of(token: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of whoever holds a token object."""
    return {"Authorization": f"Bearer {token['access_token']}"}


def outcome_of(answer: TestResponse) -> tuple[int, str]:
    """Return an answer's status, and the code of the first error, "" where there is none."""
    body = answer.get_json()
    return answer.status_code, body["errors"][0]["code"] if "errors" in body else ""
