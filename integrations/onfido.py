"""Onfido (by Entrust): identity checks, as runs of a workflow that the operator has built.

Sources: Onfido's OpenAPI description, v3.6 (github.com/onfido/onfido-openapi-spec @1498236a, of
2026-07-24), its Python library 6.2.0 for signatures, developers.onfido.com ("Get started
integrating": tokens, rate limits), documentation.onfido.com ("Smart Capture Link"); read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

from proxy.vendors import (
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
    as_object,
    as_text,
    as_url,
    as_uuid,
    as_word,
    display_text,
    read_lenient_object,
)

_ENDS = {
    "approved": Status.APPROVED,
    "declined": Status.REJECTED,
    "abandoned": Status.EXPIRED,
    "error": Status.FAILED,
}
_UNDER_WAY = frozenset({"processing", "awaiting_input", "awaiting_client_input"})
_LANGUAGES = ("en_US", "de_DE", "es_ES", "fr_FR", "it_IT", "pt_PT", "nl_NL")
# Onfido wants two names, and a marketplace knows none that stands in a document.
_UNNAMED = {"first_name": "Unnamed", "last_name": "Person"}
_SANDBOX_TOKEN = "api_sandbox"  # noqa: S105 - how Onfido's sandbox tokens begin, live ones do with api_live
_HEX_UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_TOKEN = r"[!-~]+"  # noqa: S105 - a token's form, as it can stand in a header
_MAX_URL = 2_000  # not documented
_DASHBOARD = "Onfido's Dashboard, Developers > API authentication"
_WEBHOOKS = "Onfido's Dashboard, Developers > Webhooks"
# No run begins after this day, so that nobody's is listed.
_NEVER = "2999-01-01"
_COMPLETED = "workflow_run.completed"


class Onfido(Identity):
    """Onfido as a vendor of identity checks; `outputs` are the paths of type and country.

    A path names a member of a run's output, and with dots one inside it: the output is what the
    operator's workflow puts there.
    """

    name = "onfido"
    limits = Limits(reference=256, callback_url=None, success_url=_MAX_URL, error_url=_MAX_URL)
    locales = _LANGUAGES
    answer_seconds = 8.0  # Onfido waits for 10

    def __init__(
        self,
        *,
        upstream: Upstream,
        api_token: str,
        webhook_tokens: tuple[str, ...],
        workflow_id: str,
        session_minutes: int,
        outputs: Mapping[str, str],
    ) -> None:
        self._api = JsonApi(
            upstream, {"Authorization": f"Token token={api_token}"}, code_at=("error", "type")
        )
        self._is_sandbox = api_token.startswith(_SANDBOX_TOKEN)
        self._workflow_id = workflow_id.lower()
        self._session = timedelta(minutes=session_minutes)
        self._outputs = outputs
        # X-Signature, which older webhooks have, holds a SHA-1: that proves too little.
        self._webhooks = self.proof = Hmac(("X-SHA2-Signature",), webhook_tokens)
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return those of the token and of the webhook; see Part.probes."""
        workflow = "a workflow cannot be looked at by the API; the first check begun proves it"
        return (
            Probe(("ONFIDO_API_TOKEN", "ONFIDO_REGION"), _DASHBOARD, self._ask_token),
            Probe(("ONFIDO_WEBHOOK_TOKENS",), _WEBHOOKS, self._ask_webhooks),
            Probe(("ONFIDO_WORKFLOW_ID",), "Onfido Studio, Workflows", None, workflow),
        )

    def _ask_token(self) -> str:
        """List the runs of a day to come, which are none."""
        try:
            query = {"created_at_gt": _NEVER}
            self._api.call("GET", "/v3.6/workflow_runs", query=query).json_array()
        except UpstreamRefused as refused:
            if refused.status != 401:
                raise
            fix = (
                "ONFIDO_API_TOKEN is not known in the region of ONFIDO_REGION; a token is of one"
                f" region, and shown once: make one in {_DASHBOARD}"
            )
            raise SettingRefused(self.name, refused.status, refused.code, fix=fix) from None
        return "sandbox" if self._is_sandbox else "live"

    def _ask_webhooks(self) -> str:
        """Look whether a webhook with one of our tokens would come here; it tells its own token."""
        try:
            answer = self._api.call("GET", "/v3.6/webhooks")
        except UpstreamRefused as refused:
            if refused.status != 403:
                raise
            raise Unproven("the token may not list webhooks; a signed callback proves it") from None
        listed = answer.json_object().get("webhooks")
        if not isinstance(listed, list):
            raise UpstreamUnavailable(answer.upstream, "a list without webhooks")
        hooks = [as_object(one) for one in listed]
        ours = [one for one in hooks if one.get("token") in self._webhooks.secrets]
        environment = "sandbox" if self._is_sandbox else "live"
        if any(_hears(one, environment) for one in ours):
            return ""
        fix = (
            f"no webhook has this token: make one for the callback address in {_WEBHOOKS}, and set"
            " its token"
        )
        if ours:
            fix = f"switch the webhook on for {_COMPLETED} and {environment}, in {_WEBHOOKS}"
        raise SettingRefused(self.name, answer.status, fix=fix)

    def start(self, request: StartRequest) -> Started:
        """Begin a run for a new applicant; see Reference.start.

        When the second call fails, the applicant stays behind, of whom nothing is known or checked.
        """
        answer = self._api.call("POST", "/v3.6/applicants", _UNNAMED)
        applicant_id = as_uuid(answer.json_object().get("id"))
        if applicant_id is None:
            raise UpstreamUnavailable(answer.upstream, "an applicant without id")
        expires_at = datetime.now(UTC) + self._session
        chosen = {
            "completed_redirect_url": request.success_url,
            "expired_redirect_url": request.error_url,
            "language": request.locale,
        }
        document = {
            "applicant_id": applicant_id,
            "workflow_id": self._workflow_id,
            "customer_user_id": request.reference,
            "link": {
                "expires_at": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                **{name: value for name, value in chosen.items() if value is not None},
            },
        }
        answer = self._api.call("POST", "/v3.6/workflow_runs", document)
        run = answer.json_object()
        run_id, url = as_uuid(run.get("id")), as_url(as_object(run.get("link")).get("url"))
        if run_id is None or url is None:
            raise UpstreamUnavailable(answer.upstream, "a workflow run without id or link")
        return Started(Case(run_id), url, int(self._session.total_seconds()))

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a webhook's event; see CalledBack.read_callback.

        A task or a check that is completed says nothing of the run, so theirs are of another kind.
        """
        payload = as_object(read_lenient_object(body).get("payload"))
        kind = as_text(payload.get("resource_type")), as_text(payload.get("action"))
        if None in kind:
            raise CallbackUnreadable("The body is not an event of Onfido.")
        if kind != ("workflow_run", "workflow_run.completed"):
            return None
        run = as_object(payload.get("resource"))
        run_id = as_uuid(run.get("id"))
        return Callback(as_text(run.get("customer_user_id")), Case(run_id) if run_id else None)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request either way
        """Ask for the run; see Reference.fetch_result.

        No time comes with a result: `updated_at` moves with every change of a run, and the time of
        the verdict stands in the callback alone.
        """
        answer = self._api.call("GET", f"/v3.6/workflow_runs/{case.reference}")
        run = answer.agreed_object()
        word = as_text(run.get("status"))
        if word is None or word in _UNDER_WAY:
            return None
        status = _ENDS.get(word)
        if status is None:
            return Waiting(_reason(word, run))
        reason = self._objection(run) if status is Status.APPROVED else _reason(word, run)
        if status is Status.APPROVED and reason is not None:
            status = Status.FAILED
        reference = as_text(run.get("customer_user_id"))
        return Result(status, self._document(run), reason, echoed_reference=reference)

    def _objection(self, run: Mapping[str, Any]) -> Reason | None:
        """Return why an approval does not count: another workflow's, or of the other environment.

        An approval costs one request more: only the applicant tells whether all was a test.
        """
        if as_uuid(run.get("workflow_id")) != self._workflow_id:
            return Reason("other_workflow", "Another workflow has approved this.")
        applicant_id = as_uuid(run.get("applicant_id"))
        if applicant_id is None:
            raise UpstreamUnavailable(self._api.upstream.name, "a workflow run without applicant")
        applicant = self._api.call("GET", f"/v3.6/applicants/{applicant_id}").agreed_object()
        if applicant.get("sandbox", False) is not self._is_sandbox:
            return Reason("other_environment", "This was approved in the other environment.")
        return None

    def _document(self, run: Mapping[str, Any]) -> dict[str, str]:
        output = run.get("output")
        told = {name: _found(output, path) for name, path in self._outputs.items()}
        return as_document(told, ())


def _hears(webhook: Mapping[str, Any], environment: str) -> bool:
    """Tell whether a webhook is told of completed runs; what it does not list, it has all of."""
    events, places = (_listed(webhook.get(name)) for name in ("events", "environments"))
    return (
        webhook.get("enabled") is not False
        and (not events or _COMPLETED in events)
        and (not places or environment in places)
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _reason(word: str, run: Mapping[str, Any]) -> Reason:
    """Return why: the first reason of the operator's workflow, else what kind of error it was."""
    reasons = run.get("reasons")
    first = reasons[0] if isinstance(reasons, list) and reasons else None
    code = first or as_object(run.get("error")).get("type") or word
    return Reason(as_word(code), display_text(first) or "")


