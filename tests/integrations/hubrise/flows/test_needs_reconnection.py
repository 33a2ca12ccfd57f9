"""A connection that HubRise no longer takes is marked with the reason, and cleared when it works.

Of the vendor's own client tests (github.com/HubRise/ruby-client 2.0.15, `spec/hubrise_client/
v1_spec.rb`, read 2026-11) this file covers what follows from 401 as an invalid token.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubrise.connections import DeadReason
from tests.flows.connecting import connect, entry
from tests.integrations.hubrise.flows.till import Shop, code_of

REASONS: dict[DeadReason, str] = {
    "revoked": "The connection has been revoked at HubRise.",
    "blocked": "The connection has been blocked at HubRise.",
    "unpaid": "HubRise has suspended the account for non-payment.",
}
EVERY_REASON = pytest.mark.parametrize("reason", REASONS)


@EVERY_REASON
@pytest.mark.parametrize("act", [Shop.create, Shop.read, Shop.catch_up])
def test_a_dead_connection_is_marked_with_the_reason(
    either: Shop, reason: DeadReason, act: Any
) -> None:
    if act is Shop.read:
        either.ordered()
    either.world.hubrise.block(either.connection.token, reason)
    assert (409, "needs-reconnection") == code_of(act(either))
    listed = entry(either.browser, "hubrise")
    assert ("needs-reconnection", REASONS[reason]) == (listed["status"], listed["reason"])
    stored = either.world.user.private_data["hubriseConnection"]
    assert REASONS[reason] == stored["lastFailedReason"]
    assert stored["lastFailedAt"].endswith("Z")


@pytest.mark.parametrize("reason", ["blocked", "unpaid"])
@pytest.mark.parametrize("act", [Shop.create, Shop.catch_up])
def test_a_connection_that_works_again_is_no_longer_marked(
    either: Shop, reason: DeadReason, act: Any
) -> None:
    either.world.hubrise.block(either.connection.token, reason)
    either.create()
    either.world.hubrise.block(either.connection.token, None)
    assert act(either).status_code in (200, 201)
    listed = entry(either.browser, "hubrise")
    assert ("connected", None) == (listed["status"], listed.get("reason"))
    assert "lastFailedAt" not in either.world.user.private_data["hubriseConnection"]


@EVERY_REASON
def test_connecting_again_clears_the_mark(either: Shop, reason: DeadReason) -> None:
    either.world.hubrise.block(either.connection.token, reason)
    either.create()
    if reason == "unpaid":
        either.world.hubrise.block(either.connection.token, None)  # HubRise connects no debtor
    connect(either.world, "hubrise", either.browser)
    assert "connected" == entry(either.browser, "hubrise")["status"]
    assert 201 == either.create().status_code


def test_the_same_reason_twice_is_written_once(either: Shop) -> None:
    either.world.hubrise.block(either.connection.token, "blocked")
    either.create()
    written = len(either.world.sharetribe.updates)
    either.create()
    either.read()
    assert written == len(either.world.sharetribe.updates)


def test_a_record_that_does_not_open_needs_a_reconnection(either: Shop) -> None:
    for record in either.world.user.private_data.values():
        record["sealed"] = "x"
    assert (409, "needs-reconnection") == code_of(either.create())
    assert {} == either.world.hubrise.orders
