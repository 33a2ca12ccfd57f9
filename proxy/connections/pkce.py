"""Proof Key for Code Exchange (RFC 7636) without anything to remember.

The verifier is made of the nonce that the browser's cookie holds anyway, under a key of ours:
whoever comes back with the nonce, to whichever process, brings what the verifier is made of. Nobody
else can make it: not who sees the nonce, for lack of the key, and not who sees the consent page's
address, which shows no more than the verifier's digest.
"""

from __future__ import annotations

import hashlib
import hmac

from crypto import base64url


def code_verifier(key: bytes, owner: str, nonce: str) -> str:
    """Return the verifier of a trip (43 characters, RFC 7636 4.1).

    `key` serves this alone; `owner` names client and vendor, so that they share no verifier.
    """
    message = f"{owner}\0{nonce}".encode("utf-8", "surrogatepass")
    return base64url.encode(hmac.digest(key, message, "sha256"))


def code_challenge(verifier: str) -> str:
    """Return what the consent page is told of a verifier, by the method S256 (RFC 7636 4.2)."""
    return base64url.encode(hashlib.sha256(verifier.encode()).digest())
