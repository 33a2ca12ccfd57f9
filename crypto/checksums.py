"""Checksums that tie a stored value to its user: proof that this marketplace's proxy wrote it.

HMAC-SHA256 over ``name 0x00 client id 0x00 user id 0x00 canonical JSON of the value`` (RFC 8785),
written as ``<key id>.<unpadded base64url>``. A user can edit his own private data; with this he can
neither write a result himself nor copy another user's. The same check in JavaScript is
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
        RFC 8785 has it, holds a float, or is more than MAX_LEVELS levels deep.
        """
        key_id, key = self._keys.first
        digest = hmac.digest(key, self._message(name, user_id, value), "sha256")
        return f"{key_id}.{base64url.encode(digest)}"

    def verify(self, name: str, user_id: UUID, value: object, checksum: object) -> bool:
        """Tell whether checksum is right for this name, user and value. Raises nothing.

        The comparison takes constant time. Whatever is not a checksum, or not a value that could
        have one, is simply wrong: both come from data that the user can edit.
        """
        if not isinstance(value, Mapping) or not isinstance(user_id, UUID):
            return False
        presented = self._presented(checksum)
        if presented is None:
            return False
        key, digest = presented
        try:
            message = self._message(name, user_id, value)
        except (TypeError, ValueError):
            return False
        return hmac.compare_digest(hmac.digest(key, message, "sha256"), digest)

    def _message(self, name: str, user_id: UUID, value: Mapping[str, object]) -> bytes:
        if _SEPARATOR in name:
            raise ValueError("the name holds a zero character")
        head = _SEPARATOR.join((name, self._client_id, str(user_id), ""))
        return head.encode() + rfc8785.dumps(_plain(value, MAX_LEVELS))

    def _presented(self, checksum: object) -> tuple[bytes, bytes] | None:
        if not isinstance(checksum, str):
            return None
        id_text, _, digest_text = checksum.partition(".")
        key_id = parse_key_id(id_text)
        key = None if key_id is None else self._keys.get(key_id)
        digest = base64url.decode(digest_text)
        return None if key is None or digest is None else (key, digest)


def _plain(value: object, levels: int) -> _Json:
    # No floats: they have several spellings in JSON, and a store may turn one into another.
    if value is None or isinstance(value, bool | int | str):
        return value
    if levels and isinstance(value, Mapping):
        return {key: _plain(item, levels - 1) for key, item in value.items()}
    if levels and isinstance(value, list | tuple):
        return [_plain(item, levels - 1) for item in value]
    raise ValueError(f"the value is not JSON without floats, at most {MAX_LEVELS} levels deep")
