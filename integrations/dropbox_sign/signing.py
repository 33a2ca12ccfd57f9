"""Dropbox Sign as a vendor of signing: embedded requests of templates, links that open once.

Source: hellosign-openapi @ad21451f (create embedded signature request with template, update, get,
embedded sign URL, errors); developers.hellosign.com, embedded signing, expiration, callbacks and
events; help.dropbox.com, "How to set up Dropbox Sign embedded signing" (all read 2026-11).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from integrations.dropbox_sign.events import read_event
from integrations.dropbox_sign.probes import ask_app, ask_template
from integrations.dropbox_sign.results import CARRIER, UNFINISHED, judge, signatures, version
from proxy.vendors import (
    DOCUMENTS,
    Callback,
    CallbackUnreadable,
    Case,
    JsonApi,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    Signatures,
    Signing,
    Started,
    StartRequest,
    Status,
    UpstreamRefused,
    UpstreamUnavailable,
    Waiting,
    as_id,
    as_object,
    as_text,
    as_url,
    for_each,
    log_event,
)

_REQUESTS = "/v3/signature_request"
_SIGNATURE_ID = "signatureId"
_DAY_SECONDS = 24 * 60 * 60
# A deadline is rounded down to the full hour.
_HOUR_SECONDS = 60 * 60
_CONFLICT, _DELETED = 409, 410
# Events on the way: nobody need be asked about them. `signed` tells of one signer, `destroyed` of
# one that has ended long ago. Whatever is not listed, and has a request, leads to the question.
_STEPS = frozenset(
    f"signature_request_{word}"
    for word in (
        "sent",
        "prepared",
        "viewed",
        "signed",
        "remind",
        "email_bounce",
        "reassigned",
        "signer_removed",
        "incomplete_qes",
        "destroyed",
    )
)
_NOT_YET = Waiting(Reason("awaiting_signature", UNFINISHED))
_CANCELLED = Reason("deleted", "It was cancelled at Dropbox Sign.")


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What every request is made with: the API app, the signer's role in the templates, its end."""

    client_id: str
    role: str
    is_test: bool
    expiry_days: int


