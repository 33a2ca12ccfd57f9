"""What the machine offers: two cores, programs on PATH, descriptors."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
_DEBIAN = {"wrk": "wrk", "nginx": "nginx", "node": "nodejs", "npm": "npm", "taskset": "util-linux"}


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the server that is measured, and the one that load and stand-ins share."""

    server: int
    load: int


def claim_cores() -> Cores | None:
    """Move this process, and so what it starts, to the second core; None where there is one only.

    The server is moved to the first core when it is started.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return None
    os.sched_setaffinity(0, {allowed[1]})
    return Cores(allowed[0], allowed[1])


def allow_many_descriptors() -> int:
    """Raise the limit of open descriptors, inherited by all that is started; return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def lacks(*programs: str) -> str | None:
    """Return a line that says which of these programs are missing and how they are installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return None
    packages = " ".join(_DEBIAN[name] for name in missing)
    return f"{', '.join(missing)} not found: apt-get install {packages}"


def is_listening(port: int) -> bool:
    """Tell whether a connection to this port on loopback is accepted."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
