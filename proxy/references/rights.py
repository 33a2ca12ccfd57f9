"""What was done about a user's rights, sealed in metadata beside the marker.

It has a key of its own, `metadata["echoseal-<8 hex>"]`: a result that is written late may put an
older marker back, and must not make forgotten that rights were granted. Whoever sees metadata
sees that an outcome was good once, and not which, or whether it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crypto import Pseudonyms, SecretSealer
from proxy.references.marker import METADATA_KEY
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc, parse_utc

_PURPOSE = "echoseal.rights"
# A write that was given up may be applied for so long; what takes minutes is not seen again.
_LATE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Rights:
    """`granted`: the rights that follow a good decision were allowed, and not denied since.

    `attempts`: when somebody began to allow (True) or deny them last, of whom it is not known that
    he has ended; in RFC 3339.
    """

    granted: bool = False
    attempts: Mapping[bool, str] = field(default_factory=dict)

    def are_due(self, *, is_good: bool) -> bool:
        """Tell whether rights are to be written: what was granted is not what is decided.

        Or it may still become so, by somebody whose attempt has not ended.
        """
        return self.granted != is_good or (not is_good) in self.attempts

    def attempted(self, now: float, *, is_good: bool) -> Rights:
        """Return what is noted before rights are written at `now` (unix seconds)."""
        return replace(self, attempts={**self.attempts, is_good: format_utc(now)})

    def written(self, earlier: Rights, began_at: float, *, is_good: bool) -> Rights:
        """Return what is noted when rights are written.

        `earlier` is as it stood before they were tried, at `began_at` (unix seconds). An attempt of
        somebody else, who may have died, can still be applied for a while.
        """
        attempts = {
            way: at
            for way, at in self.attempts.items()
            if (way != is_good or way in earlier.attempts) and _may_come(at, began_at)
        }
        return Rights(is_good, attempts)


def _may_come(at: str, now: float) -> bool:
    moment = parse_utc(at)
    return moment is not None and now - moment.timestamp() < _LATE_SECONDS


class RightsNotes:
    """Reads and seals what was done about the rights that follow one subject."""

    def __init__(self, sealer: SecretSealer, pseudonyms: Pseudonyms, subject: Subject) -> None:
        self._sealer = sealer
        self._pseudonyms = pseudonyms
        self._purpose = f"{_PURPOSE}.{subject.title}"

    def read(self, user: User) -> Rights:
        """Return what is noted of a user; nothing where that is absent, or does not open."""
        sealed = user.metadata.get(self._key(user))
        content = self._sealer.open(sealed, purpose=self._purpose, owner=user.id)
        if content is None:
            return Rights()
        document: Mapping[str, Any] = json.loads(content)
        attempts = {bool(int(way)): at for way, at in document["attempts"].items()}
        return Rights(bool(document["granted"]), attempts)

    def sealed(self, rights: Rights, user: User) -> dict[str, str]:
        """Return the metadata that holds it; as long, whatever was granted."""
        attempts = {f"{way:d}": at for way, at in rights.attempts.items()}
        document = {"granted": int(rights.granted), "attempts": attempts}
        content = json.dumps(document, sort_keys=True).encode()
        return {self._key(user): self._sealer.seal(content, purpose=self._purpose, owner=user.id)}

    def _key(self, user: User) -> str:
        pseudonym = self._pseudonyms.pseudonym(self._purpose, user.id)
        return f"{METADATA_KEY}-{pseudonym.hex[:8]}"
