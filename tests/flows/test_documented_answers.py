"""What the app answers about signing and billing is what its OpenAPI document says of it."""

from __future__ import annotations

from typing import Any

from proxy.vendors.matters import BILLING, SIGNING, Matter
from tests.conftest import StartWorld
from tests.contract import Json, documented_answers, fits, operations
from tests.kit.inkwell import simulator as inkwell
from tests.kit.tollgate import simulator as tollgate
from tests.kit.world import KitWorld

DOCUMENT, PLAN = "/api/signings/provider-agreement", "/api/billing/membership"

# Plans that are paid once, and how an order of them ends; in flight, it is not paid yet.
ONCE = (
    ("lead-fee", "lapsed"),
    ("lead-fee", "failed"),
    ("lead-fee", "in-flight"),
    ("lead-fee", "paid"),
    ("card-on-file", "kept"),
)


class Described:
    """A browser whose answers are compared with the document; `seen` are the statuses told."""

    def __init__(self, world: KitWorld) -> None:
        self._browser = world.browser()
        self._contract: Json = self._browser.call("GET", "/openapi.json").json()
        self.seen: set[str] = set()

    def call(self, method: str, path: str, *, json_body: object = None) -> dict[str, Any]:
        """Return the body of an answer that fits what the document says."""
        answer = self._browser.call(method, path, json_body=json_body)
        operation = self._operation(method, path.partition("?")[0])
        documented = documented_answers(self._contract, operation)[answer.status_code]
        content = documented["content"][answer.headers["Content-Type"]]
        body: dict[str, Any] = answer.json()
        assert fits(self._contract, content["schema"], body), f"{operation['operationId']} {body}"
        self.seen |= {body["status"]} if isinstance(body.get("status"), str) else set()
        return body

    def _operation(self, method: str, path: str) -> Json:
        for documented, its_method, operation in operations(self._contract):
            paths = {documented} | {
                documented.replace(f"{{{parameter['name']}}}", value)
                for parameter in operation["parameters"]
                if parameter.get("in") == "path"
                for value in parameter["schema"]["enum"]
            }
            if method == its_method and path in paths:
                return operation
        raise AssertionError(f"{method} {path} is not documented")

    def words_of(self, schema: str) -> set[str]:
        """Return the statuses that a schema lists."""
        return set(self._contract["components"]["schemas"][schema]["properties"]["status"]["enum"])


def test_what_is_told_of_a_document_is_documented(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="inkwell")
    page = Described(world)
    assert "none" == page.call("GET", DOCUMENT)["status"]
    for word in inkwell.WORDS:
        begun = page.call("POST", DOCUMENT, json_body={"restart": True})["transactionReference"]
        page.call("POST", DOCUMENT)
        page.call("GET", DOCUMENT)
        world.inkwell.finish(begun, word)
        page.call("GET", DOCUMENT)
    page.call("POST", DOCUMENT)
    page.call("GET", "/api/signings")
    _edit(world, SIGNING, "provider-agreement")
    page.call("GET", DOCUMENT)
    assert page.words_of("SigningAnswer") == page.seen


def test_what_is_told_of_a_plan_is_documented(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="tollgate")
    page = Described(world)
    assert "none" == page.call("GET", PLAN)["status"]
    assert "not-billed" == page.call("POST", f"{PLAN}/portal")["code"]
    begun = page.call("POST", PLAN)["transactionReference"]
    page.call("POST", PLAN)
    page.call("GET", PLAN)
    for state in tollgate.STATES:
        world.tollgate.change(begun, state, ends_at=world.tollgate.clock() + 60)
        page.call("GET", f"{PLAN}?fresh=true")
        page.call("POST", PLAN)
        page.call("POST", PLAN, json_body={"restart": True})
        page.call("POST", f"{PLAN}/portal", json_body={"returnUrl": "https://market.example/me"})
    for plan, word in ONCE:
        paid = page.call("POST", f"/api/billing/{plan}")["transactionReference"]
        world.tollgate.finish(paid, word)
        page.call("GET", f"/api/billing/{plan}")
        page.call("POST", f"/api/billing/{plan}")
    page.call("GET", "/api/billing?fresh=true")
    _edit(world, BILLING, "lead-fee")
    page.call("GET", "/api/billing/lead-fee")
    assert page.words_of("BillingAnswer") == page.seen


def _edit(world: KitWorld, matter: Matter, subject: str) -> None:
    """Let the user write into their own summary."""
    world.user.private_data[f"{matter.record}{subject}"]["provider"] = "themselves"
