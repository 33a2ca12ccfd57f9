"""A user whose profile lives in memory, and the verifications of their marketplace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from crypto import (
    CHECKSUM_KEY_BYTES,
    SEAL_KEY_BYTES,
    Checksummer,
    KeyRing,
    LogWords,
    Pseudonyms,
    SecretSealer,
)
from proxy.access.policy import AccessPolicy
from proxy.kernel import Kernel
from proxy.references.record_store import Listener, RecordStore
from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import PrivateDataWriter, User
from proxy.sharetribe.operator import OperatorAccess
from proxy.vendors.matters import IDENTITY

USER_ID = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
OTHER_ID = UUID("9f1d6c1e-54ab-4cc1-8b0e-64d3a1c5a0b7")
# 2027-01-15T08:00:00Z
NOW = 1_800_000_000.0
CLIENT_ID = "client"
WHO = Subject(IDENTITY)
CHECKSUM_KEYS = KeyRing(((1, b"k" * CHECKSUM_KEY_BYTES),))


def key_of(record: SessionRecord) -> str:
    """Return the key under which a session stands."""
    return WHO.keys_of(record)[0]


class Profile:
    """A user as Sharetribe keeps one, who writes their own private data; `writes` are updates."""

    def __init__(self, user_id: UUID = USER_ID, **private_data: Any) -> None:
        self.id = user_id
        self.private_data: dict[str, Any] = private_data
        self.metadata: dict[str, Any] = {}
        self.writes: list[Mapping[str, Any]] = []

    def show(self) -> User:
        """Return the user."""
        return User(self.id, dict(self.private_data), "", dict(self.metadata))

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Merge changes as Sharetribe does: null takes a key away."""
        self.writes.append(changes)
        merged = {**self.private_data, **changes}
        self.private_data = {key: value for key, value in merged.items() if value is not None}

    @property
    def session_keys(self) -> set[str]:
        """The keys under which sessions stand."""
        return {key for key in self.private_data if key.startswith("idVerification-")}


class OperatorsProfile(OperatorAccess):
    """The same profile through the Integration API."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def show(self) -> User:
        """Return the user."""
        return self._profile.show()

    def update_profile(self, private_data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Merge changes into private data and metadata."""
        self._profile.update_private_data(private_data)
        self._profile.metadata |= metadata


class Clock:
    """Unix seconds that pass when a test says so."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def verifications(
    clock: Clock | None = None, listeners: Sequence[Listener] = (), subject: Subject = WHO
) -> RecordStore:
    """Return the verifications of a marketplace with fixed keys, or its records of a subject."""
    kernel = SimpleNamespace(
        checksummer=Checksummer(CHECKSUM_KEYS, CLIENT_ID),
        log_words=LogWords([b"l" * CHECKSUM_KEY_BYTES], CLIENT_ID),
        pseudonyms=Pseudonyms(b"p" * CHECKSUM_KEY_BYTES, CLIENT_ID),
        secret_sealer=SecretSealer(KeyRing(((1, b"s" * SEAL_KEY_BYTES),)), CLIENT_ID),
        clock=clock or Clock(),
        policy=AccessPolicy(),
        settings=SimpleNamespace(billing_grace_seconds=0),
    )
    return RecordStore(subject, cast(Kernel, kernel), listeners)


def read(records: RecordStore, profile: Profile) -> UserRecords:
    """Return what is believed of a profile."""
    return records.read(profile.show())


def write(
    records: RecordStore,
    profile: Profile,
    news: Sequence[Any],
    writer: PrivateDataWriter | None = None,
) -> UserRecords:
    """Write news of sessions as the user, or as `writer`."""
    user = profile.show()
    return records.write([writer or profile], user, records.read(user), news)
