"""What a vendor's callback is answered: the status alone says whether to send it again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import get_args
from uuid import UUID

import pytest

from crypto import KeyRing, Reference, Sealer
from sandbox.faults import Mode
from sandbox.jumio import Transaction
from sandbox.kit.rudeness import CallbackMode
from tests.conftest import StartWorld
from tests.flows.problems import CALLBACK_PATH, FORM, assert_problem, send
from tests.flows.steps import callback_body, post_callback, started
from tests.world import World

FAULTS = [mode for mode in get_args(Mode) if mode != "ok"]
VENDOR_ADDRESS = "203.0.113.7"
REFERENCE_INVALID = {
    "type": "urn:echoseal:problem:reference-invalid",
    "title": "Reference invalid",
    "status": 400,
    "detail": "The callback carries no reference that can be used.",
    "code": "reference-invalid",
    "error": "Reference invalid",
}


class Clock:
    """The app's clock: the real one, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests end soon, so that what hangs need not be waited for as long as in production."""
    monkeypatch.setattr("proxy.web.REQUEST_SECONDS", 0.6)


def begin(world: World) -> Transaction:
    """Start a verification and return it as the vendor knows it."""
    return world.jumio.transactions[started(world.browser(), restart=True)]


# Senders


@pytest.mark.parametrize("api", ["netverify", "kyx"])
def test_a_forged_sender(start_world: StartWorld, api: str) -> None:
    world = start_world(JUMIO_API=api)
    assert 403 == world.jumio.forge(begin(world).reference, "approved")


@pytest.mark.parametrize(
    ("forwarded_for", "status", "code"),
    [
        (VENDOR_ADDRESS, 400, "reference-invalid"),
        (f"198.51.100.1, {VENDOR_ADDRESS}", 400, "reference-invalid"),
        (f"::ffff:{VENDOR_ADDRESS}", 400, "reference-invalid"),
        (f"{VENDOR_ADDRESS}, 198.51.100.1", 403, "origin-not-allowed"),
        (f"{VENDOR_ADDRESS},", 403, "origin-not-allowed"),
        (f"{VENDOR_ADDRESS}:443", 400, "reference-invalid"),
        (f'"{VENDOR_ADDRESS}"', 403, "origin-not-allowed"),
        ("", 403, "origin-not-allowed"),
        (None, 403, "origin-not-allowed"),
    ],
)
def test_behind_a_router_its_entry_alone_tells_the_sender(
    routed: World, forwarded_for: str | None, status: int, code: str
) -> None:
    headers = {"Content-Type": FORM, "Forwarded": f"for={VENDOR_ADDRESS}"}
    if forwarded_for is not None:
        headers["X-Forwarded-For"] = forwarded_for
    answer = send(routed, "POST", CALLBACK_PATH, headers=headers, body=b"callBackType=NETVERIFYID")
    assert_problem(answer, status, code)


@pytest.fixture(scope="module")
def routed() -> Iterator[World]:
    """Return a world whose app stands behind one router, as on Heroku."""
    world = World(TRUSTED_PROXY_HOPS="1", JUMIO_CALLBACK_IPS=VENDOR_ADDRESS)
    yield world
    world.close()


def test_a_forged_sender_learns_nothing_about_the_body(shared: World) -> None:
    for body in (b"", b"callBackType=NETVERIFYID", callback_body(begin(shared))):
        answer = send(shared, "POST", CALLBACK_PATH, headers={"Content-Type": FORM}, body=body)
        assert_problem(answer, 403, "origin-not-allowed")


# References


def absent(_world: World, _sealed: str) -> str | None:
    return None


def empty(_world: World, _sealed: str) -> str:
    return ""


def cut_short(_world: World, sealed: str) -> str:
    return sealed[:-1]


def altered(_world: World, sealed: str) -> str:
    return sealed[:50] + ("A" if sealed[50] != "A" else "B") + sealed[51:]


def of_another_key(world: World, _sealed: str) -> str:
    return seal_anew(world, SEAL_KEYS="1:" + "A" * 86)


def of_another_marketplace(world: World, _sealed: str) -> str:
    return seal_anew(world, SHARETRIBE_CLIENT_ID="another-client")


def of_another_vendor(world: World, _sealed: str) -> str:
    return seal_anew(world, purpose="hubrise.reference")


