"""Steps of the reference trip that many flow tests take, and callbacks of the tests' own making."""

from __future__ import annotations

import http.client
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.jumio import Transaction
from sandbox.sharetribe import User
from tests.world import Browser, World

APIS = ("netverify", "kyx")
CALLBACK_PATH = "/api/callbacks/jumio"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the app answered to a callback."""

    status: int
    body: dict[str, Any]


class _ListHandler(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


def started(browser: Browser, **body: object) -> str:
    """Start a verification and return its transaction reference."""
    answer = browser.start(**body)
    assert 201 == answer.status_code, answer.text
    reference: str = answer.json()["transactionReference"]
    return reference


def standing(browser: Browser) -> dict[str, Any]:
    """Return what the app tells a browser about the verification."""
    answer = browser.read()
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    return told


def assert_recorded(world: World, status: str, user: User | None = None) -> None:
    """Require that private data holds this status, with a checksum for this very user."""
    record = world.verification(user)
    assert record is not None
    assert status == record["status"]
    assert world.checksum_holds(user)


def private_data(world: World) -> dict[str, dict[str, Any]]:
    """Return a copy of all users' private data."""
    copied: dict[str, dict[str, Any]] = json.loads(
        json.dumps({user.id: user.private_data for user in world.sharetribe.users.values()})
    )
    return copied


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect the app's log lines inside the block, which begins after the app has started."""
    lines: list[str] = []
    handler = _ListHandler(lines)
    logger = logging.getLogger("echoseal")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


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
    world: World, transaction: Transaction, body: bytes, *, path: str = CALLBACK_PATH
) -> Answered:
    """Send `body` from the address that the app takes for the vendor's."""
    address = urlsplit(world.url)
    connection = http.client.HTTPConnection(
        address.hostname or "",
        address.port,
        timeout=30,
        source_address=(world.jumio.callback_address, 0),
    )
    try:
        headers = {"Content-Type": content_type(transaction), "Connection": "close"}
        connection.request("POST", path, body, headers)
        with connection.getresponse() as answer:
            return Answered(answer.status, json.loads(answer.read()))
    finally:
        connection.close()
