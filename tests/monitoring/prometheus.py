"""Prometheus's own judgement, by promtool, where this machine has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import missing


def judge(*arguments: str | Path, told: str = "") -> None:
    """Have promtool judge what `arguments` name, or `told`; it must find nothing to say.

    Without promtool the test ends as `tests.missing` says.
    """
    promtool = missing.program("promtool", otherwise="Prometheus judges nothing of ours")
    done = subprocess.run(
        [promtool, *arguments], input=told, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout + done.stderr
