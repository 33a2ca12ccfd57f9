"""A wrong configuration ends the web process, and fails the release, before anything is served."""

from __future__ import annotations

import os
import re
import runpy
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from app import create_app
from proxy.http.web import REQUEST_SECONDS
from proxy.wire.limits import Limits
from tests.example_environment import read_example
from tests.example_vendors import SETTINGS
from tests.serving.gunicorn_process import WebProcess, environment, procfile_command
from tests.source_tree import ROOT

GOOD = {**read_example(), **SETTINGS, "INTEGRATIONS": "tests.kit.facecheck.vendor:FACECHECK"}
WRONG = {
    "FACECHECK_CONFIRM": "neither",
    "SEAL_KEYS": "nonsense",
    "PUBLIC_URL": "",
    "WEB_THREADS": "many",
}
# devcenter.heroku.com: HTTP routing, dyno shutdown, limits (read 2026-11).
SMALL_DYNO_THREADS = 256
ROUTER_KEEPS_IDLE_SECONDS = 90
SIGKILL_SECONDS = 30
PROBLEMS = [
    "SEAL_KEYS: entry 1 does not begin with a key id from 0 to 255 and a colon",
    "PUBLIC_URL is not set",
    "WEB_THREADS must be a whole number from 1 to 1000",
    "FACECHECK_CONFIRM must be one of retrieval, callback",
]


def _release(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", procfile_command("release")],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _listed_problems(output: str) -> list[str]:
    return re.findall(r"^- (.*)$", output, re.MULTILINE)


def test_a_wrong_configuration_ends_the_process_with_every_problem_once() -> None:
    web = WebProcess({**GOOD, **WRONG, "PORT": "1"})
    try:
        assert 1 == web.wait()
        assert PROBLEMS == _listed_problems(web.output())
    finally:
        web.close()


def test_a_wrong_configuration_is_told_without_a_traceback_or_a_worker() -> None:
    web = WebProcess({**GOOD, **WRONG, "PORT": "1"})
    try:
        web.wait()
        lines = web.output().strip().splitlines()
        assert ("The configuration has problems:", len(PROBLEMS) + 1) == (lines[0], len(lines))
    finally:
        web.close()


@pytest.mark.parametrize("name", WRONG)
def test_the_release_fails_on_each_problem(name: str) -> None:
    release = _release({**GOOD, name: WRONG[name]})
    assert 0 != release.returncode
    assert name in release.stderr
    assert "Traceback" not in release.stderr


def test_the_release_tells_what_is_enabled() -> None:
    release = _release(GOOD)
    assert 0 == release.returncode, release.stderr
    assert "The configuration is complete: facecheck enabled." in release.stdout


def test_loading_the_app_makes_no_thread_and_no_socket() -> None:
    """The app is loaded before gunicorn forks: neither would work in the worker."""
    before = (threading.active_count(), _open_sockets())
    create_app({**GOOD, "FRONTEND_URL": "http://127.0.0.1:9"})
    assert before == (threading.active_count(), _open_sockets())


def _open_sockets() -> int:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("only Linux tells which descriptors are sockets")
    kinds = [str(link.readlink()) for link in descriptors.iterdir() if link.is_symlink()]
    return sum(kind.startswith("socket:") for kind in kinds)


def test_open_sockets_are_seen() -> None:
    before = _open_sockets()
    with socket.socket():
        assert before + 1 == _open_sockets()


def _server_settings(monkeypatch: pytest.MonkeyPatch, **changed: str) -> dict[str, object]:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {**read_example(), **changed})
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


def test_stopping_takes_longer_than_any_request_and_ends_before_the_kill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grace = _server_settings(monkeypatch)["graceful_timeout"]
    assert isinstance(grace, int)
    assert REQUEST_SECONDS < grace < SIGKILL_SECONDS


def test_idle_connections_are_kept_longer_than_the_router_keeps_them() -> None:
    assert Limits().idle_seconds > ROUTER_KEEPS_IDLE_SECONDS


@pytest.mark.parametrize(
    ("host", "bind"), [("", "0.0.0.0:8000"), ("::", "[::]:8000"), ("127.0.0.1", "127.0.0.1:8000")]
)
def test_the_host_can_be_chosen(monkeypatch: pytest.MonkeyPatch, host: str, bind: str) -> None:
    assert bind == _server_settings(monkeypatch, HOST=host)["bind"]


def test_processes_and_threads_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = _server_settings(monkeypatch, WEB_PROCESSES="3", WEB_THREADS="40")
    assert (3, 40) == (chosen["workers"], chosen["threads"])


def test_the_defaults_leave_a_small_dyno_threads_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    default = _server_settings(monkeypatch, WEB_PROCESSES="", WEB_THREADS="")
    workers, threads = default["workers"], default["threads"]
    assert isinstance(workers, int)
    assert isinstance(threads, int)
    assert workers * (threads + 1) < SMALL_DYNO_THREADS - 30
