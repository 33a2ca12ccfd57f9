"""All that is known of one user, for the operator: what counts, what does not, and why.

It is read, and nothing is written or asked of a vendor. No token is in it, and of what vendors know
only what the records have. What a user has written is told as it stands there, and marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proxy.connections.record import ConnectionRecords
from proxy.kernel import Kernel
from proxy.operating.configuration import Configuration
from proxy.references.routes import ServedSubject, serve_references
from proxy.references.session_record import SessionRecord
from proxy.references.user_records import UserRecords
from proxy.sharetribe.accounts import Account
from proxy.sharetribe.client import User
from proxy.timestamps import format_utc
from proxy.vendors.connection import Connection
from proxy.vendors.doors import TokenDoor
from proxy.vendors.reference import Reference

# What of a session is told; where its page is, is the user's alone.
_TOLD = (
    "transactionReference", "status", "reason", "document", "version", "startedAt", "completedAt",
    "expiresAt", "paidUntil", "endsAt",
)  # fmt: skip
_FORGED = "its checksum does not hold: the user has changed it, or the key that made it is gone"


def user_report(configuration: Configuration, kernel: Kernel, account: Account) -> dict[str, Any]:
    """Return what is known of an account, as JSON can have it."""
    user, parts = account.user, configuration.parts
    references = serve_references(parts.of(Reference), kernel, ())
    return {
        "user": {
            "id": str(user.id),
            "email": user.email,
            "name": user.name,
            "state": account.state or ("banned" if user.is_banned else ""),
            "own": dict(account.own),
            "effective": dict(account.effective),
        },
        "subject": list(kernel.log_words.subjects(user.id)),
        "matters": [_matter(one, kernel, user) for one in references.subjects],
        "connections": [_connection(one.name, kernel, user) for one in parts.of(Connection)],
        "links": [_link(one.name, kernel, user) for one in parts.of(TokenDoor)],
    }


def _matter(served: ServedSubject, kernel: Kernel, user: User) -> dict[str, Any]:
    records, subject = served.records, served.subject
    known, told = records.read(user), served.trip.glance(user)
    decisions, decision = records.decisions, known.marker.decision
    rules = kernel.policy.rules.get(subject.title)
    document: dict[str, Any] = {
        "matter": subject.title,
        "status": told["status"],
        subject.matter.flag: told[subject.matter.flag],
        "checksum": known.stored.checksum,
        "sessions": [*_sessions(served, kernel, known), *_forged(served, user, known)],
        "marker": None if decision is None else _decided(decision),
    }
    if rules is not None:
        document["rights"] = {
            "names": list(rules),
            "granted": known.rights.granted,
            "due": decisions.is_due(known),
        }
    if decisions.has_badge:
        shown = user.metadata.get(subject.badge_key)
        document["badge"] = {"shown": shown, "due": shown != decisions.badge(known)}
    return document


def _decided(decision: SessionRecord) -> dict[str, Any]:
    return {"status": decision.status, "at": decision.fields.get("completedAt")}


def _sessions(
    served: ServedSubject, kernel: Kernel, known: UserRecords
) -> Iterator[dict[str, Any]]:
    """Iterate over the sessions that are believed to have been, those that count first."""
    believed = {one.id: one for one in (*known.outlived, *known.keyed.values())}
    if known.summarized is not None:
        believed.setdefault(known.summarized.id, known.summarized)
    believed |= {one.id: one for one in known.records}
    current = known.current
    order = sorted(
        believed.values(),
        key=lambda one: (current is None or one.id != current.id, -one.started_at),
    )
    for one in order:
        yield {
            "case": list(kernel.log_words.cases(one.provider, one.began_as)),
            "provider": one.provider,
            **{name: one.fields[name] for name in _TOLD if name in one.fields},
            "checksum": "valid",
            "counts": current is not None and one.id == current.id,
            "why": _why(served, known, one),
        }


def _why(served: ServedSubject, known: UserRecords, one: SessionRecord) -> str:
    """Return in words why a session counts, or why not."""
    current = known.current
    enabled = {provider.vendor.name for provider in served.providers}
    if one.id in known.gone_on:
        return "it goes on under another name"
    if known.is_outlived(one):
        return "the marker knows better: it counts again once the vendor says so again"
    if not served.subject.is_current(one):
        return "it is about another version of the text, or of the plan"
    if current is None or current.id != one.id:
        return "another session counts"
    if one.is_pending and one.provider not in enabled:
        return "it counts, and its vendor is not enabled: nobody will tell how it ends"
    if one.is_pending:
        return "it counts: no vendor has said anything later"
    return "it counts" if served.subject.matter.is_good(one.status) else "it counts, and is no good"


def _forged(served: ServedSubject, user: User, known: UserRecords) -> Iterator[dict[str, Any]]:
    """Iterate over what stands where sessions do, and is none that any of us has written so."""
    for key, value in user.private_data.items():
        if served.subject.is_session_key(key) and key not in known.keyed and value is not None:
            status = value.get("status") if isinstance(value, dict) else None
            told = {} if not isinstance(status, str) else {"status": status}
            yield {"key": key, **told, "checksum": "invalid", "counts": False, "why": _FORGED}


def _connection(vendor: str, kernel: Kernel, user: User) -> dict[str, Any]:
    records = ConnectionRecords(vendor, kernel.secret_sealer, kernel.clock)
    stored = records.read(user)
    entry: dict[str, Any] = {"vendor": vendor}
    if not stored.exists:
        return {**entry, "status": "not-connected"}
    connection = stored.connection
    if connection is None:
        reason = "no key here opens what is stored"
        return {**entry, "status": "needs-reconnection", "reason": reason}
    entry |= {
        "status": "connected" if connection.failure is None else "needs-reconnection",
        "connectedAt": connection.connected_at,
        "details": dict(connection.grant.details),
        "registered": connection.is_registered,
        "renewals": connection.renewals,
    }
    if connection.expires_at is not None:
        entry["expiresAt"] = format_utc(connection.expires_at)
    if connection.failure is not None:
        entry |= {"reason": connection.failure.reason, "failedAt": connection.failure.at}
    return entry


def _link(vendor: str, kernel: Kernel, user: User) -> dict[str, Any]:
    key = f"{vendor}Link"
    record, checksum = user.private_data.get(key), user.private_data.get(f"{key}Checksum")
    if not isinstance(record, dict):
        return {"vendor": vendor, "status": "not-linked"}
    holds = kernel.checksummer.verify(key, user.id, record, checksum)
    if not holds:
        return {"vendor": vendor, "status": "not-linked", "why": _FORGED}
    return {"vendor": vendor, "status": "linked", "linkedAt": record.get("linkedAt")}
