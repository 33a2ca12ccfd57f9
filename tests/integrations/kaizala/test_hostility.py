"""Kaizala bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.integrations.kaizala.guest import GUEST
from tests.kit.contracts.hostility import HostilityContract


def _with_card(method: str, path: str) -> Step:
    def prepare(attacked: AttackedWorld) -> HostileRequest:
        kaizala = attacked.world.vendors["kaizala"]
        card = {"accessToken": kaizala.service_token(kaizala.people[0])}
        code = attacked.browser.call("POST", "/api/kaizala/link-codes").json()["code"]
        body = f'{{"code":"{code}"}}'.encode() if method == "POST" else b""
        return HostileRequest(method, path, card, body, "application/json")

    return prepare


class TestKaizala(HostilityContract):
    """Its cards."""

    listed, guests = "kaizala", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {
        "who": _with_card("GET", "/api/kaizala/me"),
        "link": _with_card("POST", "/api/kaizala/link"),
    }
