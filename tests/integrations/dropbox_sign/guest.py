"""Dropbox Sign as a guest of the kit's worlds."""

from __future__ import annotations

from dataclasses import replace

from integrations.dropbox_sign import DROPBOX_SIGN
from sandbox.dropbox_sign import SIMULATOR, DropboxSign
from tests.kit.contracts.sessions import guest_of


def _secrets(sign: DropboxSign) -> dict[str, str]:
    """Return the carriers, and whom the documents are for."""
    found = {}
    for number, one in enumerate(sign.requests):
        found[f"reference {number}"] = one.reference
        found |= {f"{part} {number}": one.signer[part] for part in ("name", "email_address")}
    return found


GUEST = replace(guest_of(DROPBOX_SIGN, SIMULATOR, DropboxSign), secrets=_secrets)
