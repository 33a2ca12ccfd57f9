"""How much a process has under way, as its server sees it once a tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """What is under way at one moment.

    `in_flight` and `waiting` are requests by kind: those that are served, and those that wait for a
    thread. `shares` are what is taken and the most there may be, by name; `places` the calls under
    way to an upstream, by its name and for whom (`proxy.outgoing.places`).
    """

    in_flight: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    places: Mapping[tuple[str, str], int] = field(default_factory=dict)


class Vitals:
    """What the server says of this process: written by its event loop, read by anybody."""

    def __init__(self) -> None:
        self.sample = Sample()
        # How many processes serve together, of which this is one.
        self.processes = 1
        self.is_stopping = False
        self.is_full = False

    @property
    def unready(self) -> str | None:
        """Return why this process should get no new requests; None where it should."""
        if self.is_stopping:
            return "stopping"
        return "full" if self.is_full else None
