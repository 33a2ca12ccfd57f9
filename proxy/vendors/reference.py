"""What a vendor of the reference trip is asked, and what it answers.

A vendor answers questions: how do I start, is this callback of a kind for us, where is the
reference, what is the result? It never sees Flask, the sealer, the environment or the marketplace,
and it cannot skip or reorder a step: `proxy.references` asks in its own order.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from proxy.vendors.part import CalledBack


class Status(StrEnum):
    """How a verification stands, in our words; vendors' words stop in their files."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor takes: characters of the carrier field, of the callback and return URLs.

    `callback_url` is None where one address for all sessions is set at the vendor, so that nothing
    can travel in it. `needs_domains`: a return URL is https with a domain name and no port, except
    on loopback, where there is nothing else.
    """

    reference: int
    callback_url: int | None
    success_url: int
    error_url: int
    needs_domains: bool = False


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a vendor needs to begin: all values fit its Limits.

    `reference` goes into the carrier, the field that the vendor echoes to our server and shows to
    nobody else. `internal_reference` is random and may reach the browser. `idempotency_key` is a
    UUID that two starts share where they found the same records, such as a double click on two
    processes: for vendors that take such a key, or can be asked for what was made with it.
    `pseudonym` is a UUID too, the same for every session of this user with this vendor and nowhere
    else: for vendors that want to know whom they have met before.
    """

    reference: str = field(repr=False)
    callback_url: str = field(repr=False)
    internal_reference: str
    idempotency_key: str
    pseudonym: str = field(repr=False)
    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The vendor's name of one verification; `ids` are further ids that its API asks for."""

    reference: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """A begun verification: where to send the user, and for how many seconds that works."""

    case: Case
    redirect_url: str = field(repr=False)
    valid_seconds: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verification was not approved: the vendor's own code and words."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Result:
    """A finished verification.

    `document` holds what may be stored of it (type, country, and what the operator listed).
    `completed_at` is the vendor's time of this result, `is_revised` tells that it takes the place
    of an earlier one. `echoed_reference` is the carrier's content according to whoever told us this
    result.
    """

    status: Status
    document: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: Reason | None = None
    completed_at: datetime | None = None
    echoed_reference: str | None = field(default=None, repr=False)
    is_revised: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the vendor tells of a session that goes on: hand in again, a person looks at it.

    `reason` says it in the vendor's words, for the user; it is shown, and not stored. Another
    result follows by itself, so that whoever told this need not tell it again.
    """

    reason: Reason


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback about the end of a verification.

    Anything may be missing, since anybody may have sent it. `result` is what the body itself
    claims, None where the vendor's callbacks carry no result.
    """

    reference: str | None = field(repr=False)
    case: Case | None
    result: Result | None = None


class Reference(CalledBack[Callback]):
    """A vendor that echoes a field of ours in its callback.

    `limits` is how much its fields hold. `trusts_callbacks`: a callback's own result counts,
    without asking the vendor's API. `case_ids` names Case.ids, stored beside the transaction's
    reference. `has_single_use_links`: an address of the vendor's page works once, or is a secret
    that must not be stored, so it is never handed out again; `resume` is asked for another.
    """

    limits: Limits
    callback_content_type: str | None = "application/json"
    trusts_callbacks: bool = False
    case_ids: tuple[str, ...] = ()
    has_single_use_links: bool = False

    @abstractmethod
    def start(self, request: StartRequest) -> Started:
        """Begin a verification; raises UpstreamUnavailable, UpstreamRefused."""

    @abstractmethod
    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:
        """Ask the vendor's own API for the result; None while there is none to read.

        `finished` tells that a callback announced the end, which may save a request: then None
        makes the vendor send it again, and Waiting does not. A status that we do not know is
        Waiting, never a result. Raises UpstreamUnavailable, UpstreamRefused.
        """

    def resume(self, case: Case) -> Started | Waiting | None:  # noqa: ARG002 - for those with such links
        """Return a session that is under way with a fresh address of its page, None if it is over.

        Waiting where the person's part is over and the vendor's is not: then it leads nowhere.
        Asked where `has_single_use_links`. Raises UpstreamUnavailable, UpstreamRefused.
        """
        return None
