"""How long a client may take, and how much a process may hold."""

from __future__ import annotations

import resource
from dataclasses import dataclass

# Kept free of connections: the log, the listening socket, the interpreter's own files, and room to
# accept a connection that is then refused.
_SPARE_DESCRIPTORS = 64
# Python's own tools, and what a process is killed for, are not made for more.
_MOST_DESCRIPTORS = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one process. Seconds are counted by a tick of one second, so they are rough.

    A router in front has bounds of its own (Heroku: 30 s to the first byte, then 55 s between two;
    devcenter.heroku.com, HTTP routing, read 2026-11); these hold without one.
    """

    # A connection that has said nothing yet; a head from its first byte to its last.
    first_byte_seconds: float = 10.0
    head_seconds: float = 10.0
    # Longer than the 90 s after which Heroku's router closes an idle connection, so that it is
    # never the router that meets a closed one.
    idle_seconds: float = 95.0
    # A body of our own routes (100 KB) in this time is slower than any modem.
    own_body_seconds: float = 10.0
    # Bodies in either direction: so many bytes in any so many seconds, pauses included.
    progress_seconds: float = 60.0
    progress_bytes: int = 4 * 1024
    # How long what a refused client still sends is read away, so that it can read the refusal.
    linger_seconds: float = 3.0
    # How long idle connections are listened to once the process is stopping.
    farewell_seconds: float = 2.0
    # Clients' connections and those to the frontend together.
    connections: int = 1_000
    # Requests whose body is still on its way: all of them, and one client's.
    uploads: int = 400
    uploads_per_client: int = 100
    # Requests that wait for the frontend's head.
    unanswered_by_frontend: int = 1_000

    @property
    def tick_seconds(self) -> float:
        """How often the bounds are looked at."""
        shortest = min(
            self.first_byte_seconds, self.head_seconds, self.progress_seconds, self.linger_seconds
        )
        return min(1.0, shortest / 4)


def limits_for(descriptors: int, threads: int) -> Limits:
    """Return the bounds of a process that may open so many descriptors and run so many threads.

    A thread may hold a connection to an upstream of its own.
    """
    connections = max(descriptors - threads - _SPARE_DESCRIPTORS, 16)
    # A request that is passed through takes two descriptors.
    passed_through = max(connections // 2, 4)
    uploads = max(min(400, passed_through // 2), 2)
    return Limits(
        connections=connections,
        uploads=uploads,
        uploads_per_client=max(uploads // 4, 1),
        unanswered_by_frontend=min(1_000, max(passed_through // 2, 2)),
    )


def descriptor_limit() -> int:
    """Return how many descriptors this process may open, after asking for all it can have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
