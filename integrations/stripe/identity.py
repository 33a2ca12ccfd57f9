"""Stripe Identity: a session for each check, signed events that ring, and the session's own word.

Source: docs.stripe.com/identity (how sessions work, verification sessions, handle verification
outcomes, access verification results), docs.stripe.com/api/identity, docs.stripe.com/webhooks, and
`stripe` 16.1.0 for Python, which is made from Stripe's description (all read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.stripe.api import KeyUsed, StripeApi, is_repeated
from integrations.stripe.probes import of_identity
from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    Hmac,
    Identity,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    Started,
    StartRequest,
    Status,
    UpstreamRefused,
    UpstreamUnavailable,
    Waiting,
    as_document,
    as_id,
    as_integer,
    as_object,
    as_text,
    as_unix_time,
    as_url,
    as_word,
    display_text,
    log_event,
    read_lenient_object,
)

_SESSIONS = "/v1/identity/verification_sessions"
_EVENTS = tuple(
    f"identity.verification_session.{word}" for word in ("verified", "requires_input", "canceled")
)
# A link to Stripe's page; the session itself has no end.
_LINK_SECONDS = 48 * 60 * 60
# Most checks take less than a minute.
_PROCESSED_SECONDS = 30
_UNFINISHED = "Stripe has not finished the check."
_PROCESSING = Waiting(Reason("processing", _UNFINISHED))
_REPORT = "last_verification_report"
_OTHER_MODE = "it is not of the mode (test or live) that STRIPE_API_KEY is of"
_MAX_CHARACTERS = 255
# Where Stripe tells what the operator may list. What stands deeper than one word is told to
# restricted keys only, for 48 hours unless their addresses are restricted too.
EXPANDED = {
    "firstName": "verified_outputs",
    "lastName": "verified_outputs",
    "gender": "verified_outputs",
    "dateOfBirth": "verified_outputs.dob",
    "personalNumber": "verified_outputs.id_number",
    "documentNumber": f"{_REPORT}.document.number",
    "expiryDate": f"{_REPORT}.document.expiration_date",
}
# What a failed check says against the person or the document; the others say that it could not be
# made, and a code that is new is one of them.
_REJECTED = frozenset(
    {
        "document_unverified_other",
        "email_unverified_other",
        "email_verification_declined",
        "id_number_mismatch",
        "id_number_unverified_other",
        "phone_unverified_other",
        "phone_verification_declined",
        "selfie_face_mismatch",
        "selfie_manipulated",
        "selfie_unverified_other",
        "under_supported_age",
    }
)


class StripeIdentity(Identity):
    """Stripe Identity as a vendor of identity checks; the carrier is `metadata[reference]`."""

    name = "stripe"
    limits = Limits(reference=500, callback_url=None, success_url=5000, error_url=5000)
    has_single_use_links = True
    # Stripe does not publish for how long it waits.
    answer_seconds = 9.0

    def __init__(
        self, api: StripeApi, proof: Hmac, checks: Mapping[str, str], listed: tuple[str, ...]
    ) -> None:
        """`checks` are the fields of a form that say what is checked, `listed` is what is kept."""
        self._api = api
        self._checks = dict(checks)
        self._listed = listed
        self.proof = proof
        self.upstreams = (api.upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return those of the key and of what is configured; see Part.probes."""
        return tuple(of_identity(self._api))

    def start(self, request: StartRequest) -> Started:
        """Begin a session; see Reference.start.

        The key of a start is the kernel's, and not one of the body, which holds another reference
        at each second: a body that differs under the same key tells that this start was made
        before, its answer lost or its click the second one. Then that session goes on. Its first
        answer may have been followed already, so its link is asked for anew.
        """
        form = {
            **self._checks,
            "client_reference_id": request.pseudonym,
            "metadata[reference]": request.reference,
        }
        if request.success_url:
            form["return_url"] = request.success_url
        try:
            answer = self._api.make(_SESSIONS, form, request.idempotency_key)
        except KeyUsed:
            begun = self._begun(request.pseudonym)
        else:
            started = _read_started(answer)
            if not is_repeated(answer):
                return started
            begun = started.case
        resumed = self.resume(begun) if begun else None
        if isinstance(resumed, Started):
            return resumed
        if resumed is not None:
            raise UpstreamUnavailable(self.name, resumed.reason.description, _PROCESSED_SECONDS)
        # What was begun under the key is over, or was never made.
        return _read_started(self._api.make(_SESSIONS, form, request.internal_reference))

    def _begun(self, pseudonym: str) -> Case | None:
        """Return the user's newest session that waits for input; the newest comes first."""
        query = {"client_reference_id": pseudonym, "status": "requires_input", "limit": "1"}
        listed = self._api.call("GET", _SESSIONS, query=query).json_object().get("data")
        newest = as_object(listed[0]) if isinstance(listed, list) and listed else {}
        session_id = as_id(newest.get("id"))
        return Case(session_id) if session_id else None

    def resume(self, case: Case) -> Started | Waiting | None:
        """Return a fresh link to a session that was not handed in; see Reference.resume.

        One that has failed is over: another try costs the same in a new session, and only that one
        counts in MAX_STARTS_PER_DAY. While one is being processed, no other begins.
        """
        answer = self._api.find(_path(case))
        session = {} if answer is None else answer.agreed_object()
        if session.get("status") == "processing":
            return _PROCESSING
        url = as_url(session.get("url"))
        is_open = session.get("status") == "requires_input" and session.get("last_error") is None
        return Started(case, url, _LINK_SECONDS) if url and is_open else None

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a snapshot event; see CalledBack.read_callback. Thin events are of another kind."""
        event = read_lenient_object(body)
        kind = as_text(event.get("type"))
        if kind is None:
            raise CallbackUnreadable("The body is not an event.")
        if kind not in _EVENTS:
            return None
        session = as_object(as_object(event.get("data")).get("object"))
        if event.get("livemode") is not self._api.is_live:
            log_event("callback-of-other-mode", trip=self.name, cause=_OTHER_MODE)
            return None
        if kind.endswith("requires_input") and session.get("last_error") is None:
            return None
        session_id = as_id(session.get("id"))
        reference = as_text(as_object(session.get("metadata")).get("reference"))
        return Callback(reference, Case(session_id) if session_id else None)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request either way
        """Retrieve the session with its last report; see Reference.fetch_result."""
        try:
            answer = self._api.find(_path(case), query=_view(self._listed))
        except UpstreamRefused:
            if not self._listed:
                raise
            # What some keys are told, and for a while, must not cost the result.
            answer = self._api.find(_path(case), query=_view(()))
        return None if answer is None else self._read(answer.agreed_object("redaction"))

    def _read(self, session: Mapping[str, Any]) -> Result | Waiting | None:
        if session.get("livemode") is not self._api.is_live:
            why = "The session is of Stripe's other mode (test or live), so it does not count."
            return Waiting(Reason("livemode", why))
        if session.get("redaction") is not None:
            # Its status stays, and its metadata go: no callback leads here, but a visit ends it.
            return Result(Status.FAILED, reason=Reason("redacted", "It was erased at Stripe."))
        judged = _judge(session)
        if not isinstance(judged, tuple):
            return judged
        status, reason = judged
        report = _report(session, reason)
        listed = self._listed if status is Status.APPROVED else ()
        return Result(
            status=status,
            document=as_document(_told(session, as_object(report.get("document"))), listed),
            reason=reason,
            completed_at=as_unix_time(report.get("created")),
            echoed_reference=as_text(as_object(session.get("metadata")).get("reference")),
        )


def _path(case: Case) -> str:
    return f"{_SESSIONS}/{quote(case.reference, safe='')}"


def _read_started(answer: Answer) -> Started:
    session = answer.json_object()
    session_id, url = as_id(session.get("id")), as_url(session.get("url"))
    if session_id is None or url is None:
        raise UpstreamUnavailable(answer.upstream, "a session without id or url")
    return Started(Case(session_id), url, _LINK_SECONDS)


def _view(listed: Iterable[str]) -> dict[str, str]:
    """Return the query for a session with its report, and with what holds the `listed` fields."""
    expanded = dict.fromkeys([_REPORT, *(EXPANDED[name] for name in listed if name in EXPANDED)])
    return {f"expand[{number}]": field for number, field in enumerate(expanded)}


def _judge(session: Mapping[str, Any]) -> tuple[Status, Reason | None] | Waiting | None:
    """Return status and reason of a session's word, or what it waits for.

    None where nobody has touched it yet, or where there is no word to read.
    """
    word = as_text(session.get("status"))
    if word is None:
        return None
    if word == "verified":
        return Status.APPROVED, None
    if word == "canceled":
        return Status.FAILED, Reason(word, "It was canceled at Stripe.")
    if word != "requires_input":
        return _PROCESSING if word == "processing" else Waiting(Reason(as_word(word), _UNFINISHED))
    if session.get("last_error") is None:
        return None
    error = as_object(session["last_error"])
    code = as_text(error.get("code"))
    reason = Reason(as_word(code), display_text(error.get("reason"), _MAX_CHARACTERS) or "")
    if code == "abandoned":
        return Status.EXPIRED, reason
    return (Status.REJECTED if code in _REJECTED else Status.FAILED), reason


def _report(session: Mapping[str, Any], reason: Reason | None) -> dict[str, Any]:
    """Return the report that a result rests on, empty where it is of an earlier try.

    A session that is abandoned or canceled keeps the last one that it had.
    """
    report = as_object(session.get(_REPORT))
    codes = [as_object(as_object(check).get("error")).get("code") for check in report.values()]
    return report if reason is None or reason.code in codes else {}


def _told(session: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, object]:
    outputs = as_object(session.get("verified_outputs"))
    sex = outputs.get("sex")
    return {
        "type": document.get("type"),
        "country": document.get("issuing_country"),
        "firstName": outputs.get("first_name"),
        "lastName": outputs.get("last_name"),
        "gender": sex if sex in ("female", "male") else None,
        "dateOfBirth": _date(outputs.get("dob")),
        "personalNumber": outputs.get("id_number"),
        "documentNumber": document.get("number"),
        "expiryDate": _date(document.get("expiration_date")),
        "issuingDate": _date(document.get("issued_date")),
    }


def _date(value: object) -> str | None:
    """Return a date as ISO 8601 writes it, None where a part of it is missing."""
    date = as_object(value)
    match [as_integer(date.get(part)) for part in ("year", "month", "day")]:
        case [int(year), int(month), int(day)]:
            return f"{year:04}-{month:02}-{day:02}"
    return None
