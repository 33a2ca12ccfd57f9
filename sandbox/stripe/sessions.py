"""Verification sessions: how they can end, and how the API and events show them.

Source: docs.stripe.com/identity (how sessions work, handle verification outcomes, access
verification results), and the types in `stripe` 16.1.0 (Python), which are made from Stripe's
description (read 2026-11).
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sandbox.kit.checks import Outcome, Session
from sandbox.stripe.api import Fields, metadata

KIND = "identity.verification_session"
PERSON = {"first_name": "Specimena", "last_name": "Stripeson", "sex": "female"}
BORN = {"day": 3, "month": 2, "year": 1901}
ISSUED = {"day": 11, "month": 10, "year": 2020}
FILE = "file_made_up"
EXPIRES = {"day": 12, "month": 11, "year": 2099}
NUMBERS = {"document": "SPECIMEN-S-0815", "id": "000-00-4711"}
ADDRESS = {"line1": "1 Invented Alley", "city": "Nowhereton", "country": "GB"}

OUTPUTS, REPORT = "verified_outputs", "last_verification_report"
SENSITIVE = {
    f"{OUTPUTS}.dob",
    f"{OUTPUTS}.id_number",
    f"{REPORT}.document.dob",
    f"{REPORT}.document.number",
    f"{REPORT}.document.expiration_date",
}
EXPANDABLE = {OUTPUTS, REPORT, *SENSITIVE}

_TRY, _LEAVE, _CONSOLE = "Hand in", "Leave", "At Stripe"
OUTCOMES = (
    Outcome("verified", "All checks pass", _TRY),
    Outcome("selfie_face_mismatch", "The selfie shows somebody else", _TRY, ends=False),
    Outcome("document_unverified_other", "The document looks altered", _TRY, ends=False),
    Outcome("document_expired", "The document has expired", _TRY, ends=False),
    Outcome("processing", "Nothing is decided yet", _TRY, ends=False),
    Outcome("abandoned", "Go away in the middle of it", _LEAVE, ends=False),
    Outcome("consent_declined", "Do not consent", _LEAVE, ends=False),
    Outcome("canceled", "The operator cancels it", _CONSOLE),
    Outcome("redacted", "It is verified, and erased at once", _CONSOLE),
    Outcome("undocumented", "A status that nobody has documented", _CONSOLE),
)
# What the last try failed for; what a report says too has gone through the checks.
REPORTED = {
    "selfie_face_mismatch": ("selfie", "The selfie does not match the document."),
    "document_unverified_other": ("document", "The document could not be verified."),
    "document_expired": ("document", "The document has expired."),
}
UNREPORTED = {
    "abandoned": "The user has left before submitting.",
    "consent_declined": "The user has declined to be verified.",
}
STATUSES = {"verified", "processing", "canceled"}


@dataclass(slots=True, kw_only=True)
class VerificationSession(Session):
    """A session with what it was asked for; `report_id` is that of its last report."""

    asked: Fields = field(repr=False)
    is_live: bool
    is_erased: bool = False
    report_id: str = field(default_factory=lambda: f"vr_{secrets.token_hex(12)}")

    @property
    def state(self) -> str:
        """How it stands, in Stripe's words."""
        if self.outcome == "undocumented":
            return "reconsidered"
        if self.outcome == "redacted":
            return "verified"
        return self.outcome if self.outcome in STATUSES else "requires_input"

    @property
    def last_error(self) -> dict[str, str] | None:
        """Why the last try has failed."""
        words = {code: reason for code, (_, reason) in REPORTED.items()} | UNREPORTED
        code = self.outcome or ""
        return {"code": code, "reason": words[code]} if code in words else None

    @property
    def is_redacted(self) -> bool:
        """Whether what was collected is erased."""
        return self.outcome == "redacted" or self.is_erased

    @property
    def is_reported(self) -> bool:
        """Whether checks were made, and their report is not erased."""
        return self.outcome in {"verified", *REPORTED} and not self.is_redacted

    def shown(self, wanted: Collection[str] = (), link: str | None = None) -> dict[str, Any]:
        """Return the session as Stripe shows it: with a `link` to the API, without one in an event.

        `wanted` are the fields to expand.
        """
        flow = self.asked.get("verification_flow")
        kind = self.asked.get("type", "verification_flow")
        carried = {"reference": self.reference} if self.reference else {}
        secret = f"{self.id}_secret_{secrets.token_hex(12)}" if link else None
        document: dict[str, Any] = {
            "id": self.id,
            "object": KIND,
            "client_reference_id": self.asked.get("client_reference_id"),
            "client_secret": secret,
            "created": int(self.begun_at),
            "last_error": self.last_error,
            REPORT: self.report_id if self.is_reported else None,
            "livemode": self.is_live,
            "metadata": {} if self.is_redacted else {**metadata(self.asked), **carried},
            "options": {} if flow else {kind: _options(self.asked)},
            "provided_details": None,
            "redaction": {"status": "redacted"} if self.is_redacted else None,
            "related_customer": None,
            "related_person": None,
            "status": self.state,
            "type": kind,
            "url": link,
            "verification_flow": flow,
        }
        if self.is_reported and any(name.startswith(REPORT) for name in wanted):
            document[REPORT] = self._report(wanted)
        if any(name.startswith(OUTPUTS) for name in wanted):
            document[OUTPUTS] = _outputs(wanted) if self.outcome == "verified" else None
        return document

    def _report(self, wanted: Collection[str]) -> dict[str, Any]:
        """Return the report of the last try, with those sensitive fields that are `wanted`."""
        options = _options(self.asked)
        report: dict[str, Any] = {
            "id": self.report_id,
            "object": "identity.verification_report",
            "client_reference_id": self.asked.get("client_reference_id"),
            "created": int(self.decided_at or self.begun_at),
            "livemode": self.is_live,
            "options": {"document": options},
            "type": self.asked.get("type", "verification_flow"),
            "verification_flow": self.asked.get("verification_flow"),
            "verification_session": self.id,
        }
        if self.asked.get("type") == "id_number":
            number = {**PERSON, "id_number_type": "us_ssn"}
            return report | {"id_number": {**self._check("id_number"), **number}}
        sensitive = {"number": NUMBERS["document"], "expiration_date": EXPIRES, "dob": BORN}
        report["document"] = {
            **self._check("document"),
            **{key: sensitive[key] for key in sensitive if f"{REPORT}.document.{key}" in wanted},
            "type": "passport",
            "issuing_country": "GB",
            "issued_date": ISSUED,
            "first_name": PERSON["first_name"],
            "last_name": PERSON["last_name"],
            "address": ADDRESS,
            "files": [FILE],
        }
        if options.get("require_matching_selfie"):
            report["selfie"] = {**self._check("selfie"), "document": FILE, "selfie": FILE}
        return report

    def _check(self, name: str) -> dict[str, Any]:
        failed, _ = REPORTED.get(self.outcome or "", ("", ""))
        if name == failed:
            return {"status": "unverified", "error": self.last_error}
        return {"status": "verified", "error": None}


def _options(asked: Fields) -> dict[str, bool]:
    """Return the options of a document check that are true or false."""
    start = "options[document]["
    named = {name[len(start) : -1]: asked[name] for name in asked if name.startswith(start)}
    return {name: value == "true" for name, value in named.items() if value in ("true", "false")}


def _outputs(wanted: Collection[str]) -> dict[str, Any]:
    sensitive = {"dob": BORN, "id_number": NUMBERS["id"]}
    told = {name: sensitive[name] for name in sensitive if f"{OUTPUTS}.{name}" in wanted}
    return {**PERSON, "address": ADDRESS, "email": None, "phone": None, **told}
