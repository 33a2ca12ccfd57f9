"""The real app in a real web process, between simulated outside systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.ports import free_port
from tests.kit.world import KitWorld, started_worlds
from tests.serving.gunicorn_process import HOST, WebProcess

StartServed = Callable[..., "Served"]
StartWorld = Callable[..., KitWorld]


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world of example vendors, which ends with the test."""
    yield from started_worlds(KitWorld)


class Served:
    """A world whose app runs under gunicorn: browsers of `world` call the process `web`.

    `vendor` is the example vendor of its identity checks.
    """

    def __init__(
        self, descriptors: int | None = None, vendor: str = "passcheck", **settings: str
    ) -> None:
        self.world = KitWorld(INTEGRATIONS=vendor)
        port = free_port()
        address = {
            "INTEGRATIONS": f"tests.kit.{vendor}.vendor:{vendor.upper()}",
            "PORT": str(port),
            "PUBLIC_URL": f"http://{HOST}:{port}",
        }
        self.web = WebProcess({**self.world.settings, **address, **settings}, descriptors)
        self.web.wait_until_it_answers()
        self.world.url = self.web.url

    def initiated(self) -> int:
        """Return how many verifications have been asked for at the vendor."""
        return self.world.checks.calls.count("POST /checks")

    def close(self) -> None:
        """Stop everything."""
        self.web.close()
        self.world.close()


@pytest.fixture
def start_served() -> Iterator[StartServed]:
    """Return a function that serves a world of its own: `start_served(WEB_THREADS="2")`."""
    started: list[Served] = []

    def start(*arguments: Any, **settings: Any) -> Served:
        started.append(Served(*arguments, **settings))
        return started[-1]

    yield start
    for served in started:
        served.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Return a world that a module's tests share, served with the default settings."""
    shared = Served()
    yield shared
    shared.close()
