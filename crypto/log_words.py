"""Words for logs: the same user has the same word, and nobody can tell from it which user it is.

A word is made of HMAC-SHA256 over what it is for, the client id and the name: 60 bits of it in
lower-case base32 (RFC 4648), twelve characters. A million users share a word with a chance of one
in two million. User ids stand in the addresses of public pages, so an unkeyed digest would be found
by trying them all; without the key there is no way back.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from uuid import UUID

from crypto.keys import CHECKSUM_KEY_BYTES

WORD_CHARACTERS = 12


class LogWords:
    """Names the users of one marketplace, and their sessions at vendors, in its logs."""

    def __init__(self, keys: Sequence[bytes], client_id: str) -> None:
        """Take keys of 32 bytes, at least one: the first makes words, others may have made some.

        Raises ValueError.
        """
        if not keys or any(len(key) != CHECKSUM_KEY_BYTES for key in keys):
            raise ValueError(f"a key of log words has {CHECKSUM_KEY_BYTES} bytes")
        self._keys = tuple(dict.fromkeys(keys))
        self._client_id = client_id

    def subject(self, user_id: UUID) -> str:
        """Return the word of a user."""
        return self.subjects(user_id)[0]

    def subjects(self, user_id: UUID) -> tuple[str, ...]:
        """Return all the words that a user may have in logs, the present one first."""
        return self._words("subject", str(user_id))

    def case(self, vendor: str, reference: str) -> str:
        """Return the word of a vendor's session, by the vendor's own name of it."""
        return self.cases(vendor, reference)[0]

    def cases(self, vendor: str, reference: str) -> tuple[str, ...]:
        """Return all the words that a session may have in logs, the present one first."""
        return self._words("case", vendor, reference)

    def _words(self, *names: str) -> tuple[str, ...]:
        # What a vendor sends as a name may be no Unicode; no other name becomes the same.
        message = "\0".join((self._client_id, *names)).encode("utf-8", "surrogatepass")
        return tuple(_word(hmac.digest(key, message, "sha256")) for key in self._keys)


def _word(digest: bytes) -> str:
    return base64.b32encode(digest).decode("ascii")[:WORD_CHARACTERS].lower()
