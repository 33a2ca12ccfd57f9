"""The KYX platform: OAuth2 token, accounts with workflow executions, and retrieval.

KYX API guide, Jumio implementation guides, 2023-07-05; docs.jumio.com "Integration". A wrong header
gives 403, a wrong field 400, a wrong credential or token 401.
"""

import secrets
import uuid

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.http import HTTP_STATUS_CODES

from sandbox.jumio import kyx_results
from sandbox.jumio.admission import (
    RefusalError,
    check_basic,
    check_bearer,
    check_headers,
    json_body,
)
from sandbox.jumio.authorization_token import page_url
from sandbox.jumio.kyx_request import started_transaction
from sandbox.jumio.tenant import ACCESS_TOKEN_SECONDS, Tenant
from sandbox.jumio.transactions import Transaction, written_time

ACCOUNTS = "/api/v1/accounts"
EXECUTION = f"{ACCOUNTS}/<account_id>/workflow-executions/<execution_id>"


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the routes of the KYX platform for `tenant`."""
    routes = Blueprint("kyx", __name__)

    @routes.post("/oauth2/token")
    def token() -> Response:
        check_headers("application/x-www-form-urlencoded")
        check_basic(tenant, missing=401)
        if request.form.to_dict(flat=False) != {"grant_type": ["client_credentials"]}:
            raise RefusalError(400, "The body must be grant_type=client_credentials")
        return jsonify(
            access_token=tenant.issue_access_token(),
            expires_in=ACCESS_TOKEN_SECONDS,
            token_type="Bearer",
        )

    @routes.post(ACCOUNTS)
    def create_account() -> Response:
        return _execution_answer(tenant, str(uuid.uuid4()), new=True)

    @routes.put(f"{ACCOUNTS}/<account_id>")
    def update_account(account_id: str) -> Response:
        return _execution_answer(tenant, account_id, new=False)

    @routes.get(EXECUTION)
    def details(account_id: str, execution_id: str) -> Response:
        transaction = _readable(tenant, account_id, execution_id)
        return jsonify(kyx_results.details_document(transaction, tenant.base_url, tenant.written))

    @routes.get(f"{EXECUTION}/status")
    def status(account_id: str, execution_id: str) -> Response:
        transaction = _readable(tenant, account_id, execution_id)
        return jsonify(kyx_results.status_document(transaction, tenant.base_url))

    return routes


def refusal_body(refusal: RefusalError) -> dict[str, object]:
    """Return KYX's error document; documented for the rate limit only, which all others follow."""
    title = HTTP_STATUS_CODES.get(refusal.status, "Error")
    return {"title": title, "status": refusal.status, "detail": refusal.message}


def _execution_answer(tenant: Tenant, account_id: str, *, new: bool) -> Response:
    check_headers("application/json")
    check_bearer(tenant)
    known = {transaction.account_id for transaction in list(tenant.transactions.values())}
    if not new and account_id not in known:
        raise RefusalError(404, "Account not found")
    transaction = started_transaction(tenant, account_id, json_body())
    g.note = f"userReference {len(transaction.user_reference or '')} characters"
    tenant.transactions[transaction.reference] = transaction
    return jsonify(_started_document(tenant, transaction))


def _started_document(tenant: Tenant, transaction: Transaction) -> kyx_results.Json:
    web: kyx_results.Json = {"href": page_url(tenant, transaction)}
    if transaction.success_url is not None:
        web["successUrl"] = transaction.success_url
    if transaction.error_url is not None:
        web["errorUrl"] = transaction.error_url
    return {
        "timestamp": written_time(transaction.started_at, 3),
        "account": {"id": transaction.account_id},
        "web": web,
        "sdk": {"token": secrets.token_urlsafe(48)},
        "workflowExecution": {
            "id": transaction.reference,
            "credentials": [
                _credential(tenant, transaction, category) for category in ("ID", "SELFIE")
            ],
        },
    }


def _credential(tenant: Tenant, transaction: Transaction, category: str) -> kyx_results.Json:
    account_url = f"{tenant.base_url}{ACCOUNTS}/{transaction.account_id}"
    execution_url = f"{account_url}/workflow-executions/{transaction.reference}"
    credential_id = transaction.credential_id(category)
    return {
        "id": credential_id,
        "category": category,
        "allowedChannels": ["WEB", "API", "SDK"],
        "api": {
            "token": secrets.token_urlsafe(48),
            "parts": {
                part.lower(): f"{execution_url}/credentials/{credential_id}/parts/{part}"
                for part in kyx_results.CREDENTIALS[category]
            },
            "workflowExecution": execution_url,
        },
    }


def _readable(tenant: Tenant, account_id: str, execution_id: str) -> Transaction:
    check_headers()
    check_bearer(tenant)
    transaction = tenant.transactions.get(execution_id)
    if transaction is None or transaction.account_id != account_id:
        raise RefusalError(404, "Workflow execution not found")
    if transaction.outcome is not None and not transaction.take_readability():
        # PROCESSED can be announced before the store behind this API knows of it.
        raise RefusalError(404, "Workflow execution not found")
    return transaction
