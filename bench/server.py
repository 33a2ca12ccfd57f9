"""The server that is measured: started on a core of its own, watched, and stopped."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.contestants import Contestant
from bench.family import Family
from bench.machine import HOST, Cores
from sandbox.ports import free_port

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02


class ServerFailed(Exception):
    """The server did not come up; the message holds the end of its output."""


class Server:
    """Context manager: a contestant that answers at `port` while it is open.

    `family` is its processes; its output goes to `log`. Without `cores` it runs on any of them.
    """

    def __init__(self, contestant: Contestant, cores: Cores | None, log: Path) -> None:
        self.contestant = contestant
        self.port = free_port()
        self._pinned = () if cores is None else ("taskset", "--cpu-list", str(cores.server))
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("ab") as output:
            self._log_start = output.tell()
        self.start()
        return self

    def start(self) -> None:
        """Start it, for the first time or again at the same port; raises ServerFailed."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._pinned, *self.contestant.command],
                cwd=self.contestant.folder,
                env={**self.contestant.environment, "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family = Family(self._process.pid)
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._end()
                output_end = self._log.read_text(errors="replace")[-1500:]
                raise ServerFailed(f"{self.contestant.name} did not start:\n{output_end}")
            time.sleep(_POLL_SECONDS)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def count_logged(self, pattern: str) -> int:
        """Return how many lines it has logged since it was started match a regular expression."""
        with self._log.open("rb") as output:
            output.seek(self._log_start)
            lines = (line.decode(errors="replace") for line in output)
            return sum(re.search(pattern, line) is not None for line in lines)

    def logged(self) -> str:
        """Return all that it has logged since it was started."""
        return self._log.read_bytes()[self._log_start :].decode(errors="replace")

    def terminate(self) -> None:
        """Send SIGTERM to the first process, as a platform does."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill all its processes, without a word to them."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def exit_code(self, seconds: float) -> int | None:
        """Wait so long for the first process to end; return its code, None while it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _end(self) -> None:
        if self._process.poll() is None:
            self.terminate()
            self.exit_code(_STOP_SECONDS)
        self.kill()  # its own session: whoever is left of it

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        return False
