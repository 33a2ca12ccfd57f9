"""How long a client may take, and how much a process may hold."""

from __future__ import annotations

import resource
from dataclasses import dataclass, fields

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
    # What is held in all of bodies that are collected until they are whole, or wait as a whole for
    # a thread or for the frontend.
    held_body_bytes: int = 32 * 1024 * 1024
    # Bodies in either direction: so many bytes in any so many seconds, pauses included.
    progress_seconds: float = 60.0
    progress_bytes: int = 4 * 1024
    # How long what a refused client still sends is read away, so that it can read the refusal.
    linger_seconds: float = 3.0
    # How long idle connections are listened to once the process is stopping.
    farewell_seconds: float = 2.0
    # The frontend: until it is reached; from the end of the request to the head of the answer, and
    # between two parts of a body (a router's bounds, less a little); an idle connection is kept
    # less long than Node's server does (5 s; nodejs.org, keepAliveTimeout, read 2026-11).
    connect_seconds: float = 4.0
    frontend_head_seconds: float = 28.0
    frontend_gap_seconds: float = 55.0
    frontend_kept_seconds: float = 4.0
    # How long a request waits for a place at the frontend, which its answer then has less; and
    # for how long nothing may begin or end there before waiting for it counts as in vain.
    frontend_place_seconds: float = 10.0
    frontend_still_seconds: float = 4.0
    # Clients' connections and those to the frontend together.
    connections: int = 1_000
    # Requests whose body is still on its way: all of them, and one client's.
    uploads: int = 400
    uploads_per_client: int = 100
    # Requests that are passed through, quiet streams among them; those of them that wait for the
    # frontend's head; WebSockets. Each takes two descriptors. Who waits for a place takes one.
    passed_through: int = 400
    unanswered_by_frontend: int = 400
    waiting_for_frontend: int = 200
    tunnels: int = 80
    # What waits in all for clients that read slowly.
    unsent_bytes: int = 128 * 1024 * 1024

    @property
    def tick_seconds(self) -> float:
        """How often the bounds are looked at."""
        bounds = (getattr(self, field.name) for field in fields(self))
        return min(1.0, *(bound / 4 for bound in bounds if isinstance(bound, float)))


def limits_for(descriptors: int, threads: int) -> Limits:
    """Return the bounds of a process that may open so many descriptors and run so many threads.

    A thread may hold a connection to an upstream of its own, beside that of its client.
    """
    free = descriptors - _SPARE_DESCRIPTORS
    connections = max(free - min(threads, free // 2), 16)
    # With two descriptors each, and one for each who waits, these and the tunnels leave a quarter
    # of all to our own routes. 1,024 descriptors are enough for 50 browsers that open a page at
    # once, over six connections each.
    waiting = min(500, connections * 3 // 16)
    passed_through = max((connections * 5 // 8 - waiting) // 2, 4)
    uploads = max(min(400, passed_through // 2), 2)
    return Limits(
        connections=connections,
        uploads=uploads,
        uploads_per_client=max(uploads // 4, 1),
        passed_through=passed_through,
        unanswered_by_frontend=min(1_000, passed_through),
        waiting_for_frontend=waiting,
        tunnels=max(connections // 16, 1),
    )


def descriptor_limit() -> int:
    """Return how many descriptors this process may open, after asking for all it can have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
