"""Loopback servers of all manners, and a world in front of a frontend."""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable, Iterator

import pytest

from proxy.logs import configure_logs
from tests.kit.world import KitWorld, started_worlds
from tests.patience import wait_until
from tests.proxy.fronted import FrontedWorld, Frontend
from tests.proxy.loopback import LoopbackServer, Received, Serve, answer, answering
from tests.world import World

StartServer = Callable[..., LoopbackServer]
# Begins to keep the log of a world that is there, and returns what waits for a text in it.
Logged = Callable[[], Callable[[str], None]]
StartWorld = Callable[..., KitWorld]


@pytest.fixture
def start_world() -> Iterator[StartWorld]:
    """Return a function that starts a world of example vendors, which ends with the test."""
    yield from started_worlds(KitWorld)


@pytest.fixture
def world(start_world: StartWorld) -> KitWorld:
    """Return a world with the first of the example vendors."""
    return start_world()


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Return a function that serves on loopback: `start_server(serve, context=None)`."""
    started: list[LoopbackServer] = []

    def start(serve: Serve, context: ssl.SSLContext | None = None) -> LoopbackServer:
        server = LoopbackServer(serve, context)
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def fronted() -> Iterator[tuple[World, Frontend]]:
    """Return one world for all tests of a file, and the frontend behind it."""
    frontend = Frontend()
    world = KitWorld(FRONTEND_URL=frontend.server.url, TRUSTED_PROXY_HOPS="0")
    yield world, frontend
    world.close()
    frontend.server.close()


@pytest.fixture
def fronted_by(fronted: tuple[World, Frontend]) -> Iterator[FrontedWorld]:
    """Return a function that returns a world in front of a frontend: `fronted_by(serve)`."""
    world, frontend = fronted

    def behave(serve: Serve) -> World:
        frontend.serve = serve
        return world

    yield behave
    frontend.server.drop_connections()


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Return a function that keeps what is logged from then on: `wait_for = logged()`.

    What that returns waits for a text: a line is written after the answer it is about.
    """
    stream = io.StringIO()

    def wait(text: str) -> None:
        wait_until(lambda: text in stream.getvalue(), f"not logged: {text}")

    def begin() -> Callable[[str], None]:
        configure_logs(stream)
        return wait

    yield begin
    configure_logs()


@pytest.fixture
def received() -> list[Received]:
    """Return the list in which the frontend of `fronted_world` keeps what it gets."""
    return []


@pytest.fixture
def fronted_world(fronted_by: FrontedWorld, received: list[Received]) -> World:
    """Return a world in front of a frontend that answers `frontend` to everything."""
    return fronted_by(answering(answer(b"frontend"), received=received))
