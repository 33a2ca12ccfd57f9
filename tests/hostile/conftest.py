"""The apps that are attacked: one whose upstreams are simulated, one whose upstreams are dead."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from app import create_app
from sandbox.sharetribe import User
from tests.example_environment import read_example
from tests.hostile.ingredients import ORIGIN, PLACEHOLDERS
from tests.hostile.judge import Judge, silence_logs
from tests.world import World

# Nothing listens on the discard port.
NOWHERE = "http://127.0.0.1:9"
APIS = ("netverify", "kyx")


class AttackedWorld:
    """A world in which the first user has a verification under way that nobody finishes."""

    def __init__(self, api: str, **settings: Any) -> None:
        self.world = World(JUMIO_API=api, **settings)
        token = self.world.sharetribe.log_in(self.world.user.id)
        browser = self.world.browser()
        started = browser.start().json()
        transaction = self.world.jumio.transactions[started["transactionReference"]]
        self.genuine = {
            "cookie": browser.cookie or "",
            "access": str(token["access_token"]),
            "reference": transaction.user_reference or "",
            "transaction": transaction.reference,
            "account": transaction.account_id or "",
            "client": self.world.sharetribe.client_id,
        }
        self.judge = Judge(self.world.app, self.genuine)
        self.pending = copy.deepcopy(self.user.private_data)

    @property
    def user(self) -> User:
        """The user who is attacked."""
        return self.world.user

    def reset(self) -> None:
        """Put the user's private data back to the verification under way."""
        self.world.sharetribe.replace_private_data(self.user.id, self.pending)

    def assert_nobody_is_approved(self) -> None:
        """Raise AssertionError when private data changed in a way that no request may cause."""
        record: dict[str, Any] = self.user.private_data["idVerification"]
        assert "pending" == record["status"]
        assert {"idVerification", "idVerificationChecksum"} == set(self.user.private_data)
        assert {} == self.world.other_user.private_data

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()


@pytest.fixture(scope="module", params=APIS)
def attacked(request: pytest.FixtureRequest) -> Iterator[AttackedWorld]:
    """Return a world for each API, shared by a module's examples."""
    world = AttackedWorld(request.param)
    yield world
    world.close()


@pytest.fixture(scope="module", params=APIS)
def cut_off(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Return the judge of an app that can reach none of its upstreams."""
    unreachable = {
        "SHARETRIBE_BASE_URL": NOWHERE,
        "JUMIO_BASE_URL": NOWHERE,
        "JUMIO_API": request.param,
        "JUMIO_CALLBACK_IPS": "127.0.0.2",
        "MARKETPLACE_ORIGINS": ORIGIN,
    }
    settings = {**read_example(), **unreachable}
    genuine = dict.fromkeys(PLACEHOLDERS, "genuine") | {"client": settings["SHARETRIBE_CLIENT_ID"]}
    yield Judge(create_app(settings), genuine)
    silence_logs()
