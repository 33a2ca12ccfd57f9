"""What a vendor of a guarded door is asked: whose token is this, or what does this order want?

A guarded door answers callers who are no marketplace session: a card with a vendor's token, or a
portal with basic credentials. The kernel checks who knocks; a vendor file only answers questions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.vendors.part import Part


@dataclass(frozen=True, slots=True)
class Principal:
    """Who stands behind a token, as the vendor tells it.

    `audience` names what the token was issued to, "" where that is nothing we could check.
    `claims` is what may be shown to the caller, under the vendor's own names.
    """

    id: str
    audience: str
    claims: Mapping[str, str] = field(default_factory=dict, repr=False)


class TokenInvalid(Exception):
    """The vendor does not take the token: expired, unknown or broken."""


class TokenDoor(Part, ABC):
    """A vendor whose tokens are checked by asking it (RFC 7662 calls that introspection).

    `token_header` is the request header that carries the token, `token_field` the field of a body
    that carries it where no header does. `audiences` is what a token must have been issued to, at
    least one. `cache_seconds`: how long an answer may be remembered.
    """

    token_header: str
    token_field: str
    audiences: frozenset[str]
    cache_seconds: float

    @abstractmethod
    def introspect(self, token: str) -> Principal:
        """Ask whose token it is; raises TokenInvalid, UpstreamUnavailable, UpstreamRefused."""

    def ends_at(self, token: str) -> float | None:  # noqa: ARG002 - opaque tokens say nothing
        """Return when a token says that it ends (unix seconds); nothing that it says is proven."""
        return None


@dataclass(frozen=True, slots=True)
class BasicPair:
    """A user name and password that a caller may present (RFC 7617)."""

    user: str
    password: str = field(repr=False)


def parse_pairs(text: str) -> tuple[BasicPair, ...]:
    """Return the pairs of a setting: one `user:password` per line, split at the first colon.

    Raises ValueError, naming the line, for one without a colon, a user or a password.
    """
    pairs = []
    for number, line in enumerate(text.strip().splitlines(), start=1):
        user, colon, password = line.strip().partition(":")
        if not colon or not user or not password:
            raise ValueError(f"line {number} is not user:password")
        pairs.append(BasicPair(user, password))
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class PortalAnswer:
    """An answer to a webhook: without a body it is empty."""

    status: int
    body: Mapping[str, Any] | None = field(default=None, repr=False)


class PortalRefused(Exception):
    """A webhook's order cannot be done: problem code, and a public sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


class PortalDoor(Part, ABC):
    """A vendor that orders things from us over a contract of its own.

    `credentials` are the pairs that are accepted, at least one. `operations` has the HTTP method by
    path below the vendor's own prefix, such as `v1/health`: `GET`.
    """

    credentials: tuple[BasicPair, ...]
    operations: Mapping[str, str]

    @abstractmethod
    def handle(self, operation: str, document: Mapping[str, Any]) -> PortalAnswer:
        """Do one operation; `document` is the body, empty where there is none.

        Raises PortalRefused, UpstreamUnavailable, UpstreamRefused.
        """
