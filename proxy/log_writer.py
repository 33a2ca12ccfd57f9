"""Writes log lines where they go, without making those wait who have something else to do.

`write_at_once` writes in the caller's thread, a line in one system call. `WriteBehind` takes lines
without waiting and lets one thread of its own write them: when the reader of standard output
stalls, that thread stalls, and no request.
"""

from __future__ import annotations

import os
import queue
import select
import threading
from collections.abc import Callable
from typing import TextIO

# Lines that wait; those beyond are dropped, and their number is told.
MOST_WAITING = 20_000
# Lines that come within this time are written together, so many at most.
_GATHER_SECONDS = 0.02
_MOST_GATHERED = 500
# A write of so many bytes is never mixed with another process's (POSIX, write to a pipe).
_WRITE_BYTES = select.PIPE_BUF
Write = Callable[[str], None]


def write_at_once(stream: TextIO) -> Write:
    """Return a function that writes text to `stream`, past its buffer where it is a file.

    Nothing is raised: a log that nobody reads must not fail who writes it.
    """

    def write(text: str) -> None:
        try:
            # Asked for each time: of a file that is closed the number may be another's by now.
            descriptor = stream.fileno()
        except (OSError, ValueError):  # it is no file, or closed
            _write_text(stream, text)
        else:
            _write_bytes(descriptor, text.encode("ascii", "replace"))

    return write


def _write_text(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except (OSError, ValueError):  # closed
        return


def _write_bytes(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # somebody has made it non-blocking
            select.select((), (descriptor,), ())
        except OSError:
            return


class WriteBehind:
    """Takes lines at once and writes them soon, in order, from a thread of its own.

    At most `most_waiting` lines wait. `report_dropped` makes the line that tells how many were
    dropped.
    """

    def __init__(
        self, write: Write, report_dropped: Callable[[int], str], most_waiting: int = MOST_WAITING
    ) -> None:
        self._write = write
        self._report_dropped = report_dropped
        self._most_waiting = most_waiting
        # Lines, events to set when all before them is written, and None for the end.
        self._waiting: queue.SimpleQueue[str | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._dropped = 0
        self._dropping = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Take a line; never waits for the writing."""
        if self._waiting.qsize() >= self._most_waiting:
            with self._dropping:
                self._dropped += 1
            return
        self._waiting.put(line)

    def flush(self, seconds: float) -> bool:
        """Wait until what was put before is written; False when that takes too long."""
        if not self._thread.is_alive():
            return False
        written = threading.Event()
        self._waiting.put(written)
        self._hurry.set()
        return written.wait(seconds)

    def end(self, seconds: float) -> None:
        """Write what was put before and end the thread; give up after `seconds`."""
        self._waiting.put(None)
        self._hurry.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        gathered: list[str | threading.Event | None] = []
        while None not in gathered:
            gathered = self._gather()
            self._write_together([line for line in gathered if isinstance(line, str)])
            self._tell_dropped()
            for waiting in gathered:
                if isinstance(waiting, threading.Event):
                    waiting.set()

    def _gather(self) -> list[str | threading.Event | None]:
        first = self._waiting.get()
        if self._waiting.qsize() < _MOST_GATHERED:
            self._hurry.wait(_GATHER_SECONDS)
        self._hurry.clear()
        more = min(self._waiting.qsize(), _MOST_GATHERED)
        return [first, *(self._waiting.get() for _ in range(more))]

    def _write_together(self, lines: list[str]) -> None:
        together: list[str] = []
        size = 0
        for line in lines:
            if together and size + len(line) > _WRITE_BYTES:
                self._write("".join(together))
                together, size = [], 0
            together.append(line)
            size += len(line)
        if together:
            self._write("".join(together))

    def _tell_dropped(self) -> None:
        with self._dropping:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self._write(self._report_dropped(dropped))
