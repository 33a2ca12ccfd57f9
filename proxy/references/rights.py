"""What was done about a user's rights, sealed in metadata beside the marker.

Rights are allowed or denied, and each of the two ways has a key of its own, `metadata["echoseal-<8
hex>"]`. Any write may be applied late: so a result puts no older note back, and neither does who
has allowed rights to who has denied them since. Whoever sees metadata sees that an outcome was good
once, and not which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from crypto import Pseudonyms, SecretSealer
from proxy.references.marker import METADATA_KEY
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc, parse_utc

_PURPOSE = "echoseal.rights"
# A write that was given up may be applied for so long; what takes minutes is not seen again.
_LATE_SECONDS = 120
# Stamps are in whole milliseconds, rounded down.
_STEP_SECONDS = 0.0015


@dataclass(frozen=True, slots=True)
class Way:
    """What was done to allow rights, or to deny them. Stamps are times in RFC 3339, "" for never.

    `tried` is the stamp of the last attempt, `done` of the last that has ended, `left` of the last
    of which nobody knows. What was tried the other way until `over` comes no more. `terms` are the
    rules on which rights were allowed (`AccessPolicy.terms`).
    """

    tried: str = ""
    done: str = ""
    left: str = ""
    over: str = ""
    terms: str = ""

    @property
    def stamps(self) -> tuple[str, ...]:
        """All the stamps."""
        return self.tried, self.done, self.left, self.over

    @property
    def open(self) -> str:
        """The last attempt that has not ended, as far as is known; "" for none."""
        return self.tried if self.tried > self.done else self.left


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights that follow one subject: how they were allowed (True), and denied (False)."""

    ways: Mapping[bool, Way] = field(default_factory=lambda: {True: Way(), False: Way()})

    @property
    def granted(self) -> bool:
        """Whether they were allowed, and not denied since."""
        return self.ways[True].done > self.ways[False].done

    def are_due(self, *, is_good: bool, terms: str = "") -> bool:
        """Tell whether rights are to be written: what was granted is not what is decided.

        Or it was on other `terms`, or may still become so, by an attempt of somebody else that has
        not ended.
        """
        if self.granted != is_good or (is_good and self.ways[True].terms != terms):
            return True
        return self.ways[not is_good].open > self.ways[is_good].over

    def are_certain(self, now: float) -> bool:
        """Tell whether no attempt may still come at `now` (unix seconds)."""
        return not any(_may_come(way.open, now) for way in self.ways.values())

    def attempted(self, now: float, *, is_good: bool) -> Rights:
        """Return what is noted before rights are written at `now` (unix seconds)."""
        own = self.ways[is_good]
        return self._with(is_good, replace(own, tried=self._stamp(now), left=own.open))

    def written(self, stamp: str, began_at: float, *, is_good: bool, terms: str = "") -> Rights:
        """Return what is noted when rights are written, on these terms.

        `stamp` is that of the attempt, "" for one that was not noted before it began, at `began_at`
        (unix seconds).
        """
        own, other = self.ways[is_good], self.ways[not is_good].open
        done = stamp or self._stamp(began_at)
        over = own.over if _may_come(other, began_at) else max(own.over, other)
        done, tried = max(own.done, done), max(own.tried, done)
        way = Way(tried=tried, done=done, left=own.left, over=over, terms=terms if is_good else "")
        return self._with(is_good, way)

    def _with(self, is_good: bool, way: Way) -> Rights:
        return Rights({**self.ways, is_good: way})

    def _stamp(self, now: float) -> str:
        """Return a stamp after all that are known, whatever the clocks of their writers."""
        stamps = [stamp for way in self.ways.values() for stamp in way.stamps]
        known = parse_utc(max(stamps))
        after = 0.0 if known is None else known.timestamp() + _STEP_SECONDS
        return format_utc(max(now, after))


def _may_come(stamp: str, now: float) -> bool:
    """Tell whether a write that somebody began at a time may still be applied."""
    moment = parse_utc(stamp)
    return moment is not None and now - moment.timestamp() < _LATE_SECONDS


class RightsNotes:
    """Reads and seals what was done about the rights that follow one subject."""

    def __init__(self, sealer: SecretSealer, pseudonyms: Pseudonyms, subject: Subject) -> None:
        self._sealer = sealer
        self._pseudonyms = pseudonyms
        self._purposes = {
            True: f"{_PURPOSE}.allowed.{subject.title}",
            False: f"{_PURPOSE}.denied.{subject.title}",
        }

    def read(self, user: User) -> Rights:
        """Return what is noted of a user; nothing where that is absent, or does not open."""
        return Rights({way: self._way(user, purpose) for way, purpose in self._purposes.items()})

    def _way(self, user: User, purpose: str) -> Way:
        sealed = user.metadata.get(self._key(user, purpose))
        content = self._sealer.open(sealed, purpose=purpose, owner=user.id)
        return Way() if content is None else Way(**json.loads(content))

    def sealed(self, rights: Rights, known: Rights, user: User) -> dict[str, str]:
        """Return the metadata that holds what is not known yet."""
        return {
            self._key(user, purpose): self._sealer.seal(
                json.dumps(asdict(rights.ways[way]), sort_keys=True).encode(),
                purpose=purpose,
                owner=user.id,
            )
            for way, purpose in self._purposes.items()
            if rights.ways[way] != known.ways[way]
        }

    def _key(self, user: User, purpose: str) -> str:
        return f"{METADATA_KEY}-{self._pseudonyms.pseudonym(purpose, user.id).hex[:8]}"
