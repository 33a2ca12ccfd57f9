"""What this machine lacks: tests that need it are skipped, with a line that says so."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str, *, otherwise: str) -> str:
    """Return the path of a program on PATH; without it the test ends as `do_without` says.

    `otherwise` says what is not tested then.
    """
    path = shutil.which(name)
    return path if path is not None else do_without(f"no {name} on PATH: {otherwise}")


def do_without(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI=true promises that nothing is missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, but {reason}")
    pytest.skip(reason)
