"""What a trip is about: a matter, and the one of its subjects; and how all of that is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.references.session_record import ID_CHARACTERS, SessionRecord
from proxy.vendors.matters import Matter

_ID = re.compile(rf"[A-Za-z0-9_-]{{{ID_CHARACTERS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Subject:
    """One document, one plan, or who somebody is.

    `versions` are the present ones by vendor: what was decided about another one stays recorded,
    and does not count. A vendor that is not among them is believed as it has spoken.
    """

    matter: Matter
    name: str = ""
    versions: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def title(self) -> str:
        """The subject in one word, as rules and markers write it: `identity`, `signing/rules`."""
        return f"{self.matter.name}/{self.name}" if self.name else self.matter.name

    @property
    def path(self) -> str:
        """Where its routes begin."""
        return f"{self.matter.path}/{self.name}" if self.name else self.matter.path

    @property
    def purpose(self) -> str:
        """What follows the vendor's name in the purpose of a sealed reference."""
        return f"reference.{self.name}" if self.name else "reference"

    @property
    def key(self) -> str:
        """The key of the summary in private data; its checksum's has `Checksum` behind it."""
        return self.matter.record + self.name

    @property
    def checksum_key(self) -> str:
        """The key of the summary's checksum."""
        return f"{self.key}Checksum"

    @property
    def badge_key(self) -> str:
        """The key of the badge in metadata: `identity`, `billing_membership`."""
        return f"{self.matter.name}_{self.name}" if self.name else self.matter.name

    def is_session_key(self, key: str) -> bool:
        """Tell whether a key of private data is one of this subject's sessions.

        The name of another subject may begin as this one's does, so all of the key must fit.
        """
        prefix = f"{self.key}-"
        return key.startswith(prefix) and bool(_ID.fullmatch(key, len(prefix)))

    def keys_of(self, record: SessionRecord) -> tuple[str, ...]:
        """Return all the keys under which a session's record is written; see SessionRecord.ids."""
        return tuple(f"{self.key}-{one}" for one in record.ids)

    def is_current(self, record: SessionRecord) -> bool:
        """Tell whether a record is about the present version."""
        version = self.versions.get(record.provider, "")
        return not version or record.version == version
