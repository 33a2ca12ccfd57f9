"""Requests that are only passed on: no log line of those that went well, unless it is asked for."""

from __future__ import annotations

import pytest

from tests.flows.steps import logged
from tests.kit.world import KitWorld
from tests.proxy.fronted import FrontedWorld, request
from tests.proxy.loopback import Connection, answer, answering
from tests.world import World


def passed_on(world: World) -> list[str]:
    """Pass a request on, and return its log lines."""
    with logged() as lines:
        request(world, "GET", "/l/secret-listing")
        world.browser().read()
    return [line for line in lines if "route=passed-through" in line]


def test_what_went_well_has_no_line(fronted_by: FrontedWorld) -> None:
    assert [] == passed_on(fronted_by(answering(answer(b"frontend"))))


@pytest.mark.parametrize("status", [b"500 Oops", b"503 Away"])
def test_what_the_frontend_fails_at_has_one(fronted_by: FrontedWorld, status: bytes) -> None:
    failing = answer(b"frontend").replace(b"200 OK", status)
    (line,) = passed_on(fronted_by(answering(failing)))
    assert f"status={status[:3].decode()}" in line
    assert "secret-listing" not in line


def test_what_is_refused_has_one(fronted_by: FrontedWorld) -> None:
    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(b"nonsense\r\n\r\n")
        connection.close()

    (line,) = passed_on(fronted_by(serve))
    assert "level=warning" in line
    assert "code=frontend-unavailable" in line


def test_all_of_them_have_lines_where_the_operator_says_so(fronted_by: FrontedWorld) -> None:
    frontend = fronted_by(answering(answer(b"frontend"))).settings["FRONTEND_URL"]
    world = KitWorld(FRONTEND_URL=frontend, LOG_PASS_THROUGH="true")
    try:
        (line,) = passed_on(world)
    finally:
        world.close()
    assert "status=200" in line
