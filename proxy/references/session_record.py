"""The record of one session with a vendor, as it stands under a key of its own in private data.

Sharetribe merges private data by top-level key and replaces each value whole, so what two writers
must not take from each other stands under two keys (docs/adr/0020-one-key-a-session.md). Beside the
fields that frontends read, a record says what is needed to put sessions into an order:

    vendorTime   true: `completedAt` is of the vendor's clock, else of ours
    revision     how often the vendor has changed its word since the first one; absent for none
    follows      the ids of the sessions that had finished when this one began
    after        the ids of the sessions that were known to have finished when this one had
    starts       which other sessions of the user had begun in the 24 hours before, and when, by id
    restart      true: the user asked for a new session, whatever there was
    sessionReference   under which name it began, where it goes on under another (a subscription)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from crypto import LEEWAY_SECONDS, base64url
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.matters import Status
from proxy.vendors.reference import Case, Reason, Result, Started

ID_CHARACTERS = 8
_ORDERING = ("vendorTime", "revision", "follows", "after")
# What is told of a session beyond its summary.
_BEYOND_SUMMARY = (*_ORDERING, "starts", "restart", "sessionReference", "access")
# Until when a result holds without asking, and when it ends of itself.
_LEASE = ("paidUntil", "endsAt")
# What names a session, what orders it, how long it holds, and who settles it.
_DECISION = (
    "provider",
    "status",
    "transactionReference",
    "sessionReference",
    "customerId",
    "version",
    "startedAt",
    "completedAt",
    *_LEASE,
    *_ORDERING,
)
# What a vendor's word consists of: where none of it differs, there is no news.
_WORD = ("status", "document", "reason", "version", *_LEASE)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is believed of one session: a JSON object of ours, read back, or about to be written.

    Times are unix seconds; what is not there, or not a time, is 0.
    """

    fields: Mapping[str, Any] = field(repr=False)

    @property
    def provider(self) -> str:
        """The vendor's name."""
        return str(self.fields.get("provider", ""))

    @property
    def transaction(self) -> str:
        """The vendor's own name of the session."""
        return str(self.fields.get("transactionReference", ""))

    @property
    def status(self) -> str:
        """One of Status."""
        return str(self.fields.get("status", ""))

    @property
    def began_as(self) -> str:
        """The vendor's name of it when it began, which may have been another one."""
        return str(self.fields.get("sessionReference", self.transaction))

    @property
    def has_moved(self) -> bool:
        """Whether it goes on under another name than it began with."""
        return self.began_as != self.transaction

    @property
    def version(self) -> str:
        """Which version of its subject it is about, "" where there are none."""
        return str(self.fields.get("version", ""))

    @property
    def is_pending(self) -> bool:
        """Whether no result of the session is known."""
        return self.status == Status.PENDING

    @property
    def is_verdict(self) -> bool:
        """Whether the vendor has judged: a session that merely expired says nothing of its user."""
        return self.status not in (Status.PENDING, Status.EXPIRED)

    @property
    def revision(self) -> int:
        """How often the vendor has changed its word."""
        revision = self.fields.get("revision", 0)
        # JSON may have a whole number with a point, and its checksum holds.
        return int(revision) if isinstance(revision, int | float) else 0

    @property
    def has_vendor_time(self) -> bool:
        """Whether `completed_at` is of the vendor's clock."""
        return self.fields.get("vendorTime") is True

    @property
    def is_restart(self) -> bool:
        """Whether the user asked for a new session, whatever there was."""
        return self.fields.get("restart") is True

    @property
    def started_at(self) -> float:
        """When the session began, by our clock."""
        return _seconds(self.fields.get("startedAt"))

    @property
    def completed_at(self) -> float:
        """When the vendor's word was given, 0 while there is none."""
        return _seconds(self.fields.get("completedAt"))

    @property
    def paid_until(self) -> float | None:
        """Until when a result holds without asking, None for a result that has no such end."""
        return _seconds(self.fields["paidUntil"]) if "paidUntil" in self.fields else None

    @property
    def ends_at(self) -> float | None:
        """When a relation ends of itself, None where it goes on."""
        return _seconds(self.fields["endsAt"]) if "endsAt" in self.fields else None

    @property
    def follows(self) -> Collection[str]:
        """The ids of the sessions that had finished when this one began."""
        follows = self.fields.get("follows")
        return follows if isinstance(follows, list) else ()

    @property
    def after(self) -> Collection[str]:
        """The ids of the sessions that were known to have finished when this one had."""
        after = self.fields.get("after")
        return after if isinstance(after, list) else ()

    @property
    def starts(self) -> dict[str, str]:
        """When the user's sessions of that day began, this one among them: RFC 3339, by id."""
        known = self.fields.get("starts")
        others = known if isinstance(known, dict) else {}
        began = session_id(self.provider, self.began_as)
        return {**others, began: str(self.fields.get("startedAt", ""))}

    @property
    def id(self) -> str:
        """Eight characters that name the session."""
        return session_id(self.provider, self.transaction)

    @property
    def ids(self) -> tuple[str, ...]:
        """What names all the keys under which this record is written.

        A word that the vendor has changed stands under a key of its own too: the write of the first
        word may come late, or twice, and takes only the first key.
        """
        if not self.revision:
            return (self.id,)
        word = (str(self.revision), self.status, str(self.fields.get("completedAt")))
        return self.id, _short_digest(self.provider, self.transaction, *word)

    @property
    def summary(self) -> dict[str, Any]:
        """What frontends read of it.

        A vendor's clock may be behind ours, or tell whole seconds: it ended no sooner than it
        began. The record itself keeps both times, by which sessions are ordered.
        """
        told = {name: self.fields[name] for name in self.fields if name not in _BEYOND_SUMMARY}
        if 0 < self.completed_at < self.started_at:
            told["startedAt"] = told["completedAt"]
        return told

    @property
    def decision(self) -> SessionRecord:
        """The record without all that neither orders it nor names its session."""
        return SessionRecord({name: self.fields[name] for name in _DECISION if name in self.fields})

    def case(self, id_names: tuple[str, ...]) -> Case:
        """Return the transaction with the ids that its vendor asks for."""
        ids = {name: self.fields[name] for name in id_names if name in self.fields}
        return Case(self.transaction, ids)

    def is_open_at(self, now: float) -> bool:
        """Tell whether the user can still go to the session at `now`."""
        return self.is_pending and _seconds(self.fields.get("expiresAt")) > now

    def revised(self, revision: int) -> SessionRecord:
        """Return the record as the vendor's word after so many others."""
        return replace(self, fields={**self.fields, "revision": revision}) if revision else self

    def moved_from(self, began_as: str) -> SessionRecord:
        """Return the record as that of a session which began under another name."""
        return replace(self, fields={**self.fields, "sessionReference": began_as})

    def says_the_same_as(self, other: SessionRecord) -> bool:
        """Tell whether two records of a session hold the same word of the vendor."""
        return all(self.fields.get(name) == other.fields.get(name) for name in _WORD)


