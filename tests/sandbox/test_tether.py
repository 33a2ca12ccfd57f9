"""What the sandbox has started ends with it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from sandbox.ports import HOST
from sandbox.proxy_process import REPOSITORY
from sandbox.server import Server
from tests.patience import wait_until

LOGS = "echoseal-sandbox-proxy-*.log"
CRASHES_WHILE_STARTING = """\
import os, signal, sys
from sandbox import proxy_process
from sandbox.proxy_process import ProxyProcess

def crash(proxy):
    print(proxy.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

ProxyProcess.answers = property(crash)
proxy_process.TETHERED = (sys.executable, "-m", "sandbox.tether", "sleep", "600")
proxy = ProxyProcess(0)
proxy.start(dict(os.environ))
"""

Started = tuple["subprocess.Popen[str]", int, int]
Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts the command; it returns it with the proxy's port and group."""
    processes: list[subprocess.Popen[str]] = []

    def started(*before: str) -> Started:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "sandbox", "--port", "0"],
            cwd=REPOSITORY,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        assert process.stdout is not None
        said = "Open the demo page"
        url = next(line.split()[-1] for line in process.stdout if line.startswith(said))
        told = requests.get(f"{url}/sandbox/proxy", timeout=30)
        return process, int(url.rpartition(":")[2]), int(told.json()["pid"])

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def is_gone(group: int) -> bool:
    """Tell whether no process of a group is left; one that nobody has waited for is none."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True
    )
    found = [line.split() for line in listed.stdout.splitlines()]
    return all(int(one) != group or state.startswith("Z") for one, state in found)


def serves(port: int) -> bool:
    """Tell whether a port can be listened at."""
    try:
        Server(lambda _environ, _start: [], port=port).close()
    except OSError:
        return False
    return True


def test_a_sandbox_that_ignores_a_closed_terminal_leaves_nothing_behind_when_it_is_killed(
    start: Start,
) -> None:
    process, port, group = start("nohup")
    process.send_signal(signal.SIGHUP)
    assert requests.get(f"http://{HOST}:{port}/healthz", timeout=30).ok
    assert process.poll() is None
    assert not is_gone(group)
    process.kill()
    wait_until(lambda: is_gone(group), "the proxy still runs")
    wait_until(lambda: serves(port), "its port is still taken")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGHUP])
def test_one_that_is_asked_to_end_leaves_no_log_either(
    start: Start, tmp_path: Path, ending: signal.Signals
) -> None:
    process, port, group = start()
    assert 1 == len(list(tmp_path.glob(LOGS)))
    process.send_signal(ending)
    assert 0 == process.wait(30)
    assert is_gone(group)
    assert serves(port)
    assert [] == list(tmp_path.glob(LOGS))


def test_one_that_is_asked_twice_ends_at_once(start: Start) -> None:
    process, port, group = start()
    os.kill(group, signal.SIGSTOP)  # so that the proxy takes its time
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) in {0, 130}
    os.kill(group, signal.SIGCONT)
    wait_until(lambda: is_gone(group), "the proxy still runs")
    wait_until(lambda: serves(port), "its port is still taken")


def test_a_sandbox_that_crashes_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    crashed = subprocess.run(
        [sys.executable, "-c", CRASHES_WHILE_STARTING],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert -signal.SIGKILL == crashed.returncode, crashed.stderr
    wait_until(lambda: is_gone(int(crashed.stdout)), "the proxy still runs")


def test_the_exit_code_is_the_commands() -> None:
    held, kept = os.pipe()
    command = [sys.executable, "-m", "sandbox.tether", sys.executable, "-c", "raise SystemExit(7)"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=held, start_new_session=True)
    assert 7 == process.wait(30)
    os.close(held)
    os.close(kept)
