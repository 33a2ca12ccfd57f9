"""Signature requests: how they can end, and how the API and events show them.

Source: hellosign-openapi @ad21451f, schemas SignatureRequestResponse and
SignatureRequestResponseSignatures; developers.hellosign.com, events and expiration (read 2026-11).
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.kit.checks import Outcome, Session

SENDER = "contracts@operator.example"
OTHER = {"name": "Second Specimen", "email_address": "second.specimen@example.com"}
REASON = "I do not agree with clause 4."
PAGE_TITLE = "Provider agreement"

_SIGNER, _OTHERS = "The signer", "Dropbox Sign and the operator"
OUTCOMES = (
    Outcome("signed", "Sign", _SIGNER),
    Outcome("declined", "Decline", _SIGNER),
    Outcome("signed_first", "Sign, before a second signer", _SIGNER, ends=False),
    Outcome("expired", "The deadline passes", _OTHERS),
    Outcome("canceled", "The operator cancels it", _OTHERS),
    Outcome("error", "The file cannot be worked with", _OTHERS),
    Outcome("undocumented", "A status that nobody has documented", _OTHERS),
)
# What the page itself offers; the rest happens elsewhere.
SIGNERS_OWN = tuple(one for one in OUTCOMES if one.group == _SIGNER)
CODES = {
    "signed": "signed",
    "signed_first": "signed",
    "declined": "declined",
    "expired": "expired",
    "error": "error_file",
    "undocumented": "sealed",
}
# The events of an outcome, in the usual order.
EVENTS = {
    "signed": ("signed", "all_signed", "downloadable"),
    "signed_first": ("signed",),
    "declined": ("declined",),
    "expired": ("expired",),
    "canceled": ("canceled",),
    "error": ("invalid",),
    "undocumented": ("sealed",),
}


@dataclass(slots=True, kw_only=True)
class SignatureRequest(Session):
    """A request with what it was made of; `signature_id` is that of the signer who is embedded.

    The first member of its metadata, `key`, is what it carries.
    """

    asked: dict[str, Any] = field(repr=False)
    key: str
    signature_id: str
    expires_at: int | None = None
    viewed_at: int | None = None

    @property
    def is_canceled(self) -> bool:
        """Whether it has been cancelled: then it is gone."""
        return self.outcome == "canceled"

    @property
    def signer(self) -> dict[str, str]:
        """The first signer, as named."""
        found: dict[str, str] = self.asked["signers"][0]
        return found

    @property
    def metadata(self) -> dict[str, Any]:
        """What it carries."""
        carried = {self.key: self.reference} if self.reference else {}
        return {**self.asked.get("metadata", {}), **carried}

    def shown(self, base_url: str) -> dict[str, Any]:
        """Return the request as the API and events show it."""
        path = f"{base_url}/v3/signature_request"
        title = self.asked.get("title") or PAGE_TITLE
        return {
            "signature_request_id": self.id,
            "test_mode": self.asked.get("test_mode", False),
            "requester_email_address": SENDER,
            "title": title,
            "original_title": title,
            "subject": self.asked.get("subject"),
            "message": self.asked.get("message"),
            "metadata": self.metadata,
            "created_at": int(self.begun_at),
            "expires_at": self.expires_at,
            "is_complete": self.outcome == "signed",
            "is_declined": self.outcome == "declined",
            "has_error": self.outcome == "error",
            "custom_fields": [],
            "response_data": [],
            "signing_url": None,
            "signing_redirect_url": None,
            "final_copy_uri": f"/v3/signature_request/final_copy/{self.id}",
            "files_url": f"{path}/files/{self.id}",
            "details_url": f"{base_url}/home/manage?guid={self.id}",
            "cc_email_addresses": [],
            "template_ids": self.asked["template_ids"],
            "signatures": self._signatures(),
            "bulk_send_job_id": None,
        }

    def _signatures(self) -> list[dict[str, Any]]:
        code = CODES.get(self.outcome or "", "awaiting_signature")
        own = self._signature(self.signature_id, self.signer, code)
        if self.outcome != "signed_first":
            return [own]
        second = {"role": "Countersigner", **OTHER}
        return [own, self._signature(secrets.token_hex(16), second, "awaiting_signature")]

    def _signature(self, signature_id: str, signer: dict[str, str], code: str) -> dict[str, Any]:
        decided_at = int(self.decided_at) if self.decided_at is not None else None
        return {
            "signature_id": signature_id,
            "signer_group_guid": None,
            "signer_email_address": signer["email_address"],
            "signer_name": signer["name"],
            "signer_role": signer["role"],
            "order": None,
            "status_code": code,
            "signed_at": decided_at if code == "signed" else None,
            "last_viewed_at": self.viewed_at,
            "last_reminded_at": None,
            "has_pin": "pin" in signer,
            "has_sms_auth": False,
            "has_sms_delivery": False,
            "sms_phone_number": None,
            "decline_reason": REASON if code == "declined" else None,
            "error": "The file could not be processed." if code.startswith("error") else None,
        }
