"""Passcheck, simulated: it signs what it tells, with the time, as `t=…,v1=…`."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

from tests.kit.checks import Check, SimulatedChecks


class SimulatedPasscheck(SimulatedChecks):
    """Passcheck."""

    name = "passcheck"
    content_type = "application/json"
    takes_query = False

    def __init__(self, *arguments: Any) -> None:
        """Start with new secrets; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.signing_secret = f"whsec_{secrets.token_hex(16)}"

    def settings(self, world: object) -> dict[str, str]:  # noqa: ARG002
        """Return the app's settings."""
        return {
            "PASSCHECK_API_KEY": self.api_key,
            "PASSCHECK_SIGNING_SECRET": self.signing_secret,
        }

    def callback(self, check: Check, **changed: str) -> bytes:
        """Return an event; `changed` names its fields."""
        event = {
            "type": "check.finished",
            "checkId": check.id,
            "subjectId": check.subject_id,
            "reference": check.reference,
        }
        return json.dumps({**event, **changed}).encode()

    def signed(self, body: bytes, at: float | None = None, secret: str = "") -> dict[str, str]:
        """Return the signature of a body, made now and with our secret unless told otherwise."""
        time = int(self.clock() if at is None else at)
        key = (secret or self.signing_secret).encode()
        digest = hmac.digest(key, f"{time}.".encode() + body, "sha256").hex()
        return {"Passcheck-Signature": f"t={time},v1={digest}"}

    def secrets(self) -> dict[str, str]:
        """Return what must not leave the app."""
        return {"vendor's signing secret": self.signing_secret, **super().secrets()}
