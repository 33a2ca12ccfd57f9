from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox import transit
from sandbox.sharetribe import LineItem, Sharetribe, Transaction, User
from sandbox.transit import TaggedValue
from tests.sandbox.conftest import bearer_of

TRANSIT = "application/transit+json"
SHOW = "/v1/api/transactions/show"
OPERATOR_SHOW = "/v1/integration_api/transactions/show"
UPDATE = "/v1/integration_api/transactions/update_metadata"
INCLUDE = "include=customer,provider,listing"


@pytest.fixture
def sale(sharetribe: Sharetribe) -> Transaction:
    return next(iter(sharetribe.transactions.values()))


@pytest.fixture
def seller(sharetribe: Sharetribe, user: User) -> dict[str, str]:
    return bearer_of(sharetribe.log_in(user.id))


@pytest.fixture
def buyer(sharetribe: Sharetribe) -> dict[str, str]:
    return bearer_of(sharetribe.log_in(list(sharetribe.users)[1]))


def _refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["errors"][0]["code"]


def _euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def test_the_first_user_has_sold_two_pizzas_to_the_second(
    client: FlaskClient, seller: dict[str, str], sale: Transaction
) -> None:
    data = client.get(f"{SHOW}?id={sale.id}", headers=seller).get_json()["data"]

    assert {"id": sale.id, "type": "transaction"} == {key: data[key] for key in ("id", "type")}
    assert {
        "createdAt": "2026-11-19T18:02:40.125Z",
        "processName": "default-purchase",
        "processVersion": 1,
        "lastTransition": "transition/confirm-payment",
        "lastTransitionedAt": "2026-11-19T18:03:05.750Z",
        "payinTotal": _euros(2020),
        "payoutTotal": _euros(1900),
        "lineItems": [
            {
                "code": "line-item/item",
                "unitPrice": _euros(950),
                "quantity": 2,
                "lineTotal": _euros(1900),
                "reversal": False,
                "includeFor": ["customer", "provider"],
            },
            {
                "code": "line-item/service-fee",
                "unitPrice": _euros(120),
                "quantity": 1,
                "lineTotal": _euros(120),
                "reversal": False,
                "includeFor": ["customer"],
            },
        ],
        "state": "state/purchased",
        "transitions": [
            {
                "transition": "transition/confirm-payment",
                "createdAt": "2026-11-19T18:03:05.750Z",
                "by": "customer",
            }
        ],
        "protectedData": {},
        "metadata": {},
    } == data["attributes"]


def test_a_reversal_takes_back_what_was_paid(sharetribe: Sharetribe, user: User) -> None:
    lines = (LineItem("line-item/item", 950), LineItem("line-item/refund", 200, reversal=True))

    refunded = sharetribe.add_transaction(user.id, user.id, line_items=lines)

    assert (750, 750) == (refunded.total_for("customer"), refunded.total_for("provider"))


def test_both_parties_and_the_operator_see_a_transaction(
    client: FlaskClient,
    seller: dict[str, str],
    buyer: dict[str, str],
    operator: dict[str, str],
    sale: Transaction,
) -> None:
    calls = [(SHOW, seller), (SHOW, buyer), (OPERATOR_SHOW, operator)]

    statuses = [
        client.get(f"{path}?id={sale.id}", headers=headers).status_code for path, headers in calls
    ]

    assert [200, 200, 200] == statuses


def test_nobody_else_sees_a_transaction(
    sharetribe: Sharetribe, client: FlaskClient, seller: dict[str, str]
) -> None:
    _, other = sharetribe.users
    theirs = sharetribe.add_transaction(customer_id=other, provider_id=other)
    path = f"{SHOW}?id={theirs.id}"

    assert (403, "forbidden") == _refusal(client.get(path, headers=seller))
    anonymous = bearer_of(sharetribe.anonymous())
    assert (403, "forbidden") == _refusal(client.get(path, headers=anonymous))
    assert (401, "auth-missing-access-token") == _refusal(client.get(path))


def test_each_api_is_closed_to_the_others_tokens(
    client: FlaskClient, seller: dict[str, str], operator: dict[str, str], sale: Transaction
) -> None:
    as_user = client.get(f"{OPERATOR_SHOW}?id={sale.id}", headers=seller)
    as_operator = client.get(f"{SHOW}?id={sale.id}", headers=operator)
    written = client.post(UPDATE, headers=seller, json={"id": sale.id, "metadata": {}})

    assert [(403, "forbidden")] * 3 == [_refusal(as_user), _refusal(as_operator), _refusal(written)]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "validation-missing-key")),
        ("?id=1", (400, "validation-invalid-value")),
        ("?id=0b9f2a52-5d0e-4f5b-8a75-0a3e7f1c9d24", (404, "not-found")),
    ],
)
def test_a_transaction_that_cannot_be_found_is_refused(
    client: FlaskClient,
    seller: dict[str, str],
    operator: dict[str, str],
    query: str,
    refusal: tuple[int, str],
) -> None:
    assert refusal == _refusal(client.get(SHOW + query, headers=seller))
    assert refusal == _refusal(client.get(OPERATOR_SHOW + query, headers=operator))


