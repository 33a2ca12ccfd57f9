"""Dropbox Sign's keys, and what it knows of signers, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.dropbox_sign.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestDropboxSign(CheckLeakContract):
    """Signature requests."""

    listed, guests = "dropbox-sign", (GUEST,)
    approval, decisions = "signed", ("signed_first", "signed")
    correction = "declined"
