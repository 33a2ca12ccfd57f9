"""Jumio's callbacks, of the tests' own making."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.jumio import Transaction
from tests.integrations.jumio.flows.world import JumioWorld

APIS = ("netverify", "kyx")
CALLBACK_PATH = "/api/callbacks/jumio"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the app answered to a callback."""

    status: int
    body: dict[str, Any]


def callback_body(
    transaction: Transaction, *, reference: str | None = None, **fields: str
) -> bytes:
    """Return a callback about a finished check; `reference` goes in the place of the carrier.

    `fields` change or add form fields of Netverify.
    """
    carried = reference if reference is not None else transaction.user_reference
    if transaction.api == "kyx":
        document = {
            "userReference": carried,
            "workflowExecution": {"id": transaction.reference, "status": "PROCESSED"},
            "account": {"id": transaction.account_id},
        }
        return json.dumps(document).encode()
    form = {
        "callBackType": "NETVERIFYID",
        "jumioIdScanReference": transaction.reference,
        "verificationStatus": "APPROVED_VERIFIED",
        "identityVerification": '{"similarity":"MATCH","validity":true}',
        "customerId": carried,
    }
    return urlencode({**form, **fields}).encode()


def content_type(transaction: Transaction) -> str:
    """Return the media type of an API's callbacks."""
    if transaction.api == "kyx":
        return "application/json"
    return "application/x-www-form-urlencoded"


def post_callback(
    world: JumioWorld, transaction: Transaction, body: bytes, *, path: str = CALLBACK_PATH
) -> Answered:
    """Send `body` from the address that the app takes for the vendor's."""
    address = urlsplit(world.url)
    connection = http.client.HTTPConnection(
        address.hostname or "",
        address.port,
        timeout=30,
    )
    try:
        headers = {
            "Content-Type": content_type(transaction),
            "X-Forwarded-For": world.jumio.callback_address,
            "Connection": "close",
        }
        connection.request("POST", path, body, headers)
        with connection.getresponse() as answer:
            return Answered(answer.status, json.loads(answer.read()))
    finally:
        connection.close()
