"""The folder in which several processes keep their numbers, so that any of them tells all."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from importlib import import_module
from pathlib import Path

from proxy.monitoring.metrics import FOLDER_VARIABLE

_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes it safe
_ours: list[str] = []


def prepare_folder(*, is_shared: bool) -> None:
    """Give prometheus_client a new folder where several processes serve, none where one does.

    Called before it is imported, in the process from which the others are forked; when that reads
    its configuration again, the folder stays. It is a new one, whatever the environment says, since
    numbers of another run must not count.
    """
    if _ours:
        return
    os.environ.pop(FOLDER_VARIABLE, None)
    if not is_shared:
        return
    folder = tempfile.mkdtemp(prefix="echoseal-metrics-", dir=_MEMORY if _MEMORY.is_dir() else None)
    _ours.append(folder)
    os.environ[FOLDER_VARIABLE] = folder
    atexit.register(_remove, folder, os.getpid())


def forget_process(pid: int) -> None:
    """Take what is under way in a process that has ended out of the numbers; its counts stay."""
    if _ours:
        import_module("prometheus_client.multiprocess").mark_process_dead(pid)


def _remove(folder: str, pid: int) -> None:
    if os.getpid() == pid:
        shutil.rmtree(folder, ignore_errors=True)
