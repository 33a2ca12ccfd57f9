"""Veriff: checks on its hosted page, told by signed decision webhooks, confirmed by its API.

Source: devdocs.veriff.com: create session, decision data, webhooks guide with its decision, event,
Full Auto and user-defined webhooks, session status codes, HMAC authentication (read 2026-11).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from uuid import uuid4

from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
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
    Unproven,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_document,
    as_integer,
    as_object,
    as_text,
    as_url,
    as_uuid,
    as_word,
    display_text,
    parse_utc,
    read_lenient_object,
    read_result_fields,
)

_KEY = "X-AUTH-CLIENT"
_SIGNATURE = "X-HMAC-SIGNATURE"
_HEADER_WORD = r"[0-9A-Za-z_-]{1,100}"
_WORD_FORM = "letters, digits, hyphens and underscores"
# A session that nobody finishes expires, or is abandoned, after 7 days.
_SESSION_SECONDS = 7 * 24 * 3600
# By `status`, never by `code`: 9121 is review on one page of the documentation, abandoned on
# another.
_ENDS = {
    "approved": Status.APPROVED,
    "declined": Status.REJECTED,
    "expired": Status.EXPIRED,
    "abandoned": Status.EXPIRED,
}
_UNDER_WAY = ("created", "started", "submitted")
_GOES_ON = ("resubmission_requested", "review")
# ISO 639-1 (help.veriff.com, language of a session, read 2026-11): which of the codes it knows is
# not told, and another one shows English.
_LANGUAGES = tuple(map("".join, product(ascii_lowercase, repeat=2)))
_PORTAL = "Veriff's Customer Portal, the integration's API keys"
# devdocs.veriff.com, "Credentials and authorization codes" (read 2026-11).
_WRONG_KEY = f"VERIFF_API_KEY is of no integration; copy the API key from {_PORTAL}"
_WRONG_SECRET = (
    "VERIFF_API_KEY is known, and the first of VERIFF_SHARED_SECRETS is not its shared secret key;"
    f" copy that from {_PORTAL}"
)
_FIXES = {
    "1802": _WRONG_KEY,
    "1803": _WRONG_KEY,
    "1804": "the integration of VERIFF_API_KEY is not active; switch it on in Veriff's portal",
    "1812": _WRONG_SECRET,
    "1818": _WRONG_SECRET,
}


class Veriff(Identity):
    """Veriff as a reference vendor: the carrier is `vendorData`."""

    name = "veriff"
    # 1,000 characters of vendorData are documented; of the return address, that it is https.
    limits = Limits(
        reference=1000, callback_url=None, success_url=2047, error_url=2047, needs_domains=True
    )
    locales = _LANGUAGES

    def __init__(
        self,
        *,
        upstream: Upstream,
        api_key: str,
        shared_secrets: tuple[str, ...],
        integration_id: str | None,
        result_fields: tuple[str, ...],
    ) -> None:
        """`shared_secrets` all prove callbacks; the first of them signs our requests."""
        self._api = JsonApi(upstream, {_KEY: api_key}, code_at=("code",))
        self._api_key = api_key
        self._signing_key = shared_secrets[0].encode()
        self._start_headers = {"VRF-INTEGRATION-ID": integration_id} if integration_id else {}
        self._result_fields = result_fields
        self.proof = Hmac((_SIGNATURE,), shared_secrets)
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return that of the key and the secret that signs requests; see Part.probes."""
        variables = "VERIFF_API_KEY", "VERIFF_SHARED_SECRETS"
        return (Probe(variables, _PORTAL, self._ask_pair),)

    def _ask_pair(self) -> str:
        """Ask for the decision of a session that there is not: who is told that is known."""
        try:
            self._decision(str(uuid4())).json_object()
        except UpstreamRefused as refused:
            if refused.status == 404 and refused.code:
                return "the integration, and the first secret"
            if refused.status == 404:
                raise Unproven("404 not in Veriff's words: is VERIFF_BASE_URL right?") from None
            if (fix := _FIXES.get(refused.code)) is not None:
                raise SettingRefused(self.name, refused.status, refused.code, fix=fix) from None
            raise
        raise Unproven("Veriff shows a session that there is not")

    def start(self, request: StartRequest) -> Started:
        """Create a session, which needs no signature; see Reference.start.

        `callback` is where the browser returns to, whatever the end.
        """
        fields = {
            "callback": request.success_url,
            "vendorData": request.reference,
            "endUserId": request.pseudonym,
            "lang": request.locale,
        }
        verification = {name: value for name, value in fields.items() if value is not None}
        answer = self._api.call(
            "POST", "/v1/sessions", {"verification": verification}, headers=self._start_headers
        )
        session = as_object(answer.json_object().get("verification"))
        session_id, url = as_uuid(session.get("id")), as_url(session.get("url"))
        if session_id is None or url is None:
            raise UpstreamUnavailable(answer.upstream, "a session without id or url")
        return Started(Case(session_id), url, _SESSION_SECONDS)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:
        """Read a signed webhook; see CalledBack.read_callback.

        The integration's other webhooks may come here too. Event and watchlist webhooks have no
        `verification`, Full Auto and user-defined ones an `eventType`. A decision that ends nothing
        says so itself, so Veriff is not asked about it.
        """
        told = read_lenient_object(body)
        if "verification" not in told or as_text(told.get("eventType")) is not None:
            return None
        client = headers.get(_KEY)
        if client is None:
            raise CallbackUnreadable(f"The header {_KEY} is missing.")
        if client.lower() != self._api_key.lower():
            return None
        decision = as_object(told["verification"])
        status = as_text(decision.get("status"))
        if status is None:
            raise CallbackUnreadable("The decision has no status.")
        if status in (*_UNDER_WAY, *_GOES_ON):
            return None
        session_id = as_uuid(decision.get("id"))
        case = Case(session_id) if session_id else None
        return Callback(as_text(decision.get("vendorData")), case)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one question answers both
        """Ask for the decision, with the session's id signed; see Reference.fetch_result."""
        answer = self._decision(case.reference)
        decision = as_object(answer.agreed_object().get("verification"))
        word = as_text(decision.get("status"))
        if word is None or word in _UNDER_WAY:
            return None
        status, reason = _ENDS.get(word), _read_reason(decision, word)
        if status is None:
            return Waiting(reason)
        return Result(
            status=status,
            document=as_document(_read_document(decision), self._result_fields),
            reason=None if status is Status.APPROVED else reason,
            completed_at=parse_utc(decision.get("decisionTime")),
            echoed_reference=as_text(decision.get("vendorData")),
        )

    def _decision(self, session_id: str) -> Answer:
        signature = hmac.digest(self._signing_key, session_id.encode(), "sha256").hex()
        path = f"/v1/sessions/{session_id}/decision"
        return self._api.call("GET", path, headers={_SIGNATURE: signature})


