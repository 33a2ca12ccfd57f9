"""Inkwell, an example of a signing vendor: one document for each template, signed callbacks.

It does not exist; to begin a vendor that does, copy this file. The carrier is the field
`reference`, which is echoed in the callback and in the document, and shown to nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from proxy.vendors import (
    Callback,
    Case,
    Hmac,
    Integration,
    JsonApi,
    Limits,
    Reason,
    RequestHeaders,
    Result,
    SettingsReader,
    Signing,
    Started,
    StartRequest,
    Status,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_id,
    as_text,
    as_url,
    as_word,
    parse_utc,
    read_documents,
    read_lenient_object,
)

_STATUSES = {
    "signed": Status.SIGNED,
    "refused": Status.DECLINED,
    "lapsed": Status.EXPIRED,
    "withdrawn": Status.CANCELLED,
    "broken": Status.FAILED,
}
_DAYS = 30


class Inkwell(Signing):
    """Inkwell as a vendor of signatures."""

    name = "inkwell"
    limits = Limits(reference=255, callback_url=None, success_url=2000, error_url=2000)

    def __init__(
        self, api: JsonApi, secrets: tuple[str, ...], documents: Mapping[str, str]
    ) -> None:
        self._api = api
        self.subjects = documents
        self.proof = Hmac(("Inkwell-Signature",), secrets)
        self.upstreams = (api.upstream,)

    def start(self, request: StartRequest) -> Started:
        """Make a document of its template; see Reference.start."""
        if request.person is None:
            raise ValueError("a signer has a name")
        asked = {
            "template": self.subjects[request.subject],
            "reference": request.reference,
            "name": request.person.name,
            "email": request.person.email,
            "days": _DAYS,
            **({"returnUrl": request.success_url} if request.success_url else {}),
        }
        answer = self._api.call("POST", "/documents", asked)
        made = answer.json_object()
        document_id, url = as_id(made.get("id")), as_url(made.get("url"))
        if document_id is None or url is None:
            raise UpstreamUnavailable(answer.upstream, "a document without id or url")
        return Started(Case(document_id), url, _DAYS * 24 * 60 * 60)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read an event; see CalledBack.read_callback."""
        event = read_lenient_object(body)
        if event.get("type") != "document.ended":
            return None
        document_id = as_id(event.get("documentId"))
        return Callback(as_text(event.get("reference")), Case(document_id) if document_id else None)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request either way
        """Read the document; see Reference.fetch_result."""
        answer = self._api.find(f"/documents/{quote(case.reference, safe='')}")
        return None if answer is None else _read(answer.agreed_object())


def _read(document: Mapping[str, Any]) -> Result | Waiting | None:
    word = as_text(document.get("status"))
    if word in (None, "open"):
        return None
    status = _STATUSES.get(word or "")
    if status is None:
        return Waiting(Reason(as_word(word), "It is not signed yet."))
    return Result(
        status=status,
        reason=None if status is Status.SIGNED else Reason(as_word(word), ""),
        completed_at=parse_utc(document.get("endedAt")),
        echoed_reference=as_text(document.get("reference")),
        version=as_text(document.get("template")),
    )


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Inkwell, ...]:
    """Return Inkwell as the settings `INKWELL_…` describe it."""
    upstream = upstreams.at("inkwell", reader.base_url("INKWELL_BASE_URL"))
    api = JsonApi(upstream, {"Authorization": f"Bearer {reader.text('INKWELL_API_KEY')}"})
    documents = read_documents(reader, "inkwell", pattern="[0-9]{1,9}", form="a number")
    return (Inkwell(api, reader.secrets("INKWELL_SIGNING_SECRETS"), documents),)


INKWELL = Integration("inkwell", build)
