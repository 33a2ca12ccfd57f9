"""What an outcome opens, as the marketplace's real SDKs see it: refused, allowed, refused again.

The user's calls are those of sharetribe-flex-sdk 1.24.2, as the pages make them, the operator's
those of sharetribe-flex-integration-sdk 1.14.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.steps import started
from tests.kit.world import KitWorld
from tests.sdk.conftest import RunScript

pytestmark = pytest.mark.node

ALLOW = "permission/allow"
POST, INITIATE, READ = "postListings", "initiateTransactions", "read"


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world in which each matter opens a right of its own."""
    world = KitWorld(
        INTEGRATIONS="passcheck,inkwell,tollgate",
        integration_api=True,
        ACCESS_RULES=(
            f"identity=approve+{INITIATE},signing/provider-agreement={POST}"
            f",billing/membership={READ}"
        ),
    )
    yield world
    world.close()


@pytest.fixture
def world(module_world: KitWorld) -> KitWorld:
    """Return it, calm; it restricts all that can be restricted."""
    module_world.start_afresh()
    access = module_world.sharetribe.access
    access.restricted, access.is_private, access.approves_users = {POST, INITIATE, READ}, True, True
    return module_world


class Clients:
    """Both SDKs, at the world's Sharetribe."""

    def __init__(self, world: KitWorld, run_script: RunScript) -> None:
        self._world = world
        self._run_script = run_script

    def as_user(self, *calls: object) -> list[tuple[int, str]]:
        """Return what the user's calls are answered: the status, and the code of a refusal."""
        sharetribe = self._world.sharetribe
        token = sharetribe.log_in(self._world.user.id)
        return [_outcome(one) for one in self._called("marketplace", calls, token)]

    def as_visitor(self, *calls: object) -> list[Any]:
        """Return the results of the calls of a page whose visitor has not logged in."""
        return self._called("marketplace", calls, None)

    def as_operator(self, *calls: object) -> Any:
        """Return the results of the operator's calls."""
        return self._called("integration", calls, None)

    def _called(self, sdk: str, calls: Any, token: Any) -> list[Any]:
        sharetribe, base_url = self._world.sharetribe, self._world.settings["SHARETRIBE_BASE_URL"]
        options = {
            "clientId": sharetribe.client_id,
            "baseUrl": base_url,
            "assetCdnBaseUrl": base_url,
        }
        if sdk == "integration":
            options |= {
                "clientId": sharetribe.integration_client_id,
                "clientSecret": sharetribe.integration_client_secret,
            }
        asked = {"sdk": sdk, "store": "memory", "options": options, "token": token, "calls": calls}
        results: list[Any] = self._run_script("client.cjs", input_json=asked)["results"]
        return results


def _outcome(result: dict[str, Any]) -> tuple[int, str]:
    errors = (result.get("data") or {}).get("errors")
    return result["status"], errors[0]["code"] if errors else ""


@pytest.fixture
def clients(world: KitWorld, run_script: RunScript) -> Clients:
    return Clients(world, run_script)


def uuid(text: str) -> dict[str, str]:
    return {"_sdkType": "UUID", "uuid": text}


@dataclass(frozen=True, slots=True)
class Case:
    """A matter: what opens it, what takes it back, the call that it opens, and how that refuses."""

    begin: Callable[[KitWorld], Callable[[str], list[int]]]
    good: str
    bad: str
    call: Callable[[KitWorld], list[object]]
    right: str


def _check(world: KitWorld) -> Callable[[str], list[int]]:
    check = started(world.browser())
    return lambda word: world.passcheck.finish(check, word)


def _document(world: KitWorld) -> Callable[[str], list[int]]:
    answer = world.browser().call("POST", "/api/signings/provider-agreement")
    document = answer.json()["transactionReference"]
    return lambda word: world.inkwell.finish(document, word)


def _membership(world: KitWorld) -> Callable[[str], list[int]]:
    answer = world.browser().call("POST", "/api/billing/membership")
    order = answer.json()["transactionReference"]
    return lambda word: world.tollgate.finish(order, word)


