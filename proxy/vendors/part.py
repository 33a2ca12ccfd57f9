"""What every part of an integration has, and what every part has that its vendor calls back.

Parts are base classes: what most vendors answer alike stands here as a default, so that a new
question to vendors edits none of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from proxy.outgoing.upstream import Reachable
from proxy.vendors.probe import Probe
from proxy.vendors.proof import Proof, RequestHeaders

Told = TypeVar("Told")
MAX_CALLBACK_BYTES = 100 * 1024


class Part:
    """One thing that a vendor is to the marketplace.

    `name` is the vendor's in routes, settings and records. `upstreams` must be reachable for the
    part to work.
    """

    name: str
    upstreams: Sequence[Reachable] = ()

    def probes(self) -> Sequence[Probe]:
        """Return what the vendor can be asked about this part's settings; sends nothing itself.

        The first is about the credentials: when it fails, those after it would fail alike.
        """
        return ()


Kind = TypeVar("Kind", bound=Part)


class Parts(tuple[Part, ...]):
    """The parts of every enabled integration, in the order in which `INTEGRATIONS` lists them."""

    __slots__ = ()

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the parts of one kind."""
        return [part for part in self if isinstance(part, kind)]

    def named(self, kind: type[Kind], name: str) -> Kind | None:
        """Return the part of a kind that the vendor with this name has, None where it has none."""
        return next((part for part in self.of(kind) if part.name == name), None)


class CallbackUnreadable(Exception):
    """The body is not one of this vendor's callbacks; the message (public) says what is wrong."""


class CalledBack(Part, ABC, Generic[Told]):
    """A part that the vendor calls back, at `/callbacks/<name>`: what proves it, how it looks.

    `proof` is judged over the bytes as they came, before anything in them is read. A callback
    without it gets `refusal_status`, and `refusal_detail` where the vendor's own words are due.
    `callback_content_type` is the media type, None for any; `max_callback_bytes` the most that one
    has. `acknowledgement` is the text that the vendor waits for, None for JSON of ours.
    `answer_seconds`: how long an answer may take before the vendor gives up on it, with some to
    spare; None where a request's own deadline is shorter.
    """

    proof: Proof
    callback_content_type: str | None = None
    max_callback_bytes: int = MAX_CALLBACK_BYTES
    acknowledgement: str | None = None
    refusal_status: int = 401
    refusal_detail: str | None = None
    answer_seconds: float | None = None

    @abstractmethod
    def read_callback(self, headers: RequestHeaders, body: bytes) -> Told | None:
        """Read a callback whose proof held; None for a kind that needs nothing done.

        A byte order mark has been taken away. Only fields that are used need be readable. None
        ends the matter, so it is for bodies that are known to be of another kind; raises
        CallbackUnreadable for all others.
        """
