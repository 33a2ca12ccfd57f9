"""The apps that are attacked: one whose upstreams are simulated, one whose upstreams are dead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import create_app
from tests.example_environment import read_example
from tests.flows.connecting import ALL
from tests.hostile.attacked_world import AttackedWorld, require_everything
from tests.hostile.ingredients import ORIGIN, PLACEHOLDERS
from tests.hostile.judge import Judge, silence_logs

# Nothing listens on the discard port.
NOWHERE = "http://127.0.0.1:9"
APIS = ("netverify", "kyx")


@pytest.fixture(scope="module", params=APIS)
def attacked(request: pytest.FixtureRequest) -> Iterator[AttackedWorld]:
    """Return a world for each API, shared by a module's examples."""
    world = AttackedWorld(request.param)
    yield world
    world.close()


@pytest.fixture(scope="module", params=APIS)
def cut_off(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Return the judge of an app that can reach none of its upstreams."""
    require_everything()
    unreachable = {
        "SHARETRIBE_BASE_URL": NOWHERE,
        "SHARETRIBE_INTEGRATION_BASE_URL": NOWHERE,
        "SHARETRIBE_INTEGRATION_CLIENT_ID": "made-up",
        "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "made-up",
        "INTEGRATIONS": ALL,
        "HUBRISE_BASE_URL": NOWHERE,
        "PUMBLE_BASE_URL": NOWHERE,
        "PUMBLE_OPERATOR_USER_ID": "5b0f3c52-5a0e-4a53-8f0e-1f3f2c1d0e9a",
        "PUMBLE_CHANNEL_ID": "made-up",
        "JUMIO_BASE_URL": NOWHERE,
        "JUMIO_API": request.param,
        "JUMIO_CALLBACK_IPS": "127.0.0.2",
        "MARKETPLACE_ORIGINS": ORIGIN,
    }
    settings = {**read_example(), **unreachable}
    genuine = dict.fromkeys(PLACEHOLDERS, "genuine") | {"client": settings["SHARETRIBE_CLIENT_ID"]}
    secrets = {
        "hubrise": settings["HUBRISE_CLIENT_SECRET"],
        "pumble": settings["PUMBLE_APP_SIGNING_SECRET"],
    }
    yield Judge(create_app(settings), genuine, secrets)
    silence_logs()
