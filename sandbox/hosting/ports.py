"""Ports that cannot be others: whether they are free, and who has them."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

_LISTENING = "0A"
_PROCESSES = Path("/proc")


class PortTakenError(Exception):
    """A port that is wanted is another's; the message says whose, and what to do."""


def require_free(ports: Mapping[int, str]) -> None:
    """Raise PortTakenError unless nobody listens on any of `ports`, each with what to do then."""
    taken = [
        f"Port {port} is taken{_by(port)}. {advice}"
        for port, advice in ports.items()
        if is_taken(port)
    ]
    if taken:
        raise PortTakenError("\n".join(taken))


def is_taken(port: int) -> bool:
    """Tell whether something listens on a port of loopback, in either family.

    Browsers try ::1 for localhost too, so whoever has the port there would answer instead.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    try:
        with socket.create_connection(("::1", port), timeout=1):
            return True
    except OSError:
        return False


def _by(port: int) -> str:
    """Name who listens, where the system tells: Linux does, of this user's own processes."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    for folder in sorted(_PROCESSES.glob("[0-9]*")):
        try:
            if any(str(link.readlink()) in sockets for link in (folder / "fd").iterdir()):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                return f" by process {folder.name} ({command[:60]})"
        except OSError:  # it is another's, or has just ended
            continue
    return ""


def _inodes(port: int) -> list[str]:
    """Return the listening sockets of a port (proc_net(5))."""
    inodes = []
    for table in ("net/tcp", "net/tcp6"):
        try:
            rows = (_PROCESSES / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for _, local, _, state, *rest in map(str.split, rows):
            if state == _LISTENING and re.fullmatch(f"[0-9A-F]+:{port:04X}", local):
                inodes.append(rest[5])
    return inodes
