"""What the tests of Veriff's code stand on: a stub upstream, decisions, webhooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from integrations.veriff import Veriff, build
from proxy.vendors import Answer, SettingsReader
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

SESSION_ID = "5b8f2d1c-93a7-4e64-b0cf-2a7d81e6f935"
API_KEY = "e41a7c90-6d52-4b8e-9f03-71c5d8a2b64e"
SECRET = "90c6f7de-1b34-4a59-8e72-d3f8a6b5c417"
REQUIRED = {"VERIFF_API_KEY": API_KEY, "VERIFF_SHARED_SECRETS": SECRET}
HEADERS = {"X-AUTH-CLIENT": API_KEY}


class StubUpstream(PreparedUpstream):
    """Veriff with prepared answers."""

    vendor = "veriff"
    usual_base_url = "https://stationapi.veriff.com"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("veriff", status, json.dumps(document).encode())


def decided(**fields: object) -> dict[str, Any]:
    """Return an approval as API and webhook tell it; `fields` of `verification` stand instead."""
    verification = {
        "id": SESSION_ID,
        "attemptId": "c7d0e9f8-2b16-4f3a-a854-6e91b7c2d0f3",
        "vendorData": "a reference",
        "endUserId": None,
        "status": "approved",
        "code": 9001,
        "reason": None,
        "reasonCode": None,
        "acceptanceTime": "2026-11-20T08:00:00.000000Z",
        "decisionTime": "2026-11-20T08:07:41.284913Z",
        "person": {"firstName": "MARI", "lastName": "NÄIDIS", "dateOfBirth": "1988-02-29"},
        "document": {"type": "ID_CARD", "number": "AS0012345", "country": "EE"},
    }
    return {
        "status": "success",
        "verification": {**verification, **fields},
        "technicalData": {"ip": "203.0.113.9"},
    }


def veriff(upstream: StubUpstream | None = None, /, **variables: str) -> Veriff:
    """Return Veriff with made-up credentials; without `upstream` it must not send anything."""
    reader = SettingsReader({**REQUIRED, **variables})
    (part,) = build(reader, PreparedUpstreams(upstream or StubUpstream()))
    assert [] == reader.problems
    return part


def webhook(document: Mapping[str, object]) -> bytes:
    """Return a webhook's body."""
    return json.dumps(document, separators=(",", ":")).encode()