def _read_reason(decision: Mapping[str, Any], status: str) -> Reason:
    """Return why, in Veriff's words: `reasonCode` is a number or a text, and null for most."""
    told = decision.get("reasonCode")
    code = told if as_integer(told) is None else str(told)
    word = as_word(as_text(code) or status)
    return Reason(word, display_text(decision.get("reason")) or as_word(status))


def _read_document(decision: Mapping[str, Any]) -> dict[str, object]:
    document, person = as_object(decision.get("document")), as_object(decision.get("person"))
    return {
        "type": document.get("type"),
        "country": document.get("country"),
        "documentNumber": document.get("number"),
        "issuingDate": document.get("validFrom"),
        "expiryDate": document.get("validUntil"),
        "firstName": person.get("firstName"),
        "lastName": person.get("lastName"),
        "dateOfBirth": person.get("dateOfBirth"),
        "personalNumber": person.get("idNumber"),
        "gender": person.get("gender"),
        "nationality": person.get("nationality"),
    }


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Veriff, ...]:
    """Return Veriff as the settings `VERIFF_…` describe it."""
    base_url = reader.base_url("VERIFF_BASE_URL", "https://stationapi.veriff.com")
    api_key = reader.text("VERIFF_API_KEY", pattern=_HEADER_WORD, form=_WORD_FORM)
    shared_secrets = reader.secrets("VERIFF_SHARED_SECRETS")
    if api_key.lower() in (secret.lower() for secret in shared_secrets):
        reader.report(
            "VERIFF_SHARED_SECRETS lists VERIFF_API_KEY, which every request shows; list the shared"
            " secret key"
        )
    integration_id = (
        reader.text("VERIFF_INTEGRATION_ID", "", pattern=_HEADER_WORD, form=_WORD_FORM) or None
    )
    veriff = Veriff(
        upstream=upstreams.at("veriff", base_url),
        api_key=api_key,
        shared_secrets=shared_secrets,
        integration_id=integration_id,
        result_fields=read_result_fields(reader),
    )
    return (veriff,)


VERIFF = Integration("veriff", build, Path(__file__).with_suffix(".json"))
