"""Ports for servers that must know their own before they listen."""

import random
import socket

HOST = "127.0.0.1"
# Below 32768, from where Linux takes the ports of outgoing connections (ip(7)):
# one of those could be taken again before the server that it was found for listens.
_FIRST, _LAST = 20_000, 32_000
_TRIES = 100


def free_port(wanted: int = 0) -> int:
    """Return `wanted` if it is free on loopback, else some port that is; 0 asks for any.

    Raises OSError when none is found.
    """
    chosen = [wanted] if wanted else []
    for port in (*chosen, *(random.randint(_FIRST, _LAST) for _ in range(_TRIES))):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port on {HOST}")
