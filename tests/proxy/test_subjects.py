"""Lists of documents and plans: what they mean, and what each mistake is called."""

from __future__ import annotations

import pytest

from proxy.settings_reader import SettingsReader
from proxy.vendors.subjects import Plan, read_documents, read_plans

NUMBER, PRICE = r"[0-9]+", r"price_[0-9]+"


def documents(**variables: str) -> tuple[dict[str, str], list[str]]:
    """Return the documents of `acme-sign`, and the problems."""
    reader = SettingsReader(variables)
    return read_documents(reader, "acme-sign", pattern=NUMBER, form="a number"), reader.problems


def plans(listed: str) -> tuple[dict[str, Plan], list[str]]:
    """Return the plans, and the problems."""
    reader = SettingsReader({"BILLING_PLANS": listed})
    return read_plans(reader, pattern=PRICE, form="price_…"), reader.problems


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"SIGNING_DOCUMENTS": "a:1, house-rules:2"}, {"a": "1", "house-rules": "2"}),
        ({"SIGNING_DOCUMENTS": "a:1", "ACME_SIGN_DOCUMENTS": "b:3"}, {"b": "3"}),
        ({"SIGNING_DOCUMENTS": f"{'a' * 40}:1"}, {"a" * 40: "1"}),
    ],
)
def test_the_vendors_own_list_of_documents_counts_in_place_of_the_one_for_all(
    variables: dict[str, str], found: dict[str, str]
) -> None:
    assert (found, []) == documents(**variables)


def test_plans_have_a_price_and_a_mode() -> None:
    found = {
        "membership": Plan("price_1", "subscription"),
        "lead-fee": Plan("price_2", "payment"),
        "card": Plan("", "setup"),
    }
    listed = "membership:price_1:subscription,lead-fee:price_2:payment,card::setup"
    assert (found, []) == plans(listed)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, "SIGNING_DOCUMENTS lists no document for acme-sign, such as agreement:<template>"),
        ({"SIGNING_DOCUMENTS": "agreement"}, "'agreement' has no colon after the name"),
        ({"SIGNING_DOCUMENTS": "Agreement:1"}, "'Agreement' is no name (1 to 40 of"),
        ({"SIGNING_DOCUMENTS": "-a:1"}, "'-a' is no name"),
        ({"SIGNING_DOCUMENTS": f"{'a' * 41}:1"}, "is no name"),
        ({"SIGNING_DOCUMENTS": "a:1,a:2"}, "SIGNING_DOCUMENTS lists 'a' twice"),
        ({"SIGNING_DOCUMENTS": "a:x"}, "(a number); where several vendors sign, it has ACME_SIGN_"),
    ],
)
def test_a_mistake_in_a_list_of_documents_is_named(variables: dict[str, str], problem: str) -> None:
    found, problems = documents(**variables)
    assert 1 == len(problems)
    assert problem in problems[0]
    assert found.keys() <= {"a"}


def test_a_mistake_in_a_vendors_own_list_names_no_other_list() -> None:
    expected = "ACME_SIGN_DOCUMENTS: 'a:x' names no template of acme-sign (a number)"
    assert ({}, [expected]) == documents(ACME_SIGN_DOCUMENTS="a:x")


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ("card:setup", "'card:setup' is none of <name>:<price>:subscription, "),
        ("a:price_1", "'a:price_1' is none of"),
        ("a:price_1:monthly", "'a:price_1:monthly' is none of"),
        ("card:price_1:setup", "'card:price_1:setup' has a price, and setup charges nothing"),
        ("a:prod_1:payment", "'a:prod_1:payment' names no price (price_…)"),
        ("a::payment", "'a::payment' names no price"),
        ("a:price_1:payment,a::setup", "lists 'a' twice"),
    ],
)
def test_a_mistake_in_the_list_of_plans_is_named(listed: str, problem: str) -> None:
    found, problems = plans(listed)
    assert 1 == len(problems)
    assert problem in problems[0]
    assert found.keys() <= {"a"}
