"""Access control of the simulated Sharetribe: what it locks, for whom, and who opens it."""

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe, User
from tests.sandbox.conftest import bearer_of, outcome_of

API, OPERATOR = "/v1/api", "/v1/integration_api"
APPROVE, UPDATE = f"{OPERATOR}/users/approve", f"{OPERATOR}/users/update_permissions"
OWN = f"{API}/own_listings"
ALLOW, DENY = "permission/allow", "permission/deny"
RIGHTS = ("postListings", "initiateTransactions", "read")


@pytest.fixture
def offer(sharetribe: Sharetribe) -> str:
    """Return the id of what the second user offers."""
    _, other = sharetribe.users
    return sharetribe.add_listing(other, "Surfboard").id


def _order(offer: str, **changed: Any) -> dict[str, Any]:
    return {
        "processAlias": "default-booking/release-1",
        "transition": "transition/inquire",
        "params": {"listingId": offer},
        **changed,
    }


def _call(client: FlaskClient, bearer: dict[str, str], endpoint: str, body: Any) -> tuple[int, str]:
    path = f"{API}/{endpoint}"
    if body is None:
        return outcome_of(client.get(path, headers=bearer))
    return outcome_of(client.post(path, headers=bearer, json=body))


def _locked(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> dict[str, str]:
    """Return which endpoints refuse the user, and how; the others must let them through."""
    mine = [sharetribe.add_listing(user.id, "Mine", state=state).id for state in _STATES]
    calls: dict[str, Any] = {
        "own_listings/create": {"title": "Kayak"},
        "own_listings/create_draft": {"title": "Kayak"},
        "own_listings/publish_draft": {"id": mine[0]},
        "own_listings/open": {"id": mine[1]},
        "own_listings/close": {"id": mine[2]},
        "transactions/initiate": _order(offer),
        "transactions/initiate_speculative": _order(offer),
        "listings/query": None,
        f"listings/show?id={offer}": None,
        f"users/show?id={user.id}": None,
        "current_user/show": None,
        "current_user/update_profile": {"bio": "Hello"},
    }
    answers = {name: _call(client, bearer, name, body) for name, body in calls.items()}
    assert {200, 403} >= {status for status, _ in answers.values()}
    return {name.partition("?")[0]: code for name, (_, code) in answers.items() if code}


_STATES = ("draft", "closed", "published")
_POSTING = ("create", "create_draft", "publish_draft", "open")


def test_an_open_marketplace_locks_nothing(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    assert {} == _locked(sharetribe, client, bearer, user, offer)


def test_who_may_not_post_listings_may_not_publish_them_in_any_way(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    sharetribe.access.restricted = {"postListings"}
    code = "permission-denied-post-listings"
    expected = {f"own_listings/{name}": code for name in _POSTING}
    assert expected == _locked(sharetribe, client, bearer, user, offer)
    user.permissions["postListings"] = ALLOW
    assert {} == _locked(sharetribe, client, bearer, user, offer)


def test_who_may_not_initiate_transactions_may_still_see_what_one_would_cost(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    sharetribe.access.restricted = {"initiateTransactions"}
    code = "permission-denied-initiate-transactions"
    assert {"transactions/initiate": code} == _locked(sharetribe, client, bearer, user, offer)
    user.permissions["initiateTransactions"] = ALLOW
    assert {} == _locked(sharetribe, client, bearer, user, offer)


def test_who_may_not_read_sees_no_listings_of_a_private_marketplace(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    sharetribe.access.restricted = {"read"}
    assert {} == _locked(sharetribe, client, bearer, user, offer)
    sharetribe.access.is_private = True
    code = "permission-denied-read"
    expected = {"listings/query": code, "listings/show": code}
    assert expected == _locked(sharetribe, client, bearer, user, offer)


def test_who_waits_for_approval_may_only_look_and_write_their_own_profile(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    user.state = "pending-approval"
    code = "permission-denied-pending-approval"
    writes = [f"own_listings/{name}" for name in (*_POSTING, "close")]
    expected = dict.fromkeys(
        [*writes, "transactions/initiate", "transactions/initiate_speculative"], code
    )
    assert expected == _locked(sharetribe, client, bearer, user, offer)
    sharetribe.access.is_private = True
    views = dict.fromkeys(
        ["listings/query", "listings/show", "users/show"], "user-pending-approval"
    )
    assert expected | views == _locked(sharetribe, client, bearer, user, offer)


def test_a_private_marketplace_shows_strangers_nothing(
    sharetribe: Sharetribe, client: FlaskClient, user: User
) -> None:
    sharetribe.access.is_private = True
    bearer = bearer_of(sharetribe.anonymous())
    for endpoint in ("listings/query", f"listings/show?id={uuid4()}", f"users/show?id={user.id}"):
        assert (403, "forbidden") == _call(client, bearer, endpoint, None)


def test_new_users_wait_for_approval_where_the_marketplace_wants_that(
    sharetribe: Sharetribe,
) -> None:
    assert "active" == sharetribe.add_user("Alex").state
    sharetribe.access.approves_users = True
    assert "pending-approval" == sharetribe.add_user("Bobby").state


def test_a_user_sees_their_own_setting_and_what_it_amounts_to_when_asking(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str]
) -> None:
    sharetribe.access.restricted = {"postListings"}
    path = f"{API}/current_user/show"
    alone = client.get(path, headers=bearer).get_json()
    assert "included" not in alone
    assert "relationships" not in alone["data"]
    assert dict.fromkeys(RIGHTS, DENY) == alone["data"]["attributes"]["permissions"]
    assert "active" == alone["data"]["attributes"]["state"]
    shown = client.get(f"{path}?include=effectivePermissionSet", headers=bearer).get_json()
    (effective,) = shown["included"]
    link = shown["data"]["relationships"]["effectivePermissionSet"]["data"]
    assert {"id": effective["id"], "type": "permissionSet"} == link
    expected = {"postListings": DENY, "initiateTransactions": ALLOW, "read": ALLOW}
    assert expected == effective["attributes"]


def test_nobody_but_the_operator_sees_anothers_permissions(
    client: FlaskClient, bearer: dict[str, str], operator: dict[str, str], user: User
) -> None:
    show = f"{API}/users/show?id={user.id}"
    public = client.get(show, headers=bearer).get_json()
    assert {"state", "permissions"}.isdisjoint(public["data"]["attributes"])
    refused = client.get(f"{show}&include=effectivePermissionSet", headers=bearer)
    assert (400, "validation-invalid-value") == outcome_of(refused)
    query = f"id={user.id}&include=effectivePermissionSet"
    told = client.get(f"{OPERATOR}/users/show?{query}", headers=operator).get_json()
    assert "permissionSet" == told["included"][0]["type"]


def test_the_operator_approves_who_waits(
    sharetribe: Sharetribe, client: FlaskClient, operator: dict[str, str], user: User
) -> None:
    user.state = "pending-approval"
    answer = client.post(APPROVE, headers=operator, json={"id": user.id})
    assert {"data": {"id": user.id, "type": "user"}} == answer.get_json()
    assert "active" == user.state
    again = client.post(APPROVE, headers=operator, json={"id": user.id})
    assert (409, "conflict") == outcome_of(again)
    sharetribe.approves_once = False
    again = client.post(f"{APPROVE}?expand=true", headers=operator, json={"id": user.id})
    assert "active" == again.get_json()["data"]["attributes"]["state"]


def test_an_update_changes_the_permissions_that_it_names(
    sharetribe: Sharetribe, client: FlaskClient, operator: dict[str, str], user: User
) -> None:
    user.permissions["read"] = ALLOW
    body = {"id": user.id, "postListings": ALLOW}
    answer = client.post(f"{UPDATE}?expand=true", headers=operator, json=body)
    expected = {"postListings": ALLOW, "initiateTransactions": DENY, "read": ALLOW}
    assert expected == user.permissions
    assert expected == answer.get_json()["data"]["attributes"]["permissions"]
    assert [(user.id, {"postListings": ALLOW})] == sharetribe.access_updates


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        (APPROVE, {}, (400, "validation-missing-key")),
        (APPROVE, {"id": 1}, (400, "validation-invalid-value")),
        (APPROVE, {"id": str(uuid4())}, (404, "not-found")),
        (APPROVE, {"id": "{id}", "state": "active"}, (400, "validation-disallowed-key")),
        (UPDATE, {"postListings": ALLOW}, (400, "validation-missing-key")),
        (UPDATE, {"id": "{id}"}, (400, "validation-invalid-params")),
        (UPDATE, {"id": "{id}", "postListings": "allow"}, (400, "validation-invalid-value")),
        (UPDATE, {"id": "{id}", "postListings": True}, (400, "validation-invalid-value")),
        (UPDATE, {"id": "{id}", "read": ALLOW, "bio": ""}, (400, "validation-disallowed-key")),
    ],
)
def test_what_is_no_change_of_rights_is_refused(
    client: FlaskClient,
    operator: dict[str, str],
    user: User,
    path: str,
    body: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    user.state = "pending-approval"
    sent = {**body, **({"id": user.id} if body.get("id") == "{id}" else {})}
    assert refusal == outcome_of(client.post(path, headers=operator, json=sent))
    assert ("pending-approval", dict.fromkeys(RIGHTS, DENY)) == (user.state, user.permissions)


@pytest.mark.parametrize("path", [APPROVE, UPDATE])
def test_no_user_opens_anything_for_themselves(
    client: FlaskClient, bearer: dict[str, str], user: User, path: str
) -> None:
    answer = client.post(path, headers=bearer, json={"id": user.id, "postListings": ALLOW})
    assert (403, "forbidden") == outcome_of(answer)


@pytest.mark.parametrize("key", ["metadata", "permissions", "state"])
def test_no_profile_that_a_user_writes_holds_what_is_the_operators(
    client: FlaskClient, bearer: dict[str, str], key: str
) -> None:
    path = f"{API}/current_user/update_profile"
    answer = client.post(path, headers=bearer, json={key: {"postListings": ALLOW}})
    assert (400, "validation-disallowed-key") == outcome_of(answer)


# Listings and transactions


def test_a_listing_goes_its_way_and_is_seen_while_it_is_published(
    client: FlaskClient, bearer: dict[str, str], user: User
) -> None:
    body = {"title": "Kayak", "price": {"amount": 4000, "currency": "EUR"}}
    made = client.post(f"{OWN}/create_draft?expand=true", headers=bearer, json=body).get_json()
    listing = {"id": made["data"]["id"]}
    assert ("ownListing", "draft") == (made["data"]["type"], made["data"]["attributes"]["state"])
    show = f"{API}/listings/show?id={listing['id']}&include=author"
    seen = []
    for step in ("publish_draft", "close", "open"):
        seen.append(client.get(show, headers=bearer).status_code)
        assert 200 == client.post(f"{OWN}/{step}", headers=bearer, json=listing).status_code
    assert [404, 200, 404] == seen
    shown = client.get(show, headers=bearer).get_json()
    assert body["price"] == shown["data"]["attributes"]["price"]
    assert user.id == shown["included"][0]["id"]
    found = client.get(f"{API}/listings/query", headers=bearer).get_json()
    assert ([listing["id"]], 1) == ([one["id"] for one in found["data"]], found["meta"]["page"])


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, (400, "validation-missing-key")),
        ({"title": 7}, (400, "validation-invalid-value")),
        ({"title": "Kayak", "price": 40}, (400, "validation-invalid-value")),
        ({"title": "Kayak", "price": {"amount": "40"}}, (400, "validation-invalid-value")),
        ({"title": "Kayak", "metadata": {}}, (400, "validation-disallowed-key")),
    ],
)
def test_what_is_no_listing_is_refused(
    client: FlaskClient, bearer: dict[str, str], body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert refusal == outcome_of(client.post(f"{OWN}/create", headers=bearer, json=body))


@pytest.mark.parametrize("step", ["publish_draft", "open", "close"])
def test_only_its_author_moves_a_listing(
    client: FlaskClient, bearer: dict[str, str], offer: str, step: str
) -> None:
    answer = client.post(f"{OWN}/{step}", headers=bearer, json={"id": offer})
    assert (409, "conflict") == outcome_of(answer)


def test_an_inquiry_is_kept_and_a_speculation_is_not(
    sharetribe: Sharetribe, client: FlaskClient, bearer: dict[str, str], user: User, offer: str
) -> None:
    (sold,) = sharetribe.transactions
    path = f"{API}/transactions/initiate"
    guess = client.post(f"{path}_speculative", headers=bearer, json=_order(offer)).get_json()
    assert "state/inquiry" == guess["data"]["attributes"]["state"]
    assert [sold] == list(sharetribe.transactions)
    made = client.post(path, headers=bearer, json=_order(offer)).get_json()["data"]["id"]
    transaction = sharetribe.transactions[made]
    assert (user.id, offer) == (transaction.customer_id, transaction.listing_id)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"params": {"listingId": str(uuid4())}}, (409, "transaction-listing-not-found")),
        ({"params": {}}, (400, "validation-missing-key")),
        ({"params": "none"}, (400, "validation-invalid-value")),
        ({"processAlias": "unknown/release-1"}, (400, "validation-invalid-value")),
        ({"transition": "transition/accept"}, (409, "transaction-invalid-transition")),
        ({"transition": "transition/request-payment"}, (403, "forbidden")),
        ({"lineItems": []}, (400, "validation-disallowed-key")),
    ],
)
def test_what_begins_no_transaction_is_refused(
    client: FlaskClient,
    bearer: dict[str, str],
    offer: str,
    changed: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    body = _order(offer, **changed)
    assert refusal == _call(client, bearer, "transactions/initiate", body)


# The asset


def test_what_is_restricted_stands_in_an_asset_that_anybody_may_read(
    sharetribe: Sharetribe, client: FlaskClient
) -> None:
    button = {"type": "external", "text": "Verify", "href": "https://app.example/{userId}"}
    sharetribe.access.restricted = {"postListings"}
    sharetribe.access.calls_to_action = {"requirePermissionToPostListings": button}
    base = f"/v1/assets/pub/{sharetribe.client_id}"
    alone = client.get(f"{base}/a/latest/general/access-control.json").get_json()
    data = alone["data"]
    assert ({"private": False}, True, False) == (
        data["marketplace"],
        data["users"]["requirePermissionToPostListings"],
        data["users"]["requirePermissionToInitiateTransactions"],
    )
    assert button == data["users"]["requirePermissionToPostListingsOptions"]["callToAction"]
    query = "general/?assets=access-control.json,absent.json"
    several = client.get(f"{base}/a/latest/{query}").get_json()
    (asset,) = several["data"]
    assert ("jsonAsset", data) == (asset["type"], asset["attributes"]["data"])
    version = alone["meta"]["version"]
    by_version = client.get(f"{base}/v/{version}/?assets=general/access-control.json")
    assert several["data"] == by_version.get_json()["data"]
    sharetribe.access.is_private = True
    assert 404 == client.get(f"{base}/v/{version}/{query}").status_code


@pytest.mark.parametrize(
    "path", ["{client}/a/latest/x.json", "{client}/a/v1/general/access-control.json"]
)
def test_an_asset_that_is_not_there_is_not_found(
    sharetribe: Sharetribe, client: FlaskClient, path: str
) -> None:
    path = f"/v1/assets/pub/{path.format(client=sharetribe.client_id)}"
    assert (404, "not-found") == outcome_of(client.get(path))
    assert 404 == client.get(f"/v1/assets/pub/{uuid4()}/a/latest/general/?assets=x").status_code
