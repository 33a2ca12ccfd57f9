"""Where the server listens and how wide it is; a wrong configuration ends the process before that.

gunicorn.conf.py holds the other settings, docs/adr/0006-serving.md the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proxy.settings import ConfigurationError, SettingsReader

# A small dyno allows 256 processes and threads (devcenter.heroku.com, limits, read 2026-11); larger
# ones allow more.
THREADS = 200
_HOST = r"[0-9A-Za-z.:-]+"


@dataclass(frozen=True, slots=True)
class Serving:
    """Where to listen (`host:port`), with how many processes, and threads in each of them."""

    bind: str
    processes: int
    threads: int


def serving_or_exit(variables: Mapping[str, str], check: Callable[[], object]) -> Serving:
    """Return how to serve, once `check` has found the rest of the configuration good as well.

    `check` raises ConfigurationError. Whatever is wrong ends the process before it listens: raises
    SystemExit with the list of problems, which is printed without a traceback (exit code 1).
    """
    reader = SettingsReader(variables)
    serving = _read_serving(reader)
    problems = reader.problems
    try:
        check()
    except ConfigurationError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise SystemExit(str(ConfigurationError(problems)))
    return serving


def _read_serving(reader: SettingsReader) -> Serving:
    host = reader.text("HOST", "0.0.0.0", pattern=_HOST)  # noqa: S104 - a router stands in front
    port = reader.integer("PORT", 8000, minimum=1, maximum=65_535)
    processes = reader.integer("WEB_PROCESSES", 1, minimum=1, maximum=32)
    threads = reader.integer("WEB_THREADS", THREADS, minimum=1, maximum=1_000)
    return Serving(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", processes, threads)
