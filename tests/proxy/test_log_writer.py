"""Log lines reach their file, in order and whole, and nobody waits for its reader."""

from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from proxy.log_writer import WriteBehind, write_at_once
from proxy.logs import configure_logs, flush, log_event, write_behind
from tests.source_tree import ROOT

LONG = 10.0
MOST = 5


class Stalling:
    """Takes text only while it is not stalled."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.reached = threading.Event()
        self._moves = threading.Event()

    def __call__(self, text: str) -> None:
        """Take `text`, in time."""
        self.reached.set()
        assert self._moves.wait(LONG)
        self.written.append(text)

    def move(self) -> None:
        """Be stalled no more."""
        self._moves.set()


def report(count: int) -> str:
    return f"dropped {count}\n"


@pytest.fixture
def stalling() -> Iterator[Stalling]:
    """Return a function that writes, and stalls until it is told to move."""
    made = Stalling()
    yield made
    made.move()


def test_lines_are_written_in_order() -> None:
    stream = io.StringIO()
    behind = WriteBehind(write_at_once(stream), report)
    for number in range(1_000):
        behind.put(f"line {number}\n")
    assert behind.flush(LONG)
    assert [f"line {number}" for number in range(1_000)] == stream.getvalue().splitlines()
    behind.end(LONG)


def test_whoever_logs_does_not_wait_for_a_reader_that_stalls(stalling: Stalling) -> None:
    behind = WriteBehind(stalling, report)
    behind.put("one\n")
    assert stalling.reached.wait(LONG)
    behind.put("two\n")
    assert [] == stalling.written
    stalling.move()
    behind.end(LONG)
    assert ["one\n", "two\n"] == stalling.written


def test_lines_beyond_the_limit_are_dropped_and_counted(stalling: Stalling) -> None:
    behind = WriteBehind(stalling, report, MOST)
    behind.put("first\n")
    assert stalling.reached.wait(LONG)
    for number in range(MOST + 3):
        behind.put(f"{number}\n")
    stalling.move()
    behind.end(LONG)
    lines = "".join(stalling.written).splitlines()
    assert ["first", "dropped 3", *(str(number) for number in range(MOST))] == lines


def test_waiting_for_a_reader_that_stalls_ends(stalling: Stalling) -> None:
    behind = WriteBehind(stalling, report)
    behind.put("line\n")
    assert not behind.flush(0.02)
    behind.end(0.02)


def test_what_is_written_together_fits_into_a_pipe_whole() -> None:
    written: list[str] = []
    behind = WriteBehind(written.append, report)
    for _ in range(200):
        behind.put("x" * 99 + "\n")
    behind.put("y" * 9_999 + "\n")
    behind.end(LONG)
    assert 200 * 100 + 10_000 == sum(len(text) for text in written)
    assert all(text.endswith("\n") for text in written)
    assert [] == [text for text in written if len(text) > select.PIPE_BUF and text[0] == "x"]


def test_a_line_is_written_to_a_file_past_its_buffer() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb", buffering=0) as reader:
        write_at_once(stream)("line\n")
        assert b"line\n" == reader.read(100)


def test_a_file_that_does_not_block_gets_everything() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    text = "x" * 1_000_000
    received: list[bytes] = []

    def read() -> None:
        with os.fdopen(reading, "rb") as reader:
            received.append(reader.read())

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(writing, "w") as stream:
        write_at_once(stream)(text)
    reader.join()
    assert text.encode() == received[0]


def test_a_log_that_nobody_reads_fails_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        write_at_once(stream)("line\n")


def test_a_file_that_is_closed_gets_nothing() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    write = write_at_once(stream)
    stream.close()
    write("line\n")
    with os.fdopen(reading, "rb") as reader:
        assert b"" == reader.read()


@pytest.fixture
def behind() -> Iterator[io.StringIO]:
    """Return where log lines go, from a thread of their own, during the test."""
    stream = io.StringIO()
    configure_logs(stream)
    write_behind()
    yield stream
    configure_logs()


def test_an_event_is_written_behind(behind: io.StringIO) -> None:
    log_event("x")
    flush()
    assert "event=x level=info request_id=-\n" == behind.getvalue()


def test_logging_can_be_configured_anew(behind: io.StringIO) -> None:
    log_event("earlier")
    later = io.StringIO()
    configure_logs(later)
    log_event("later")
    lines = [behind.getvalue(), later.getvalue()]
    assert ["event=earlier", "event=later"] == [line.split(" ")[0] for line in lines]


PROCESS = """
import sys
from proxy import log_writer
from proxy.logs import configure_logs, log_event, write_behind
log_writer._GATHER_SECONDS = 5  # unless the end hurries it
configure_logs()
write_behind()
for number in range(300):
    log_event("x", ms=float(number))
sys.exit(3)
"""


def test_nothing_is_lost_when_a_process_ends() -> None:
    command = [sys.executable, "-c", PROCESS]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (3, b"") == (ended.returncode, ended.stderr)
    assert [b"ms=%d.0" % number for number in range(300)] == [
        line.split(b" ")[2] for line in ended.stdout.splitlines()
    ]


def test_a_process_ends_although_nobody_reads_its_lines() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS.replace("300", "30_000")], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert 3 == process.wait(60)
    assert process.stdout is not None
    process.stdout.close()
