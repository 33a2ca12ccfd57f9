"""What Jumio's two APIs post, through the app: no callbacks, other kinds, and odd ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.jumio import Transaction
from tests.flows.steps import started
from tests.integrations.jumio.flows.callbacks import APIS, callback_body, post_callback
from tests.integrations.jumio.flows.world import JumioWorld, StartWorld
from tests.kit.clock import FastClock


@pytest.fixture(scope="module")
def each() -> Iterator[dict[str, JumioWorld]]:
    """Return one world for each of Jumio's APIs."""
    worlds = {api: JumioWorld(JUMIO_API=api) for api in APIS}
    yield worlds
    for world in worlds.values():
        world.close()


def begin(world: JumioWorld) -> Transaction:
    world.sharetribe.replace_private_data(world.user.id, {})
    return world.jumio.transactions[started(world.browser())]


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("netverify", b""),
        ("netverify", b"hello=world"),
        ("netverify", b"callBackType=NETVERIFYID&callBackType=NETVERIFYID"),
        ("netverify", b"callBackType=NETVERIFYID&customerId=%FF"),
        ("netverify", b"\xef\xbb\xbf" * 2 + b"callBackType=NETVERIFYID&customerId=x"),
        ("netverify", b"callBackType=OTHER&customerId=x"),
        ("kyx", b'{"workflowExecution":{"status":""}}'),
        ("kyx", b'{"workflowExecution":[]}'),
        ("kyx", b'{"workflowExecution":{"status":{}}}'),
    ],
)
def test_a_body_that_is_no_callback(each: dict[str, JumioWorld], api: str, body: bytes) -> None:
    answered = post_callback(each[api], begin(each[api]), body)
    assert (400, "body-invalid") == (answered.status, answered.body["code"])


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("netverify", b"callBackType=OTHER&scanReference=x"),
        ("netverify", b"scanReference=x"),
        ("kyx", b'{"workflowExecution":{"status":"INITIATED"}}'),
        ("kyx", b'{"workflowExecution":{"status":"ACQUIRED"}}'),
        ("kyx", b'{"workflowExecution":{"status":"BRAND_NEW"}}'),
    ],
)
def test_another_kind_of_callback_is_taken_and_ignored(
    each: dict[str, JumioWorld], api: str, body: bytes
) -> None:
    answered = post_callback(each[api], begin(each[api]), body)
    assert (200, {"status": "ignored"}) == (answered.status, answered.body)


@pytest.mark.parametrize(
    ("api", "before", "after"),
    [
        ("netverify", "%EF%BB%BF", b""),
        ("netverify", "", b"&idFirstName=Jos%E9&idScanSource=WEB&idScanSource=SDK"),
        ("netverify", "", b"&verificationStatus=DENIED_FRAUD&identityVerification=%FF"),
        ("kyx", "\ufeff", b""),
    ],
)
def test_what_nobody_needs_of_a_body_does_not_cost_the_result(
    each: dict[str, JumioWorld], api: str, before: str, after: bytes
) -> None:
    world = each[api]
    transaction = begin(world)
    world.jumio.callbacks = "lose"
    world.jumio.finish(transaction.reference, "approved")
    body = before.encode() + callback_body(transaction) + after
    answered = post_callback(world, transaction, body)
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert "approved" == (world.verification() or {})["status"]


def test_a_session_lives_as_long_as_it_is_set_to(start_world: StartWorld) -> None:
    clock = FastClock()
    browser = start_world(clock=clock, JUMIO_SESSION_MINUTES="120").browser()
    started(browser)
    clock.ahead = 119 * 60
    assert 200 == browser.start().status_code


def test_the_vendors_own_bearer_token_is_renewed_when_it_ends(start_world: StartWorld) -> None:
    world = start_world(JUMIO_API="kyx")
    browser = world.browser()
    reference = started(browser)
    world.jumio.expire_tokens()
    assert {200} == set(world.jumio.finish(reference, "approved"))
    world.jumio.expire_tokens()
    assert browser.read().json()["verified"]


@pytest.mark.parametrize("mode", ["repeat", "reorder"])
@pytest.mark.parametrize("api", APIS)
def test_callbacks_in_any_order_are_all_acknowledged(
    start_world: StartWorld, api: str, mode: str
) -> None:
    world = start_world(JUMIO_API=api)
    reference = started(world.browser())
    world.jumio.callbacks = "repeat" if mode == "repeat" else "reorder"
    assert {200} == set(world.jumio.finish(reference, "approved"))
    assert "approved" == (world.verification() or {})["status"]


def test_a_result_that_cannot_be_read_yet_is_brought_by_jumios_retries(
    start_world: StartWorld,
) -> None:
    world = start_world()
    reference = started(world.browser())
    world.jumio.retrieval_lag, world.jumio.retries, world.jumio.retry_delay = 2, 3, 0.01
    assert [503, 503, 200] == world.jumio.finish(reference, "approved")[-3:]
