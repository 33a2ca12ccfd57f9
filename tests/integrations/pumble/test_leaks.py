"""Pumble's secrets leave the app by no side door."""

from __future__ import annotations

import dataclasses
import secrets

from integrations.pumble.token_store import Tokens
from integrations.pumble.triggers import Kind, Trigger
from tests.integrations.pumble.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestPumble(LeakContract):
    """Its connection, its requests and its messages."""

    listed, guests = "passcheck,pumble", (GUEST,)

    def use(self, page: Page) -> None:
        """Ask, hear of a check, and forge requests."""
        world, pumble = page.world, page.world.vendors["pumble"]
        pumble.slash_command(world.user.id)
        page.send("POST", "/api/id-verification", json={"restart": True})
        if world.checks.checks:
            world.checks.finish(world.checks.check.id)
        pumble.send({"messageType": "APP_EVENT"}, secret="wrong")
        pumble.send({"messageType": "APP_EVENT"}, timestamp_ms=1)
        pumble.send(None, raw=pumble.signing_secret.encode())


def test_no_repr_shows_a_secret() -> None:
    canary = secrets.token_hex(16)
    held = (
        Tokens("workspace", "user", canary, "bot", canary),
        Trigger(Kind.EVENT, "NEW_MESSAGE", "w", text=canary, payload={"text": canary}),
    )
    assert all(dataclasses.is_dataclass(one) for one in held)
    assert canary not in repr(held)
