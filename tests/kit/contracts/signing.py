"""What a vendor of signatures must show with its own simulator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from tests.flows.problems import assert_problem
from tests.kit.contracts.sessions import SessionContract
from tests.kit.world import KitWorld

AGREEMENT, RULES = "provider-agreement", "house-rules"


class SigningContract(SessionContract):
    """The behaviours of a vendor whom users sign two documents with.

    `documents_setting` lists both; `other_templates` is such a list with another template of the
    first.
    """

    path = f"/api/signings/{AGREEMENT}"
    record = f"signing_{AGREEMENT}"
    flag, good, bad = "signed", "signed", "declined"
    documents_setting: ClassVar[str]
    other_templates: ClassVar[str]

    def test_it_knows_the_signer_from_sharetribe_alone(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        answer = self.start(world.browser(), name="Somebody Else")
        assert_problem(answer, 400, "body-invalid")
        assert [] == vendor_side.calls

    def test_two_documents_that_are_begun_at_once_are_both_signed(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        browsers = [world.browser(), world.browser()]
        paths = [f"/api/signings/{name}" for name in (AGREEMENT, RULES)]

        def signed(number: int) -> str:
            begun = browsers[number].call("POST", paths[number]).json()
            self.finish(vendor_side, begun["transactionReference"], self.words["signed"])
            return str(begun["transactionReference"])

        with ThreadPoolExecutor(2) as pool:
            references = list(pool.map(signed, range(2)))
        told = browsers[0].call("GET", "/api/signings").json()["signings"]
        assert [AGREEMENT, RULES] == [one["document"] for one in told]
        assert [True, True] == [one["signed"] for one in told]
        assert references == [one["transactionReference"] for one in told]

    def test_another_template_is_signed_anew_and_the_first_stays_recorded(
        self, world: KitWorld, vendor_side: Any
    ) -> None:
        browser = world.browser()
        first = self.started(browser)
        self.finish(vendor_side, first, self.words["signed"])
        kept = {key for key in world.user.private_data if key.startswith(f"{self.record}-")}
        client = world.another_app(**{self.documents_setting: self.other_templates}).test_client(
            use_cookies=False
        )
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": browser.cookie_header}
        told = client.get(self.path, headers=headers).get_json()
        assert ("none", False) == (told["status"], told["signed"])
        begun = client.post(self.path, json={}, headers=headers).get_json()
        assert first != begun["transactionReference"]
        assert kept < set(world.user.private_data)
        assert self.standing(browser)["signed"]

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_document_that_is_not_listed_is_not_found(self, world: KitWorld, method: str) -> None:
        answer = world.browser().call(method, "/api/signings/another")
        assert_problem(answer, 404, "not-found")
