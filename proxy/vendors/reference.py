"""What a vendor of the reference trip is asked, and what it answers.

A vendor answers questions: how do I start, is this callback of a kind for us, where is the
reference, what is the result? It never sees Flask, the sealer, the environment or the marketplace,
and it cannot skip or reorder a step: `proxy.references` asks in its own order.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from proxy.vendors.matters import BILLING, IDENTITY, SIGNING, Matter, Status
from proxy.vendors.part import CalledBack


@dataclass(frozen=True, slots=True)
class Limits:
    """What the vendor takes: characters of the carrier field, of the callback and return URLs.

    `callback_url` is None where one address for all sessions is set at the vendor, so that nothing
    can travel in it. `needs_domains`: a return URL is https with a domain name and no port, except
    on loopback, where there is nothing else. `adds_to_query` names what the vendor itself adds to a
    return URL: a page that hands on its own address has it in there at the second try, so it is
    taken off again. `takes_query`: a return URL may have other parameters.
    """

    reference: int
    callback_url: int | None
    success_url: int
    error_url: int
    needs_domains: bool = False
    takes_query: bool = True
    adds_to_query: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a session is for, as Sharetribe knows them; never as a browser says.

    `name` has 1 to 100 characters, `email` at most 254.
    """

    name: str = field(repr=False)
    email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose something is that lasts longer than any seal: in plain text, at the vendor.

    It says nothing by itself: what counts is that the vendor's own API tells it of its own record,
    which only the operator's key can write. `subject` is the plan.
    """

    user_id: UUID
    client_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What a vendor needs to begin: all values fit its Limits.

    `reference` goes into the carrier, the field that the vendor echoes to our server and shows to
    nobody else. `internal_reference` is random and may reach the browser. `idempotency_key` is a
    UUID that two starts share where they found the same records, such as a double click on two
    processes: for vendors that take such a key, or can be asked for what was made with it.
    `pseudonym` is a UUID too, the same for every session of this user with this vendor and nowhere
    else: for vendors that want to know whom they have met before. `locale` is one of the part's
    `locales`, `subject` one of its subjects; `person` and `owner` are told where the matter names a
    person, and where it lasts.
    """

    reference: str = field(repr=False)
    callback_url: str = field(repr=False)
    internal_reference: str
    idempotency_key: str
    pseudonym: str = field(repr=False)
    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None
    subject: str = ""
    person: Person | None = field(default=None, repr=False)
    owner: Owner | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """The vendor's name of one session; `ids` are further ids that its API asks for."""

    reference: str
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """A begun session: where to send the user, and for how many seconds that works."""

    case: Case
    redirect_url: str = field(repr=False)
    valid_seconds: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an outcome is not good: the vendor's own code and words."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the vendor has decided; `status` is one of the matter's words, and not pending.

    `completed_at` is the vendor's time of this result, `is_revised` tells that it takes the place
    of an earlier one. `echoed_reference` is the carrier's content according to whoever told us this
    result.

    - Identity: `document` holds what may be stored of one (type, country, and what is listed).
    - Signing: `version` is that of the document, as the part's `subjects` has it.
    - Billing: until `paid_until` the result holds without asking; by `ends_at` it ends of itself.
      `case` is the name under which it goes on (a subscription), `owner` whose it is, in plain.
    - `details` are further members of the record, by their names there.
    """

    status: Status
    document: Mapping[str, str] = field(default_factory=dict, repr=False)
    reason: Reason | None = None
    completed_at: datetime | None = None
    echoed_reference: str | None = field(default=None, repr=False)
    is_revised: bool = False
    version: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    paid_until: datetime | None = None
    ends_at: datetime | None = None
    case: Case | None = None
    owner: Owner | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the vendor tells of a session that goes on: hand in again, a person looks at it.

    `reason` says it in the vendor's words, for the user; it is shown, and not stored. Another
    result follows by itself, so that whoever told this need not tell it again.
    """

    reason: Reason


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback about the end of a session, or about what goes on after it.

    Anything may be missing, since anybody may have sent it. `result` is what the body itself
    claims, None where the vendor's callbacks carry no result. `owner` spares a vendor that
    `asks_whose` the question where it is nobody of ours.
    """

    reference: str | None = field(repr=False)
    case: Case | None
    result: Result | None = None
    owner: Owner | None = field(default=None, repr=False)


class Reference(CalledBack[Callback]):
    """A vendor that echoes a field of ours in its callback; a subclass says in which matter.

    `limits` is how much its fields hold. `trusts_callbacks`: a callback's own result counts,
    without asking the vendor's API. `case_ids` names Case.ids, stored beside the transaction's
    reference. `has_single_use_links`: an address of the vendor's page works once, or is a secret
    that must not be stored, so it is never handed out again; `resume` is asked for another.
    `opens_in_frame`: its page opens inside another one alone, by a script of the vendor's there.
    `asks_whose`: a signed callback may come without a reference, and the vendor's API tells it.
    `subjects` are what it can be asked for, by name, each with its version: another version is
    asked for anew, and "" never becomes another one. `locales` are the languages of its page, in
    its own words (`pt-BR`, `en_US`): the nearest to what a start asks for is told, or none.
    `return_url` is where its own settings lead people back to who name no page of theirs.
    """

    matter: Matter
    subjects: Mapping[str, str]
    limits: Limits
    callback_content_type: str | None = "application/json"
    trusts_callbacks: bool = False
    case_ids: tuple[str, ...] = ()
    has_single_use_links: bool = False
    opens_in_frame: bool = False
    asks_whose: bool = False
    locales: Sequence[str] = ()
    return_url: str | None = None

    @abstractmethod
    def start(self, request: StartRequest) -> Started:
        """Begin a session; raises UpstreamUnavailable, UpstreamRefused."""

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


class Identity(Reference):
    """A vendor that checks who somebody is."""

    matter = IDENTITY
    subjects = MappingProxyType({"": ""})


class Signing(Reference):
    """A vendor whom users sign documents with: `subjects` are templates by the documents' names."""

    matter = SIGNING


class Billing(Reference):
    """A vendor that users pay the operator with: `subjects` are the plans' names."""

    matter = BILLING
    asks_whose = True

    @abstractmethod
    def portal(self, case: Case, return_url: str | None) -> str:
        """Return the address of a page on which a customer settles what they pay for.

        It is a secret, and lives for minutes. Raises UpstreamUnavailable, UpstreamRefused.
        """
