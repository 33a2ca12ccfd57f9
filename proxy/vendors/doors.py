"""What a vendor of a guarded door is asked: whose token is this, or what does this order want?

A guarded door answers callers who are no marketplace session: a card with a vendor's token, or a
portal with basic credentials. The kernel checks who knocks; a vendor file only answers questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from proxy.outgoing.upstream import Reachable, Upstream


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


class TokenVendor(Protocol):
    """A vendor whose tokens are checked by asking it (RFC 7662 calls that introspection)."""

    @property
    def name(self) -> str:
        """The vendor's name in routes, settings and the stored record."""

    @property
    def token_header(self) -> str:
        """The request header that carries the token."""

    @property
    def token_field(self) -> str:
        """The field of a request's body that carries it, where no header does."""

    @property
    def audiences(self) -> frozenset[str]:
        """What a token must have been issued to, at least one."""

    @property
    def cache_seconds(self) -> float:
        """How long an answer may be remembered."""

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """The systems that must be reachable for this vendor to work."""

    def introspect(self, token: str) -> Principal:
        """Ask whose token it is; raises TokenInvalid, UpstreamUnavailable, UpstreamRefused."""

    def ends_at(self, token: str) -> float | None:
        """Return when a token says that it ends (unix seconds); nothing that it says is proven."""


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
class WebhookAnswer:
    """An answer to a webhook: without a body it is empty."""

    status: int
    body: Mapping[str, Any] | None = field(default=None, repr=False)


class WebhookRefused(Exception):
    """A webhook's order cannot be done: problem code, and a public sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code} {detail}")
        self.code = code
        self.detail = detail


class WebhookVendor(Protocol):
    """A vendor that orders things from us over a contract of its own."""

    @property
    def name(self) -> str:
        """The vendor's name in routes and settings."""

    @property
    def credentials(self) -> tuple[BasicPair, ...]:
        """The pairs that are accepted, at least one."""

    @property
    def upstreams(self) -> tuple[Reachable, ...]:
        """The systems that must be reachable for this vendor to work."""

    @property
    def operations(self) -> Mapping[str, str]:
        """The HTTP method by path below the vendor's own prefix, such as `v1/health`: `GET`."""

    def handle(self, operation: str, document: Mapping[str, Any]) -> WebhookAnswer:
        """Do one operation; `document` is the body, empty where there is none.

        Raises WebhookRefused, UpstreamUnavailable, UpstreamRefused.
        """
