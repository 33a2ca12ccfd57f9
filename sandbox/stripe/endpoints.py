"""Webhook endpoints (event destinations) of an account, and how what they get is signed.

Source: docs.stripe.com/webhooks (signatures, rolling secrets), docs.stripe.com/event-destinations
(read 2026-11). An endpoint gets events with a snapshot of their object, or thin ones.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.kit.sender import Headers

Form = Literal["snapshot", "thin"]
SIGNATURE = "Stripe-Signature"


def new_secret() -> str:
    """Return a signing secret that nobody has seen."""
    return f"whsec_{secrets.token_hex(16)}"


def _new_secrets() -> list[str]:
    return [new_secret()]


@dataclass(slots=True)
class Endpoint:
    """An endpoint: the `form` of its events, and the secrets that sign them, the newest first.

    `events` are those that it is subscribed to, as the API shows it; here it gets all of them.
    """

    form: Form
    signing_secrets: list[str] = field(default_factory=_new_secrets, repr=False)
    is_on: bool = True
    id: str = field(default_factory=lambda: f"we_{secrets.token_hex(12)}")
    events: tuple[str, ...] = ("*",)

    @property
    def secret(self) -> str:
        """The secret that the Dashboard shows."""
        return self.signing_secrets[0]

    def shown(self, url: str | None, *, is_live: bool) -> dict[str, Any]:
        """Return the endpoint as the API lists it: without its secret."""
        return {
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": None,
            "application": None,
            "created": 1_767_225_600,
            "description": None,
            "enabled_events": list(self.events),
            "livemode": is_live,
            "metadata": {},
            "status": "enabled" if self.is_on else "disabled",
            "url": url,
        }

    def roll(self) -> str:
        """Return a new secret, which signs beside the one before."""
        self.signing_secrets = [new_secret(), self.secret]
        return self.secret


def signed(body: bytes, at: float, *keys: str) -> Headers:
    """Return the header that proves a body: one signature a key, and one that counts nowhere.

    The time of the signature (Unix seconds) is signed with the body.
    """
    moment = int(at)
    text = f"{moment}.".encode() + body
    digests = [hmac.digest(key.encode(), text, "sha256").hex() for key in keys]
    schemes = [f"t={moment}", *(f"v1={one}" for one in digests), f"v0={secrets.token_hex(32)}"]
    return [(SIGNATURE, ",".join(schemes))]
