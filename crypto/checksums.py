"""Checksums that tie a stored value to its user: proof that this marketplace's proxy wrote it.

HMAC-SHA256 over ``name 0x00 client id 0x00 user id 0x00 canonical JSON of the value`` (RFC 8785),
written as ``<key id>.<unpadded base64url>``. A user can edit their own private data; with this they
can neither write a result nor copy another user's. The same check in JavaScript is
verifier/echoseal-checksum.mjs.
"""

import hmac
from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

import rfc8785

from crypto import base64url
from crypto.keys import CHECKSUM_KEY_BYTES, KeyRing, parse_key_id

MAX_LEVELS = 32

_Json: TypeAlias = "bool | int | str | list[_Json] | dict[str, _Json] | None"

_SEPARATOR = "\0"
# JavaScript that builds objects by assignment takes it for the object's prototype: such code and
# this module would not read the same value.
_PROTOTYPE_KEY = "__proto__"
_LARGEST_WHOLE_FLOAT = 2**53 - 1


class Checksummer:
    """Makes and verifies checksums for one marketplace: the first key makes, every key verifies."""

    def __init__(self, keys: KeyRing, client_id: str) -> None:
        """Take a ring of 32-byte keys and the marketplace's client id.

        Raises ValueError for keys of another length and for a client id that is empty or holds the
        separator.
        """
        if any(len(key) != CHECKSUM_KEY_BYTES for _, key in keys.entries):
            raise ValueError(f"a checksum key has {CHECKSUM_KEY_BYTES} bytes")
        if not client_id or _SEPARATOR in client_id:
            raise ValueError("the client id is empty or holds a zero character")
        self._keys = keys
        self._client_id = client_id

    def checksum(self, name: str, user_id: UUID, value: Mapping[str, object]) -> str:
        """Return the checksum of value, stored under name in this user's private data.

        Raises ValueError for a name that holds the separator and for a value that is not JSON as
        RFC 8785 has it, holds a float or a key `__proto__`, or is more than MAX_LEVELS levels deep.
        """
        key_id, key = self._keys.first
        plain = _plain(value, MAX_LEVELS)
        digest = hmac.digest(key, self._message(name, user_id, plain), "sha256")
        return f"{key_id}.{base64url.encode(digest)}"

    def verify(self, name: str, user_id: UUID, value: object, checksum: object) -> bool:
        """Tell whether checksum is right for this name, user and value. Raises nothing.

        The comparison takes constant time. Whatever is not a checksum, or not a value that could
        have one, is simply wrong: both come from data that the user can edit. A whole number is one
        however it was written: in JSON, 1.0 is 1, and JavaScript cannot tell them apart.
        """
        if not isinstance(value, Mapping) or not isinstance(user_id, UUID):
            return False
        presented = self._presented(checksum)
        if presented is None:
            return False
        key, digest = presented
        try:
            message = self._message(name, user_id, _plain(value, MAX_LEVELS, as_read=True))
        except (TypeError, ValueError):
            return False
        return hmac.compare_digest(hmac.digest(key, message, "sha256"), digest)

    def _message(self, name: str, user_id: UUID, value: _Json) -> bytes:
        if _SEPARATOR in name:
            raise ValueError("the name holds a zero character")
        head = _SEPARATOR.join((name, self._client_id, str(user_id), ""))
        return head.encode() + rfc8785.dumps(value)

    def _presented(self, checksum: object) -> tuple[bytes, bytes] | None:
        if not isinstance(checksum, str):
            return None
        id_text, _, digest_text = checksum.partition(".")
        key_id = parse_key_id(id_text)
        key = None if key_id is None else self._keys.get(key_id)
        digest = base64url.decode(digest_text)
        return None if key is None or digest is None else (key, digest)


def _plain(value: object, levels: int, *, as_read: bool = False) -> _Json:
    # No floats: they have several spellings in JSON, and a store may turn one into another.
    if value is None or isinstance(value, bool | int | str):
        return value
    if levels and isinstance(value, Mapping) and _PROTOTYPE_KEY not in value:
        return {key: _plain(item, levels - 1, as_read=as_read) for key, item in value.items()}
    if levels and isinstance(value, list | tuple):
        return [_plain(item, levels - 1, as_read=as_read) for item in value]
    if as_read and isinstance(value, float) and _is_whole(value):
        return int(value)
    raise ValueError(
        f"the value is not JSON without floats and {_PROTOTYPE_KEY}, at most {MAX_LEVELS} levels"
        " deep"
    )


def _is_whole(number: float) -> bool:
    return number.is_integer() and abs(number) <= _LARGEST_WHOLE_FLOAT
