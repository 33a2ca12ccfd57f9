"""What a stored connection is worth when it is copied, edited, or made up by its user."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import pytest

from tests.flows.connecting import connect, entry
from tests.flows.connection_vendors import (
    VENDORS,
    ConnectionsWorld,
    held,
    record,
)
from tests.flows.problems import assert_problem

UNREADABLE = "The stored connection cannot be opened."
each_vendor = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture(scope="module")
def file_world() -> Iterator[ConnectionsWorld]:
    """Return one world for all tests of this file."""
    world = ConnectionsWorld()
    yield world
    world.close()


@pytest.fixture
def shop(file_world: ConnectionsWorld) -> ConnectionsWorld:
    """Return the file's world, calm."""
    file_world.calm()
    return file_world


@each_vendor
def test_a_record_copied_from_another_user_does_not_open(
    shop: ConnectionsWorld, vendor: str
) -> None:
    connect(shop, vendor)
    shop.sharetribe.replace_private_data(shop.other_user.id, shop.user.private_data)
    thief = shop.browser(shop.other_user)

    expected = {"vendor": vendor, "status": "needs-reconnection", "reason": UNREADABLE}
    assert expected == entry(thief, vendor)


@each_vendor
def test_wiping_a_copied_record_leaves_its_owners_connection(
    shop: ConnectionsWorld, vendor: str
) -> None:
    owner = connect(shop, vendor)
    shop.sharetribe.replace_private_data(shop.other_user.id, shop.user.private_data)
    answer = shop.browser(shop.other_user).call("DELETE", f"/api/connections/{vendor}")

    assert (200, None) == (answer.status_code, record(shop, vendor, shop.other_user))
    assert 1 == len(held(shop, vendor))
    assert "connected" == entry(owner, vendor)["status"]


def test_nothing_can_be_ordered_with_a_copied_record(shop: ConnectionsWorld) -> None:
    connect(shop, "hubrise")
    shop.sharetribe.replace_private_data(shop.other_user.id, shop.user.private_data)
    sale = shop.sharetribe.add_transaction(shop.user.id, shop.other_user.id)
    body = {"transactionId": sale.id}
    thief = shop.browser(shop.other_user)

    answer = thief.call("POST", "/api/hubrise/orders", json_body=body)
    assert_problem(answer, 409, "needs-reconnection")
    del shop.sharetribe.transactions[sale.id]


@each_vendor
def test_a_record_copied_from_the_other_vendors_key_does_not_open(
    shop: ConnectionsWorld, vendor: str
) -> None:
    other = VENDORS[1 - VENDORS.index(vendor)]
    browser = connect(shop, other)
    copied = {f"{vendor}Connection": deepcopy(record(shop, other))}
    shop.sharetribe.replace_private_data(shop.user.id, copied)

    assert UNREADABLE == entry(browser, vendor)["reason"]


@each_vendor
@pytest.mark.parametrize("value", ["", "v1", 7, [], {}, {"sealed": None}, {"sealed": "GAE"}])
def test_a_record_of_the_users_own_making_does_not_open(
    shop: ConnectionsWorld, vendor: str, value: object
) -> None:
    shop.user.private_data[f"{vendor}Connection"] = value

    assert UNREADABLE == entry(shop.browser(), vendor)["reason"]


@each_vendor
def test_edited_ids_and_names_do_not_change_what_is_listed(
    shop: ConnectionsWorld, vendor: str
) -> None:
    browser = connect(shop, vendor)
    before = entry(browser, vendor)
    edited = {name: "edited" for name in record(shop, vendor) if name != "sealed"}
    record(shop, vendor).update(edited)

    assert before == entry(browser, vendor)
