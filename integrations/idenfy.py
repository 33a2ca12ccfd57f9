"""iDenfy: identity checks; `clientId` carries the reference.

Sources: documentation.idenfy.com (kyc/generate-token, kyc/webhooks, kyc/data-retrieval,
kyc/status-handling, security/callback-signing; read 2026-11-29) and its openapi/kyc.yaml (as of
2026-09).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from proxy.vendors import (
    Callback,
    Case,
    Hmac,
    Identity,
    Integration,
    JsonApi,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    SettingRefused,
    SettingsReader,
    Started,
    StartRequest,
    Status,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_document,
    as_id,
    as_text,
    as_word,
    basic,
    by_callbacks,
    read_lenient_object,
    read_result_fields,
)

# resources/supported-languages (read 2026-11). How the code of the one that is longer, traditional
# Chinese (ZH_TW), is written in a request is not told, so it is left out.
# fmt: off
_LOCALES = {
    **{code: code for code in (
        "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hi", "hr", "hu", "id", "it",
        "ja", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sr", "sv", "th", "tr",
        "uk", "vi", "zh",
    )},
    "sl": "si",
}
# fmt: on
_EXPIRED = ("EXPIRED", "EXPIRED-DELETED")
# What goes on: for the user, so no tag is named here (see _rejection).
_WAITING = {
    "ACTIVE": "nothing has been handed in yet",
    "REVIEWING": "a person looks at it",
    "SUSPECTED": "the marketplace decides about it",
    "APPROVED": "approved with open questions: the marketplace decides about it",
    "DELETED": "its data was deleted",
    "ARCHIVED": "its data was archived",
}
# Words that say nothing against anybody; what was not analysed was not, for another reason.
_HARMLESS = (None, "", "DOC_VALIDATED", "DOC_NOT_ANALYSED", "FACE_MATCH", "FACE_NOT_ANALYSED")
_TAGS = ("fraudTags", "mismatchTags")
_DASHBOARD = "iDenfy's dashboard, Settings > API keys"
# resources/error-messages: the account, or its contract, does not reach so far.
_BOUNDED = ("PERMISSIONS_ERROR", "PARTNER_CONTRACT_ERROR")
_DOCUMENT_FIELDS = {
    "type": "docType",
    "country": "docIssuingCountry",
    "firstName": "docFirstName",
    "lastName": "docLastName",
    "dateOfBirth": "docDob",
    "documentNumber": "docNumber",
    "expiryDate": "docExpiry",
    "issuingDate": "docDateOfIssue",
    "personalNumber": "docPersonalCode",
    "gender": "docSex",
    "nationality": "docNationality",
}


class Idenfy(Identity):
    """iDenfy as a vendor of identity checks.

    A session's own `callbackUrl` is not used: an account may not be allowed to set one, and it is
    not documented with which key its callbacks are signed. So nothing travels in the address.
    """

    name = "idenfy"
    limits = Limits(reference=100, callback_url=None, success_url=2048, error_url=2048)
    locales = tuple(_LOCALES)
    callback_content_type = "application/json"
    answer_seconds = 8  # it waits for 10

    def __init__(
        self,
        upstream: Upstream,
        credentials: tuple[str, str],
        signing_keys: tuple[str, ...],
        session_minutes: int,
        result_fields: tuple[str, ...],
    ) -> None:
        """`credentials` are API key and API secret."""
        self._upstream = upstream
        self._api = JsonApi(
            upstream, {"Authorization": basic(*credentials)}, code_at=("identifier",)
        )
        self._session_seconds = session_minutes * 60
        self._result_fields = result_fields
        self.proof = Hmac(("Idenfy-Signature",), signing_keys)
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return that of the pair; see Part.probes."""
        pair = "IDENFY_API_KEY", "IDENFY_API_SECRET"
        return (
            Probe(pair, _DASHBOARD, self._ask_pair),
            by_callbacks("IDENFY_SIGNING_KEYS", "the webhook in iDenfy's dashboard"),
        )

    def _ask_pair(self) -> str:
        """List the verifications of a client that there is not (openapi/kyc.yaml).

        The status of one is not asked for: iDenfy may restrict who polls it.
        """
        query = {"clientId": uuid4().hex, "perPage": "1"}
        try:
            answer = self._api.call("GET", "/kyc/identifications/", query=query)
        except UpstreamRefused as refused:
            if refused.code in _BOUNDED:
                return "the pair is known; it may not list verifications, which is not needed"
            if refused.code != "UNAUTHORIZED":
                raise
            fix = f"iDenfy does not know this pair; copy both from {_DASHBOARD}"
            raise SettingRefused(self.name, refused.status, refused.code, fix=fix) from None
        if not isinstance(answer.json_object().get("results"), list):
            raise UpstreamUnavailable(answer.upstream, "a list without results")
        return ""

    def start(self, request: StartRequest) -> Started:
        """Create a token; see Reference.start.

        `externalRef` holds the pseudonym, which iDenfy only echoes: `clientId`, by which it knows
        who comes again, must be another one for each session.
        """
        fields = {
            "clientId": request.reference,
            "externalRef": request.pseudonym,
            "tokenType": "IDENTIFICATION",  # document and face, whatever the account's default is
            "expiryTime": self._session_seconds,
            "locale": request.locale and _LOCALES[request.locale],
            "successUrl": request.success_url,
            "errorUrl": request.error_url,
            "unverifiedUrl": request.error_url,
        }
        chosen = {name: value for name, value in fields.items() if value is not None}
        try:
            answer = self._api.call("POST", "/api/v2/token", chosen)
        except UpstreamRefused as refused:
            # The same reference again: a double click on two processes, within one second.
            if refused.status == 409:
                raise UpstreamUnavailable("idenfy", "the session exists already") from None
            raise
        token = answer.json_object()
        scan_ref, auth_token = as_id(token.get("scanRef")), as_id(token.get("authToken"))
        if not scan_ref or not auth_token:
            raise UpstreamUnavailable(answer.upstream, "a token without scanRef or authToken")
        url = f"{self._upstream.base_url}/api/v2/redirect?authToken={auth_token}"
        return Started(Case(scan_ref), url, self._session_seconds)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:
        """Read a notification; see CalledBack.read_callback.

        A verification's has `final`; whatever else an account is told of (documents that run out,
        companies) has another event's name. That name is not signed, and only decides whether
        iDenfy is asked.
        """
        event = read_lenient_object(body)
        kind = headers.get("Idenfy-Event-Type") or ""
        is_ours = "final" in event or kind.startswith("IDENTIFICATION")
        if not is_ours or event.get("final") is False:
            return None
        case = Case(scan_ref) if (scan_ref := as_id(event.get("scanRef"))) else None
        return Callback(as_text(event.get("clientId")), case)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:
        """Ask for the status; see Reference.fetch_result.

        A callback whose end the status does not show yet is not sent for again, since any answer
        but 2xx leads the user to the failure page: the next visit reads it.
        """
        scan = {"scanRef": case.reference}
        told = self._api.call("POST", "/api/v2/status", scan).agreed_object(*_TAGS)
        word, echoed = as_text(told.get("status")), as_text(told.get("clientId"))
        if word == "APPROVED" and _is_untagged(told):
            return Result(Status.APPROVED, self._document(scan), echoed_reference=echoed)
        if word == "DENIED":
            return Result(Status.REJECTED, reason=_rejection(told), echoed_reference=echoed)
        if word in _EXPIRED:
            reason = Reason(word, "nothing was handed in in time")
            return Result(Status.EXPIRED, reason=reason, echoed_reference=echoed)
        if word == "ACTIVE" and not finished:
            return None
        return Waiting(Reason(as_word(word), _WAITING.get(word or "", "not known")))

    def _document(self, scan: Mapping[str, str]) -> dict[str, str]:
        """Return what the operator lists, with type and country; nothing where the list is empty.

        iDenfy tells type and country only among all the personal data, so they are not asked for
        by themselves. What it refuses to tell, to this key or any more, must not cost the result.
        """
        if not self._result_fields:
            return {}
        try:
            data = self._api.call("POST", "/api/v2/data", scan).agreed_object()
        except UpstreamRefused:
            return {}
        told = {ours: data.get(theirs) for ours, theirs in _DOCUMENT_FIELDS.items()}
        return as_document(told, self._result_fields)


