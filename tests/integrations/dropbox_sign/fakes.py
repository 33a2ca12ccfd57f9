"""What the tests of Dropbox Sign's code stand on: a prepared upstream, records, events."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from integrations.dropbox_sign import build
from integrations.dropbox_sign.signing import DropboxSign
from proxy.outgoing.upstream import Answer
from proxy.vendors import Case, Person, SettingsReader, StartRequest
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

KEY = "made-up-api-key-of-the-account"
TEMPLATE = "7c" * 20
REQUEST_ID, SIGNATURE_ID = "5e" * 20, "4d" * 16
CASE = Case(REQUEST_ID, {"signatureId": SIGNATURE_ID})
ROLE = "Provider"
SIGNED_AT = 1_796_040_000
LINK = "https://app.hellosign.test/editor/embeddedSign?signature_id=4d4d&token=1f2e"
SETTINGS = {
    "INTEGRATIONS": "dropbox-sign",
    "DROPBOX_SIGN_API_KEY": KEY,
    "DROPBOX_SIGN_CLIENT_ID": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "DROPBOX_SIGN_ROLE": ROLE,
    "DROPBOX_SIGN_DOCUMENTS": f"provider-agreement:{TEMPLATE}",
}
UNCHANGED: Mapping[str, str] = {}
TEST_MODE = {"DROPBOX_SIGN_TEST_MODE": "true"}
START = StartRequest(
    reference="r" * 99,
    callback_url="https://app.example/api/callbacks/dropbox-sign",
    internal_reference="an-internal-reference",
    idempotency_key="a-key",
    pseudonym="a-pseudonym",
    subject="provider-agreement",
    person=Person("Specimena Signer", "specimena@example.com"),
)


class StubUpstream(PreparedUpstream):
    """Dropbox Sign with prepared answers."""

    vendor = "dropbox-sign"
    usual_base_url = "https://dropbox-sign.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("dropbox-sign", status, json.dumps(document).encode())


def configured(
    settings: Mapping[str, str] = UNCHANGED, upstream: StubUpstream | None = None
) -> tuple[DropboxSign, SettingsReader]:
    """Return the vendor and who has read its settings; without `upstream` it must not send."""
    reader = SettingsReader({**SETTINGS, **settings})
    (vendor,) = build(reader, PreparedUpstreams(upstream or StubUpstream()))
    return vendor, reader


def signing(
    upstream: StubUpstream | None = None, settings: Mapping[str, str] = UNCHANGED
) -> DropboxSign:
    """Return the vendor, of usable settings."""
    vendor, reader = configured(settings, upstream)
    assert [] == reader.problems
    return vendor


def signature(code: object = "awaiting_signature", **changes: Any) -> dict[str, Any]:
    """Return our signer's signature."""
    signed_at = SIGNED_AT if code == "signed" else None
    named = {"signature_id": SIGNATURE_ID, "signer_role": ROLE, "signed_at": signed_at}
    return {**named, "status_code": code, "decline_reason": None, "error": None, **changes}


def record(*signatures: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a signature request with these signatures, by default one that is waited for."""
    return {
        "signature_request_id": REQUEST_ID,
        "test_mode": False,
        "metadata": {"echoseal": START.reference},
        "is_complete": False,
        "is_declined": False,
        "has_error": False,
        "template_ids": [TEMPLATE],
        "signatures": list(signatures) or [signature()],
        **changes,
    }


def signed(**changes: Any) -> dict[str, Any]:
    """Return a signature request that everybody has signed."""
    return record(signature("signed"), **{"is_complete": True, **changes})


def told(found: object) -> Answer:
    """Return the API's answer about a signature request."""
    return answered({"signature_request": found})


def linked(link: object = LINK) -> Answer:
    """Return the API's answer with a link."""
    return answered({"embedded": {"sign_url": link, "expires_at": SIGNED_AT + 3600}})


def refused(status: int, name: str) -> Answer:
    """Return a refusal."""
    return answered({"error": {"error_msg": "Why it is so.", "error_name": name}}, status)


def event(kind: str, key: str = KEY, moment: str = "1796040000", **changes: Any) -> dict[str, Any]:
    """Return an event about a signed request, as the documentation describes it."""
    digest = hmac.new(key.encode(), f"{moment}{kind}".encode(), hashlib.sha256).hexdigest()
    named = {"event_type": kind, "event_time": moment, "event_hash": digest}
    return {"event": named, "signature_request": signed(), **changes}


def form(document: object, boundary: str = "xYzZY") -> tuple[Mapping[str, str], bytes]:
    """Return headers and body of a form whose one field `json` holds a document."""
    text = document if isinstance(document, str) else json.dumps(document)
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="json"\r\n\r\n{text}\r\n'
    content_type = f"multipart/form-data; boundary={boundary}"
    return {"Content-Type": content_type}, f"{part}--{boundary}--\r\n".encode()
