"""Orders about one app take turns, and leave time to undo what fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from integrations.sensedia.aws import NAME, Conflict, NotFound
from integrations.sensedia.contract import App
from proxy.deadline import deadline, uncounted
from proxy.logs import log_event
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable
from proxy.single_flight import KeyedLocks

Undo = Callable[[], object]
# Together they stay below what a request may take.
_WAIT_SECONDS, _WORK_SECONDS, _UNDO_SECONDS = 5.0, 12.0, 6.0


@contextmanager
def taking_turns(locks: KeyedLocks, app: App) -> Iterator[None]:
    """Do one order about an app at a time, with a deadline that leaves time to undo it.

    That holds within a process; between processes AWS's own state has to be enough.
    Raises UpstreamUnavailable when another order takes too long.
    """
    with locks.hold(app.turn, _WAIT_SECONDS) as is_held:
        if not is_held:
            raise UpstreamUnavailable(NAME, "another order about this app is not done yet")
        with deadline(_WORK_SECONDS):
            yield


@contextmanager
def undone_on_failure() -> Iterator[list[Undo]]:
    """Yield a list for the way back from each step; when the block fails, it is gone, last first.

    Whatever becomes of one step back, the others are taken.
    """
    undo: list[Undo] = []
    try:
        yield undo
    except Exception:
        with uncounted(), deadline(_UNDO_SECONDS):
            for step in reversed(undo):
                _take_back(step)
        raise


def _take_back(step: Undo) -> None:
    try:
        step()
    except (NotFound, Conflict):
        return  # it was never done, or it is undone already
    except (UpstreamUnavailable, UpstreamRefused) as error:
        log_event("cleanup", trip="sensedia", outcome="failed", cause=str(error))
