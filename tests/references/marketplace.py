"""Sharetribe in memory, as far as one user's profile goes: what becomes of a write is chosen.

Private data and metadata are merged by top-level key, each value is replaced whole, null deletes,
and nothing is conditional. A write is applied now, later, twice (now and again later) or never.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from proxy.outgoing.upstream import Answer, Upstream, UpstreamUnavailable
from proxy.settings import IntegrationCredentials
from proxy.sharetribe.client import Marketplace, User
from proxy.sharetribe.operator import Operator
from proxy.sharetribe.renewals import Renewal
from proxy.sharetribe.token import Token

USER_ID = UUID("6f1ed2a0-5b43-4b5e-9d3f-0d2a8c1b7e55")
TOKEN = Token("access", f"v2--0b1f7c3e-6f27-4a54-8f0b-6f6b0f2d9c11--{'0123456789' * 4}")

# A session by its vendor's name of it, and a status that it has or had.
Saying = tuple[str, str]


class Fate(StrEnum):
    """What becomes of a write; of one that is late or lost its process never hears: it has ended.

    FAILS and FAILS_LATE: the process gets an error, and goes on.
    """

    NOW = "now"
    LATE = "late"
    TWICE = "twice"
    NEVER = "never"
    FAILS = "fails"
    FAILS_LATE = "fails, late"


class Died(Exception):
    """The process ended while it waited for the answer to a write."""


@dataclass(frozen=True, slots=True)
class Update:
    """One write: what it changes of private data and of metadata, and when it was sent."""

    private_data: Mapping[str, Any]
    metadata: Mapping[str, Any]
    sent_at: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's profile and the writes that are under way, oldest first.

    `noticed`: all that was ever stored of sessions, and when the last write of it was sent.
    `crossed`: what was said of a session by writes that crossed each other, see `Network.write`.
    """

    private_data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    under_way: tuple[Update, ...] = ()
    noticed: Mapping[Saying, float] = field(default_factory=dict)
    crossed: frozenset[Saying] = frozenset()

    def with_update(self, update: Update) -> Profile:
        """Return the profile with an update applied."""
        noticed = dict(self.noticed)
        for said in sayings(update.private_data):
            noticed[said] = max(update.sent_at, noticed.get(said, update.sent_at))
        return replace(
            self,
            private_data=_merged(self.private_data, update.private_data),
            metadata=_merged(self.metadata, update.metadata),
            noticed=noticed,
        )

    def landed(self, number: int) -> Profile:
        """Return the profile with one of the writes that were under way applied."""
        rest = self.under_way[:number] + self.under_way[number + 1 :]
        return replace(self, under_way=rest).with_update(self.under_way[number])


def _merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**stored, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def sayings(private_data: Mapping[str, Any]) -> set[Saying]:
    """Return all that private data says of sessions."""
    records = [value for value in private_data.values() if isinstance(value, dict)]
    return {(record["transactionReference"], record["status"]) for record in records}


class Network:
    """Between the processes and the profile: one step's read and writes, as they were chosen."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.profile = Profile()
        self.sent: list[Update] = []
        self._clock = clock
        self._fates: list[Fate] = []
        self._seen: Profile | None = None

    def prepare(self, fates: Iterable[Fate], seen: Profile | None = None) -> None:
        """Choose what becomes of the next writes (the last choice stays), and an older read."""
        self._fates = list(fates)
        self._seen = seen
        self.sent = []

    def edit(self, private_data: Mapping[str, Any]) -> None:
        """Let the user write all of their private data."""
        self.profile = replace(self.profile, private_data=dict(private_data))

    @property
    def seen(self) -> Profile:
        """The profile as the step sees it."""
        return self._seen or self.profile

    def user(self) -> User:
        """Return the user as the step sees them."""
        return User(USER_ID, self.seen.private_data, "", self.seen.metadata)

    def write(self, private_data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Take a write; raises Died, or UpstreamUnavailable, where nobody hears that it is applied.

        Two writes cross where they say different things of one session, and the second one was sent
        by somebody who had read no result of it while the first was under way.
        """
        update = Update(dict(private_data), dict(metadata), self._clock())
        self.sent.append(update)
        ours = _results(private_data)
        known = {transaction for transaction, _ in _results(self.seen.private_data)}
        for other in self.profile.under_way:
            theirs = _results(other.private_data) - ours
            both = {t for t, _ in theirs} & {t for t, _ in ours} - known
            crossed = {said for said in theirs | ours if said[0] in both}
            self.profile = replace(self.profile, crossed=self.profile.crossed | crossed)
        self._meet(update, self._fates.pop(0) if self._fates[1:] else self._fates[0])

    def _meet(self, update: Update, fate: Fate) -> None:
        if fate in (Fate.NOW, Fate.TWICE):
            self.profile = self.profile.with_update(update)
        if fate in (Fate.TWICE, Fate.LATE, Fate.FAILS_LATE):
            under_way = (*self.profile.under_way, update)
            self.profile = replace(self.profile, under_way=under_way)
        if fate in (Fate.LATE, Fate.NEVER):
            raise Died
        if fate in (Fate.FAILS, Fate.FAILS_LATE):
            raise UpstreamUnavailable("sharetribe", "no answer")


def _results(private_data: Mapping[str, Any]) -> set[Saying]:
    return {said for said in sayings(private_data) if said[1] != "pending"}


class MarketplaceInMemory(Marketplace):
    """The Marketplace API over a network of ours."""

    def __init__(self, network: Network) -> None:
        super().__init__(cast(Upstream, None), "client")
        self._network = network

    def renewed(self, refresh_token: str, refused: str) -> Renewal:  # noqa: ARG002 - there is one user
        """Redeem the one user's refresh token."""
        return Renewal(TOKEN, is_fresh=True)

    def current_user(self, access_token: str) -> User:  # noqa: ARG002 - there is one user
        """Return the one user."""
        return self._network.user()

    def update_private_data(self, access_token: str, changes: Mapping[str, Any]) -> None:  # noqa: ARG002 - there is one user
        """Write private data."""
        self._network.write(changes, {})


class OperatorInMemory(Operator):
    """The Integration API over a network of ours."""

    def __init__(self, network: Network) -> None:
        super().__init__(cast(Upstream, None), IntegrationCredentials("id", "secret", ""))
        self._network = network

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:  # noqa: ARG002 - a body is a write
        """Answer `users/show` and `users/update_profile`."""
        if body is not None:
            sent = json.loads(body)
            self._network.write(sent.get("privateData", {}), sent.get("metadata", {}))
        user = self._network.user()
        profile = {"privateData": user.private_data, "metadata": user.metadata}
        document = {"data": {"id": str(user.id), "attributes": {"profile": profile}}}
        return Answer("sharetribe", 200, json.dumps(document).encode())
