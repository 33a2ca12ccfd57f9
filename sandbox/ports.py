"""Ports for servers that must be told their own before they listen."""

import fcntl
import os
import random
import socket
import threading
from functools import cache

HOST = "127.0.0.1"
# Below 32768, from where Linux takes the ports of outgoing connections (ip(7)):
# one of those could be taken again before the server that it was found for listens.
_FIRST, _LAST = 20_000, 32_000
_TRIES = 1_000
# Every process of a user has to find the same file, whatever its TMPDIR is.
_FILE = f"/var/tmp/echoseal-ports-{os.getuid()}"  # noqa: S108 - a link in its place is not followed

_giving = threading.Lock()
_given: set[int] = set()


def free_port(wanted: int = 0) -> int:
    """Return `wanted` if it is free on loopback, else some port that is; 0 asks for any.

    No other call returns it again until this process has ended, nor does one in another process of
    the same user: byte n of a file is locked for port n, and the system unlocks it in the end.
    Raises OSError when none is found.
    """
    chosen = [wanted] if wanted else []
    with _giving:
        for port in (*chosen, *(random.randint(_FIRST, _LAST) for _ in range(_TRIES))):
            if port not in _given and _is_locked_for_us(port) and _is_free(port):
                _given.add(port)
                return port
    raise OSError(f"no free port on {HOST}")


def _is_locked_for_us(port: int) -> bool:
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _locks() -> int:
    """Open the file once and for good: closing it, whichever way it was opened, unlocks all."""
    return os.open(_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
