"""Netverify v4: initiating a check, retrieving its result, and which documents are accepted.

"netverify-web-v4.md", "netverify-retrieval-api.md" and "netverify-supported-ids-api.md", Jumio
implementation guides, 2021-07-13.
"""

import re
import uuid
from functools import partial
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from sandbox.jumio import netverify_results
from sandbox.jumio.admission import RefusalError, check_basic, check_headers, json_body
from sandbox.jumio.authorization_token import page_url
from sandbox.jumio.fields import country, locale, reference, require, shape, url
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction, written_time
from sandbox.kit.shapes import list_of, one_of, whole_number

REFERENCE_LIMIT = 100
SUCCESS_URL_LIMIT = 2047
URL_LIMIT = 255
DEFAULT_TOKEN_MINUTES = 30
DOCUMENT_WORKFLOWS = (100, 101, 102)
FACE_WORKFLOWS = (200, 201, 202)
DEFAULT_WORKFLOW = 200
"""What this tenant's portal is set to: document and face."""
SHAPE = shape(
    {
        "customerInternalReference": reference(REFERENCE_LIMIT),
        "userReference": reference(REFERENCE_LIMIT),
    },
    reportingCriteria=reference(REFERENCE_LIMIT),
    successUrl=url(SUCCESS_URL_LIMIT),
    errorUrl=url(URL_LIMIT),
    callbackUrl=url(URL_LIMIT),
    workflowId=one_of(*DOCUMENT_WORKFLOWS, *FACE_WORKFLOWS),
    presets=list_of(
        shape(
            {
                "index": one_of(1),
                "country": country,
                "type": one_of("PASSPORT", "DRIVING_LICENSE", "ID_CARD"),
            }
        ),
        least=1,
    ),
    locale=locale,
    tokenLifetimeInMinutes=whole_number(5, 86_400),
)
ACCEPTED = "/api/netverify/v2/acceptedIdTypes"
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

    routes.get(ACCEPTED, endpoint="accepted")(partial(_list_accepted, tenant))

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


def _list_accepted(tenant: Tenant) -> Response:
    """List what the customer has chosen under Accepted IDs."""
    check_headers()
    check_basic(tenant, missing=403)
    listed = [_accepted(*one) for one in tenant.accepted_ids]
    return jsonify(timestamp=written_time(tenant.clock(), 3), acceptedIdTypes=listed)


def _accepted(code: str, name: str, kind: str) -> dict[str, object]:
    """Return one kind of document of one country."""
    types = [{"acquisitionConfig": {"backSide": kind != "PASSPORT"}, "idType": kind}]
    return {"countryCode": code, "countryName": name, "idTypes": types}


def _started(tenant: Tenant, body: dict[str, Any]) -> Transaction:
    require(SHAPE, body)
    workflow = body.get("workflowId", DEFAULT_WORKFLOW)
    now = tenant.clock()
    return Transaction(
        reference=str(uuid.uuid4()),
        api="netverify",
        status="PENDING",
        customer_internal_reference=body["customerInternalReference"],
        user_reference=body["userReference"],
        reporting_criteria=body.get("reportingCriteria"),
        success_url=body.get("successUrl"),
        error_url=body.get("errorUrl"),
        callback_url=body.get("callbackUrl"),
        locale=body.get("locale"),
        workflow=str(workflow),
        face_check=workflow in FACE_WORKFLOWS,
        started_at=now,
        token_expires_at=now + body.get("tokenLifetimeInMinutes", DEFAULT_TOKEN_MINUTES) * 60,
    )


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
