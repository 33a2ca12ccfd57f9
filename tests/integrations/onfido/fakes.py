"""What the tests of Onfido's code stand on: a prepared upstream, and documents of its API."""

from __future__ import annotations

import json
from typing import Any

from integrations.onfido import Onfido, build
from proxy.vendors import Answer, Case, SettingsReader, Upstream
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

WORKFLOW = "6f0d1c52-3a7b-4f7e-8f0a-2b9a4c1d7e63"
RUN = "e2b7a0c4-91d3-4d56-8b1f-5c0e7f3a9d28"
APPLICANT = "0b5c8e17-6d2a-4c39-9e84-f1a3d7b2c605"
CASE = Case(RUN)
SETTINGS = {
    "ONFIDO_API_TOKEN": "api_live.made.up",
    "ONFIDO_WEBHOOK_TOKENS": "made-up-webhook-token",
    "ONFIDO_WORKFLOW_ID": WORKFLOW,
}


class StubUpstream(PreparedUpstream):
    """Onfido with prepared answers."""

    vendor = "onfido"
    usual_base_url = "https://onfido.test"


def answered(document: object) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("onfido", 200, json.dumps(document).encode())


def run(**fields: Any) -> dict[str, Any]:
    """Return an approved run, with other `fields`."""
    usual = {
        "id": RUN,
        "applicant_id": APPLICANT,
        "workflow_id": WORKFLOW,
        "status": "approved",
        "customer_user_id": "a reference",
        "updated_at": "2027-03-04T05:06:07Z",
        "output": {"document_type": "passport", "issuing_country": "EST"},
        "reasons": [],
    }
    return {**usual, **fields}


def applicant(**fields: Any) -> dict[str, Any]:
    """Return a live applicant, with other `fields`."""
    return {"id": APPLICANT, "first_name": "Unnamed", "sandbox": False, **fields}


def onfido(upstream: Upstream | None = None, **settings: str) -> Onfido:
    """Return Onfido as configured; without `upstream` it must not send anything."""
    upstreams = PreparedUpstreams(upstream or StubUpstream())
    reader = SettingsReader({**SETTINGS, **settings})
    (vendor,) = build(reader, upstreams)
    assert [] == reader.problems
    return vendor
