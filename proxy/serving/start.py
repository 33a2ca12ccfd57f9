"""Where the server listens and how wide it is; a wrong configuration ends the process before that.

gunicorn.conf.py holds the other settings, docs/adr/0006-serving.md the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass

from proxy.listening import bind_of, read_listening
from proxy.monitoring.settings import read_monitoring
from proxy.serving.env_file import EnvFile, refused_with
from proxy.settings import Settings
from proxy.settings_reader import ConfigurationError, SettingsReader

# What only the server reads.
SERVER_NAMES = ("HOST", "PORT", "WEB_PROCESSES")


@dataclass(frozen=True, slots=True)
class Serving:
    """Where to listen (`host:port`), with how many processes, and threads in each of them.

    `metrics_bind` is where metrics are read, `has_metrics` whether there are any, there or else.
    """

    bind: str
    processes: int
    threads: int
    metrics_bind: str | None = None
    has_metrics: bool = False


def serving_or_exit(
    variables: MutableMapping[str, str],
    read: Callable[[], Settings],
    complete: Callable[[MutableMapping[str, str]], EnvFile | None] = lambda _: None,
) -> Serving:
    """Return how to serve, once `read` has found the rest of the configuration good as well.

    `complete` puts in what else is set, before anything is read. Both raise ConfigurationError.
    Whatever is wrong ends the process before it listens: raises SystemExit with the list of
    problems, which is printed without a traceback (exit code 1).
    """
    try:
        env_file = complete(variables)
    except ConfigurationError as error:
        raise SystemExit(str(error)) from None
    reader = SettingsReader(variables)
    host, port, processes = _read_server(reader)
    monitoring = read_monitoring(reader)
    try:
        threads = read().threads
    except ConfigurationError as error:
        problems = dict.fromkeys([*refused_with(error, env_file).problems, *reader.problems])
        raise SystemExit(str(ConfigurationError([*problems]))) from None
    if reader.problems:
        raise SystemExit(str(ConfigurationError(reader.problems)))
    return Serving(bind_of(host, port), processes, threads, monitoring.bind, monitoring.metrics)


def server_problems(variables: Mapping[str, str]) -> list[str]:
    """Return what only the server finds wrong, for commands that say all that is."""
    reader = SettingsReader(variables)
    _read_server(reader)
    return reader.problems


def _read_server(reader: SettingsReader) -> tuple[str, int, int]:
    """Return host, port and number of processes; reports what is wrong with them."""
    host, port = read_listening(reader)
    return host, port, reader.integer("WEB_PROCESSES", 1, minimum=1, maximum=32)