def _is_untagged(told: Mapping[str, Any]) -> bool:
    """Tell whether nothing was flagged: what is flagged should be SUSPECTED, and is no approval."""
    return all(told.get(name) in (None, []) for name in _TAGS)


def _rejection(told: Mapping[str, Any]) -> Reason:
    """Return which check did not pass, in iDenfy's words; a person's word replaces a machine's.

    Never the tags: of what a watchlist holds (AML) the person must not be told.
    """
    checks = [
        told.get(f"manual{check}") or told.get(f"auto{check}") for check in ("Document", "Face")
    ]
    failed = [as_word(word) for word in checks if word not in _HARMLESS]
    return Reason("DENIED", ", ".join(failed) or "not accepted")


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Idenfy, ...]:
    """Return iDenfy as the settings `IDENFY_…` describe it."""
    base_url = reader.base_url("IDENFY_BASE_URL", "https://ivs.idenfy.com")
    credentials = (reader.secret("IDENFY_API_KEY"), reader.secret("IDENFY_API_SECRET"))
    return (
        Idenfy(
            upstreams.at("idenfy", base_url),
            credentials,
            reader.secrets("IDENFY_SIGNING_KEYS", are_chosen=True),
            # A token lives for 30 days at most.
            reader.integer("IDENFY_SESSION_MINUTES", 60, minimum=5, maximum=43_200),
            read_result_fields(reader),
        ),
    )


IDENFY = Integration("idenfy", build, Path(__file__).with_suffix(".json"))
