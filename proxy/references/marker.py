"""The marker: what a user cannot take back, sealed for him in metadata that only operators write.

A user may delete what stands in his private data, or put an older state of it back, and every
checksum in it still holds. So the newest decision, and when sessions began, stand in his profile's
metadata too (`metadata.echoseal`), where the Integration API is configured. Everybody can read
metadata: the marker is sealed, and says nothing to anybody. It is read with the same `show` as
private data and written in the same update; it moves forward only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crypto import SecretSealer
from proxy.references.session_record import SessionRecord
from proxy.sharetribe.client import User

METADATA_KEY = "echoseal"
_PURPOSE = "echoseal.marker"
_MATTER = "identity"


@dataclass(frozen=True, slots=True)
class Marker:
    """The newest decision about a user, and when his sessions of the last day began.

    `starts` are times in RFC 3339, by the sessions' ids.
    """

    decision: SessionRecord | None = None
    starts: Mapping[str, str] = field(default_factory=dict)

    def is_ahead_of(self, other: Marker) -> bool:
        """Tell whether the marker says more than another one, or something newer."""
        return self.decision != other.decision or not self.starts.keys() <= other.starts.keys()


class Markers:
    """Reads and seals the markers of a marketplace's users."""

    def __init__(self, sealer: SecretSealer) -> None:
        self._sealer = sealer

    def read(self, user: User) -> Marker:
        """Return a user's marker; an empty one where there is none, or none that opens."""
        sealed = user.metadata.get(METADATA_KEY)
        content = self._sealer.open(sealed, purpose=_PURPOSE, owner=user.id)
        if content is None:
            return Marker()
        document: Mapping[str, Any] = json.loads(content)
        decision = document.get(_MATTER)
        return Marker(
            None if decision is None else SessionRecord(decision),
            document.get("starts") or {},
        )

    def sealed(self, marker: Marker, user: User) -> dict[str, str]:
        """Return the metadata that holds a marker."""
        decision = None if marker.decision is None else dict(marker.decision.fields)
        content = json.dumps({_MATTER: decision, "starts": dict(marker.starts)}, sort_keys=True)
        sealed = self._sealer.seal(content.encode(), purpose=_PURPOSE, owner=user.id)
        return {METADATA_KEY: sealed}
