"""The processes that `Procfile` names, run the way Heroku runs them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.patience import PATIENCE_SECONDS, wait_until
from tests.source_tree import ROOT

HOST = "127.0.0.1"
# What Heroku's buildpack for Python exports on its smallest dyno.
BUILDPACK = {
    "GUNICORN_CMD_ARGS": "--access-logfile -",
    "FORWARDED_ALLOW_IPS": "*",
    "WEB_CONCURRENCY": "2",
}


def procfile_command(name: str) -> str:
    """Return the command line of one of Procfile's processes."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)[name]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a process is given: the settings, the buildpack's variables, and a PATH."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": programs, "FLASK_SKIP_DOTENV": "1", **BUILDPACK, **settings}


class WebProcess:
    """Procfile's `web` process; `settings` hold the PORT that it listens at.

    It may open so many `descriptors`, or as many as this process.
    """

    def __init__(self, settings: Mapping[str, str], descriptors: int | None = None) -> None:
        bound = "" if descriptors is None else f"ulimit -n {descriptors} && "
        self.port = int(settings["PORT"])
        self.url = f"http://{HOST}:{self.port}"
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            ["sh", "-c", f"{bound}exec {procfile_command('web')}"],
            cwd=ROOT,
            env=environment({"HOST": HOST, **settings}),
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait_until_it_answers(self) -> None:
        """Return once `/healthz` is answered; raises TimeoutError with the output."""
        try:
            wait_until(lambda: self._process.poll() is not None or self._is_healthy(), "no answer")
        except TimeoutError as error:
            raise TimeoutError(self.output()) from error

    def _is_healthy(self) -> bool:
        with contextlib.suppress(OSError):
            return self.request("GET", "/healthz").status == 200
        return False

    def connect(self) -> HTTPConnection:
        """Return a connection, which is opened by its first request."""
        return HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> HTTPResponse:
        """Send one request on a connection of its own; the answer's body has been read."""
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            answer.read()
            return answer

    def worker_count(self) -> int:
        """Return how many workers have been started so far."""
        return self.output().count("Booting worker")

    def output(self) -> str:
        """Return everything that the process has printed."""
        printed = os.pread(self._output.fileno(), 1_000_000, 0)
        return printed.decode(errors="replace")

    def terminate(self, *, whole_dyno: bool = False) -> None:
        """Send SIGTERM; Heroku sends it to every process of the dyno, workers included."""
        if whole_dyno:
            os.killpg(self._process.pid, signal.SIGTERM)
        else:
            self._process.terminate()

    def signal(self, number: int) -> None:
        """Send a signal to gunicorn's own process."""
        self._process.send_signal(number)

    def worker_pids(self) -> list[int]:
        """Return the workers that have been started so far, the oldest first."""
        return [int(pid) for pid in re.findall(r"Booting worker with pid: (\d+)", self.output())]

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return self._process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """End the process and its workers at once, whatever they do."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()


def events(output: str, name: str) -> list[str]:
    """Return the log lines of one event."""
    return re.findall(rf"^event={name} .*$", output, re.MULTILINE)
