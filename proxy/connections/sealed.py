"""A connection as it is stored under one key: sealed whole, and a copy with readable parts.

Users may read and write their own private data, so what counts is sealed, ids and names included;
the readable copies are for the marketplace's pages only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from crypto import SecretSealer
from proxy.display_text import display_text
from proxy.timestamps import parse_utc
from proxy.vendors.connection import Failure, Grant, UserConnection

_FAILED_AT, _FAILED_REASON = "lastFailedAt", "lastFailedReason"


@dataclass(frozen=True, slots=True)
class Opened:
    """What one key holds, without a failure; an earlier version counted no renewals."""

    connection: UserConnection
    sealed: str
    counts_renewals: bool


class SealedConnections:
    """Seals and opens the connections of one vendor."""

    def __init__(self, vendor: str, sealer: SecretSealer) -> None:
        self._purpose = f"{vendor}.connection"
        self._sealer = sealer

    def open(self, record: object, owner: UUID) -> Opened | None:
        """Return what a record holds, None for one that was not sealed for this user."""
        sealed = record.get("sealed") if isinstance(record, dict) else None
        opened = self._sealer.open(sealed, purpose=self._purpose, owner=owner)
        content = None if opened is None else _content(opened)
        if content is None or not isinstance(sealed, str):
            return None
        connection = UserConnection(
            Grant(content["secret"], content["details"]),
            content["connectedAt"],
            is_registered=content.get("isRegistered") is not False,
            trips=tuple(content.get("trips", ())),
            expires_at=content.get("expiresAt"),
            renewals=content.get("renewals", 0),
        )
        return Opened(connection, sealed, "renewals" in content)

    def is_current(self, opened: Opened) -> bool:
        """Tell whether the newest key sealed it."""
        return self._sealer.is_current(opened.sealed)

    def seal(self, connection: UserConnection, owner: UUID) -> dict[str, str]:
        """Return the record of a connection, sealed for this user with the newest key."""
        grant = connection.grant
        content: dict[str, Any] = {
            "secret": dict(grant.secret),
            "details": dict(grant.details),
            "connectedAt": connection.connected_at,
            "isRegistered": connection.is_registered,
            "trips": connection.trips,
            "renewals": connection.renewals,
        }
        if connection.expires_at is not None:
            content["expiresAt"] = connection.expires_at
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return {"sealed": self._sealer.seal(plain, purpose=self._purpose, owner=owner)}

    def copy(self, connection: UserConnection, owner: UUID) -> dict[str, str]:
        """Return the record together with what people may read of it, a failure included."""
        readable = {**connection.grant.details, "connectedAt": connection.connected_at}
        failure = connection.failure
        failed = {} if failure is None else {_FAILED_AT: failure.at, _FAILED_REASON: failure.reason}
        return {**readable, **self.seal(connection, owner), **failed}


def noted_failure(copy: object) -> Failure | None:
    """Return the failure that a copy notes; it is not sealed, so it is only words."""
    if not isinstance(copy, dict):
        return None
    reason = display_text(copy.get(_FAILED_REASON))
    at = copy.get(_FAILED_AT)
    if reason is None:
        return None
    return Failure(reason, at if isinstance(at, str) and parse_utc(at) else "")


def _content(opened: bytes) -> Mapping[str, Any] | None:
    """Return the sealed object; what we sealed ourselves has this form, in every version so far."""
    content = json.loads(opened)
    is_whole = (
        isinstance(content, dict)
        and all(_is_text_map(content.get(name)) for name in ("secret", "details"))
        and parse_utc(content.get("connectedAt")) is not None
        and type(content.get("expiresAt")) in (int, type(None))
        and type(content.get("renewals", 0)) is int
    )
    return content if is_whole else None


def _is_text_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
