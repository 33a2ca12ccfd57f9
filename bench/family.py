"""A process with its children: what they use of the machine, as Linux tells under /proc."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Use:
    """What a family held at one moment; memory in MiB, `pss` with shared pages counted once."""

    rss: float
    pss: float
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Family:
    """The process `pid` and all its descendants."""

    pid: int

    def pids(self) -> list[int]:
        """Return who belongs to it now, the eldest first."""
        found = [self.pid]
        for pid in found:
            found += _children(pid)
        return found

    def cpu_seconds(self) -> float:
        """Return the CPU time, of user and system, that those alive have used so far."""
        return sum(_cpu_ticks(pid) for pid in self.pids()) / _TICKS

    def pss(self) -> float:
        """Return the memory in MiB, shared pages counted once."""
        return sum(_kib(f"/proc/{pid}/smaps_rollup", "Pss") for pid in self.pids()) / 1024

    def use(self) -> Use:
        """Return memory, open descriptors and threads now."""
        pids = self.pids()
        return Use(
            rss=sum(_kib(f"/proc/{pid}/status", "VmRSS") for pid in pids) / 1024,
            pss=self.pss(),
            descriptors=sum(_descriptors(pid) for pid in pids),
            threads=sum(_kib(f"/proc/{pid}/status", "Threads") for pid in pids),
        )


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue  # the thread has ended in the meantime
    return found


def _cpu_ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _kib(path: str, name: str) -> int:
    try:
        text = Path(path).read_text()
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - often, and of thousands
    except OSError:
        return 0
