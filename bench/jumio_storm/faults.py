"""What goes wrong between the product and its upstreams, call by call, as a seed has it."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal

from bench.jumio_storm.calls import NOBODY, Call

Applied = Literal["never", "now", "late", "twice"]
End = Literal["", "killed", "terminated"]


@dataclass(frozen=True, slots=True)
class Fault:
    """`status` answers the call, None hangs up, 0 stands for the upstream's own answer.

    `held` first lets the caller wait for longer than it will. `end` is what becomes of the process
    that calls: before the call has its effect, if any, where it is applied `never` or `late`.
    """

    name: str
    applied: Applied = "never"
    status: int | None = None
    held: bool = False
    end: End = ""


_REFUSED = tuple(Fault(f"answered {status}", status=status) for status in (429, 500, 503))
_CUT = Fault("hung up before effect")
_LOST = Fault("answer lost after effect", applied="now")
_503_AFTER = Fault("503 after effect", applied="now", status=503)
_LATE_503 = Fault("503, applied late", applied="late", status=503)
_LATE_CUT = Fault("hung up, applied late", applied="late")
_TWICE = Fault("applied again later", applied="twice", status=0)
_HANGS = Fault("hangs before effect", held=True)
_HANGS_AFTER = Fault("hangs after effect", applied="now", held=True)
_KILLED_BEFORE = Fault("killed before effect", end="killed")
_KILLED_AFTER = Fault("killed after effect", applied="now", end="killed")
_KILLED_LATE = Fault("killed, applied late", applied="late", end="killed")
_TERMINATED = Fault("terminated under way", applied="now", status=0, end="terminated")
OUTAGE = Fault("outage", status=503)

_READS = ((*_REFUSED, _CUT, _LOST), (_HANGS,))
_WRITES = (
    (*_REFUSED, _CUT, _LOST, _503_AFTER, _LATE_503, _LATE_CUT, _TWICE),
    (_HANGS, _HANGS_AFTER),
)
_ENDS = (_KILLED_BEFORE, _KILLED_AFTER, _KILLED_LATE, _TERMINATED)
# How many calls of a hundred go wrong.
_SHARES = {"token": 8, "show": 4, "update": 20, "start": 12, "status": 5, "result": 5, "grant": 20}
# Of the calls that write, how many the process does not survive: often between record and rights.
_END_SHARES = {"start": 0.02, "update": 0.02, "grant": 0.1}
_HANG_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad it gets: the seconds of a hang and of an outage, and one outage in how many calls."""

    hang_seconds: float = 12.0
    calls_per_outage: int = 1_500
    outage_seconds: float = 1.0


class Plan:
    """Chooses what becomes of each call; the choices of one user depend on the seed alone."""

    def __init__(self, seed: int, severity: Severity | None) -> None:
        """Without `severity` nothing ever goes wrong."""
        self._seed = seed
        self.severity = severity
        self._lock = threading.Lock()
        self._dice: dict[int, random.Random] = {}
        self._calls = 0
        self._down: tuple[str, float] = ("", 0.0)
        self.outages: dict[str, int] = defaultdict(int)

    def stop(self) -> None:
        """Let nothing go wrong from now on."""
        self.severity = None

    def next(self, upstream: str, call: Call) -> Fault | None:
        """Return what strikes this call, None for nothing."""
        severity = self.severity
        if severity is None or call.user == NOBODY:
            return None
        with self._lock:
            dice = self._dice.setdefault(call.user, random.Random(f"{self._seed}/{call.user}"))
            if self._is_down(upstream, severity):
                return replace(OUTAGE, status=dice.choice((503, None)))
            return self._chosen(dice, call)

    def dice(self, user: int) -> random.Random:
        """Return the dice for when a call is applied late."""
        return self._dice[user]

    def _is_down(self, upstream: str, severity: Severity) -> bool:
        self._calls += 1
        if self._calls % severity.calls_per_outage == severity.calls_per_outage // 2:
            self._down = (upstream, time.monotonic() + severity.outage_seconds)
            self.outages[upstream] += 1
        return self._down[0] == upstream and time.monotonic() < self._down[1]

    def _chosen(self, dice: random.Random, call: Call) -> Fault | None:
        roll, ends = dice.random(), dice.random() < _END_SHARES.get(call.kind, 0)
        if ends:
            return dice.choice(_ENDS)
        if roll >= _SHARES[call.kind] / 100:
            return None
        usual, rare = _WRITES if call.writes else _READS
        return dice.choice(rare if dice.random() < _HANG_SHARE else usual)