def pending(
    provider: str,
    started: Started,
    now: float,
    *,
    version: str = "",
    keeps_link: bool = True,
    is_restart: bool,
    follows: Collection[str],
    starts: Mapping[str, str],
) -> SessionRecord:
    """Return the record of a session that begins at `now`.

    `version` is that of its subject, "" where there are none. `keeps_link`: its address may be
    handed out again. `follows` are the ids of those that have finished, `starts` when others began,
    by id.
    """
    fields: dict[str, Any] = {
        "provider": provider,
        "status": Status.PENDING.value,
        "transactionReference": started.case.reference,
        **started.case.ids,
        **({"version": version} if version else {}),
        "startedAt": format_utc(now),
        **({"redirectUrl": started.redirect_url} if keeps_link else {}),
        "expiresAt": format_utc(now + started.valid_seconds),
    }
    if is_restart:
        fields["restart"] = True
    if follows:
        fields["follows"] = sorted(follows)
    if starts:
        fields["starts"] = dict(starts)
    return SessionRecord(fields)


def finished(
    provider: str,
    case: Case,
    result: Result,
    *,
    known: SessionRecord | None,
    started_at: str,
    now: float,
    others: Iterable[SessionRecord],
    starts: Mapping[str, str],
) -> SessionRecord:
    """Return the record of a session with its result, as the vendor's first word unless it says so.

    `known` is what is recorded of it; `started_at` counts where nothing is. `others` have finished.
    """
    vendor_time = _vendor_time(result, now)
    completed_at = now if vendor_time is None else vendor_time.timestamp()
    after = sorted({other.id for other in others if other.completed_at <= completed_at})
    before: Mapping[str, Any] = {} if known is None else known.fields
    version = result.version or before.get("version")
    fields: dict[str, Any] = {
        "provider": provider,
        "status": result.status.value,
        "transactionReference": case.reference,
        **case.ids,
        **result.details,
        "startedAt": before.get("startedAt", started_at),
        "completedAt": format_utc(now if vendor_time is None else vendor_time),
    }
    if version:
        fields["version"] = version
    fields |= _lease(result)
    if result.document:
        fields["document"] = dict(result.document)
    if result.reason is not None and result.status is not Status.APPROVED:
        fields["reason"] = shown(result.reason)
    if vendor_time is not None:
        fields["vendorTime"] = True
    if result.is_revised:
        fields["revision"] = 1
    for name in ("follows", "sessionReference"):
        if before.get(name):
            fields[name] = before[name]
    if after:
        fields["after"] = after
    if starts:
        fields["starts"] = dict(starts)
    return SessionRecord(fields)


def _lease(result: Result) -> dict[str, str]:
    times = {"paidUntil": result.paid_until, "endsAt": result.ends_at}
    return {name: format_utc(time) for name, time in times.items() if time is not None}


def shown(reason: Reason) -> dict[str, str]:
    """Return a reason as records and answers have it."""
    return {"code": reason.code, "description": reason.description}


def session_id(provider: str, transaction: str) -> str:
    """Return the eight characters that name a vendor's session."""
    return _short_digest(provider, transaction)


def _vendor_time(result: Result, now: float) -> datetime | None:
    """Return the vendor's time of a result, unless it has not come yet: nothing could follow it."""
    told = result.completed_at
    return None if told is None or told.timestamp() > now + LEEWAY_SECONDS else told


def _seconds(text: object) -> float:
    moment = parse_utc(text)
    return 0.0 if moment is None else moment.timestamp()


def _short_digest(*parts: str) -> str:
    digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64url.encode(digest)[:ID_CHARACTERS]
