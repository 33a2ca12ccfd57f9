"""Calendar, simulated."""

from __future__ import annotations

import hmac

from tests.kit.consent import SimulatedConsent


class SimulatedCalendar(SimulatedConsent):
    """Calendar."""

    name = "calendar"

    def signed(self, body: bytes, secret: str = "") -> dict[str, str]:
        """Return the signature of a body, in hex."""
        key = (secret or self.client_secret).encode()
        return {"Calendar-Signature": hmac.digest(key, body, "sha256").hex()}
