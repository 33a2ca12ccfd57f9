"""The headless client goes every trip at the real app, with example vendors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import node_packages
from tests.conftest import StartWorld
from tests.flows.connecting import come_back, end_of
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN

pytestmark = pytest.mark.node

SCRIPT = Path(__file__).with_name("call.mjs")
CHECK = ["verification"]
AGREEMENT = ["signing", "provider-agreement"]
MEMBERSHIP = ["billing", "membership"]
CALENDAR = ["connection", "calendar"]
PAGE = f"{MARKETPLACE_ORIGIN}/account"


class Page:
    """A page of the marketplace that has the client; its user has a session's cookie."""

    def __init__(self, world: KitWorld, *, cookie: bool = True, token: str | None = None) -> None:
        """Without `cookie` nobody is logged in; `token` is what the page's own code provides."""
        self._base = world.api_url
        self._headers = {"Sec-Fetch-Site": "same-origin"}
        self._token = token
        self.browser = world.browser()
        self.cookies: dict[str, str] = {}
        if cookie:
            self._headers["Cookie"] = self.browser.cookie_header

    def told(self, *calls: list[Any]) -> list[dict[str, Any]]:
        """Make calls one after the other; return what each told, as `value` or `refused`."""
        asked = {"base": self._base, "headers": self._headers, "token": self._token}
        ran = node_packages.run(SCRIPT, input_json={**asked, "calls": calls})
        self.cookies = ran["cookies"]
        answers: list[dict[str, Any]] = ran["answers"]
        return answers

    def values(self, *calls: list[Any]) -> list[Any]:
        """Make calls, none of which may be refused; return their values."""
        answers = self.told(*calls)
        assert [] == [answer["refused"] for answer in answers if "refused" in answer]
        return [answer["value"] for answer in answers]


def test_a_check_is_begun_once_and_settled(world: KitWorld) -> None:
    page = Page(world)

    nothing, begun, again, pending = page.values(
        [CHECK, "status"],
        [CHECK, "start", {"successUrl": PAGE, "errorUrl": None, "locale": "fi"}],
        [CHECK, "start"],
        [CHECK, "status"],
    )
    check = world.checks.check
    world.checks.finish(check.id)
    (settled,) = page.values([CHECK, "settled"])

    assert ("none", "pending", "pending") == (nothing["status"], begun["status"], pending["status"])
    assert begun["transactionReference"] == again["transactionReference"]
    assert begun["redirectUrl"].startswith(world.checks.base_url)
    assert (PAGE, None, "fi") == (check.success_url, check.error_url, check.locale)
    assert ("approved", True, "valid") == (
        settled["status"],
        settled["verified"],
        settled["checksum"],
    )


def test_a_document_is_signed_and_listed(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="inkwell")
    page = Page(world)

    (begun,) = page.values([AGREEMENT, "start"])
    world.inkwell.finish(begun["transactionReference"], "signed")
    settled, listed = page.values([AGREEMENT, "settled"], [["signings"], None])

    assert ("signed", True) == (settled["status"], settled["signed"])
    assert [("provider-agreement", True), ("house-rules", False)] == [
        (one["document"], one["signed"]) for one in listed
    ]


def test_a_plan_is_paid_asked_afresh_and_looked_after(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="tollgate")
    page = Page(world)

    (begun,) = page.values([MEMBERSHIP, "start", {"successUrl": PAGE}])
    world.tollgate.finish(begun["transactionReference"], "running")
    settled, fresh, listed, portal = page.values(
        [MEMBERSHIP, "settled"],
        [MEMBERSHIP, "status", {"fresh": True}],
        [["plans"], None, {"fresh": True}],
        [MEMBERSHIP, "portal", {"returnUrl": PAGE}],
    )

    assert ("active", True) == (settled["status"], settled["entitled"])
    assert fresh == settled
    assert {"membership": True, "lead-fee": False, "card-on-file": False} == {
        one["plan"]: one["entitled"] for one in listed
    }
    assert portal["redirectUrl"].startswith(f"{world.tollgate.base_url}/door/")


def test_a_vendor_is_connected_and_disconnected(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="calendar")
    page = Page(world)

    (departure,) = page.values([CALENDAR, "connect"])
    address = world.calendar.authorize(departure["authorizeUrl"])
    assert "calendar=connected" == end_of(come_back(page.browser, address, page.cookies))
    connected, _, disconnected = page.values(
        [["connections"], None], [CALENDAR, "disconnect"], [["connections"], None]
    )

    assert [("calendar", "connected")] == [(one["vendor"], one["status"]) for one in connected]
    assert [{"vendor": "calendar", "status": "not-connected"}] == disconnected


def test_a_page_on_another_host_brings_a_token(world: KitWorld) -> None:
    session = world.sharetribe.log_in(world.user.id)
    page = Page(world, cookie=False, token=session["access_token"])

    begun, pending = page.values([CHECK, "start"], [CHECK, "status"])

    assert begun["transactionReference"] == pending["transactionReference"]


def test_refusals_have_their_codes(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="passcheck,inkwell,tollgate", MAX_STARTS_PER_DAY="1")
    (stranger,) = Page(world, cookie=False).told([CHECK, "status"])

    elsewhere, unknown, unpaid, _, too_many = Page(world).told(
        [CHECK, "start", {"successUrl": "https://elsewhere.example/"}],
        [["signing", "no-such-document"], "status"],
        [MEMBERSHIP, "portal"],
        [CHECK, "start"],
        [CHECK, "start", {"restart": True}],
    )
    world.sharetribe.faults.mode = "error"
    (down,) = Page(world).told([CHECK, "status"])

    refused = [stranger, elsewhere, unknown, unpaid, too_many, down]
    assert [
        (401, "session-missing"),
        (400, "body-invalid"),
        (404, "not-found"),
        (409, "not-billed"),
        (429, "too-many-starts"),
        (503, "marketplace-unavailable"),
    ] == [(answer["refused"]["status"], answer["refused"]["code"]) for answer in refused]
    assert "successUrl" in elsewhere["refused"]["detail"]
    assert too_many["refused"]["retryAfter"] > 0
    assert down["refused"]["retryAfter"] > 0
    assert all(answer["refused"]["requestId"] for answer in refused)
