"""Inkwell, simulated: documents by their ids, and what it tells when one has ended."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Response, abort, jsonify

from tests.kit.simulated import SimulatedVendor, Told, bearer_token, deliver, read_json, refuse

REQUIRED = {"template", "reference", "name", "email", "days"}
OPTIONAL = frozenset({"returnUrl"})
WORDS = ("signed", "refused", "lapsed", "withdrawn", "broken")


@dataclass(slots=True)
class Document:
    """A document to sign: whom it is for, and how it stands."""

    id: str
    template: str
    reference: str = field(repr=False)
    name: str = field(repr=False)
    email: str = field(repr=False)
    status: str = "open"
    ended_at: float | None = None
    return_url: str | None = None

    def shown(self) -> dict[str, Any]:
        """Return the document as the API shows it."""
        document = {
            "id": self.id,
            "template": self.template,
            "reference": self.reference,
            "status": self.status,
        }
        if self.ended_at is not None:
            ended_at = datetime.fromtimestamp(self.ended_at, UTC).isoformat(timespec="milliseconds")
            document["endedAt"] = ended_at.replace("+00:00", "Z")
        return document


class SimulatedInkwell(SimulatedVendor):
    """Inkwell."""

    name = "inkwell"

    def __init__(self, *arguments: Any) -> None:
        """Start without documents; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.api_key = secrets.token_hex(16)
        self.signing_secret = secrets.token_hex(16)
        self.callback_url = ""
        self.transactions: dict[str, Document] = {}
        self.app.before_request(self._admit)
        self.app.post("/documents")(self._make)
        self.app.get("/documents/<document_id>")(self._show)

    def settings(self, world: Any) -> dict[str, str]:
        """Return the app's settings."""
        self.callback_url = f"{world.api_url}/callbacks/{self.name}"
        return {
            "INKWELL_API_KEY": self.api_key,
            "INKWELL_SIGNING_SECRETS": self.signing_secret,
            "INKWELL_DOCUMENTS": "provider-agreement:1001,house-rules:1002",
        }

    def _admit(self) -> None:
        if bearer_token() != self.api_key:
            refuse(401, "unauthorized")

    def _make(self) -> tuple[Response, int]:
        asked = read_json(REQUIRED, OPTIONAL)
        if len(asked["reference"]) > 255 or not 1 <= asked["days"] <= 60:
            abort(422)
        signer = asked["name"], asked["email"]
        document = Document(str(uuid4()), asked["template"], asked["reference"], *signer)
        document.return_url = asked.get("returnUrl")
        self.transactions[document.id] = document
        return jsonify(id=document.id, url=f"{self.base_url}/sign/{secrets.token_hex(16)}"), 201

    def _show(self, document_id: str) -> Response:
        document = self.transactions.get(document_id) or abort(404)
        return jsonify(document.shown())

    def finish(self, document_id: str, word: str, *, told: bool = True) -> list[int]:
        """End a document, or change how it ended, in one of WORDS; return what answered."""
        document = self.transactions[document_id]
        document.status, document.ended_at = word, self.clock()
        return [self.tell(document).status] if told else []

    def tell(self, document: Document, secret: str = "", **changed: str) -> Told:
        """Send the callback of a document; `changed` are texts that stand in it instead."""
        event = {
            "type": "document.ended",
            "documentId": document.id,
            "reference": document.reference,
        }
        body = json.dumps({**event, **changed}).encode()
        key = (secret or self.signing_secret).encode()
        signature = hmac.digest(key, body, "sha256").hex()
        headers = {"Content-Type": "application/json", "Inkwell-Signature": signature}
        return deliver(self.callback_url, body, headers)

    def secrets(self) -> dict[str, str]:
        """Return what must not leave the app: keys, carriers, and who signs."""
        found = {"API key": self.api_key, "signing secret": self.signing_secret}
        for number, document in enumerate(self.transactions.values()):
            found |= {f"reference {number}": document.reference, f"e-mail {number}": document.email}
        return found

    def start_afresh(self) -> None:
        """Forget every document."""
        self.faults.reset()
        self.transactions.clear()
        self.calls.clear()
