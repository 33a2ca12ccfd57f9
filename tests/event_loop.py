"""An event loop for a test: in a thread of its own, since a driven browser has one in this one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run(
    coroutine: Coroutine[Any, Any, Result],
    runner: Callable[[Coroutine[Any, Any, Result]], Result] = asyncio.run,
) -> Result:
    """Run `coroutine` to its end and return its result; `runner` may be `uvloop.run`."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(runner, coroutine).result()
