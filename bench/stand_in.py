"""Starts the stand-ins of upstreams and frontend, and gives them orders."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from bench.machine import HOST

_STOP_SECONDS = 5.0


class StandIn:
    """Context manager: `python -m <module> <arguments>`, listening at `port` while it is open.

    `url` is its address, with `https` when `tls` is set.
    """

    def __init__(self, module: str, *arguments: str, tls: bool = False) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._scheme = "https" if tls else "http"

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        self.port = int(self._reply()["port"])
        self.url = f"{self._scheme}://{HOST}:{self.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._process.communicate(timeout=_STOP_SECONDS)  # ends its input, and so itself
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def order(self, **order: object) -> dict[str, Any]:
        """Give an order; return the reply: the counts since the order before."""
        if self._process.stdin is None:
            raise RuntimeError("the stand-in has no standard input")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise RuntimeError("the stand-in has no standard output")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self._command)} has ended")
        reply: dict[str, Any] = json.loads(line)
        return reply
