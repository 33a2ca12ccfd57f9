"""What every vendor of a guarded door must show: a subclass says which, and who knocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
import requests

from sandbox.faults import Mode
from tests.flows.problems import MEMBERS, assert_problem, send
from tests.kit.guest import Guest
from tests.kit.world import KitWorld

MODES: tuple[Mode, ...] = ("error", "reset", "rate-limit", "garbage")


class TokenDoorContract:
    """The behaviours of a TokenDoor."""

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    header: ClassVar[str]

    def token(self, vendor: Any, kind: str) -> str:
        """Return a token: `good`, of `another` person, `foreign` to us, or `unknown`."""
        raise NotImplementedError

    @pytest.fixture
    def world(self) -> Iterator[KitWorld]:
        """Return a world with the vendor and the Integration API."""
        world = KitWorld(INTEGRATIONS=self.vendor, guests=self.guests, integration_api=True)
        yield world
        world.close()

    def ask(self, world: KitWorld, kind: str) -> requests.Response:
        """Ask who stands behind a token."""
        headers = {self.header: self.token(world.vendors[self.vendor], kind)}
        return send(world, path=f"/api/{self.vendor}/me", headers=headers)

    def link(self, world: KitWorld, kind: str, code: str) -> requests.Response:
        """Bring a code with a token."""
        headers = {self.header: self.token(world.vendors[self.vendor], kind)}
        path = f"/api/{self.vendor}/link"
        return world.browser().call("POST", path, json_body={"code": code}, headers=headers)

    def test_who_holds_a_token_is_told(self, world: KitWorld) -> None:
        answer = self.ask(world, "good")
        assert (200, True) == (answer.status_code, bool(answer.json()["id"]))

    @pytest.mark.parametrize(
        ("kind", "status", "code"),
        [("foreign", 403, "token-foreign"), ("unknown", 401, "token-invalid")],
    )
    def test_nobody_else_passes(self, world: KitWorld, kind: str, status: int, code: str) -> None:
        assert_problem(self.ask(world, kind), status, code)

    @pytest.mark.parametrize("mode", MODES)
    def test_while_the_vendor_cannot_tell_nobody_passes(self, world: KitWorld, mode: Mode) -> None:
        world.vendors[self.vendor].faults.mode = mode
        assert_problem(self.ask(world, "good"), 503, "vendor-unavailable")

    def test_a_code_links_one_principal(self, world: KitWorld) -> None:
        code = world.browser().call("POST", f"/api/{self.vendor}/link-codes").json()["code"]
        told = [self.link(world, "good", code).json()["status"] for _ in range(2)]
        assert ["linked", "unchanged"] == told
        assert_problem(self.link(world, "another", code), 400, "link-code-invalid")
        assert world.checksum_holds(key=f"{self.vendor}Link")


class PortalDoorContract:
    """The behaviours of a PortalDoor: `operation` with `document`, sent by a portal."""

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    operation: ClassVar[str]

    def authorization(self, world: KitWorld) -> dict[str, str]:
        """Return the header with which the portal comes."""
        raise NotImplementedError

    def document(self, world: KitWorld) -> dict[str, Any]:
        """Return an order that can be done."""
        raise NotImplementedError

    @pytest.fixture
    def world(self) -> Iterator[KitWorld]:
        """Return a world with the vendor."""
        world = KitWorld(INTEGRATIONS=self.vendor, guests=self.guests, **self.options)
        yield world
        world.close()

    def order(
        self, world: KitWorld, headers: Mapping[str, str], document: Mapping[str, Any]
    ) -> requests.Response:
        """Send an order."""
        path = f"/api/{self.vendor}/{self.operation}"
        return world.browser().call("POST", path, json_body=document, headers=headers)

    def test_an_order_is_done(self, world: KitWorld) -> None:
        answer = self.order(world, self.authorization(world), self.document(world))
        assert answer.ok, answer.text

    @pytest.mark.parametrize("presented", ["", "Basic Og==", "Basic cG9ydGFsOndyb25n", "Bearer x"])
    def test_a_stranger_learns_nothing_and_nothing_is_asked(
        self, world: KitWorld, presented: str
    ) -> None:
        answer = self.order(world, {"Authorization": presented}, {"odd": 1})
        assert (401, "credentials-invalid") == (answer.status_code, answer.json()["code"])
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert [] == world.vendors[self.vendor].calls

    def test_a_refusal_repeats_its_words_for_the_portal(self, world: KitWorld) -> None:
        answer = self.order(world, self.authorization(world), {"odd": 1})
        assert (400, MEMBERS | {"message"}) == (answer.status_code, set(answer.json()))
        assert answer.json()["detail"] == answer.json()["message"]
