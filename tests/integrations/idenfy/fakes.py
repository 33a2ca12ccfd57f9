"""What the tests of iDenfy's code stand on: a stub upstream, and iDenfy on top of it."""

from __future__ import annotations

import json

from integrations.idenfy import Idenfy
from proxy.vendors import Answer, Case
from tests.integrations.stub_upstream import PreparedUpstream

SCAN_REF = "4c1d7f9e-2b6a-4d38-9e57-b0a1c2d3e4f5"
CASE = Case(SCAN_REF)
KEY = "a signing key"


class StubUpstream(PreparedUpstream):
    """iDenfy with prepared answers."""

    vendor = "idenfy"
    usual_base_url = "https://idenfy.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("idenfy", status, json.dumps(document).encode())


def scan(**changes: object) -> Answer:
    """Return what the status call answers for a verification that has been approved."""
    usual = {
        "fraudTags": [],
        "mismatchTags": [],
        "autoDocument": "DOC_VALIDATED",
        "autoFace": "FACE_MATCH",
        "manualDocument": "",
        "manualFace": "",
        "scanRef": SCAN_REF,
        "clientId": "a reference",
        "status": "APPROVED",
    }
    return answered({**usual, **changes})


def idenfy(*answers: Answer, listed: tuple[str, ...] = ()) -> tuple[Idenfy, StubUpstream]:
    """Return iDenfy that gets these answers, and its upstream."""
    upstream = StubUpstream(*answers)
    return Idenfy(upstream, ("a key", "a secret: with a colon"), (KEY,), 60, listed), upstream
