"""Jumio Netverify v4: Basic auth, `initiate`, a form callback, and retrieval.

Source: github.com/Jumio/implementation-guides: netverify-web-v4.md, callback.md,
netverify-retrieval-api.md (2021-07 and, where it adds, 2023-07).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from integrations.jumio.fields import read_document
from integrations.jumio.words import as_object, web_address, words
from proxy.authorization import basic
from proxy.outgoing import Answer, Upstream, UpstreamRefused, UpstreamUnavailable
from proxy.timestamps import parse_utc
from proxy.vendor import (
    Callback,
    CallbackUnreadable,
    Limits,
    Network,
    Reason,
    Result,
    Started,
    StartRequest,
    Status,
    Transaction,
)

_SCAN_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)
_MAX_FORM_FIELDS = 300
_STATUSES = {
    "ERROR_NOT_READABLE_ID": Status.FAILED,
    "NO_ID_UPLOADED": Status.EXPIRED,
}


class Netverify:
    """Netverify as a reference vendor: the carrier `userReference` comes back as `customerId`."""

    name = "jumio"
    limits = Limits(reference=100, callback_url=255, success_url=2047, error_url=255)
    callback_content_type = "application/x-www-form-urlencoded"
    transaction_ids: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        upstream: Upstream,
        api_token: str,
        api_secret: str,
        workflow_id: int | None,
        session_minutes: int,
        result_fields: tuple[str, ...],
        callback_networks: tuple[Network, ...],
        trusts_callbacks: bool,
    ) -> None:
        self._upstream = upstream
        self._headers = {
            "Accept": "application/json",
            "Authorization": basic(api_token, api_secret),
        }
        self._workflow_id = workflow_id
        self._session_minutes = session_minutes
        self._result_fields = result_fields
        self.callback_networks = callback_networks
        self.trusts_callbacks = trusts_callbacks
        self.upstreams = (upstream,)

    def start(self, request: StartRequest) -> Started:
        """Initiate a transaction; see ReferenceVendor.start."""
        fields = {
            "customerInternalReference": request.internal_reference,
            "userReference": request.reference,
            "callbackUrl": request.callback_url,
            "successUrl": request.success_url,
            "errorUrl": request.error_url,
            "locale": request.locale,
            "workflowId": self._workflow_id,
            "tokenLifetimeInMinutes": self._session_minutes,
        }
        body = json.dumps({name: value for name, value in fields.items() if value is not None})
        answer = self._upstream.request(
            "POST",
            "/api/v4/initiate",
            headers={**self._headers, "Content-Type": "application/json"},
            body=body.encode(),
        )
        if answer.status not in (200, 201):
            raise UpstreamRefused(self._upstream.name, answer.status)
        return self._read_started(answer)

    def _read_started(self, answer: Answer) -> Started:
        document = answer.json_object()
        reference = document.get("transactionReference")
        redirect_url = web_address(document.get("redirectUrl"))
        if not isinstance(reference, str) or not _SCAN_REFERENCE.fullmatch(reference):
            raise UpstreamUnavailable(answer.upstream, "initiate without transactionReference")
        if redirect_url is None:
            raise UpstreamUnavailable(answer.upstream, "initiate without redirectUrl")
        return Started(Transaction(reference), redirect_url, self._session_minutes * 60)

    def read_callback(self, body: bytes) -> Callback | None:
        """Read a form callback; see ReferenceVendor.read_callback.

        Authentication and Document Verification callbacks arrive at the same portal-wide URL.
        """
        form = _read_form(body)
        if form.get("callBackType") != "NETVERIFYID":
            if not form.keys() & {"callBackType", "scanReference", "jumioIdScanReference"}:
                raise CallbackUnreadable("The body is not a Netverify callback.")
            return None
        reference = form.get("jumioIdScanReference", "")
        known = _SCAN_REFERENCE.fullmatch(reference) is not None
        return Callback(
            reference=form.get("customerId"),
            transaction=Transaction(reference) if known else None,
            result=self._read_form_result(form),
        )

    def _read_form_result(self, form: Mapping[str, str]) -> Result | None:
        if "verificationStatus" not in form:
            return None
        status, reason = judge(
            form["verificationStatus"],
            _json_field(form, "identityVerification"),
            _json_field(form, "rejectReason"),
        )
        return Result(
            status=status,
            document=read_document(form, "callback", self._result_fields),
            reason=reason,
            completed_at=parse_utc(form.get("callbackDate")),
            echoed_reference=form.get("customerId"),
        )

    def fetch_result(self, transaction: Transaction, *, finished: bool) -> Result | None:
        """Retrieve a transaction; see ReferenceVendor.fetch_result.

        Jumio wants its status asked first until it is known not to be pending.
        """
        path = f"/api/netverify/v2/scans/{transaction.reference}"
        if not finished:
            status = self._retrieve(path)
            if status is None or status.get("status") not in ("DONE", "FAILED"):
                return None
        details = self._retrieve(f"{path}/data")
        if details is None:
            return None
        return self._read_details(details)

    def _retrieve(self, path: str) -> dict[str, Any] | None:
        """Return a retrieval document; None for 404, which also means "not readable yet"."""
        answer = self._upstream.request("GET", path, headers=self._headers)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise UpstreamRefused(self._upstream.name, answer.status)
        return answer.json_object()

    def _read_details(self, details: Mapping[str, Any]) -> Result | None:
        transaction = as_object(details.get("transaction"))
        document = as_object(details.get("document"))
        verification = as_object(details.get("verification"))
        if transaction.get("status") not in ("DONE", "FAILED"):
            return None
        verdict = document.get("status")
        if verdict is None and transaction["status"] == "FAILED":
            verdict = "NO_ID_UPLOADED"  # the only way to fail, and there may be no document to tell
        status, reason = judge(
            verdict,
            verification.get("identityVerification"),
            verification.get("rejectReason"),
        )
        echoed = transaction.get("customerId")
        return Result(
            status=status,
            document=read_document(document, "retrieval", self._result_fields),
            reason=reason,
            # transaction.date is when the scan began; only a later change has a time of its own.
            completed_at=parse_utc(transaction.get("updatedAt")),
            echoed_reference=echoed if isinstance(echoed, str) else None,
        )


def _read_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FORM_FIELDS,
        )
    except ValueError:
        raise CallbackUnreadable("The body is not a form that can be read.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise CallbackUnreadable("The body repeats a field.")
    return form


def _json_field(form: Mapping[str, str], name: str) -> object:
    """Return JSON inside a form field: None when absent, the raw text when it is not JSON."""
    text = form.get(name)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def judge(status: object, face: object, reject_reason: object) -> tuple[Status, Reason | None]:
    """Return our status and the reason for what Jumio says of document and face.

    `APPROVED_VERIFIED` is about the document only. `face` (identityVerification) is None when no
    face check ran; otherwise similarity must be MATCH and validity true (JSON true in callbacks,
    "true" in retrieval). What is unknown is never approved.
    """
    if status == "APPROVED_VERIFIED":
        return _judge_face(face)
    if isinstance(status, str) and (status in _STATUSES or status.startswith("DENIED_")):
        ours = _STATUSES.get(status, Status.REJECTED)
        return ours, _read_reason(reject_reason) or Reason(words(status), words(status))
    return Status.FAILED, Reason("UNKNOWN_STATUS", "The service answered with an unknown status.")


def _judge_face(face: object) -> tuple[Status, Reason | None]:
    if face is None:
        return Status.APPROVED, None
    check = as_object(face)
    similarity, validity = check.get("similarity"), str(check.get("validity")).lower()
    if similarity == "MATCH" and validity == "true":
        return Status.APPROVED, None
    if similarity == "NO_MATCH":
        return Status.REJECTED, Reason("FACE_NO_MATCH", "The face does not match the document.")
    if validity == "false":
        return Status.REJECTED, Reason("FACE_NOT_VALID", words(check.get("reason")))
    return Status.FAILED, Reason("FACE_NOT_CHECKED", words(similarity))


def _read_reason(value: object) -> Reason | None:
    """Read `rejectReason`: an object, or the literal "N/A"; its details are not kept."""
    reason = as_object(value)
    code = reason.get("rejectReasonCode")
    if not isinstance(code, str | int) or isinstance(code, bool):
        return None
    return Reason(words(str(code)), words(reason.get("rejectReasonDescription")))