class DropboxSign(Signing):
    """Dropbox Sign; the carrier is `metadata.echoseal`, and a document's version its template."""

    name = "dropbox-sign"
    # No address is told: the page around the frame stays.
    limits = Limits(reference=1000, callback_url=None, success_url=2000, error_url=2000)
    callback_content_type = "multipart/form-data"
    # An event repeats what was filled in; how much that may be is not documented.
    max_callback_bytes = 512 * 1024
    # Any other answer is asked for again, six times, and then no event comes to this address.
    acknowledgement = "Hello API Event Received"
    case_ids = (_SIGNATURE_ID,)
    has_single_use_links = True
    opens_in_frame = True

    def __init__(
        self,
        api: JsonApi,
        proof: Signatures,
        form: RequestForm,
        documents: Mapping[str, str],
        *,
        listed_in: str = DOCUMENTS,
    ) -> None:
        """`documents` are templates by the documents' names, as the variable `listed_in` has."""
        self._api = api
        self._form = form
        self.proof = proof
        self._templates = dict(documents)
        self._listed_in = listed_in
        self.subjects = {
            name: version(template, is_test=form.is_test) for name, template in documents.items()
        }
        self.upstreams = (api.upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return those of the key with its API app, and of each template; see Part.probes."""
        form = self._form
        key = "DROPBOX_SIGN_API_KEY", "DROPBOX_SIGN_CLIENT_ID"
        ask = partial(ask_app, self._api, form.client_id, is_test=form.is_test)

        def ask_one(document: str) -> str:
            template = self._templates[document]
            return ask_template(self._api, template, form.role, self._listed_in)

        return (
            Probe(key, "Dropbox Sign's API settings", ask),
            *for_each(self._templates, self._listed_in, "Dropbox Sign's Templates", ask_one),
        )

    def start(self, request: StartRequest) -> Started:
        """Make an embedded request of the document's template; see Reference.start.

        There is no idempotency key: what a lost answer has made stays there, and nobody is led to
        it. That the signer may decline has to be said, and the deadline takes a request of its own.
        """
        if request.person is None:
            raise ValueError("nobody is named who signs")
        name, email = request.person.name, request.person.email
        document = {
            "client_id": self._form.client_id,
            "template_ids": [self._templates[request.subject]],
            "signers": [{"role": self._form.role, "name": name, "email_address": email}],
            "metadata": {CARRIER: request.reference},
            "allow_decline": True,
            "test_mode": self._form.is_test,
        }
        try:
            path = f"{_REQUESTS}/create_embedded_with_template"
            answer = self._api.call("POST", path, document)
        except UpstreamRefused as refused:
            if refused.status == _CONFLICT:
                raise UpstreamUnavailable(
                    self.name, "the same request is being processed", 1
                ) from None
            raise
        made = as_object(answer.json_object().get("signature_request"))
        request_id, signature_id = as_id(made.get("signature_request_id")), self._signature_id(made)
        if request_id is None or signature_id is None:
            raise UpstreamUnavailable(self.name, "a signature request without its ids")
        self._set_deadline(request_id, signature_id, name)
        started = self._linked(Case(request_id, {_SIGNATURE_ID: signature_id}))
        if started is None:
            raise UpstreamUnavailable(self.name, "a signature request without a link")
        return started

    def _signature_id(self, record: Mapping[str, Any]) -> str | None:
        """Return the id of our signer's signature; of one alone, whatever its role is called."""
        told = signatures(record)
        own = [one for one in told if one.get("signer_role") == self._form.role]
        found = own or (told if len(told) == 1 else [])
        return as_id(found[0].get("signature_id")) if found else None

    def _set_deadline(self, request_id: str, signature_id: str, name: str) -> None:
        """Let the request expire; one that does not can be signed, so a start goes on without."""
        deadline = int(time.time()) + self._form.expiry_days * _DAY_SECONDS
        # Whether the deadline may come alone is not documented; the name stays as it is.
        document = {"signature_id": signature_id, "name": name, "expires_at": deadline}
        try:
            self._api.call("POST", f"{_REQUESTS}/update/{quote(request_id, safe='')}", document)
        except (UpstreamRefused, UpstreamUnavailable) as failure:
            log_event("expiry-not-set", trip=self.name, cause=str(failure))

    def _linked(self, case: Case) -> Started | None:
        """Return a case with a new link, None where its signature has nothing to sign.

        A link opens once and within an hour, in the vendor's library; what lasts is the request.
        """
        signature_id = case.ids.get(_SIGNATURE_ID)
        if signature_id is None:
            return None
        try:
            answer = self._api.find(f"/v3/embedded/sign_url/{quote(signature_id, safe='')}")
        except UpstreamRefused as refused:
            if refused.status in (_CONFLICT, _DELETED):
                return None
            raise
        if answer is None:
            return None
        link = as_text(as_object(answer.json_object().get("embedded")).get("sign_url")) or ""
        # As the API's description writes one; whether answers do is not documented.
        url = as_url(link.replace("&amp;", "&"))
        if url is None:
            raise UpstreamUnavailable(self.name, "an answer without a link")
        return Started(case, url, self._form.expiry_days * _DAY_SECONDS - _HOUR_SECONDS)

    def resume(self, case: Case) -> Started | Waiting | None:
        """Return a fresh link to a request that is open; see Reference.resume.

        Who cannot sign has signed, so that others follow; or the signature has another id, since
        the operator has changed the signer's address.
        """
        if started := self._linked(case):
            return started
        record, judged = self._asked(case)
        if not record or isinstance(judged, Result):
            return None
        signature_id = self._signature_id(record)
        if signature_id is None or signature_id == case.ids.get(_SIGNATURE_ID):
            return judged or _NOT_YET
        moved = Case(case.reference, {_SIGNATURE_ID: signature_id})
        return self._linked(moved) or judged or _NOT_YET

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:
        """Read an event; see CalledBack.read_callback. Its hash covers nothing of the request."""
        told = read_event(headers, body)
        kind = as_text(as_object(told.get("event")).get("event_type"))
        if kind is None:
            raise CallbackUnreadable("The body is not an event.")
        if "signature_request" not in told or kind in _STEPS:
            return None
        record = as_object(told["signature_request"])
        request_id = as_id(record.get("signature_request_id"))
        signature_id = self._signature_id(record)
        ids = {_SIGNATURE_ID: signature_id} if signature_id else {}
        reference = as_text(as_object(record.get("metadata")).get(CARRIER))
        return Callback(reference, Case(request_id, ids) if request_id else None)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:
        """Retrieve the request; see Reference.fetch_result.

        An event that the API does not bear out is not asked for again, which would end in no events
        at all: the next one tells it, or the next visit.
        """
        _, judged = self._asked(case)
        return _NOT_YET if judged is None and finished else judged

    def _asked(self, case: Case) -> tuple[dict[str, Any], Result | Waiting | None]:
        """Return a request as the API shows it, empty where it is gone, and what it has come to."""
        try:
            answer = self._api.find(f"{_REQUESTS}/{quote(case.reference, safe='')}")
        except UpstreamRefused as refused:
            if refused.status == _DELETED:
                return {}, Result(Status.CANCELLED, reason=_CANCELLED)
            raise
        if answer is None:
            return {}, None
        record = as_object(answer.agreed_object().get("signature_request"))
        return record, judge(record, counts_tests=self._form.is_test)
