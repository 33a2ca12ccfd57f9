"""A port is somebody's from the moment it is given, before anything listens at it."""

import subprocess
import sys

from sandbox.ports import free_port
from sandbox.proxy_process import REPOSITORY

ASKS = "import sys; from sandbox.ports import free_port; print(free_port(int(sys.argv[1])))"


def given_elsewhere(wanted: int) -> int:
    """Return what another process, which then ends, is given."""
    command = [sys.executable, "-c", ASKS, str(wanted)]
    return int(subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout)


def test_a_port_is_given_once() -> None:
    given = free_port()

    assert given != free_port(given)


def test_a_port_that_was_given_here_is_given_in_no_other_process() -> None:
    given = free_port()

    assert given != given_elsewhere(given)


def test_the_port_of_a_process_that_has_ended_is_free_again() -> None:
    given = given_elsewhere(0)

    assert given == free_port(given)
