"""Badge, simulated: it says who holds a token."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, jsonify

from tests.kit.simulated import SimulatedVendor, bearer_token, refuse

DESK, OTHER_DESK = "front-desk", "back-office"
HOLDERS = ("Beatrix Canary", "Casimir Canary")


class SimulatedBadge(SimulatedVendor):
    """Badge. `tokens` holds who stands behind each: number of the holder, and desk."""

    name = "badge"

    def __init__(self, *arguments: Any) -> None:
        """Start without tokens; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.tokens: dict[str, tuple[int, str]] = {}
        self.app.get("/holder")(self._holder)

    def _holder(self) -> Response:
        known = self.tokens.get(bearer_token())
        if known is None:
            refuse(401, "unknown_token")
        assert known is not None
        number, desk = known
        return jsonify(id=f"holder-{number}", name=HOLDERS[number], desk=desk)

    def issue(self, holder: int = 0, desk: str = DESK) -> str:
        """Issue a token to a holder at a desk."""
        token = secrets.token_hex(20)
        self.tokens[token] = (holder, desk)
        return token

    def settings(self, world: object) -> dict[str, str]:  # noqa: ARG002
        """Return the app's settings."""
        return {"BADGE_DESKS": DESK}

    def secrets(self) -> dict[str, str]:
        """Return the tokens, and who holds them."""
        tokens = {f"badge's token {number}": token for number, token in enumerate(self.tokens)}
        return {**tokens, **{f"holder {name}": name for name in HOLDERS}}

    def start_afresh(self) -> None:
        """Forget every token."""
        self.faults.reset()
        self.tokens.clear()
        self.calls.clear()
