"""What the tests of DocuSeal's code stand on: a stub upstream, submissions, webhooks."""

from __future__ import annotations

import json
from typing import Any

from integrations.docuseal import DocuSeal, build
from proxy.vendors import Answer, Case, Person, SettingsReader, StartRequest
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

TOKEN = "k7Qm-a-token-of-the-account"
SECRET = "whsec_bWFkZS11cC1zZWNyZXQtMjQtYnl0ZXM="
REQUIRED = {
    "DOCUSEAL_API_TOKEN": TOKEN,
    "DOCUSEAL_WEBHOOK_SECRETS": SECRET,
    "SIGNING_DOCUMENTS": "provider-agreement:7301,house-rules:7302",
}
CASE = Case("60412", {"submitterId": "91355"})
REFERENCE = "r" * 99
START = StartRequest(
    reference=REFERENCE,
    callback_url="https://app.example/api/callbacks/docuseal",
    internal_reference="internal-1",
    idempotency_key="a key",
    pseudonym="0d9f6a1e-3c48-4b72-8e5d-f7a1b2c3d4e5",
    success_url="https://market.example/signed",
    error_url="https://market.example/sorry",
    subject="provider-agreement",
    person=Person("Pia Provider", "pia@provider.example"),
)


class StubUpstream(PreparedUpstream):
    """DocuSeal with prepared answers."""

    vendor = "docuseal"
    usual_base_url = "https://api.docuseal.com"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("docuseal", status, json.dumps(document).encode())


def party(status: str = "completed", **fields: object) -> dict[str, Any]:
    """Return the user's party of a submission; `fields` stand instead."""
    signed_at = "2026-11-20T08:07:41.284Z" if status == "completed" else None
    return {
        "id": 91355,
        "submission_id": 60412,
        "slug": "w9Xr2TkVb4QmZe",
        "email": "pia@provider.example",
        "name": "Pia Provider",
        "completed_at": signed_at,
        "declined_at": "2026-11-20T08:06:00.500Z" if status == "declined" else None,
        "external_id": REFERENCE,
        "application_key": REFERENCE,
        "status": status,
        "role": "Provider",
        **fields,
    }


def other_party(status: str = "awaiting") -> dict[str, Any]:
    """Return the party of somebody whom the user has invited."""
    other = {"id": 91356, "external_id": None, "application_key": None, "role": "Marketplace"}
    return {**party(status), **other}


def submission(status: object = "completed", **fields: object) -> dict[str, Any]:
    """Return a submission as the API shows it; `fields` stand instead."""
    is_completed = status == "completed"
    is_declined = status == "declined"
    decline = {"event_type": "decline_form", "data": {"reason": "Clause 4.\x00"}}
    return {
        "id": 60412,
        "status": status,
        "completed_at": "2026-11-20T08:07:41.284Z" if is_completed else None,
        "expire_at": "2026-11-27T08:00:00.000Z",
        "archived_at": None,
        "submitters": [party(str(status) if is_completed or is_declined else "opened")],
        "template": {"id": 7301, "name": "Provider agreement"},
        "submission_events": [{"event_type": "view_form", "data": {}}, decline][: 1 + is_declined],
        "documents": [{"name": "a", "url": "https://docuseal.example/file/secret/a.pdf"}],
        **fields,
    }


def form(kind: str, whole: str, **fields: object) -> bytes:
    """Return the webhook of a party, when the submission's status was `whole`."""
    data = {**party("completed"), "submission": {"id": 60412, "status": whole}, **fields}
    return webhook(kind, data)


def webhook(kind: object, data: object) -> bytes:
    """Return a webhook's body."""
    body = {"event_type": kind, "timestamp": "2026-11-20T08:07:42.000Z", "data": data}
    return json.dumps(body).encode()


def docuseal(upstream: StubUpstream | None = None, /, **variables: str) -> DocuSeal:
    """Return DocuSeal with made-up credentials; without `upstream` it must not send anything."""
    reader = SettingsReader({**REQUIRED, **variables})
    (part,) = build(reader, PreparedUpstreams(upstream or StubUpstream()))
    assert [] == reader.problems
    return part
