"""Jumio Netverify v4: Basic auth, `initiate`, a form callback, and retrieval.

Source: github.com/Jumio/implementation-guides: netverify-web-v4.md, callback.md,
netverify-retrieval-api.md (2021-07 and, where it adds, 2023-07).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.jumio.face_check import UNTOLD, FaceCheck, judge_face, read_text
from integrations.jumio.fields import read_document
from integrations.jumio.form import Form
from integrations.jumio.web_client import ADDED_TO_QUERY, LOCALES
from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    FromNetworks,
    Identity,
    JsonApi,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    Started,
    StartRequest,
    Status,
    Upstream,
    UpstreamUnavailable,
    as_object,
    as_url,
    as_word,
    basic,
    parse_utc,
)

_SCAN_REFERENCE = re.compile(r"[0-9A-Za-z-]{1,36}", re.ASCII)
_KIND = "NETVERIFYID"
# Fields of our kind of callback, and the references that the other documented kinds have instead.
_OURS = ("jumioIdScanReference", "customerId", "verificationStatus")
_OTHERS = ("transactionReference", "scanReference")
_ACCEPTED, _SUCCESS = "APPROVED_VERIFIED", "SUCCESS"
_STATUSES = {
    "ERROR_NOT_READABLE_ID": Status.FAILED,
    "NO_ID_UPLOADED": Status.EXPIRED,
}


class Netverify(Identity):
    """Netverify as a reference vendor: the carrier `userReference` comes back as `customerId`."""

    name = "jumio"
    limits = Limits(
        reference=100,
        callback_url=255,
        success_url=2047,
        error_url=255,
        needs_domains=True,
        takes_query=False,
        adds_to_query=ADDED_TO_QUERY,
    )
    locales = LOCALES
    callback_content_type = "application/x-www-form-urlencoded"

    def __init__(
        self,
        *,
        upstream: Upstream,
        api_token: str,
        api_secret: str,
        workflow_id: int | None,
        session_minutes: int,
        result_fields: tuple[str, ...],
        proof: FromNetworks,
        trusts_callbacks: bool,
    ) -> None:
        self._api = JsonApi(upstream, {"Authorization": basic(api_token, api_secret)})
        self._workflow_id = workflow_id
        self._face_check = FaceCheck.of(workflow_id)
        self._session_minutes = session_minutes
        self._result_fields = result_fields
        self.proof = proof
        self.trusts_callbacks = trusts_callbacks
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return that of the pair; see Part.probes."""
        pair = "JUMIO_API_TOKEN", "JUMIO_API_SECRET"
        place = "Jumio's Customer Portal of JUMIO_DATACENTER, Settings > API credentials"
        return (Probe(pair, place, self._ask_pair),)

    def _ask_pair(self) -> str:
        """List the documents that the account accepts (netverify-supported-ids-api.md)."""
        answer = self._api.call("GET", "/api/netverify/v2/acceptedIdTypes")
        told = answer.json_object()
        listed = told.get("acceptedIdTypes", told.get("supportedIdTypes"))
        if not isinstance(listed, list):
            raise UpstreamUnavailable(answer.upstream, "a list without ID types")
        return "" if listed else "the account accepts no document: choose some under Accepted IDs"

    def start(self, request: StartRequest) -> Started:
        """Initiate a transaction; see Reference.start."""
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
        document = {name: value for name, value in fields.items() if value is not None}
        return self._read_started(self._api.call("POST", "/api/v4/initiate", document))

    def _read_started(self, answer: Answer) -> Started:
        document = answer.json_object()
        reference = document.get("transactionReference")
        redirect_url = as_url(document.get("redirectUrl"))
        if not isinstance(reference, str) or not _SCAN_REFERENCE.fullmatch(reference):
            raise UpstreamUnavailable(answer.upstream, "initiate without transactionReference")
        if redirect_url is None:
            raise UpstreamUnavailable(answer.upstream, "initiate without redirectUrl")
        return Started(Case(reference), redirect_url, self._session_minutes * 60)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a form callback; see Reference.read_callback.

        Authentication and Document Verification callbacks arrive at the same portal-wide URL.
        """
        form = Form(body)
        if form.used("callBackType") != _KIND:
            if _is_of_another_kind(form):
                return None
            raise CallbackUnreadable("The body is not a Netverify callback.")
        reference = form.used("jumioIdScanReference") or ""
        known = _SCAN_REFERENCE.fullmatch(reference) is not None
        return Callback(
            reference=form.used("customerId"),
            case=Case(reference) if known else None,
            result=self._read_form_result(form) if self.trusts_callbacks else None,
        )

    def _read_form_result(self, form: Form) -> Result | None:
        """Return what a form claims; None where it does not tell all that the workflow checks."""
        status, told = form.used("verificationStatus"), form.used("identityVerification")
        face = UNTOLD if told is None else self._face_check.read(read_text(told))
        needs_face = self._face_check is FaceCheck.INCLUDED and status == _ACCEPTED
        if status is None or (face is UNTOLD and needs_face):
            return None
        if status == _ACCEPTED and (form.used("idScanStatus") or _SUCCESS) != _SUCCESS:
            status = ""  # callback.md: SUCCESS for what was accepted, else ERROR; one is wrong
        ours, reason = judge(status, face, read_text(form.kept("rejectReason") or ""))
        return Result(
            status=ours,
            document=read_document(form.kept, "callback", self._result_fields),
            reason=reason,
            completed_at=parse_utc(form.used("callbackDate")),
            echoed_reference=form.used("customerId"),
        )

    def fetch_result(self, case: Case, *, finished: bool) -> Result | None:
        """Retrieve a transaction; see Reference.fetch_result.

        Jumio wants its status asked first until it is known not to be pending.
        """
        path = f"/api/netverify/v2/scans/{case.reference}"
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
        answer = self._api.find(path)
        return None if answer is None else answer.agreed_object()

    def _read_details(self, details: Mapping[str, Any]) -> Result | None:
        transaction = as_object(details.get("transaction"))
        document = as_object(details.get("document"))
        verification = as_object(details.get("verification"))
        if transaction.get("status") not in ("DONE", "FAILED"):
            return None
        verdict = document.get("status")
        if verdict is None and transaction["status"] == "FAILED":
            verdict = "NO_ID_UPLOADED"  # the only way to fail, and there may be no document to tell
        if verdict == _ACCEPTED and transaction["status"] != "DONE":
            verdict = None  # one of the two is wrong
        status, reason = judge(
            verdict, self._face_check.retrieved(details), verification.get("rejectReason")
        )
        echoed = transaction.get("customerId")
        # transaction.date is when the scan began; only a later change has a time of its own.
        changed_at = parse_utc(transaction.get("updatedAt"))
        return Result(
            status=status,
            document=read_document(document.get, "retrieval", self._result_fields),
            reason=reason,
            completed_at=changed_at,
            is_revised=changed_at is not None,
            echoed_reference=echoed if isinstance(echoed, str) else None,
        )


def _is_of_another_kind(form: Form) -> bool:
    """Tell whether a form is somebody else's callback, rather than a spoiled one of ours.

    Whoever posts what is ignored has no reason to post it again. Document Verification has no
    `callBackType`.
    """
    is_spoiled = any(name in form for name in _OURS) or form.used("callBackType") == ""
    return not is_spoiled and any(name in form for name in _OTHERS)


def judge(status: object, face: object, reject_reason: object) -> tuple[Status, Reason | None]:
    """Return our status and the reason for what Jumio says of document and face.

    `APPROVED_VERIFIED` is about the document only; `face` is what stands in the place of
    identityVerification, or UNTOLD. What is unknown is never approved.
    """
    if status == _ACCEPTED:
        return judge_face(face)
    if isinstance(status, str) and (status in _STATUSES or status.startswith("DENIED_")):
        ours = _STATUSES.get(status, Status.REJECTED)
        return ours, _read_reason(reject_reason) or Reason(as_word(status), as_word(status))
    return Status.FAILED, Reason("UNKNOWN_STATUS", "The service answered with an unknown status.")


def _read_reason(value: object) -> Reason | None:
    """Read `rejectReason`: an object, or the literal "N/A"; its details are not kept."""
    reason = as_object(value)
    code = reason.get("rejectReasonCode")
    if not isinstance(code, str | int) or isinstance(code, bool):
        return None
    return Reason(as_word(str(code)), as_word(reason.get("rejectReasonDescription")))
