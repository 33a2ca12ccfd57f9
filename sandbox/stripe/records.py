"""What billing keeps of an account: objects by their ids, in test mode or live."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from sandbox.stripe.api import Key, refuse


def new_id(prefix: str, digits: int = 24) -> str:
    """Return an id that nobody has seen: the prefix of its kind, and so many digits."""
    return f"{prefix}_{secrets.token_hex(digits // 2)}"


@dataclass(kw_only=True)
class Record:
    """An object with an id; `TIMES` names its times (Unix seconds, None where there is none)."""

    TIMES: ClassVar[tuple[str, ...]] = ("created",)

    id: str
    is_live: bool
    created: float

    def age(self, seconds: float) -> None:
        """Let all its times lie so much further back."""
        for name in self.TIMES:
            moment = getattr(self, name)
            if moment is not None:
                setattr(self, name, moment - seconds)

    def shown(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        raise NotImplementedError

    def named(self, kind: str) -> dict[str, Any]:
        """Return the fields that objects of every kind have."""
        return {
            "id": self.id,
            "object": kind,
            "created": int(self.created),
            "livemode": self.is_live,
        }


AnyRecord = TypeVar("AnyRecord", bound=Record)


class Records:
    """All objects of an account."""

    def __init__(self) -> None:
        """Start without any."""
        self._all: dict[str, Record] = {}

    def add(self, record: AnyRecord) -> AnyRecord:
        """Keep an object; return it."""
        self._all[record.id] = record
        return record

    def __iter__(self) -> Iterator[Record]:
        """Iterate over all objects, in the order in which they were made."""
        return iter(list(self._all.values()))

    def of(self, kind: type[AnyRecord]) -> list[AnyRecord]:
        """Return the objects of a kind, in the order in which they were made."""
        return [record for record in self if isinstance(record, kind)]

    def get(self, kind: type[AnyRecord], record_id: str) -> AnyRecord:
        """Return the object of a kind with an id; raises KeyError."""
        found = self._all[record_id]
        if not isinstance(found, kind):
            raise KeyError(record_id)
        return found

    def asked(self, kind: type[AnyRecord], record_id: str, key: Key, word: str) -> AnyRecord:
        """Return what a request names, of the mode of its key; else end it with 404."""
        found = self._all.get(record_id)
        if not isinstance(found, kind) or found.is_live is not key.is_live:
            refuse(404, f"No such {word}: '{record_id[:80]}'", "resource_missing", "id")
        return found

    def shown(self, record_id: str) -> dict[str, Any]:
        """Return an object by its id alone, as the API shows it; raises KeyError."""
        return self._all[record_id].shown()

    def age(self, seconds: float) -> None:
        """Let everything lie so much further back."""
        for record in self._all.values():
            record.age(seconds)

    def clear(self) -> None:
        """Forget everything."""
        self._all.clear()