def too_old(world: World, _sealed: str) -> str:
    return seal_anew(world, age=61 * 86_400 + 60)


def from_the_future(world: World, _sealed: str) -> str:
    return seal_anew(world, age=-360)


def oversized(_world: World, sealed: str) -> str:
    return sealed * 90


def seal_anew(world: World, purpose: str = "jumio.reference", age: int = 0, **changes: str) -> str:
    """Seal a reference to the first user, with other settings than the app's."""
    settings = {**world.settings, **changes}
    ring = KeyRing.parse(settings["SEAL_KEYS"], key_bytes=64)
    token = world.sharetribe.log_in(world.user.id)["refresh_token"]
    reference = Reference(UUID(world.user.id), int(time.time()) - age, token)
    return Sealer(ring, settings["SHARETRIBE_CLIENT_ID"]).seal(reference, purpose=purpose)


@pytest.mark.parametrize(
    "spoil",
    [
        absent,
        empty,
        cut_short,
        altered,
        of_another_key,
        of_another_marketplace,
        of_another_vendor,
        too_old,
        from_the_future,
        oversized,
    ],
)
def test_one_answer_for_every_reference_that_cannot_be_used(
    shared: World, spoil: Callable[[World, str], str | None]
) -> None:
    transaction = begin(shared)
    shared.jumio.finish(transaction.reference, "approved")
    shared.sharetribe.calls.clear()
    spoiled = spoil(shared, transaction.user_reference or "")
    body = callback_body(transaction, reference="spoiled")
    body = body.replace(
        b"&customerId=spoiled", b"" if spoiled is None else f"&customerId={spoiled}".encode()
    )
    answered = post_callback(shared, transaction, body)
    assert {**answered.body, "requestId": ""} == {**REFERENCE_INVALID, "requestId": ""}
    assert 400 == answered.status
    assert [] == shared.sharetribe.calls


def test_a_good_reference_sealed_anew_opens(shared: World) -> None:
    # The counterpart of the test above: what spoils a reference there is the change alone.
    transaction = begin(shared)
    transaction.user_reference = seal_anew(shared)
    assert [200] == shared.jumio.finish(transaction.reference, "approved")


def test_a_reference_expires_with_time(start_world: StartWorld) -> None:
    clock = Clock()
    world = start_world(clock=clock)
    transaction = begin(world)
    clock.ahead = 61 * 86_400 + 60
    answered = post_callback(world, transaction, callback_body(transaction))
    assert {**answered.body, "requestId": ""} == {**REFERENCE_INVALID, "requestId": ""}


# Bodies


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("netverify", b""),
        ("netverify", b"hello=world"),
        ("netverify", b"callBackType=NETVERIFYID&callBackType=NETVERIFYID"),
        ("netverify", b"callBackType=NETVERIFYID&customerId=%FF"),
        ("netverify", b"\xef\xbb\xbf" * 2 + b"callBackType=NETVERIFYID&customerId=x"),
        ("netverify", b"callBackType=OTHER&customerId=x"),
        ("netverify", b"&".join(b"a%d=1" % number for number in range(400))),
        ("kyx", b""),
        ("kyx", b"{"),
        ("kyx", b"[]"),
        ("kyx", b"null"),
        ("kyx", b"\xff"),
        ("kyx", b"\xef\xbb\xbf"),
        ("kyx", '{"workflowExecution":{"status":"INITIATED"}}'.encode("utf-16")),
        ("kyx", b'{"workflowExecution":{"status":""}}'),
        ("kyx", b"[" * 50_000),
        ("kyx", b'{"workflowExecution":[]}'),
        ("kyx", b'{"workflowExecution":{"status":{}}}'),
    ],
)
def test_a_body_that_is_no_callback(each: dict[str, World], api: str, body: bytes) -> None:
    transaction = begin(each[api])
    answered = post_callback(each[api], transaction, body)
    assert (400, "body-invalid") == (answered.status, answered.body["code"])


@pytest.fixture(scope="module")
def each() -> Iterator[dict[str, World]]:
    """Return one world for each of Jumio's APIs."""
    worlds = {api: World(JUMIO_API=api) for api in ("netverify", "kyx")}
    yield worlds
    for world in worlds.values():
        world.close()


