"""A web process whose first worker is told to stop before it is ready to hear it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from proxy.serving.server_log import ServerLog

MARK = "STOPPED_AT_START"


class StopsTheFirst(ServerLog):
    """gunicorn's `logger_class`: a new worker's first words are its own SIGTERM.

    Once: the file that the variable MARK names tells that it has been.
    """

    def info(self, message: str, *values: object) -> None:
        """Write a message."""
        super().info(message, *values)
        if message.startswith("Booting worker"):
            with contextlib.suppress(FileExistsError):
                Path(os.environ[MARK]).touch(exist_ok=False)
                os.kill(os.getpid(), signal.SIGTERM)