def _order(world: KitWorld) -> list[object]:
    offer = world.sharetribe.add_listing(world.other_user.id, "Surfboard")
    params = {
        "processAlias": "default-booking/release-1",
        "transition": "transition/inquire",
        "params": {"listingId": uuid(offer.id)},
    }
    return ["transactions.initiate", params]


def _listing(_: KitWorld) -> list[object]:
    price = {"_sdkType": "Money", "amount": 4000, "currency": "EUR"}
    return ["ownListings.create", {"title": "Kayak", "price": price}]


def _search(_: KitWorld) -> list[object]:
    return ["listings.query", {}]


@pytest.mark.parametrize(
    "case",
    [
        Case(_check, "passed", "refused", _order, INITIATE),
        Case(_document, "signed", "withdrawn", _listing, POST),
        Case(_membership, "running", "ended", _search, READ),
    ],
    ids=["identity", "signing", "billing"],
)
def test_a_call_is_refused_before_allowed_after_and_refused_after_a_correction(
    world: KitWorld, clients: Clients, case: Case
) -> None:
    names = {INITIATE: "initiate-transactions", POST: "post-listings", READ: "read"}
    refused = (403, f"permission-denied-{names[case.right]}")
    call, finish = case.call(world), case.begin(world)
    assert [refused] == clients.as_user(call)
    assert [200] == finish(case.good)
    assert [(200, "")] == clients.as_user(call)
    query = {"id": uuid(world.user.id), "include": ["effectivePermissionSet"]}
    (shown,) = clients.as_operator(["users.show", query])
    (effective,) = shown["data"]["included"]
    assert [case.right] == [name for name, word in effective["attributes"].items() if word == ALLOW]
    assert [200] == finish(case.bad)
    assert [refused] == clients.as_user(call)


def test_who_waits_for_approval_can_verify_and_is_in(world: KitWorld, clients: Clients) -> None:
    world.user.state = "pending-approval"
    profile = ["currentUser.updateProfile", {"bio": "Hello"}]
    order = _order(world)
    pending = (403, "permission-denied-pending-approval")
    assert [(200, ""), pending] == clients.as_user(profile, order)
    assert [200] == _check(world)("passed")
    assert [(200, "")] == clients.as_user(order)


def test_the_user_cannot_write_their_badge_or_rights(world: KitWorld, clients: Clients) -> None:
    badge = {"identity": {"status": "approved", "at": "2026-11-29T08:00:00Z"}}
    calls = [
        ["currentUser.updateProfile", {key: value}]
        for key, value in (("metadata", badge), ("permissions", {INITIATE: ALLOW}))
    ]
    assert [(400, "validation-disallowed-key")] * 2 == clients.as_user(*calls)
    assert {} == world.user.metadata


def test_the_operators_sdk_opens_by_hand_what_we_leave_alone(
    world: KitWorld, clients: Clients
) -> None:
    world.user.state = "pending-approval"
    user_id = uuid(world.user.id)
    results = clients.as_operator(
        ["users.approve", {"id": user_id}],
        ["users.updatePermissions", {"id": user_id, POST: ALLOW}, {"expand": True}],
        ["users.approve", {"id": user_id}],
    )
    assert [200, 200, 409] == [result["status"] for result in results]
    assert ALLOW == results[1]["data"]["data"]["attributes"]["permissions"][POST]
    assert 200 == world.browser().call("GET", "/api/signings/provider-agreement").status_code
    assert [(200, "")] == clients.as_user(_listing(world))


def test_the_page_reads_what_is_restricted_from_the_asset(clients: Clients) -> None:
    path = "/general/access-control.json"
    results = clients.as_visitor(
        ["assetsByAlias", {"paths": [path], "alias": "latest"}],
        ["assetByAlias", {"path": path, "alias": "latest"}],
    )
    several, alone = (result["data"] for result in results)
    assert alone["data"] == several["data"][0]["attributes"]["data"]
    assert alone["data"]["users"]["requirePermissionToPostListings"]
