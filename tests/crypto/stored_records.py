"""Private data as users have it after all kinds of days, with what Echoseal reads from it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crypto import Checksummer
from proxy.references.record_store import Told, WordUnclear
from proxy.references.session_record import (
    SessionRecord,
    finished,
    pending,
)
from proxy.references.subject import Subject
from proxy.references.telling import opens
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc
from proxy.vendors.matters import BILLING, SIGNING, Matter, Status
from proxy.vendors.reference import Case, Reason, Result, Started
from tests.references.profile import (
    CHECKSUM_KEYS,
    CLIENT_ID,
    NOW,
    OTHER_ID,
    USER_ID,
    WHO,
    Clock,
    Profile,
    verifications,
)

PrivateData = dict[str, Any]

_PROVIDERS = ("facecheck", "passcheck")
# The present version of a document at one of them; the other one is believed as it has spoken.
VERSIONS = {"facecheck": "1001"}
AGREEMENT = Subject(SIGNING, "agreement", VERSIONS)
CLUB = Subject(BILLING, "club")
GRACE_SECONDS = 300
# What goes on under another name, by the name of the session that it began as.
_GOES_ON_AS = {"1": "s1", "1a": "s1a"}
# Around every leeway, and beyond.
_APART = (0.0, 0.001, 0.999, 1.0, 1.001, 60.0, 299.999, 300.0, 300.001, 301.0, 3_600.0, 9e4)
# UTF-16 and code points put the last two into different orders.
_TRANSACTIONS = ("1", "1a", "1\ufb33", "1\U0001f600")
_NOON = "2026-12-01T12:00:00"
_ODD_TIMES = (
    f"{_NOON}Z", f"{_NOON}.1234567Z", f"{_NOON}.1234Z", f"{_NOON}.12Z", f"{_NOON}.5Z",
    "2026-11-31T12:00:00Z", "2026-12-01T11:59:60Z", f"{_NOON}+00:00", f" {_NOON}Z",
    "0000-01-01T00:00:00Z", "", 7, None, [f"{_NOON}Z"],
)  # fmt: skip
_ODD_FIELDS: dict[str, tuple[object, ...]] = {
    "startedAt": _ODD_TIMES,
    "completedAt": _ODD_TIMES,
    "revision": ("2", None, [3]),
    "follows": (None, "AAAAAAAA", {"AAAAAAAA": True}),
    "after": (None, "AAAAAAAA", {"AAAAAAAA": True}),
}
# What only some matters have.
_ODD_VERSIONS = {"version": ("", "1000", None)}
_ODD_LEASES = {"paidUntil": _ODD_TIMES, "endsAt": _ODD_TIMES}
_ODD_VALUES: tuple[object, ...] = (
    None,
    True,
    7,
    "approved",
    [],
    [{}],
    {},
    {"checksum": None},
    {"checksum": {}},
)


@dataclass(frozen=True, slots=True)
class State:
    """Private data as JSON text, and the summary of what counts in it, None where nothing does.

    `opens` tells whether that is good now.
    """

    text: str
    counts: Mapping[str, Any] | None
    opens: bool


APPROVED = SessionRecord(
    {
        "provider": "passcheck",
        "status": "approved",
        "transactionReference": "7d1f7a1e",
        "startedAt": "2026-11-29T08:00:00.000Z",
        "completedAt": "2026-11-29T08:05:00.000Z",
        "document": {"type": "PASSPORT", "country": "FIN"},
        "vendorTime": True,
        "revision": 1,
        "follows": ["AAAAAAAA"],
        "after": ["AAAAAAAA"],
        "starts": {"AAAAAAAA": "2026-11-29T07:00:00.000Z"},
        "restart": True,
        "access": "pending",
    }
)


class StoredRecords:
    """Makes the private data of one user after another, as far as it is about one subject."""

    def __init__(self, seed: int, subject: Subject = WHO) -> None:
        """`seed` makes a failure come back."""
        self._subject = subject
        self._matter = subject.matter
        # Of results that open something there are enough to choose from.
        words = sorted(self._matter.statuses - {Status.PENDING})
        self._results = (*words, *sorted(self._matter.good | self._matter.living))
        self._chance = random.Random(seed)  # noqa: S311  # no secret is made of it
        self._clock = Clock()
        self._records = verifications(self._clock, subject=subject)
        self._checksum = Checksummer(CHECKSUM_KEYS, CLIENT_ID).checksum
        self._apart: Sequence[float] = _APART
        self._pending_share = 0.3

    def states(self, count: int) -> list[State]:
        """Return so many states, no two the same."""
        found: dict[str, State] = {}
        while len(found) < count:
            make = self._chance.choice([self._lived, self._composed, self._composed])
            for private_data in make():
                text = json.dumps(private_data, ensure_ascii=False)
                found[text] = self._state(text)
        return list(found.values())[:count]

    def _state(self, text: str) -> State:
        current = self._records.read(User(USER_ID, json.loads(text))).current
        if current is None:
            return State(text, None, opens=False)
        return State(text, current.summary, opens(current, self._matter, NOW, GRACE_SECONDS))

    def _lived(self) -> Iterator[PrivateData]:
        """Yield a user's private data from step to step: what Echoseal writes, and what they do."""
        account, self._apart = Account(self._chance), _APART
        if self._chance.random() < 0.3:
            account.private_data |= self._as_before_there_were_records()
        begun: list[tuple[str, Case]] = []
        for _ in range(self._chance.randint(2, 8)):
            self._clock.now += self._seconds()
            user = account.show()
            if begun and self._chance.random() < 0.6:
                news = self._told(user, *self._chance.choice(begun))
            else:
                provider, started = self._chance.choice(_PROVIDERS), self._started()
                begun.append((provider, started.case))
                known, restart = self._records.read(user), self._chance.random() < 0.3
                news = self._records.begun(known, provider, started, is_restart=restart)
            if news is not None:
                known = self._records.read(user)
                self._records.write([account], user, known, [news])
            yield account.private_data
            yield self._tampered(account.private_data)
            yield account.with_something_put_back()

    def _as_before_there_were_records(self) -> PrivateData:
        return self._summary(self._record(self._started(), ()))

    def _summary(self, record: SessionRecord) -> PrivateData:
        summary = record.summary
        return {
            self._subject.key: summary,
            self._subject.checksum_key: self._checksum(self._subject.key, USER_ID, summary),
        }

    def _record(self, started: Started, others: tuple[SessionRecord, ...]) -> SessionRecord:
        """Return a record of a session as it could be, whatever there is of others."""
        provider = self._chance.choice(_PROVIDERS)
        begun = pending(
            provider,
            started,
            NOW - self._seconds(),
            version=self._version() or "",
            is_restart=self._chance.random() < 0.3,
            follows={other.id for other in others if self._chance.random() < 0.5},
            starts={other.id: format_utc(NOW) for other in others},
        )
        if self._chance.random() < self._pending_share:
            return begun
        self._clock.now = NOW + self._chance.choice([-1, 1]) * self._seconds()
        result = self._result(started.case)
        word = finished(
            provider,
            result.case or started.case,
            result,
            known=begun,
            started_at="",
            now=self._clock.now,
            others=[other for other in others if self._chance.random() < 0.5],
            starts=begun.starts,
        )
        word = word if result.case is None else word.moved_from(started.case.reference)
        return word.revised(self._chance.choice([0, 0, 1, 2]))

    def _started(self) -> Started:
        case = Case(self._chance.choice(_TRANSACTIONS), {"accountId": "a-1"})
        return Started(case, "https://vendor.example/go", 3_600)

    def _seconds(self) -> float:
        return self._chance.choice(self._apart)

    def _result(self, case: Case) -> Result:
        status = self._chance.choice(self._results)
        moment = self._clock.now - self._seconds()
        goes_on_as = _GOES_ON_AS.get(case.reference) if self._matter.is_living(status) else None
        return Result(
            status,
            document={"type": "PASSPORT"} if status == Status.APPROVED else {},
            reason=Reason("17", "a photograph of a photograph"),
            completed_at=self._chance.choice([None, datetime.fromtimestamp(moment, UTC)]),
            is_revised=self._chance.random() < 0.2,
            version=self._version(),
            paid_until=self._around_now() if self._matter.is_living(status) else None,
            ends_at=self._around_now() if self._matter.is_living(status) else None,
            case=None if goes_on_as is None else Case(goes_on_as, {"customerId": "c-1"}),
        )

    def _version(self) -> str | None:
        if self._matter is not SIGNING:
            return None
        return self._chance.choice(["1001", "1001", "1000", None])

    def _around_now(self) -> datetime | None:
        seconds = self._chance.choice([-1, 1]) * self._seconds()
        return self._chance.choice([None, datetime.fromtimestamp(NOW + seconds, UTC)])

    def _told(self, user: User, provider: str, case: Case) -> SessionRecord | None:
        known, result = self._records.read(user), self._result(case)
        started_at = format_utc(self._clock.now - 60)
        try:
            told = Told(case, result, started_at, is_asked_for=False)
            return self._records.news(known, provider, told)
        except WordUnclear:
            told = Told(case, result, started_at, is_asked_for=True)
            return self._records.news(known, provider, told)

    def _composed(self) -> Iterator[PrivateData]:
        """Yield records that are at odds, in an order of their own, and some summary."""
        # Few times, so that many are the same, or exactly so far apart.
        self._apart = (0.0, *self._chance.choices(_APART, k=2))
        # Where nothing is pending, results are compared.
        self._pending_share = self._chance.choice([0.0, 0.4])
        records: tuple[SessionRecord, ...] = ()
        private_data: PrivateData = {}
        for _ in range(self._chance.randint(1, 6)):
            record = self._record(self._started(), records)
            records = (*records, record)
            for key in self._subject.keys_of(record):
                private_data |= self.signed(key, record.fields)
        if self._chance.random() < 0.5:
            private_data |= self._summary(self._chance.choice(records))
        yield private_data
        yield self._tampered(private_data)
        yield self._oddly_signed(private_data)
        # JSON may have a whole number with a point: it is the same number.
        yield {
            key: {**stored, "revision": float(stored["revision"])}
            if isinstance(stored, dict) and "revision" in stored
            else stored
            for key, stored in private_data.items()
        }

    def signed(self, key: str, fields: Mapping[str, Any], owner: UUID = USER_ID) -> PrivateData:
        """Return private data that is one record, with a checksum that is right for the owner."""
        return {key: {**fields, "checksum": self._checksum(key, owner, fields)}}

    def _tampered(self, private_data: PrivateData) -> PrivateData:
        """Return private data in which something is otherwise than Echoseal writes it."""
        key = self._chance.choice([self._subject.key, self._subject.checksum_key, *private_data])
        stored = private_data.get(key)
        fields = dict(stored) if isinstance(stored, dict) else {}
        fields.pop("checksum", None)
        good = next(iter(sorted(self._matter.good)))
        # Another subject's name may begin as this one's does, and end in what looks like an id.
        other_key = f"{self._subject.key}-" + self._chance.choice(["", "AAAAAAAA", "9", "discount"])
        changes: list[PrivateData] = [
            {key: self._chance.choice(_ODD_VALUES)},
            {key: {**fields, "status": good}},
            {other_key: stored},
            {"__proto__": {key: stored}, key: None},
        ]
        if isinstance(stored, dict):
            changes += [
                {key: {**stored, "status": good}},
                {key: {**stored, "__proto__": {"status": good}}},
                {key: {**stored, "checksum": self._chance.choice(_ODD_VALUES)}},
                self.signed(key, fields, OTHER_ID),
                self.signed(self._subject.key, fields),
                self.signed(other_key, fields),
            ]
        return private_data | self._chance.choice(changes)

    def _oddly_signed(self, private_data: PrivateData) -> PrivateData:
        """Return the records with values that Echoseal never writes, and checksums that hold."""
        odd: PrivateData = {}
        own: dict[Matter, Mapping[str, tuple[object, ...]]] = {
            SIGNING: _ODD_VERSIONS,
            BILLING: _ODD_LEASES,
        }
        for key in filter(lambda key: key.startswith(f"{self._subject.key}-"), private_data):
            fields = {
                name: value for name, value in private_data[key].items() if name != "checksum"
            }
            for name, values in {**_ODD_FIELDS, **own.get(self._matter, {})}.items():
                if self._chance.random() < 0.6:
                    fields[name] = self._chance.choice(values)
            odd |= self.signed(key, fields)
        return odd


class Account(Profile):
    """A user's private data at Sharetribe, where writes are lost, come late, or come twice."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._on_their_way: list[Mapping[str, Any]] = []

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Let a write come in at once, later, or twice, and perhaps another one after it."""
        fate = self._chance.random()
        if fate < 0.3:
            self._on_their_way.append(changes)
        if fate > 0.2:
            super().update_private_data(changes)
        if self._on_their_way and self._chance.random() < 0.5:
            super().update_private_data(self._on_their_way.pop())

    def with_something_put_back(self) -> PrivateData:
        """Return the private data after the user has put an earlier state of some keys back."""
        earlier = self._chance.choice([*self.writes, {}])
        return self.private_data | {
            key: value for key, value in earlier.items() if self._chance.random() < 0.7
        }
