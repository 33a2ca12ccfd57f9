"""Jumio KYX Platform: OAuth2, accounts, a JSON callback without a result, and retrieval.

Source: documentation.jumio.ai and docs.jumio.com: Web Client, Callback, Retrieval (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.jumio.fields import read_document
from integrations.jumio.kyx_decision import checks, judge
from integrations.jumio.web_client import ADDED_TO_QUERY, LOCALES
from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    ClientCredentials,
    FromNetworks,
    Identity,
    JsonApi,
    Limits,
    Probe,
    RequestHeaders,
    Result,
    Started,
    StartRequest,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
    as_object,
    as_text,
    as_url,
    as_uuid,
    parse_utc,
    read_lenient_object,
)

_STATUS = re.compile(r"[A-Z][A-Z_]{0,59}", re.ASCII)
_TERMINAL = ("PROCESSED", "SESSION_EXPIRED", "TOKEN_EXPIRED")
_ACCOUNT_ID = "accountId"


class Kyx(Identity):
    """The reference vendor for KYX; the carrier is `userReference` in both directions."""

    name = "jumio"
    limits = Limits(
        reference=100,
        callback_url=255,
        success_url=255,
        error_url=255,
        needs_domains=True,
        takes_query=False,
        adds_to_query=ADDED_TO_QUERY,
    )
    locales = LOCALES
    case_ids = (_ACCOUNT_ID,)

    def __init__(
        self,
        *,
        auth: Upstream,
        account: Upstream,
        retrieval: Upstream,
        client_id: str,
        client_secret: str,
        workflow_key: str,
        session_minutes: int,
        result_fields: tuple[str, ...],
        proof: FromNetworks,
    ) -> None:

        def new_credentials() -> ClientCredentials:
            return ClientCredentials(auth, "/oauth2/token", client_id, client_secret)

        self._new_credentials = new_credentials
        credentials = new_credentials()
        self._account = JsonApi(account, credentials=credentials)
        self._retrieval = JsonApi(retrieval, credentials=credentials)
        self._workflow_key = workflow_key
        self._session_minutes = session_minutes
        self._result_fields = result_fields
        self.proof = proof
        self.upstreams = (auth, account, retrieval)

    def probes(self) -> Sequence[Probe]:
        """Return that of the pair, which is known where it gets a token; see Part.probes."""
        pair = "JUMIO_API_TOKEN", "JUMIO_API_SECRET"
        place = "Jumio's Portal of JUMIO_DATACENTER, Settings > API credentials > OAuth2"
        workflow = "a workflow cannot be looked at by the API; the first check begun proves it"
        return (
            Probe(pair, place, self._ask_pair),
            Probe(("JUMIO_WORKFLOW",), "Jumio's Portal, Workflows", None, workflow),
        )

    def _ask_pair(self) -> str:
        """Get a token that nobody uses; it ends within the hour."""
        self._new_credentials().token()
        return ""

    def start(self, request: StartRequest) -> Started:
        """Create an account with a workflow; see Reference.start."""
        web = {
            "successUrl": request.success_url,
            "errorUrl": request.error_url,
            "locale": request.locale,
        }
        fields: dict[str, Any] = {
            "customerInternalReference": request.internal_reference,
            "userReference": request.reference,
            "callbackUrl": request.callback_url,
            "workflowDefinition": {"key": self._workflow_key},
            "tokenLifetime": f"{self._session_minutes}m",
        }
        chosen = {name: value for name, value in web.items() if value is not None}
        if chosen:
            fields["web"] = chosen
        return self._read_started(self._account.call("POST", "/api/v1/accounts", fields))

    def _read_started(self, answer: Answer) -> Started:
        document = answer.json_object()
        case = _read_case(document)
        href = as_url(as_object(document.get("web")).get("href"))
        if case is None:
            raise UpstreamUnavailable(answer.upstream, "an account without ids")
        if href is None:
            # Jumio leaves web.href out until a domain name prefix is set in its portal.
            raise UpstreamRefused(answer.upstream, answer.status, "no web.href")
        return Started(case, href, self._session_minutes * 60)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a JSON callback; see Reference.read_callback.

        Several come for one transaction; only those that tell an end are for us. Statuses that are
        new to us are taken for steps on the way, as Jumio has added some: refusing one could make
        it come for ever.
        """
        document = read_lenient_object(body)
        status = as_object(document.get("workflowExecution")).get("status")
        if not isinstance(status, str) or not _STATUS.fullmatch(status):
            raise CallbackUnreadable("The body has no workflowExecution.status.")
        if status not in _TERMINAL:
            return None
        return Callback(as_text(document.get("userReference")), _read_case(document))

    def fetch_result(self, case: Case, *, finished: bool) -> Result | None:  # noqa: ARG002 - one request either way
        """Retrieve the details; see Reference.fetch_result.

        The address is built from the two ids, never from the `href` of a callback: following that
        would hand our bearer token to any host that a forged callback names.
        """
        account_id = as_uuid(case.ids.get(_ACCOUNT_ID))
        execution_id = as_uuid(case.reference)
        if account_id is None or execution_id is None:
            return None
        path = f"/api/v1/accounts/{account_id}/workflow-executions/{execution_id}"
        answer = self._retrieval.find(path)
        return None if answer is None else self._read_details(answer.agreed_object())

    def _read_details(self, details: Mapping[str, Any]) -> Result | None:
        workflow = as_object(details.get("workflow"))
        if workflow.get("status") not in _TERMINAL:
            return None
        capabilities = details.get("capabilities", {})
        status, reason = judge(workflow["status"], as_object(details.get("decision")), capabilities)
        extracted = [as_object(check.get("data")) for check in checks(capabilities, "extraction")]
        document = extracted[0] if extracted else {}
        return Result(
            status=status,
            document=read_document(document.get, "kyx", self._result_fields),
            reason=reason,
            completed_at=parse_utc(details.get("completedAt")),
            echoed_reference=as_text(workflow.get("userReference")),
        )


def _read_case(document: Mapping[str, Any]) -> Case | None:
    execution_id = as_uuid(as_object(document.get("workflowExecution")).get("id"))
    account_id = as_uuid(as_object(document.get("account")).get("id"))
    if execution_id is None or account_id is None:
        return None
    return Case(execution_id, {_ACCOUNT_ID: account_id})
