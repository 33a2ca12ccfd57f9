"""Key rings: secret keys with small ids, so that a new key can take over while the old still opens.

The text form is ``<id>:<key>,<id>:<key>,...``. The first key makes new seals and checksums; every
key opens and verifies old ones. An id is a decimal from 0 to 255, a key is unpadded base64url.

Processes that overlap must open what each other makes. So a new key first stands behind, where it
only opens, and comes first once every process has it. Which key is the newer one is told by the
ids alone: they run in a circle, 1 to 255 and on to 1, and the shorter way round leads forward.
Id 0 comes before all others.

Where only one generated secret can be had (a deploy button), a key is derived from it instead.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import base64url

SEAL_KEY_BYTES = 64
CHECKSUM_KEY_BYTES = 32
DERIVED_KEY_ID = 0
MIN_SECRET_CHARACTERS = 32

_KEY_ID = re.compile(r"0|[1-9][0-9]{0,2}")
_LAST_KEY_ID = 255
# 1 to 255: an odd number, so that of two ids one always comes later.
_CIRCLE = 255


class KeyRingError(ValueError):
    """A key ring's text cannot be used. The message names the entry's place, never its key."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys by id in order of preference, at least one. Made by parse(); its repr shows only ids."""

    entries: tuple[tuple[int, bytes], ...]

    @classmethod
    def parse(cls, text: str, *, key_bytes: int) -> Self:
        """Read a key ring whose keys are key_bytes long.

        Whitespace around an entry is ignored; within one it is refused. Raises KeyRingError for an
        empty ring or entry, a malformed or repeated id, and a key of another length or spelling.
        """
        entries: dict[int, bytes] = {}
        for position, entry in enumerate(text.split(","), start=1):
            key_id, key = _parse_entry(entry.strip(), position, key_bytes)
            if key_id in entries:
                raise KeyRingError(f"entry {position}: key id {key_id} is used twice")
            entries[key_id] = key
        return cls(tuple(entries.items()))

    def followed_by(self, key_id: int, key: bytes) -> Self:
        """Return the ring with one more key behind its own; its own key with that id stays."""
        if key_id in self.ids:
            return self
        return type(self)((*self.entries, (key_id, key)))

    def led_by(self, key_id: int) -> Self:
        """Return the ring with the key of this id first; raises KeyError when there is none."""
        led = {key_id: dict(self.entries)[key_id], **dict(self.entries)}
        return type(self)(tuple(led.items()))

    def without(self, key_id: int) -> Self:
        """Return the ring without the key of this id."""
        return type(self)(tuple(entry for entry in self.entries if entry[0] != key_id))

    def reveal(self) -> str:
        """Return the text form that parse() reads. It holds the keys: never log it."""
        entries = (f"{key_id}:{base64url.encode(key)}" for key_id, key in self.entries)
        return ",".join(entries)

    @property
    def first(self) -> tuple[int, bytes]:
        """The id and key that make new seals and checksums."""
        return self.entries[0]

    @property
    def ids(self) -> tuple[int, ...]:
        """The key ids, in the ring's order."""
        return tuple(key_id for key_id, _ in self.entries)

    @property
    def waiting(self) -> tuple[int, ...]:
        """The ids that come later than the first key's, the next one first: keys that are to lead.

        A guess where ids were chosen by hand, so nothing that seals or opens may depend on it.
        """
        first = self.ids[0]
        later = [key_id for key_id in self.ids if _steps_ahead(key_id, first)]
        return tuple(sorted(later, key=lambda key_id: _steps_ahead(key_id, first)))

    @property
    def oldest(self) -> tuple[int, bytes]:
        """The id and key that all the others come later than, by their ids; else the last one.

        A guess like `waiting`.
        """
        for key_id, key in self.entries:
            if all(_steps_ahead(other, key_id) for other in self.ids if other != key_id):
                return key_id, key
        return self.entries[-1]

    def free_id(self) -> int | None:
        """Return an unused id that comes later than the first key's, None when none is left.

        It comes after those that wait, where it can, and is never 0, which is the derived key's.
        """
        first = self.ids[0]
        last = (first, *self.waiting)[-1]
        circle = ((last + steps) % _CIRCLE + 1 for steps in range(_CIRCLE))
        free = (key_id for key_id in circle if key_id not in self.ids)
        return next((key_id for key_id in free if _steps_ahead(key_id, first)), None)

    def get(self, key_id: int) -> bytes | None:
        """Return the key with this id, or None."""
        return dict(self.entries).get(key_id)

    def __repr__(self) -> str:
        return f"KeyRing(ids={self.ids})"


def parse_key_id(text: str) -> int | None:
    """Return the key id that text spells (decimal 0 to 255, no sign, no leading zero), or None."""
    if _KEY_ID.fullmatch(text) is None or int(text) > _LAST_KEY_ID:
        return None
    return int(text)


def generate_key_entry(key_id: int, key_bytes: int) -> str:
    """Return a key ring entry, ``<id>:<key>``, with a fresh random key of key_bytes bytes.

    Raises ValueError unless key_id lies in 0 to 255.
    """
    if not 0 <= key_id <= _LAST_KEY_ID:
        raise ValueError(f"a key id is a number from 0 to {_LAST_KEY_ID}")
    return f"{key_id}:{base64url.encode(secrets.token_bytes(key_bytes))}"


def derive_key(secret: str, *, label: str, key_bytes: int) -> bytes:
    """Return the key of key_bytes bytes that a secret stands for under a label.

    HKDF-SHA256 (RFC 5869) over the secret as UTF-8, without salt, with the label as info: the keys
    of one secret tell nothing about each other. The secret must be random, which only its length
    can hint at: raises KeyRingError below MIN_SECRET_CHARACTERS.
    """
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise KeyRingError(f"must be random and at least {MIN_SECRET_CHARACTERS} characters long")
    return subkey(secret.encode(), label=label, key_bytes=key_bytes)


def subkey(key: bytes, *, label: str, key_bytes: int = 32) -> bytes:
    """Return the key of key_bytes bytes that a ring's key stands for under a label.

    HKDF-SHA256 (RFC 5869) without salt, with the label as info: one ring serves several purposes
    without one key doing two jobs.
    """
    hkdf = HKDF(algorithm=SHA256(), length=key_bytes, salt=None, info=label.encode())
    return hkdf.derive(key)


def _parse_entry(entry: str, position: int, key_bytes: int) -> tuple[int, bytes]:
    if not entry:
        raise KeyRingError(f"entry {position} is empty")
    id_text, _, key_text = entry.partition(":")
    key_id = parse_key_id(id_text)
    if key_id is None:
        # The text is not shown: where the colon is missing or the parts are swapped, it is the key.
        raise KeyRingError(
            f"entry {position} does not begin with a key id from 0 to 255 and a colon"
        )
    key = base64url.decode(key_text)
    if key is None or len(key) != key_bytes:
        raise KeyRingError(
            f"entry {position}: key {key_id} is not {key_bytes} bytes in unpadded base64url"
        )
    return key_id, key


def _steps_ahead(key_id: int, first: int) -> int:
    """Return how many steps of the circle an id comes after the first key's; 0 if it does not."""
    if 0 in (key_id, first):
        return key_id
    steps = (key_id - first) % _CIRCLE
    return steps if steps <= _CIRCLE // 2 else 0
