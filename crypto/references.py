"""Sealed references, version 1: what must survive a trip through a vendor, in one short text.

    byte 0        version 1 (high nibble) | layout (low nibble)
    byte 1        key id
    bytes 2-17    synthetic IV of AES-SIV (RFC 5297) under a 512-bit key
    bytes 18-     ciphertext

    layout 1      token uuid 16 | token secret 20 | user uuid 16 | issued at 4      99 characters
    layout 2      user uuid 16 | issued at 4 | refresh token as UTF-8               any token
    layout 3      user uuid 16 | issued at 4 | random 8                             no token

Three associated-data strings are sealed in: the two header bytes, the purpose and the marketplace's
client id. ``issued at`` is unix seconds, big-endian. The text is base64url without padding. AES-SIV
because it adds the fewest bytes and needs no nonce; Jumio's echo field holds 100 characters
(https://github.com/Jumio/implementation-guides, netverify/netverify-web-v4.md, read 2026-11-20).
"""

import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from crypto import base64url
from crypto.keys import SEAL_KEY_BYTES, KeyRing

LAYOUT_PACKED = 1
LAYOUT_TEXT = 2
LAYOUT_TOKENLESS = 3
MAX_CHARACTERS = 8192
LEEWAY_SECONDS = 300  # by how much the clocks of two machines may differ

_VERSION = 1
_HEADER_BYTES = 2
_SIV_BYTES = 16
_UUID_BYTES = 16
_TOKEN_SECRET_BYTES = 20
_TIME_BYTES = 4
_RANDOM_BYTES = 8
_OWNER_BYTES = _UUID_BYTES + _TIME_BYTES
_PACKED_TOKEN_BYTES = _UUID_BYTES + _TOKEN_SECRET_BYTES
_LATEST_TIME = 2 ** (8 * _TIME_BYTES) - 1

# The form of a Sharetribe refresh token: v2--<uuid4>--<40 hex>, all in lower case.
_PACKABLE_TOKEN = re.compile(
    r"v2--([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})--([0-9a-f]{40})"
)


class ReferenceInvalid(Exception):
    """A text is not a reference that opens here and now. Why is never told: an attacker may ask."""

    def __init__(self) -> None:
        super().__init__("the reference is not valid")


@dataclass(frozen=True, slots=True)
class Reference:
    """Whose trip this is, when it began (unix seconds), and the refresh token it travels with."""

    user_id: UUID
    issued_at: int
    refresh_token: str | None = field(repr=False)


class Sealer:
    """Seals and opens references for one marketplace: the first key seals, every key opens."""

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
        self._ciphers = {key_id: AESSIV(key) for key_id, key in keys.entries}
        self._client_id = client_id.encode()

    def seal(self, reference: Reference, *, purpose: str, layout: int | None = None) -> str:
        """Return the reference as text that only opens for the same purpose and marketplace.

        Without a layout the shortest that holds the token is taken. Sealing is deterministic, save
        for the eight random bytes of layout 3. Raises ValueError when the layout does not exist or
        cannot hold the token, when the time lies outside 32 bits, for an empty purpose, and for a
        token so long that open() would refuse the text.
        """
        if not purpose:
            raise ValueError("the purpose is empty")
        chosen = _best_layout(reference.refresh_token) if layout is None else layout
        plaintext = _pack(reference, chosen)
        header = bytes((_VERSION << 4 | chosen, self._key_id))
        sealed = self._ciphers[self._key_id].encrypt(plaintext, self._context(header, purpose))
        text = base64url.encode(header + sealed)
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"the sealed reference is longer than {MAX_CHARACTERS} characters")
        return text

    def open(
        self, text: str, *, purpose: str, now: int, max_age: int, leeway: int = LEEWAY_SECONDS
    ) -> Reference:
        """Return the reference that was sealed into text for this purpose.

        Times are in seconds: now is unix time, max_age how old a reference may be, leeway how far
        its time may lie in the future (clocks differ). Raises ReferenceInvalid, always the same and
        with no cause attached, for every text that does not pass.
        """
        reference = self._open(text, purpose)
        if reference is None or not -leeway <= now - reference.issued_at <= max_age:
            raise ReferenceInvalid from None
        return reference

    def _open(self, text: str, purpose: str) -> Reference | None:
        # None, no exception: one raised in here would carry its cause, which can hold plaintext.
        if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
            return None
        data = base64url.decode(text)
        if data is None or len(data) < _HEADER_BYTES + _SIV_BYTES:
            return None
        header, sealed = data[:_HEADER_BYTES], data[_HEADER_BYTES:]
        cipher = self._ciphers.get(header[1])
        if header[0] >> 4 != _VERSION or cipher is None:
            return None
        try:
            plaintext = cipher.decrypt(sealed, self._context(header, purpose))
        except InvalidTag:
            return None
        return _unpack(plaintext, header[0] & 0x0F)

    def _context(self, header: bytes, purpose: str) -> list[bytes]:
        return [header, purpose.encode(), self._client_id]


