"""The vendor's sessions that nobody needed, and why each of them was begun."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

from bench.jumio_storm.calls import clicked
from bench.jumio_storm.journal import Asked
from sandbox.jumio import Transaction

KILLED = "killed after the paid step"
LOST_ANSWER = "the vendor's answer was lost, or its start came twice"
FAILED_WRITE = "the write after the paid step failed"
RESTART = "restart clicked twice"
TWO_PROCESSES = "double click, two processes"
TWO_SESSIONS = "double click, two browsers"
OTHER = "other"
CAUSES = (TWO_PROCESSES, RESTART, TWO_SESSIONS, FAILED_WRITE, KILLED, LOST_ANSWER, OTHER)


def beyond_need(sessions: Iterable[Transaction], asked: Iterable[Asked]) -> Counter[str]:
    """Count by cause what was billed beyond one session for each time that a user wanted one.

    What a user wants, and each click for it, is named in the `successUrl` of every session.
    """
    clicks = {(one.user, one.click): one for one in asked if one.kind == "start"}
    wanted: dict[tuple[int, str], list[Asked]] = defaultdict(list)
    for session in sorted(sessions, key=lambda one: one.started_at):
        user, click = clicked(session.success_url)
        wanted[user, click.partition("/")[0]].append(clicks[user, click])
    causes: Counter[str] = Counter()
    for begun in wanted.values():
        for earlier, later in pairwise(begun):
            causes[_cause(earlier, later)] += 1
    return causes


def _cause(earlier: Asked, later: Asked) -> str:
    strokes = earlier.strokes
    is_restart = earlier.click.startswith("again")
    if earlier is not later and earlier.overlaps(later):
        if is_restart:
            return RESTART
        return TWO_PROCESSES if earlier.process != later.process else TWO_SESSIONS
    if later.began <= earlier.began:  # the same click, or one whose session the vendor began late
        return LOST_ANSWER
    if any("killed" in stroke for stroke in strokes):
        return KILLED
    if any(stroke.startswith("start:") for stroke in strokes):
        return LOST_ANSWER
    if any(stroke.startswith("update:") for stroke in strokes):
        return FAILED_WRITE
    return RESTART if is_restart else OTHER
