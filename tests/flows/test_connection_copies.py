"""What a stored connection is worth when it is copied, edited, or made up by its user."""

from __future__ import annotations

from copy import deepcopy

import pytest

from tests.flows.connecting import connect, entry
from tests.flows.problems import assert_problem
from tests.kit.trips import (
    MovedWorld,
    record,
)

UNREADABLE = "The stored connection cannot be opened."


def test_nothing_can_be_ordered_with_a_copied_record(shop: MovedWorld) -> None:
    connect(shop, "till")
    shop.sharetribe.replace_private_data(shop.other_user.id, shop.user.private_data)
    sale = shop.sharetribe.add_transaction(shop.user.id, shop.other_user.id)
    body = {"transactionId": sale.id}
    thief = shop.browser(shop.other_user)

    answer = thief.call("POST", "/api/till/orders", json_body=body)
    assert_problem(answer, 409, "needs-reconnection")
    del shop.sharetribe.transactions[sale.id]


def test_a_record_copied_from_the_other_vendors_key_does_not_open(
    shop: MovedWorld, vendor: str
) -> None:
    other = "guild"
    browser = connect(shop, other)
    copied = {f"{vendor}Connection": deepcopy(record(shop, other))}
    shop.sharetribe.replace_private_data(shop.user.id, copied)

    assert UNREADABLE == entry(browser, vendor)["reason"]


@pytest.mark.parametrize("value", ["", "v1", 7, [], {}, {"sealed": None}, {"sealed": "GAE"}])
def test_a_record_of_the_users_own_making_does_not_open(
    shop: MovedWorld, vendor: str, value: object
) -> None:
    shop.user.private_data[f"{vendor}Connection"] = value

    assert UNREADABLE == entry(shop.browser(), vendor)["reason"]


def test_edited_ids_and_names_do_not_change_what_is_listed(shop: MovedWorld, vendor: str) -> None:
    browser = connect(shop, vendor)
    before = entry(browser, vendor)
    edited = {name: "edited" for name in record(shop, vendor) if name != "sealed"}
    record(shop, vendor).update(edited)

    assert before == entry(browser, vendor)
