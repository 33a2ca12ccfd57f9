"""Guild, simulated: it asks, ends, and hears messages."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any

from flask import Response

from tests.kit.consent import SimulatedConsent
from tests.kit.simulated import Told, deliver, read_json


class SimulatedGuild(SimulatedConsent):
    """Guild. `messages` holds what was said, `address` is where its requests go."""

    name = "guild"
    state_in_path = True

    def __init__(self, *arguments: Any) -> None:
        """Start in silence; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.signing_secret = secrets.token_hex(16)
        self.messages: list[str] = []
        self.address = ""
        self.app.post("/messages")(self._say)

    def _say(self) -> Response:
        self.bearer()
        self.messages.append(read_json({"text"})["text"])
        return Response(status=204)

    def ask(self, user: str, guild: str = "north") -> Told:
        """Ask how a user of the marketplace stands."""
        return self.send({"kind": "question", "guild": guild, "user": user})

    def leave(self, guild: str = "north", **more: Any) -> Told:
        """Remove the app from a guild, or one member's authorization of it."""
        return self.send({"kind": "left", "guild": guild, **more})

    def send(self, asked: Any, *, at: float | None = None, secret: str = "") -> Told:
        """Send a signed request, and return what it is answered."""
        body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
        headers = {"Content-Type": "application/json", **self.signed(body, secret, at)}
        return deliver(self.address, body, headers)

    def signed(self, body: bytes, secret: str = "", at: float | None = None) -> dict[str, str]:
        """Return the signature of a body, and when it was made (unix milliseconds)."""
        time = str(int((self.clock() if at is None else at) * 1000))
        key, message = (secret or self.signing_secret).encode(), f"{time}:".encode() + body
        digest = hmac.digest(key, message, "sha256").hex()
        return {"Guild-Signature": digest, "Guild-Time": time}

    def settings(self, world: Any) -> dict[str, str]:
        """Return the app's settings; the first user is the operator."""
        self.address = f"{world.api_url}/callbacks/guild"
        own = {"GUILD_SIGNING_SECRET": self.signing_secret, "GUILD_OPERATOR": world.user.id}
        return {**super().settings(world), **own}

    def secrets(self) -> dict[str, str]:
        """Return what must not leave the app."""
        return {"guild's signing secret": self.signing_secret, **super().secrets()}

    def start_afresh(self) -> None:
        """Forget tokens and messages."""
        super().start_afresh()
        self.messages.clear()
