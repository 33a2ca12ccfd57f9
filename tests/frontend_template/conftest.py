"""Servers like the Web Template's, beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import node_packages
from tests.frontend_template.beside import FOLDER, StartServer, TemplateServer
from tests.kit.world import KitWorld


@pytest.fixture(scope="session")
def packages() -> None:
    """Install Express and the SDK, once."""
    node_packages.node()
    node_packages.install(FOLDER)


@pytest.fixture(scope="module")
def start_servers(
    packages: None,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartServer]:
    """Return a function that starts a server beside a world; all end with the module."""
    yield from _started(tmp_path_factory.mktemp("servers"))


@pytest.fixture
def start_server(packages: None, tmp_path: Path) -> Iterator[StartServer]:  # noqa: ARG001
    """Return a function that starts a server beside a world; all end with the test."""
    yield from _started(tmp_path)


def _started(folder: Path) -> Iterator[StartServer]:
    servers: list[TemplateServer] = []

    def start(
        world: KitWorld, port: int = 0, express: str = "express", **settings: Any
    ) -> TemplateServer:
        own = folder / f"server-{len(servers)}"
        own.mkdir()
        servers.append(TemplateServer(world, own, port, express, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world with a check, a document and a plan, and the Integration API."""
    world = KitWorld(INTEGRATIONS="passcheck,inkwell,tollgate", integration_api=True)
    yield world
    world.close()


@pytest.fixture
def world(module_world: KitWorld) -> KitWorld:
    """Return it, calm."""
    module_world.start_afresh()
    return module_world


@pytest.fixture(scope="module")
def module_servers(module_world: KitWorld, start_servers: StartServer) -> dict[str, TemplateServer]:
    """Return a server as it is with ECHOSEAL_URL alone, and one with CHECKSUM_KEYS alone."""
    keys = module_world.settings["CHECKSUM_KEYS"]
    return {
        "product": start_servers(module_world),
        "records": start_servers(module_world, ECHOSEAL_URL=None, CHECKSUM_KEYS=keys),
    }


@pytest.fixture(params=["product", "records"])
def server(
    request: pytest.FixtureRequest,
    world: KitWorld,  # noqa: ARG001 - made calm
    module_servers: dict[str, TemplateServer],
) -> TemplateServer:
    """Return a server whose gate asks the app, and one whose gate reads the records."""
    return module_servers[request.param]


@pytest.fixture
def asking(world: KitWorld, module_servers: dict[str, TemplateServer]) -> TemplateServer:  # noqa: ARG001
    """Return the one that asks."""
    return module_servers["product"]


@pytest.fixture
def reading(world: KitWorld, module_servers: dict[str, TemplateServer]) -> TemplateServer:  # noqa: ARG001
    """Return the one that reads."""
    return module_servers["records"]
