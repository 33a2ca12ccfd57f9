"""Servers like the Web Template's, beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
        world: KitWorld, port: int = 0, express: str = "express", **settings: str | None
    ) -> TemplateServer:
        own = folder / f"server-{len(servers)}"
        own.mkdir()
        servers.append(TemplateServer(world, own, port, express, **settings))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
