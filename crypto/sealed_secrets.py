"""Secrets at rest in somebody else's store: sealed for one owner and one purpose.

    byte 0        version 1 (high nibble) | 8 (low nibble: no layout of a reference)
    byte 1        key id
    bytes 2-17    synthetic IV of AES-SIV (RFC 5297) under a 512-bit key
    bytes 18-     ciphertext

Four associated-data strings are sealed in: the two header bytes, the purpose, the marketplace's
client id and the owner's uuid. A text that is copied to another user, or under another vendor's
key, does not open there. The text is base64url without padding. The key is a subkey of the ring's
(see `crypto.keys.subkey`), so that secrets and references never share one.
"""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from crypto import base64url
from crypto.keys import SEAL_KEY_BYTES, KeyRing, subkey

MAX_SECRET_BYTES = 16_384
_FORMAT = 0x18
_LABEL = "echoseal sealed secret"
_HEADER_BYTES = 2
_SIV_BYTES = 16
_MAX_CHARACTERS = base64url.encoded_length(_HEADER_BYTES + _SIV_BYTES + MAX_SECRET_BYTES)


class SecretSealer:
    """Seals and opens secrets for one marketplace: the first key seals, every key opens."""

    def __init__(self, keys: KeyRing, client_id: str) -> None:
        """Take a ring of 64-byte keys and the marketplace's client id.

        Raises ValueError for keys of another length and for an empty client id.
        """
        # AES-SIV takes shorter keys too, and would then be another construction.
        if any(len(key) != SEAL_KEY_BYTES for _, key in keys.entries):
            raise ValueError(f"a sealing key has {SEAL_KEY_BYTES} bytes")
        if not client_id:
            raise ValueError("the client id is empty")
        self._key_id, _ = keys.first
        self._ciphers = {
            key_id: AESSIV(subkey(key, label=_LABEL, key_bytes=SEAL_KEY_BYTES))
            for key_id, key in keys.entries
        }
        self._client_id = client_id.encode()

    def seal(self, secret: bytes, *, purpose: str, owner: UUID) -> str:
        """Return the secret as text that only opens for the same purpose and owner.

        Deterministic: the same secret gives the same text until the key changes. Raises ValueError
        for an empty purpose, an empty secret and one above MAX_SECRET_BYTES.
        """
        if not purpose:
            raise ValueError("the purpose is empty")
        if not 0 < len(secret) <= MAX_SECRET_BYTES:
            raise ValueError(f"a secret has 1 to {MAX_SECRET_BYTES} bytes")
        header = bytes((_FORMAT, self._key_id))
        context = self._context(header, purpose, owner)
        return base64url.encode(header + self._ciphers[self._key_id].encrypt(secret, context))

    def open(self, text: object, *, purpose: str, owner: UUID) -> bytes | None:
        """Return the secret that was sealed for this purpose and owner, else None."""
        data = _decode(text)
        if data is None:
            return None
        header, sealed = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
        cipher = self._ciphers.get(header[1])
        if header[0] != _FORMAT or cipher is None:
            return None
        try:
            return cipher.decrypt(sealed, self._context(header, purpose, owner))
        except InvalidTag:
            return None

    def is_current(self, text: object) -> bool:
        """Tell whether the text names the first key, so that there is no need to seal it again."""
        data = _decode(text)
        return data is not None and data[1] == self._key_id

    def _context(self, header: bytes, purpose: str, owner: UUID) -> list[bytes]:
        return [header, purpose.encode(), self._client_id, owner.bytes]


def _decode(text: object) -> bytes | None:
    if not isinstance(text, str) or len(text) > _MAX_CHARACTERS:
        return None
    data = base64url.decode(text)
    return None if data is None or len(data) <= _HEADER_BYTES + _SIV_BYTES else data
