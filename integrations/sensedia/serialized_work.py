"""Orders about one app take turns, and leave time to undo what an update could not replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

from integrations.sensedia.aws import NAME, Aws, Concurrent, NotFound, Throttled
from integrations.sensedia.gateway import KeyMissing, PlanUnknown
from integrations.sensedia.retries import Retries
from proxy.vendors import (
    DeadlineExceeded,
    KeyedLocks,
    UpstreamRefused,
    UpstreamUnavailable,
    deadline,
    log_event,
    remaining,
    uncounted,
)

Undo = Callable[[], object]
# Together they stay below what a request may take. Waiting for a conflict to pass is a part of the
# work, or of the way back.
_WAIT_SECONDS, _WORK_SECONDS, _UNDO_SECONDS = 5.0, 12.0, 6.0


@contextmanager
def taking_turns(
    aws: Aws, locks: KeyedLocks, find_slugs: Callable[[], Iterable[str]]
) -> Iterator[None]:
    """Do one order about an app at a time, with a deadline that leaves time to undo it.

    `find_slugs` returns all slugs that the app has; it may have to ask AWS. Turns hold within a
    process; between processes AWS's own state has to be enough.
    Raises UpstreamUnavailable when another order takes too long, or there are too many.
    """
    with ExitStack() as held:
        with deadline(_WAIT_SECONDS):
            held.enter_context(aws.place())
            # Always in the same order, so that no two orders wait for each other.
            for slug in sorted(set(find_slugs())):
                if not held.enter_context(locks.hold(slug, _seconds_left())):
                    raise UpstreamUnavailable(NAME, "another order about this app is not done yet")
        with deadline(_WORK_SECONDS):
            yield


def _seconds_left() -> float:
    try:
        return remaining(_WAIT_SECONDS)
    except DeadlineExceeded:
        return 0.0


@contextmanager
def undone_on_failure(retries: Retries) -> Iterator[list[Undo]]:
    """Yield a list for the way back from each step; when the block fails, it is gone, last first.

    Whatever becomes of one step back, the others are taken, each with its share of the time. A step
    that AWS has no time for just now is taken again: what is left behind, nobody may come for.
    """
    undo: list[Undo] = []
    try:
        yield undo
    except Exception:
        with uncounted(), deadline(_UNDO_SECONDS):
            for left in range(len(undo), 0, -1):
                _take_back(undo[left - 1], left, retries)
        raise


def _take_back(step: Undo, steps_left: int, retries: Retries) -> None:
    try:
        with deadline(remaining(_UNDO_SECONDS) / steps_left):
            retries.until_done(step, Throttled, Concurrent)
    except (NotFound, KeyMissing):
        return  # it was never done, or it is undone already
    except (DeadlineExceeded, PlanUnknown, UpstreamUnavailable, UpstreamRefused) as error:
        log_event("cleanup", trip="sensedia", outcome="failed", cause=str(error))
