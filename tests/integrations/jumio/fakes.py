"""What the tests of Jumio's code stand on: stub upstreams, vendors, and payload files."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from integrations.jumio.kyx import Kyx
from integrations.jumio.netverify import Netverify
from proxy.vendors import Answer, FromNetworks, StartRequest, Upstream
from tests.integrations.stub_upstream import PreparedUpstream

PAYLOADS = Path(__file__).parents[2] / "payloads" / "jumio"
PROOF = FromNetworks((ip_network("192.0.2.0/24"),))
START = StartRequest(
    reference="r" * 99,
    callback_url="https://app.example/api/callbacks/jumio",
    internal_reference="internal-1",
    idempotency_key="a key",
    pseudonym="a pseudonym",
)


class StubUpstream(PreparedUpstream):
    """Jumio with prepared answers."""

    vendor = "jumio"
    usual_base_url = "https://jumio.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("jumio", status, json.dumps(document).encode())


def granted(**fields: object) -> Answer:
    """Return what Jumio's token endpoint answers."""
    usual = {"access_token": "bearer-1", "expires_in": 3600, "token_type": "Bearer"}
    return answered({**usual, **fields})


def netverify(
    upstream: Upstream | None = None,
    *,
    workflow_id: int | None = None,
    result_fields: tuple[str, ...] = (),
    trusts_callbacks: bool = True,
) -> Netverify:
    """Return Netverify with made-up credentials; without `upstream` it must not send anything."""
    return Netverify(
        upstream=upstream or StubUpstream(AssertionError("nothing may be sent")),
        api_token="token",
        api_secret="secret",
        workflow_id=workflow_id,
        session_minutes=30,
        result_fields=result_fields,
        proof=PROOF,
        trusts_callbacks=trusts_callbacks,
    )


def kyx(
    api: Upstream | None = None,
    *,
    auth: Upstream | None = None,
    result_fields: tuple[str, ...] = (),
) -> Kyx:
    """Return KYX with made-up credentials; `api` stands for accounts and retrieval alike."""
    used = api or StubUpstream(AssertionError("nothing may be sent"))
    return Kyx(
        auth=auth or StubUpstream(granted()),
        account=used,
        retrieval=used,
        client_id="client",
        client_secret="secret",
        workflow_key="10011",
        session_minutes=30,
        result_fields=result_fields,
        proof=PROOF,
    )


def form_fields(name: str) -> dict[str, str]:
    """Return the fields of a form in the payload folder."""
    text = (PAYLOADS / f"{name}.form").read_text().strip()
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))


def form_body(name: str, **changes: str | None) -> bytes:
    """Return a form of the payload folder as a body; None takes a field away."""
    fields = {**form_fields(name), **changes}
    return urlencode({key: text for key, text in fields.items() if text is not None}).encode()


def document(name: str) -> dict[str, Any]:
    """Return a JSON payload, afresh at every call."""
    loaded: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return loaded
