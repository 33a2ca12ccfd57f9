"""The real app with the two numbers changed that a measurement may vary: pool and stack size."""

from __future__ import annotations

import os
import threading

from flask import Flask

import app
from proxy import outgoing


def create_app() -> Flask:
    """Return `app.create_app()` with `BENCH_POOL_SIZE` and `BENCH_STACK_KIB`, where set."""
    pool_size = os.environ.get("BENCH_POOL_SIZE")
    if pool_size:
        outgoing.POOL_SIZE = int(pool_size)
    stack_kib = os.environ.get("BENCH_STACK_KIB")
    if stack_kib:
        threading.stack_size(int(stack_kib) * 1024)
    return app.create_app()