def test_a_body_of_another_type(shared: World) -> None:
    transaction = begin(shared)
    transaction.api = "kyx"  # sends JSON where a form is expected
    answered = post_callback(shared, transaction, b"{}")
    assert (415, "content-type-unsupported") == (answered.status, answered.body["code"])


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
    each: dict[str, World], api: str, body: bytes
) -> None:
    answered = post_callback(each[api], begin(each[api]), body)
    assert (200, {"status": "ignored"}) == (answered.status, answered.body)


# Results


@pytest.mark.parametrize(
    ("api", "before", "after"),
    [
        ("netverify", "\ufeff", b""),
        ("netverify", "%EF%BB%BF", b""),
        ("netverify", "", b"&idFirstName=Jos%E9&idScanSource=WEB&idScanSource=SDK"),
        ("netverify", "", b"&verificationStatus=DENIED_FRAUD&identityVerification=%FF"),
        ("kyx", "\ufeff", b""),
    ],
)
def test_what_nobody_needs_of_a_body_does_not_cost_the_result(
    each: dict[str, World], api: str, before: str, after: bytes
) -> None:
    world = each[api]
    transaction = begin(world)
    world.jumio.callbacks = "lose"
    world.jumio.finish(transaction.reference, "approved")
    world.jumio.callbacks = "send"
    body = before.encode() + callback_body(transaction) + after
    answered = post_callback(world, transaction, body)
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert "approved" == (world.verification() or {})["status"]


def test_a_result_is_acknowledged_after_the_write(shared: World) -> None:
    transaction = begin(shared)
    body = callback_body(transaction)
    shared.jumio.callbacks = "lose"
    shared.jumio.finish(transaction.reference, "approved")
    answered = post_callback(shared, transaction, body)
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert "approved" == (shared.verification() or {})["status"]


def test_a_repeated_callback_changes_nothing(shared: World) -> None:
    transaction = begin(shared)
    shared.jumio.finish(transaction.reference, "approved")
    writes = len(shared.sharetribe.updates)
    answered = post_callback(shared, transaction, callback_body(transaction))
    assert (200, {"status": "unchanged"}) == (answered.status, answered.body)
    assert len(shared.sharetribe.updates) == writes


@pytest.mark.parametrize("api", ["netverify", "kyx"])
@pytest.mark.parametrize("mode", ["repeat", "reorder"])
def test_callbacks_in_any_order_are_all_acknowledged(
    start_world: StartWorld, api: str, mode: CallbackMode
) -> None:
    world = start_world(JUMIO_API=api)
    transaction = begin(world)
    world.jumio.callbacks = mode
    assert {200} == set(world.jumio.finish(transaction.reference, "approved"))
    assert "approved" == (world.verification() or {})["status"]


@pytest.mark.parametrize("api", ["netverify", "kyx"])
def test_a_result_that_cannot_be_read_yet(start_world: StartWorld, api: str) -> None:
    world = start_world(JUMIO_API=api)
    transaction = begin(world)
    answered = post_callback(world, transaction, callback_body(transaction))
    assert (503, "vendor-unavailable") == (answered.status, answered.body["code"])
    assert "POST /v1/auth/token" not in world.sharetribe.calls


def test_a_dead_session_without_another_way_to_write(shared: World) -> None:
    transaction = begin(shared)
    shared.sharetribe.log_out(shared.user.id)
    shared.jumio.callbacks = "lose"
    shared.jumio.finish(transaction.reference, "approved")
    answered = post_callback(shared, transaction, callback_body(transaction))
    assert (200, {"status": "deferred"}) == (answered.status, answered.body)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_marketplace_that_cannot_be_used_now(shared: World, fault: Mode) -> None:
    transaction = begin(shared)
    shared.sharetribe.faults.mode = fault
    assert [503] == shared.jumio.finish(transaction.reference, "approved")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_vendor_that_cannot_be_asked_now(shared: World, fault: Mode) -> None:
    transaction = begin(shared)
    shared.jumio.faults.mode = fault
    assert [503] == shared.jumio.finish(transaction.reference, "approved")
    assert "POST /v1/auth/token" not in shared.sharetribe.calls


def test_an_integration_api_whose_credentials_are_wrong(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, SHARETRIBE_INTEGRATION_CLIENT_SECRET="wrong")
    transaction = begin(world)
    world.sharetribe.log_out(world.user.id)
    assert [502] == world.jumio.finish(transaction.reference, "approved")
