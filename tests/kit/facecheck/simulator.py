"""Facecheck, simulated: it signs nothing, and posts forms from an address of its own."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.kit.checks import Check, SimulatedChecks


class SimulatedFacecheck(SimulatedChecks):
    """Facecheck."""

    name = "facecheck"
    content_type = "application/x-www-form-urlencoded"

    def settings(self, world: object) -> dict[str, str]:  # noqa: ARG002
        """Return the app's settings."""
        return {"FACECHECK_API_KEY": self.api_key, "FACECHECK_NETWORKS": self.sender}

    def callback(self, check: Check, **changed: str) -> bytes:
        """Return a form; `changed` names its fields, and what is empty is left out."""
        shown = check.document()
        form = {
            "kind": "finished",
            "check": check.id,
            "subject": check.subject_id,
            "reference": check.reference,
            "verdict": shown["status"],
            "at": shown.get("finishedAt", ""),
            "name": "Wilhelmina",
        }
        return urlencode({n: v for n, v in {**form, **changed}.items() if v}).encode()
