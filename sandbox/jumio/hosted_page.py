"""The page on which a demo visitor plays the user of an identity check, usually inside an iframe.

Its messages to the embedding page and its redirects are those of "netverify-web-v4.md" (Jumio
implementation guides, 2021-07-13) and of the KYX Web Client pages on docs.jumio.com. The removal of
the token from the address bar is left out, so that reloading works.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from sandbox.jumio import kyx_outcomes, netverify_outcomes
from sandbox.jumio.authorization_token import PAGE_PATH, transaction_behind
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction
from sandbox.kit.pages import page

EVENT_TYPE = 510
TOKEN_ERROR = 9200
SESSION_ERROR = 9210
NO_SUBMISSION_ERROR = 9835


@dataclass(frozen=True, slots=True)
class Choice:
    """A button; `error` is the code with which the page reports failure, None for success.

    Success only means that the images were accepted for verification.
    """

    outcome: str
    label: str
    group: str
    error: int | None = None


CHOICES = (
    Choice("approved", "Approve the document and the face", "Accepted"),
    Choice("approved-no-match", "Face does not match", "Document accepted, person not"),
    Choice(
        "approved-selfie-invalid", "Selfie is not of a live person", "Document accepted, person not"
    ),
    Choice("denied-fraud", "Forged document", "Refused"),
    Choice("unsupported-type", "Unsupported document", "Refused"),
    Choice("unsupported-country", "Unsupported country", "Refused"),
    Choice("warning", "Undecided, with a warning", "No result"),
    Choice("not-readable", "Unreadable photo", "No result", NO_SUBMISSION_ERROR),
    Choice("technical-error", "Technical error", "No result", 9400),
    Choice("no-id-uploaded", "Leave without uploading", "No result", SESSION_ERROR),
)


def choices_for(transaction: Transaction) -> tuple[Choice, ...]:
    """Return the outcomes that a user of this check can bring about."""
    known = kyx_outcomes.OUTCOMES if transaction.api == "kyx" else netverify_outcomes.OUTCOMES
    return tuple(
        choice
        for choice in CHOICES
        if choice.outcome in known
        and (transaction.face_check or not choice.outcome.startswith("approved-"))
    )


def blueprint(
    tenant: Tenant,
    opened: Callable[[Transaction], None],
    finished: Callable[[Transaction, str], None],
) -> Blueprint:
    """Return the page's routes; `opened` and `finished` are told what its user does."""
    routes = Blueprint("hosted_page", __name__)

    @routes.get(PAGE_PATH)
    def show() -> Response:
        token = request.args.get("authorizationToken", "")
        transaction = transaction_behind(tenant, token)
        code = _token_problem(tenant, transaction)
        if transaction is None or code is not None:
            return _page(transaction, token, "error", code)
        opened(transaction)
        return _page(transaction, token, "loaded")

    @routes.post(PAGE_PATH)
    def submit() -> Response:
        token = request.form.get("authorizationToken", "")
        transaction = transaction_behind(tenant, token)
        code = _token_problem(tenant, transaction)
        if transaction is None or code is not None:
            return _page(transaction, token, "error", code)
        chosen = [
            choice
            for choice in choices_for(transaction)
            if choice.outcome == request.form.get("outcome")
        ]
        if not chosen:
            return _page(transaction, token, "loaded", status=400)
        try:
            finished(transaction, chosen[0].outcome)
        except ValueError:  # a second click was faster
            return _page(transaction, token, "error", SESSION_ERROR)
        return _page(transaction, token, "error" if chosen[0].error else "success", chosen[0].error)

    return routes


def _token_problem(tenant: Tenant, transaction: Transaction | None) -> int | None:
    """Return the code of what is wrong with a token, None where it is good."""
    if transaction is None or transaction.token_expires_at <= tenant.clock():
        return TOKEN_ERROR
    return None if transaction.outcome is None else SESSION_ERROR


def _page(
    transaction: Transaction | None,
    token: str,
    state: str,
    code: int | None = None,
    status: int = 200,
) -> Response:
    return page(
        "hosted_page.html",
        status,
        embedders="*",
        state=state,
        code=code,
        token=token,
        transaction=transaction,
        groups=_grouped(choices_for(transaction)) if transaction and state == "loaded" else [],
        event=json.dumps(_event(transaction, token, state, code)),
        address=_return_address(transaction, state, code),
    )


def _grouped(choices: tuple[Choice, ...]) -> list[tuple[str, list[Choice]]]:
    return [(group, list(members)) for group, members in groupby(choices, lambda c: c.group)]


def _event(
    transaction: Transaction | None, token: str, state: str, code: int | None
) -> dict[str, object]:
    """Return the message for the embedding page; the browser adds `dateTime`, which is its own."""
    payload: dict[str, object] = {"value": state}
    if code is not None:
        payload["metainfo"] = {"code": code}
    event: dict[str, object] = {
        "authorizationToken": token,
        "eventType": EVENT_TYPE,
        "payload": payload,
    }
    return event | _references(transaction)


def _references(transaction: Transaction | None) -> dict[str, object]:
    if transaction is None:
        return {}
    internal = {"customerInternalReference": transaction.customer_internal_reference}
    if transaction.api == "netverify":
        return {"transactionReference": transaction.reference, **internal}
    return {
        "accountId": transaction.account_id,
        "workflowExecutionId": transaction.reference,
        **internal,
    }


def _return_address(transaction: Transaction | None, state: str, code: int | None) -> str | None:
    """Return where a page that is not embedded sends its user, with the documented parameters."""
    if transaction is None or state == "loaded":
        return None
    success = state == "success"
    url = transaction.success_url if success else transaction.error_url
    if url is None:
        return None
    name = "transactionStatus" if transaction.api == "netverify" else "acquisitionStatus"
    query = {name: "SUCCESS" if success else "ERROR"} | _references(transaction)
    if code is not None:
        query["errorCode"] = code
    return f"{url}?{urlencode(query)}"