def _found(output: object, path: str) -> object:
    return reduce(lambda inside, name: as_object(inside).get(name), path.split("."), output)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Onfido, ...]:
    """Return Onfido as the settings `ONFIDO_…` describe it."""
    region = reader.choice("ONFIDO_REGION", ("eu", "us", "ca"), "eu")
    base_url = reader.override_url("ONFIDO_BASE_URL") or f"https://api.{region}.onfido.com"
    api_token = reader.text(
        "ONFIDO_API_TOKEN", pattern=_TOKEN, form="printable ASCII without spaces"
    )
    if api_token.startswith(_SANDBOX_TOKEN):
        reader.advise("ONFIDO_API_TOKEN is a sandbox token: results of tests count as real")
    webhook_tokens = reader.secrets("ONFIDO_WEBHOOK_TOKENS")
    if any(token.startswith(("api_live", _SANDBOX_TOKEN)) for token in webhook_tokens):
        reader.report(
            "ONFIDO_WEBHOOK_TOKENS lists an API token; the token of a webhook is shown where the"
            " webhook is made"
        )
    onfido = Onfido(
        upstream=upstreams.at("onfido", base_url),
        api_token=api_token,
        webhook_tokens=webhook_tokens,
        workflow_id=reader.text(
            "ONFIDO_WORKFLOW_ID", pattern=_HEX_UUID, form="a UUID, as Studio shows it"
        ),
        session_minutes=reader.integer("ONFIDO_SESSION_MINUTES", 1440, minimum=5, maximum=43_200),
        outputs={
            "type": reader.text("ONFIDO_DOCUMENT_TYPE_OUTPUT", "document_type"),
            "country": reader.text("ONFIDO_COUNTRY_OUTPUT", "issuing_country"),
        },
    )
    return (onfido,)


ONFIDO = Integration("onfido", build, Path(__file__).with_suffix(".json"))
