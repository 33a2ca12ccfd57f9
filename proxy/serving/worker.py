"""gunicorn's worker: the event loop in a process that gunicorn has started and will stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import uvloop
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]  # gunicorn ships no types

from proxy.logs import flush, log_event, write_behind
from proxy.serving.server import EXTENSION, Server
from proxy.wire.limits import descriptor_limit, limits_for

# gunicorn's quick shutdown: nobody waits for a terminal's Ctrl-C until a stream has ended.
_STOPPING_NOW = (signal.SIGINT, signal.SIGQUIT)
_STOPPING = (signal.SIGTERM, *_STOPPING_NOW)


def let_new_workers_stop() -> None:
    """Let a worker that is told to stop while it starts do so; called once, in gunicorn's process.

    A new process has gunicorn's own handlers until `init_signals`, and these would put the signal
    into a queue that nobody reads there: gunicorn would wait out its grace, then kill.
    """
    os.register_at_fork(
        before=_hold_signals, after_in_parent=_release_signals, after_in_child=_stop_by_default
    )


def _hold_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def _release_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def _stop_by_default() -> None:
    for number in _STOPPING:
        signal.signal(number, signal.SIG_DFL)
    _release_signals()


class EventLoopWorker(Worker):  # type: ignore[misc]  # gunicorn ships no types
    """Serves with `proxy.serving.server`; `threads` in gunicorn.conf.py are those of the app."""

    def init_signals(self) -> None:
        """Leave signals alone until there is a loop that can take them."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    def run(self) -> None:
        """Serve until gunicorn says otherwise, or is gone."""
        write_behind()
        uvloop.run(self._serve())
        flush()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._grace_seconds = float(self.cfg.graceful_timeout)
        loop.add_signal_handler(signal.SIGTERM, self._stop)
        for number in _STOPPING_NOW:
            loop.add_signal_handler(number, self._stop_now)
        loop.add_signal_handler(signal.SIGUSR1, self.log.reopen_files)
        loop.add_signal_handler(signal.SIGABRT, self._abort)
        descriptors = descriptor_limit()
        limits = limits_for(descriptors, self.cfg.threads)
        server = Server(self.wsgi, limits, self.cfg.threads, self.cfg.workers)
        await server.listen([listener.sock for listener in self.sockets])
        cause = (
            f"{descriptors} descriptors: {limits.connections} connections;"
            f" {self.cfg.threads} threads; public at {self.wsgi.extensions[EXTENSION].public}"
        )
        log_event("serving", cause=cause)
        await server.watch(self._is_wanted)
        await server.stop(lambda: self._grace_seconds, self.notify)

    def _is_wanted(self) -> bool:
        self.notify()
        return bool(self.alive) and self.ppid == os.getppid()

    def _stop(self) -> None:
        self.alive = False

    def _stop_now(self) -> None:
        self._grace_seconds = 0.0
        self.alive = False

    def _abort(self) -> Any:
        """End at once: gunicorn has not heard of this process for too long."""
        sys.exit(1)
