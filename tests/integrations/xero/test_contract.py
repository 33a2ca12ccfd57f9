"""Xero keeps the contracts that every vendor of its parts keeps."""

from __future__ import annotations

from typing import Any

from tests.integrations.xero.guest import GUEST
from tests.kit.contracts.connection import ConnectionContract
from tests.kit.trips import Consenting


def _held(xero: Any) -> list[str]:
    """Xero connects at the consent; without tokens nobody holds anything."""
    if not xero.identity.sessions:
        return []
    return [one.tenant_id for one in xero.organisations if one.connection_id is not None]


def _kill(xero: Any) -> None:
    xero.identity.sessions.clear()
    xero.identity.end_access_tokens()


class TestXeroConnection(ConnectionContract):
    """Xero as a vendor that sellers connect."""

    vendor, guests = "xero", (GUEST,)
    acts = Consenting(
        exchange="/connect/token",
        revocation="/connect/revocation",
        place="tenant_id",
        places=lambda xero: [one.tenant_id for one in xero.organisations],
        held=_held,
        kill=_kill,
    )
