"""Signing: documents by their names, each with a record of its own, and who signs them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import StartWorld
from tests.flows.problems import assert_problem
from tests.flows.steps import private_data
from tests.kit.world import KitWorld

AGREEMENT, RULES = "provider-agreement", "house-rules"
OTHER_TEMPLATE = f"{AGREEMENT}:1003,{RULES}:1002"


@pytest.fixture(scope="module", params=[True, False], ids=["integration", "sessions"])
def worlds(request: pytest.FixtureRequest) -> Iterator[KitWorld]:
    """Return a world with Inkwell, with and without the Integration API."""
    world = KitWorld(INTEGRATIONS="inkwell", integration_api=request.param)
    yield world
    world.close()


@pytest.fixture
def each(worlds: KitWorld) -> KitWorld:
    """Return it, calm."""
    worlds.start_afresh()
    return worlds


def path_of(document: str) -> str:
    return f"/api/signings/{document}"


def begun(world: KitWorld, document: str = AGREEMENT) -> str:
    """Begin a document, and return its transaction reference."""
    answer = world.browser().call("POST", path_of(document))
    assert 201 == answer.status_code, answer.text
    reference: str = answer.json()["transactionReference"]
    return reference


def told(world: KitWorld, document: str = AGREEMENT) -> dict[str, Any]:
    """Return what is told of a document."""
    answer = world.browser().call("GET", path_of(document))
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def as_app(world: KitWorld, method: str, **settings: str) -> dict[str, Any]:
    """Return what an app with other settings answers about the agreement."""
    client = world.another_app(**settings).test_client(use_cookies=False)
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": world.browser().cookie_header}
    answer = client.open(path_of(AGREEMENT), method=method, headers=headers)
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("signed", "signed"),
        ("refused", "declined"),
        ("lapsed", "expired"),
        ("withdrawn", "cancelled"),
        ("broken", "failed"),
    ],
)
def test_a_document_ends_in_our_words(each: KitWorld, word: str, status: str) -> None:
    assert [200] == each.inkwell.finish(begun(each), word)
    found = told(each)
    assert (status, status == "signed") == (found["status"], found["signed"])
    assert status == each.user.private_data[f"signing_{AGREEMENT}"]["status"]
    assert each.checksum_holds(key=f"signing_{AGREEMENT}")


def test_the_signer_is_whom_sharetribe_knows(each: KitWorld) -> None:
    begun(each)
    document = next(iter(each.inkwell.transactions.values()))
    assert (f"{each.user.first_name} {each.user.last_name}", each.user.email) == (
        document.name,
        document.email,
    )
    stored = str(private_data(each))
    assert document.email not in stored
    assert document.name not in stored


def test_a_document_holds_for_itself_alone(each: KitWorld) -> None:
    each.inkwell.finish(begun(each, RULES), "signed")
    found = each.browser().call("GET", "/api/signings").json()["signings"]
    assert [(AGREEMENT, False), (RULES, True)] == [
        (one["document"], one["signed"]) for one in found
    ]
    copied = {key.replace(RULES, AGREEMENT): value for key, value in each.user.private_data.items()}
    each.user.private_data.update(copied)
    assert ("invalid", False) == (told(each)["status"], told(each)["signed"])


def test_a_reference_of_one_document_counts_for_no_other(each: KitWorld) -> None:
    rules, agreement = begun(each, RULES), begun(each)
    documents = each.inkwell.transactions
    each.inkwell.finish(rules, "signed", told=False)
    before = private_data(each)
    answered = each.inkwell.tell(documents[rules], reference=documents[agreement].reference)
    assert (200, "ignored") == (answered.status, answered.body["status"])
    assert before == private_data(each)


def test_two_that_are_begun_and_signed_at_once_are_both_kept(each: KitWorld) -> None:
    def sign(document: str) -> None:
        assert [200] == each.inkwell.finish(begun(each, document), "signed")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sign, (AGREEMENT, RULES)))
    assert [True, True] == [told(each, document)["signed"] for document in (AGREEMENT, RULES)]


def test_another_template_is_asked_for_anew_and_what_was_signed_stays(each: KitWorld) -> None:
    each.inkwell.finish(begun(each), "signed")
    kept = dict(each.user.private_data)
    changed = {"INKWELL_DOCUMENTS": OTHER_TEMPLATE}
    found = as_app(each, "GET", **changed)
    assert ("none", False) == (found["status"], found["signed"])
    again = as_app(each, "POST", **changed)["transactionReference"]
    each.inkwell.transactions[again].template = "1003"
    each.inkwell.finish(again, "signed")
    assert as_app(each, "GET", **changed)["signed"]
    sessions = {key: value for key, value in kept.items() if f"{AGREEMENT}-" in key}
    assert sessions.items() <= each.user.private_data.items()


def test_a_signature_on_another_template_than_the_listed_one_is_none(each: KitWorld) -> None:
    reference = begun(each)
    each.inkwell.transactions[reference].template = "1009"
    each.inkwell.finish(reference, "signed")
    assert not told(each)["signed"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("document", ["another", "provider-agreement-", "PROVIDER-AGREEMENT"])
def test_what_is_not_listed_is_not_found(each: KitWorld, method: str, document: str) -> None:
    assert_problem(each.browser().call(method, path_of(document)), 404, "not-found")


def test_a_user_without_an_address_signs_nothing(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="inkwell")
    world.user.email = ""
    answer = world.browser().call("POST", path_of(AGREEMENT))
    assert_problem(answer, 503, "marketplace-unavailable")
    assert [] == world.inkwell.calls


def test_a_start_is_counted_for_each_document(start_world: StartWorld) -> None:
    world = start_world(INTEGRATIONS="inkwell", MAX_STARTS_PER_DAY="1")
    world.inkwell.finish(begun(world), "refused")
    answer = world.browser().call("POST", path_of(AGREEMENT), json_body={"restart": True})
    assert_problem(answer, 429, "too-many-starts")
    begun(world, RULES)
