"""Netverify v4: initiating a check and retrieving its result.

"netverify-web-v4.md" and "netverify-retrieval-api.md", Jumio implementation guides, 2021-07-13.
"""

import re
import uuid

from flask import Blueprint, Response, g, jsonify, request

from sandbox.jumio import fields, netverify_results
from sandbox.jumio.admission import RefusalError, check_basic, check_headers, json_body
from sandbox.jumio.authorization_token import page_url
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction, written_time

KNOWN = frozenset(
    {
        "customerInternalReference",
        "userReference",
        "reportingCriteria",
        "successUrl",
        "errorUrl",
        "callbackUrl",
        "workflowId",
        "presets",
        "locale",
        "tokenLifetimeInMinutes",
    }
)
REFERENCE_LIMIT = 100
SUCCESS_URL_LIMIT = 2047
URL_LIMIT = 255
TOKEN_MINUTES = range(5, 86_401)
DEFAULT_TOKEN_MINUTES = 30
DOCUMENT_WORKFLOWS = frozenset({100, 101, 102})
FACE_WORKFLOWS = frozenset({200, 201, 202})
DEFAULT_WORKFLOW = 200
"""What this tenant's portal is set to: document and face."""
PRESET_FIELDS = frozenset({"index", "country", "type"})
DOCUMENT_TYPES = frozenset({"PASSPORT", "DRIVING_LICENSE", "ID_CARD"})
SCANS = "/api/netverify/v2/scans/<reference>"
PARTS = frozenset({"document", "transaction", "verification"})


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the routes of Netverify for `tenant`."""
    routes = Blueprint("netverify", __name__)

    @routes.post("/api/v4/initiate")
    def initiate() -> Response:
        check_headers("application/json")
        check_basic(tenant, missing=403)
        transaction = _started(tenant, json_body())
        g.note = f"userReference {len(transaction.user_reference or '')} characters"
        tenant.transactions[transaction.reference] = transaction
        return jsonify(
            timestamp=written_time(transaction.started_at, 3),
            transactionReference=transaction.reference,
            redirectUrl=page_url(tenant, transaction),
        )

    @routes.get(SCANS)
    def status(reference: str) -> Response:
        transaction = _found(tenant, reference)
        readable = transaction.take_readability()
        now = tenant.written(tenant.clock())
        return jsonify(netverify_results.status_document(transaction, now, readable=readable))

    @routes.get(f"{SCANS}/data")
    def details(reference: str) -> Response:
        transaction = _found(tenant, reference)
        readable = transaction.take_readability()
        now = tenant.written(tenant.clock())
        return jsonify(
            netverify_results.details_document(transaction, now, tenant.written, readable=readable)
        )

    @routes.get(f"{SCANS}/data/<part>")
    def part(reference: str, part: str) -> Response:
        transaction = _found(tenant, reference)
        if part not in PARTS:
            raise RefusalError(404, f"Not found: {part[:50]}")
        now = tenant.written(tenant.clock())
        head = {"timestamp": now, "scanReference": reference}
        return jsonify(head | _part(tenant, transaction, part))

    return routes


def refusal_body(tenant: Tenant, refusal: RefusalError) -> dict[str, object]:
    """Return Netverify's error document, in which even the status is a string.

    The guides give no schema; this is the one that recorded traffic shows.
    """
    return {
        "httpStatus": str(refusal.status),
        "message": refusal.message,
        "requestURI": f"{tenant.base_url}{request.path}",
    }


def _started(tenant: Tenant, body: fields.Fields) -> Transaction:
    fields.only_known(body, KNOWN)
    workflow = _workflow(body)
    _check_presets(body)
    lifetime = _token_minutes(body)
    now = tenant.clock()
    return Transaction(
        reference=str(uuid.uuid4()),
        api="netverify",
        status="PENDING",
        customer_internal_reference=fields.required_text(
            body, "customerInternalReference", REFERENCE_LIMIT
        ),
        user_reference=fields.required_text(body, "userReference", REFERENCE_LIMIT),
        reporting_criteria=fields.text(body, "reportingCriteria", REFERENCE_LIMIT),
        success_url=fields.url(body, "successUrl", SUCCESS_URL_LIMIT),
        error_url=fields.url(body, "errorUrl", URL_LIMIT),
        callback_url=fields.url(body, "callbackUrl", URL_LIMIT),
        locale=fields.locale(body),
        workflow=str(workflow),
        face_check=workflow in FACE_WORKFLOWS,
        started_at=now,
        token_expires_at=now + lifetime * 60,
    )


def _workflow(body: fields.Fields) -> int:
    workflow = fields.whole_number(body, "workflowId")
    if workflow is None:
        return DEFAULT_WORKFLOW
    if workflow not in DOCUMENT_WORKFLOWS | FACE_WORKFLOWS:
        raise RefusalError(400, "workflowId must be 100, 101, 102, 200, 201 or 202")
    return workflow


def _token_minutes(body: fields.Fields) -> int:
    minutes = fields.whole_number(body, "tokenLifetimeInMinutes")
    if minutes is None:
        return DEFAULT_TOKEN_MINUTES
    if minutes not in TOKEN_MINUTES:
        raise RefusalError(400, "tokenLifetimeInMinutes must be 5 to 86400")
    return minutes


def _check_presets(body: fields.Fields) -> None:
    for preset in fields.objects(body, "presets"):
        if frozenset(preset) != PRESET_FIELDS:
            raise RefusalError(400, "presets must hold index, country and type together")
        if fields.whole_number(preset, "index") != 1:
            raise RefusalError(400, "index must be 1")
        fields.country(preset["country"], "country")
        fields.one_of(preset["type"], "type", DOCUMENT_TYPES)


def _found(tenant: Tenant, reference: str) -> Transaction:
    check_headers()
    check_basic(tenant, missing=403)
    transaction = tenant.transactions.get(reference)
    if transaction is None or transaction.api != "netverify":
        shown = re.sub(r"[^0-9A-Za-z-]", "", reference)[:50]
        raise RefusalError(404, f"Not found: Scan not found for {shown}")
    return transaction


def _part(tenant: Tenant, transaction: Transaction, part: str) -> netverify_results.Json:
    readable = transaction.take_readability()
    if part == "transaction":
        return netverify_results.transaction_part(transaction, tenant.written, readable=readable)
    if not readable:
        return {}
    if part == "document":
        return netverify_results.document_part(transaction)
    return netverify_results.verification_part(transaction)