def test_related_resources_come_only_when_asked_for(
    client: FlaskClient, seller: dict[str, str], sale: Transaction
) -> None:
    plain = client.get(f"{SHOW}?id={sale.id}", headers=seller).get_json()
    some = client.get(f"{SHOW}?id={sale.id}&include=provider,booking", headers=seller).get_json()

    assert ({"data"}, False) == (plain.keys(), "relationships" in plain["data"])
    provider = {"id": sale.provider_id, "type": "user"}
    expected = {"provider": {"data": provider}, "booking": {"data": None}}
    assert expected == some["data"]["relationships"]
    assert [sale.provider_id] == [related["id"] for related in some["included"]]


def test_a_party_sees_the_public_side_of_what_is_included(
    client: FlaskClient, seller: dict[str, str], sale: Transaction
) -> None:
    answer = client.get(f"{SHOW}?id={sale.id}&{INCLUDE}", headers=seller).get_json()

    customer, provider, listing = answer["included"]
    assert {
        "customer": {"id": sale.customer_id, "type": "user"},
        "provider": {"id": sale.provider_id, "type": "user"},
        "listing": {"id": sale.listing_id, "type": "listing"},
    } == {name: link["data"] for name, link in answer["data"]["relationships"].items()}
    assert [sale.customer_id, sale.provider_id, sale.listing_id] == [
        related["id"] for related in (customer, provider, listing)
    ]
    assert "privateData" not in provider["attributes"]["profile"]
    assert ("Pizza Margherita", _euros(950)) == (
        listing["attributes"]["title"],
        listing["attributes"]["price"],
    )


def test_the_operator_sees_everything_of_the_included_users(
    client: FlaskClient, operator: dict[str, str], sale: Transaction, user: User
) -> None:
    user.private_data = {"a": 1}

    answer = client.get(f"{OPERATOR_SHOW}?id={sale.id}&{INCLUDE}", headers=operator).get_json()

    assert {"a": 1} == answer["included"][1]["attributes"]["profile"]["privateData"]


def test_transit_keeps_money_and_decimals_apart_from_numbers(
    client: FlaskClient, seller: dict[str, str], sale: Transaction
) -> None:
    answer = client.get(f"{SHOW}?id={sale.id}", headers={**seller, "Accept": TRANSIT})

    attributes = transit.read(answer.text)["data"]["attributes"]
    assert TaggedValue("mn", [2020, "EUR"]) == attributes["payinTotal"]
    assert TaggedValue("f", "2") == attributes["lineItems"][0]["quantity"]


def test_metadata_is_merged_on_the_top_level_only(
    sharetribe: Sharetribe, client: FlaskClient, operator: dict[str, str], sale: Transaction
) -> None:
    sale.metadata = {"kept": 1, "gone": 2, "nested": {"old": True}}
    changes = {"gone": None, "nested": {"new": None}}

    answer = client.post(UPDATE, headers=operator, json={"id": sale.id, "metadata": changes})

    assert {"data": {"id": sale.id, "type": "transaction"}} == answer.get_json()
    assert {"kept": 1, "nested": {"new": None}} == sale.metadata
    assert [(sale.id, changes)] == sharetribe.metadata_updates


def test_an_expanded_update_answers_with_the_whole_transaction(
    client: FlaskClient, operator: dict[str, str], sale: Transaction
) -> None:
    body = {"id": sale.id, "metadata": {"a": 1}}

    answer = client.post(f"{UPDATE}?expand=true", headers=operator, json=body)

    assert {"a": 1} == answer.get_json()["data"]["attributes"]["metadata"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"id": None}, (400, "validation-invalid-value")),
        ({"id": 1}, (400, "validation-invalid-value")),
        ({"id": str(uuid4())}, (409, "conflict")),
        ({"metadata": None}, (400, "validation-invalid-value")),
        ({"metadata": []}, (400, "validation-invalid-value")),
        ({"metadata": {"b": "x" * 51_200}}, (400, "validation-invalid-value")),
        ({"protectedData": {}}, (400, "validation-disallowed-key")),
    ],
)
def test_a_wrong_update_changes_nothing(
    sharetribe: Sharetribe,
    client: FlaskClient,
    operator: dict[str, str],
    sale: Transaction,
    changes: dict[str, Any],
    refusal: tuple[int, str],
) -> None:
    body = {"id": sale.id, "metadata": {"a": 1}, **changes}

    assert refusal == _refusal(client.post(UPDATE, headers=operator, json=body))
    assert ({}, []) == (sale.metadata, sharetribe.metadata_updates)


def test_an_update_without_metadata_is_refused(
    client: FlaskClient, operator: dict[str, str], sale: Transaction
) -> None:
    answer = client.post(UPDATE, headers=operator, json={"id": sale.id})

    assert (400, "validation-missing-key") == _refusal(answer)