def sealed_length(refresh_token: str | None) -> int:
    """Return how many characters seal() makes of a reference with this token, in its best layout.

    Raises ValueError for an empty token and for one that UTF-8 cannot hold.
    """
    if refresh_token is None:
        payload = _OWNER_BYTES + _RANDOM_BYTES
    elif _PACKABLE_TOKEN.fullmatch(refresh_token):
        payload = _PACKED_TOKEN_BYTES + _OWNER_BYTES
    else:
        payload = _OWNER_BYTES + len(_token_bytes(refresh_token))
    return base64url.encoded_length(_HEADER_BYTES + _SIV_BYTES + payload)


def _best_layout(token: str | None) -> int:
    if token is None:
        return LAYOUT_TOKENLESS
    return LAYOUT_PACKED if _PACKABLE_TOKEN.fullmatch(token) else LAYOUT_TEXT


def _pack(reference: Reference, layout: int) -> bytes:
    if not 0 <= reference.issued_at <= _LATEST_TIME:
        raise ValueError(f"the time of issue lies outside 0 to {_LATEST_TIME}")
    owner = reference.user_id.bytes + reference.issued_at.to_bytes(_TIME_BYTES, "big")
    token = reference.refresh_token
    if layout == LAYOUT_TOKENLESS and token is None:
        return owner + secrets.token_bytes(_RANDOM_BYTES)
    if layout == LAYOUT_TEXT and token is not None:
        return owner + _token_bytes(token)
    if layout == LAYOUT_PACKED and (parts := _PACKABLE_TOKEN.fullmatch(token or "")):
        return UUID(parts[1]).bytes + bytes.fromhex(parts[2]) + owner
    raise ValueError(f"layout {layout} cannot hold this token")


def _token_bytes(token: str) -> bytes:
    try:
        encoded = token.encode()
    except UnicodeEncodeError:
        encoded = b""
    if not encoded:  # raised here, not above: the codec's error holds the token
        raise ValueError("the refresh token is empty or not Unicode text")
    return encoded


def _unpack(plaintext: bytes, layout: int) -> Reference | None:
    size = len(plaintext)
    if layout == LAYOUT_PACKED and size == _PACKED_TOKEN_BYTES + _OWNER_BYTES:
        token_id = UUID(bytes=plaintext[:_UUID_BYTES])
        token_secret = plaintext[_UUID_BYTES:_PACKED_TOKEN_BYTES].hex()
        return _owned(plaintext[_PACKED_TOKEN_BYTES:], f"v2--{token_id}--{token_secret}")
    if layout == LAYOUT_TEXT and size > _OWNER_BYTES:
        token = _text(plaintext[_OWNER_BYTES:])
        return None if token is None else _owned(plaintext[:_OWNER_BYTES], token)
    if layout == LAYOUT_TOKENLESS and size == _OWNER_BYTES + _RANDOM_BYTES:
        return _owned(plaintext[:_OWNER_BYTES], None)
    return None


def _owned(owner: bytes, token: str | None) -> Reference:
    return Reference(
        user_id=UUID(bytes=owner[:_UUID_BYTES]),
        issued_at=int.from_bytes(owner[_UUID_BYTES:], "big"),
        refresh_token=token,
    )


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
