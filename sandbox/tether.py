"""Run a command that ends when its parent does, however that ends.

`python -m sandbox.tether COMMAND ...`, first of a session of its own, and with a pipe as standard
input whose other end the parent keeps open and never writes to. The system closes that end with the
parent, be it killed or crashed, on Linux and macOS alike (prctl(2) could do it on Linux only).
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

FORWARDED = (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGHUP)


class Tether:
    """The process in between: it hands signals on, and the command's exit code back."""

    def __init__(self) -> None:
        """Take signals from now on, so that none ends this process and leaves the command."""
        self._child: subprocess.Popen[bytes] | None = None
        for number in FORWARDED:
            signal.signal(number, self._forward)

    def run(self, command: list[str]) -> int:
        """Start `command`, wait for its end and return its exit code, as a shell tells it."""
        threading.Thread(target=_end_with_parent, daemon=True).start()
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        code = self._child.wait()
        return code if code >= 0 else 128 - code

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        if self._child is None:
            sys.exit(128 + number)
        self._child.send_signal(number)


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written: this returns at the end of the file
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(Tether().run(sys.argv[1:]))
