"""The real app in a real web process, between simulated outside systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sandbox.ports import free_port
from tests.serving.gunicorn_process import HOST, WebProcess
from tests.world import World

StartServed = Callable[..., "Served"]


class Served:
    """A world whose app runs under gunicorn: browsers of `world` call the process `web`."""

    def __init__(self, descriptors: int | None = None, **settings: str) -> None:
        self.world = World()
        port = free_port()
        address = {"PORT": str(port), "PUBLIC_URL": f"http://{HOST}:{port}"}
        self.web = WebProcess({**self.world.settings, **address, **settings}, descriptors)
        self.web.wait_until_it_answers()
        self.world.url = self.web.url

    def initiated(self) -> int:
        """Return how many verifications have been asked for at the vendor."""
        return self.world.jumio.calls.count("POST /api/v4/initiate")

    def close(self) -> None:
        """Stop everything."""
        self.web.close()
        self.world.close()


@pytest.fixture
def start_served() -> Iterator[StartServed]:
    """Return a function that serves a world of its own: `start_served(WEB_THREADS="2")`."""
    started: list[Served] = []

    def start(descriptors: int | None = None, **settings: str) -> Served:
        started.append(Served(descriptors, **settings))
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
