"""What Kaizala's cards bring and tell leaves the app by no side door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.kaizala import OTHER_ACTION_PACKAGE
from tests.integrations.kaizala.guest import GUEST
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page


class TestKaizala(LeakContract):
    """Its cards and codes."""

    listed, guests = "kaizala", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {"KAIZALA_CACHE_SECONDS": "0"}
    by_right = ('{"actionPackageId":',)

    def use(self, page: Page) -> None:
        """Come with cards of every kind, and bring codes."""
        kaizala, issued = page.world.vendors["kaizala"], page.watched.issued
        person = kaizala.people[0]
        good, expired = (kaizala.service_token(person) for _ in range(2))
        kaizala.expire(expired)
        foreign = kaizala.service_token(person, OTHER_ACTION_PACKAGE)
        code = page.send("POST", "/api/kaizala/link-codes").get_json().get("code")
        if code is not None:
            page.watched.add_code(code)
        for token in (good, expired, foreign, kaizala.connector_token(person)):
            issued[f"card {len(issued)}"] = token
            page.send("GET", "/api/kaizala/me", headers={"accessToken": token})
            for sent in ({"code": code}, {"code": f"{code}x", "accessToken": token}):
                headers = {"accessToken": token}
                page.send("POST", "/api/kaizala/link", headers=headers, json=sent)
