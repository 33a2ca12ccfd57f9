"""Kaizala keeps the contract that every vendor of tokens keeps."""

from __future__ import annotations

from typing import Any

from sandbox.kaizala import OTHER_ACTION_PACKAGE
from tests.integrations.kaizala.guest import GUEST
from tests.kit.contracts.doors import TokenDoorContract


class TestKaizala(TokenDoorContract):
    """Its cards."""

    vendor, guests, header = "kaizala", (GUEST,), "accessToken"

    def token(self, vendor: Any, kind: str) -> str:
        """Return a card's token of a kind."""
        if kind == "unknown":
            return "made.up.token"
        person = vendor.people[int(kind == "another")]
        more = (OTHER_ACTION_PACKAGE,) if kind == "foreign" else ()
        return str(vendor.service_token(person, *more))
