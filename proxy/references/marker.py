"""The marker: what a user cannot take back, sealed for them in metadata that operators write.

A user may delete what stands in their private data, or put an older state of it back, and every
checksum in it still holds. So the newest decision, and when sessions began, stand in the profile's
metadata too, where the Integration API is configured. Everybody can read metadata: the marker is
sealed, and says nothing to anybody, not even what it is about. It is read with the same `show` as
private data and written in the same update; it moves forward only.

    metadata.echoseal               who the user is
    metadata["echoseal-<8 hex>"]    another subject: two that are decided at once share no value
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crypto import Pseudonyms, SecretSealer
from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.sharetribe.client import User

METADATA_KEY = "echoseal"
_PURPOSE = "echoseal.marker"


@dataclass(frozen=True, slots=True)
class Marker:
    """The newest decision about a user, and when their sessions of the last day began.

    `starts` are times in RFC 3339, by the sessions' ids.
    """

    decision: SessionRecord | None = None
    starts: Mapping[str, str] = field(default_factory=dict)

    def is_ahead_of(self, other: Marker) -> bool:
        """Tell whether the marker says more than another one, or something newer."""
        is_known = self.starts.keys() <= other.starts.keys()
        return self.decision != other.decision or not is_known


class Markers:
    """Reads and seals the markers of a marketplace's users, about one subject."""

    def __init__(self, sealer: SecretSealer, pseudonyms: Pseudonyms, subject: Subject) -> None:
        self._sealer = sealer
        self._pseudonyms = pseudonyms
        self._subject = subject
        self._purpose = f"{_PURPOSE}.{subject.key}" if subject.name else _PURPOSE

    def read(self, user: User) -> Marker:
        """Return a user's marker; an empty one where there is none, or none that opens."""
        sealed = user.metadata.get(self._key(user))
        content = self._sealer.open(sealed, purpose=self._purpose, owner=user.id)
        if content is None:
            return Marker()
        document: Mapping[str, Any] = json.loads(content)
        decision = document.get(self._subject.title)
        return Marker(
            None if decision is None else SessionRecord(decision),
            document.get("starts") or {},
        )

    def sealed(self, marker: Marker, user: User) -> dict[str, str]:
        """Return the metadata that holds a marker."""
        decision = None if marker.decision is None else dict(marker.decision.fields)
        document: dict[str, Any] = {
            self._subject.title: decision,
            "starts": dict(marker.starts),
        }
        content = json.dumps(document, sort_keys=True).encode()
        sealed = self._sealer.seal(content, purpose=self._purpose, owner=user.id)
        return {self._key(user): sealed}

    def _key(self, user: User) -> str:
        if not self._subject.name:
            return METADATA_KEY
        pseudonym = self._pseudonyms.pseudonym(self._purpose, user.id)
        return f"{METADATA_KEY}-{pseudonym.hex[:8]}"
