"""Facecheck, an example of a reference vendor that signs nothing: its address is its proof.

It does not exist. Its forms carry a verdict, which counts where the operator says so
(`FACECHECK_CONFIRM=callback`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import ip_network
from types import MappingProxyType
from urllib.parse import parse_qs, quote

from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    FromNetworks,
    Identity,
    Integration,
    Limits,
    Network,
    Reason,
    RequestHeaders,
    Result,
    SettingsReader,
    Started,
    StartRequest,
    Status,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    bearer_json,
    display_text,
    parse_utc,
)

_STATUSES = {
    "passed": Status.APPROVED,
    "refused": Status.REJECTED,
    "unclear": Status.FAILED,
    "lapsed": Status.EXPIRED,
}
_SESSION_SECONDS = 30 * 60


class Facecheck(Identity):
    """Facecheck as a vendor of identity checks."""

    name = "facecheck"
    limits = Limits(reference=100, callback_url=255, success_url=2047, error_url=255)
    locales = ("en", "en-GB", "de", "fi", "pt-BR")
    callback_content_type = "application/x-www-form-urlencoded"
    case_ids = ("subjectId",)

    def __init__(
        self,
        upstream: Upstream,
        api_key: str,
        networks: tuple[Network, ...],
        *,
        trusts_callbacks: bool,
    ) -> None:
        self._upstream = upstream
        self._api_key = api_key
        self.proof = FromNetworks(networks)
        self.trusts_callbacks = trusts_callbacks
        self.upstreams = (upstream,)

    def start(self, request: StartRequest) -> Started:
        """Begin a check; see Reference.start."""
        document = {
            "reference": request.reference,
            "callbackUrl": request.callback_url,
            "tag": request.internal_reference,
            "person": request.pseudonym,
        }
        chosen = {"successUrl": request.success_url, "errorUrl": request.error_url}
        document |= {name: value for name, value in chosen.items() if value is not None}
        if request.locale is not None:
            document["locale"] = request.locale
        headers = {"Idempotency-Key": request.idempotency_key}
        answer = self._asked("POST", "/checks", 201, json.dumps(document).encode(), headers)
        check = answer.json_object()
        found = [display_text(check.get(name), 2_000) for name in ("id", "subjectId", "url")]
        match found:
            case [str(check_id), str(subject_id), str(url)]:
                return Started(Case(check_id, {"subjectId": subject_id}), url, _SESSION_SECONDS)
        raise UpstreamUnavailable(answer.upstream, "a check without id or address")

    def _asked(
        self,
        method: str,
        path: str,
        status: int,
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        sent = {**bearer_json(self._api_key), **headers}
        answer = self._upstream.request(method, path, headers=sent, body=body)
        if answer.status == status:
            return answer
        if answer.status < 400 or answer.status == 404:
            raise UpstreamUnavailable(answer.upstream, f"{answer.status} in place of {status}")
        raise UpstreamRefused(answer.upstream, answer.status)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a form; see CalledBack.read_callback. What stands there twice is unreadable."""
        try:
            sent = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            raise CallbackUnreadable("The body is not a form.") from None
        if any(len(values) > 1 for values in sent.values()) or "kind" not in sent:
            raise CallbackUnreadable("The form is not one of Facecheck.")
        form = {name: values[0] for name, values in sent.items()}
        if form["kind"] != "finished":
            return None
        check_id, subject_id = form.get("check"), form.get("subject")
        case = Case(check_id, {"subjectId": subject_id}) if check_id and subject_id else None
        return Callback(form.get("reference"), case, _claimed(form))

    def fetch_result(self, case: Case, *, finished: bool) -> Result | None:  # noqa: ARG002 - one request either way
        """Read the check; see Reference.fetch_result."""
        path = f"/subjects/{quote(case.ids.get('subjectId') or '-', safe='')}"
        check = self._asked(
            "GET", f"{path}/checks/{quote(case.reference or '-', safe='')}", 200
        ).agreed_object()
        return _result(
            check.get("status"), check.get("finishedAt"), display_text(check.get("reference"))
        )


def _claimed(form: dict[str, str]) -> Result | None:
    return _result(form.get("verdict"), form.get("at"), form.get("reference"))


def _result(word: object, at: object, reference: str | None) -> Result | None:
    status = _STATUSES.get(str(word))
    if status is None:
        return None
    reason = None if status is Status.APPROVED else Reason(str(word), "")
    return Result(status, reason=reason, completed_at=parse_utc(at), echoed_reference=reference)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Facecheck, ...]:
    """Return Facecheck as the settings `FACECHECK_…` describe it."""
    upstream = upstreams.at("facecheck", reader.base_url("FACECHECK_BASE_URL"))
    api_key = reader.text("FACECHECK_API_KEY")
    confirm = reader.choice("FACECHECK_CONFIRM", ("retrieval", "callback"), "retrieval")
    networks = tuple(ip_network(text) for text in reader.names("FACECHECK_NETWORKS"))
    if not networks:
        reader.report("FACECHECK_NETWORKS lists no network")
        return ()
    return (Facecheck(upstream, api_key, networks, trusts_callbacks=confirm == "callback"),)


FACECHECK = Integration("facecheck", build)
