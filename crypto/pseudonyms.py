"""Pseudonyms: under which a vendor meets the same user again, and cannot tell which one it is.

A UUID made of HMAC-SHA256 over ``vendor 0x00 client id 0x00 user id``, under a subkey of a key of
32 bytes. Two vendors that compare theirs find nothing in common. It stays the same for as long as
the key does, so that key is not the one that changes.
"""

import hmac
from uuid import UUID

from crypto.keys import CHECKSUM_KEY_BYTES, subkey

_LABEL = "echoseal pseudonym"


class Pseudonyms:
    """Names the users of one marketplace for its vendors."""

    def __init__(self, key: bytes, client_id: str) -> None:
        """Take a key of 32 bytes and the marketplace's client id; raises ValueError."""
        if len(key) != CHECKSUM_KEY_BYTES:
            raise ValueError(f"a pseudonym key has {CHECKSUM_KEY_BYTES} bytes")
        self._key = subkey(key, label=_LABEL)
        self._client_id = client_id

    def pseudonym(self, vendor: str, user_id: UUID) -> UUID:
        """Return the UUID (in the form of version 4) by which a vendor knows a user."""
        message = "\0".join((vendor, self._client_id, str(user_id))).encode()
        return UUID(bytes=hmac.digest(self._key, message, "sha256")[:16], version=4)
