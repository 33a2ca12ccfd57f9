"""What a vendor's callback is answered: the status alone says whether to send it again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import get_args
from uuid import UUID

import pytest

from crypto import KeyRing, Reference, Sealer
from proxy.outgoing.upstream import Answer, UpstreamRefused
from proxy.sharetribe.client import read_user
from sandbox.faults import Mode
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from tests.conftest import StartWorld
from tests.flows.problems import CALLBACK_PATH, FORM, assert_problem, send
from tests.flows.steps import logged, started
from tests.kit.checks import Check
from tests.kit.clock import FastClock
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld

FAULTS = [mode for mode in get_args(Mode) if mode != "ok"]
VENDOR_ADDRESS = "203.0.113.7"
OWN_TYPE = {"Content-Type": "application/json"}
REFERENCE_INVALID = {
    "type": "urn:echoseal:problem:reference-invalid",
    "title": "Reference invalid",
    "status": 400,
    "detail": "The callback carries no reference that can be used.",
    "code": "reference-invalid",
    "error": "Reference invalid",
    "requestId": "",
}
# Behind a signature it is another's session at the same account, and behind an address a mistake.
TOLD = {"facecheck": REFERENCE_INVALID, "passcheck": {"status": "ignored"}}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests end soon, so that what hangs need not be waited for as long as in production."""
    monkeypatch.setattr("proxy.http.web.REQUEST_SECONDS", 0.6)


def begin(world: KitWorld) -> Check:
    """Start a verification of a user of whom nothing is stored; return it as the vendor does."""
    world.sharetribe.replace_private_data(world.user.id, {})
    return world.checks.checks[started(world.browser())]


# Senders


@pytest.mark.parametrize("check", CHECKS)
def test_a_forged_sender(start_world: StartWorld, check: str) -> None:
    world = start_world(INTEGRATIONS=check)
    expected = {"passcheck": (401, "signature-invalid"), "facecheck": (403, "origin-not-allowed")}
    assert expected[check] == world.checks.forge(begin(world)).refusal


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
    routed: KitWorld, forwarded_for: str | None, status: int, code: str
) -> None:
    headers = {"Content-Type": FORM, "Forwarded": f"for={VENDOR_ADDRESS}"}
    if forwarded_for is not None:
        headers["X-Forwarded-For"] = forwarded_for
    answer = send(
        routed, "POST", "/api/callbacks/facecheck", headers=headers, body=b"kind=finished"
    )
    assert_problem(answer, status, code)


@pytest.fixture(scope="module")
def routed() -> Iterator[KitWorld]:
    """Return a world whose app stands behind one router, as on Heroku."""
    world = KitWorld(
        TRUSTED_PROXY_HOPS="1", INTEGRATIONS="facecheck", FACECHECK_NETWORKS=VENDOR_ADDRESS
    )
    yield world
    world.close()


def test_a_forged_sender_learns_nothing_about_the_body(shared: KitWorld) -> None:
    for body in (b"", b"{}", shared.checks.callback(begin(shared))):
        answer = send(shared, "POST", CALLBACK_PATH, headers=OWN_TYPE, body=body)
        assert_problem(answer, 401, "signature-invalid")


# References


def absent(_world: KitWorld, _sealed: str) -> str | None:
    return None


def empty(_world: KitWorld, _sealed: str) -> str:
    return ""


def cut_short(_world: KitWorld, sealed: str) -> str:
    return sealed[:-1]


def altered(_world: KitWorld, sealed: str) -> str:
    return sealed[:50] + ("A" if sealed[50] != "A" else "B") + sealed[51:]


def of_another_key(world: KitWorld, _sealed: str) -> str:
    return seal_anew(world, SEAL_KEYS="1:" + "A" * 86)


def of_another_marketplace(world: KitWorld, _sealed: str) -> str:
    return seal_anew(world, SHARETRIBE_CLIENT_ID="another-client")


def of_another_vendor(world: KitWorld, _sealed: str) -> str:
    return seal_anew(world, purpose="doorcheck.reference")


def too_old(world: KitWorld, _sealed: str) -> str:
    return seal_anew(world, age=61 * 86_400 + 60)


def from_the_future(world: KitWorld, _sealed: str) -> str:
    return seal_anew(world, age=-360)


def oversized(_world: KitWorld, sealed: str) -> str:
    return sealed * 90


def seal_anew(world: KitWorld, purpose: str = "", age: int = 0, **changes: str) -> str:
    """Seal a reference to the first user, with other settings than the app's."""
    settings = {**world.settings, **changes}
    ring = KeyRing.parse(settings["SEAL_KEYS"], key_bytes=64)
    token = world.sharetribe.log_in(world.user.id)["refresh_token"]
    reference = Reference(UUID(world.user.id), int(time.time()) - age, token)
    return Sealer(ring, settings["SHARETRIBE_CLIENT_ID"]).seal(
        reference, purpose=purpose or f"{world.checks.name}.reference"
    )


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
    each_check: KitWorld, spoil: Callable[[KitWorld, str], str | None]
) -> None:
    world = each_check
    transaction = begin(world)
    world.checks.finish(transaction.id)
    asked = [*world.sharetribe.calls, *world.checks.calls]
    spoiled = spoil(world, transaction.reference)
    body = world.checks.callback(transaction, reference=spoiled or "")
    if spoiled is None and OWN_TYPE["Content-Type"] == world.checks.content_type:
        event = json.loads(body)
        del event["reference"]
        body = json.dumps(event).encode()
    answered = world.checks.post(transaction, body)
    told = {**answered.body, "requestId": ""} if answered.status == 400 else answered.body
    assert TOLD[world.checks.name] == told
    assert asked == [*world.sharetribe.calls, *world.checks.calls]


def test_a_good_reference_sealed_anew_opens(shared: KitWorld) -> None:
    # The counterpart of the test above: what spoils a reference there is the change alone.
    transaction = begin(shared)
    transaction.reference = seal_anew(shared)
    assert [200] == shared.checks.finish(transaction.id)


def test_a_reference_expires_with_time(start_world: StartWorld) -> None:
    clock = FastClock()
    world = start_world(clock=clock, INTEGRATIONS="facecheck")
    transaction = begin(world)
    clock.ahead = 61 * 86_400 + 60
    answered = world.checks.post(transaction, world.checks.callback(transaction))
    assert {**answered.body, "requestId": ""} == REFERENCE_INVALID


# Bodies


@pytest.mark.parametrize(
    ("check", "body"),
    [
        ("facecheck", b""),
        ("facecheck", b"hello=world"),
        ("facecheck", b"kind=finished&kind=finished"),
        ("facecheck", b"kind=finished&\xff=1"),
        ("facecheck", b"&".join(b"a%d=1" % number for number in range(400))),
        ("passcheck", b""),
        ("passcheck", b"{"),
        ("passcheck", b"[]"),
        ("passcheck", b"null"),
        ("passcheck", b"\xff"),
        ("passcheck", b"\xef\xbb\xbf"),
        ("passcheck", '{"type":"check.finished"}'.encode("utf-16")),
        ("passcheck", b'{"type":7}'),
        ("passcheck", b'{"type":"check.finished","type":"other"}'),
        ("passcheck", b"[" * 50_000),
    ],
)
def test_a_body_that_is_no_callback(each: dict[str, KitWorld], check: str, body: bytes) -> None:
    transaction = begin(each[check])
    assert (400, "body-invalid") == each[check].checks.post(transaction, body).refusal


@pytest.fixture(scope="module")
def each() -> Iterator[dict[str, KitWorld]]:
    """Return one world for each of the vendors."""
    worlds = {check: KitWorld(INTEGRATIONS=check) for check in CHECKS}
    yield worlds
    for world in worlds.values():
        world.close()


@pytest.mark.parametrize("check", CHECKS)
def test_a_body_of_another_type(
    each: dict[str, KitWorld], check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = each[check].checks
    transaction = begin(each[check])
    monkeypatch.setattr(checks, "content_type", "text/plain")
    told = checks.post(transaction, checks.callback(transaction))
    assert (415, "content-type-unsupported") == told.refusal


@pytest.mark.parametrize(
    ("check", "body"), [("passcheck", b'{"type":"check.begun"}'), ("facecheck", b"kind=begun")]
)
def test_another_kind_of_callback_is_taken_and_ignored(
    each: dict[str, KitWorld], check: str, body: bytes
) -> None:
    answered = each[check].checks.post(begin(each[check]), body)
    assert (200, {"status": "ignored"}) == (answered.status, answered.body)


# Results


@pytest.mark.parametrize("check", CHECKS)
def test_a_byte_order_mark_does_not_cost_the_result(each: dict[str, KitWorld], check: str) -> None:
    world = each[check]
    transaction = begin(world)
    world.checks.finish(transaction.id, told=False)
    body = "\ufeff".encode() + world.checks.callback(transaction)
    answered = world.checks.post(transaction, body)
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert "approved" == (world.verification() or {})["status"]


def test_a_result_is_acknowledged_after_the_write(shared: KitWorld) -> None:
    transaction = begin(shared)
    body = shared.checks.callback(transaction)
    shared.checks.loses = True
    shared.checks.finish(transaction.id)
    answered = shared.checks.post(transaction, body)
    assert (200, {"status": "stored"}) == (answered.status, answered.body)
    assert "approved" == (shared.verification() or {})["status"]


def test_a_repeated_callback_changes_nothing(shared: KitWorld) -> None:
    transaction = begin(shared)
    shared.checks.finish(transaction.id)
    writes = len(shared.sharetribe.updates)
    answered = shared.checks.post(transaction, shared.checks.callback(transaction))
    assert (200, {"status": "unchanged"}) == (answered.status, answered.body)
    assert len(shared.sharetribe.updates) == writes


def test_a_dead_session_without_another_way_to_write(shared: KitWorld) -> None:
    transaction = begin(shared)
    shared.sharetribe.log_out(shared.user.id)
    shared.checks.loses = True
    shared.checks.finish(transaction.id)
    answered = shared.checks.post(transaction, shared.checks.callback(transaction))
    assert (200, {"status": "deferred"}) == (answered.status, answered.body)


def test_a_user_who_is_gone_does_not_make_the_vendor_come_again(start_world: StartWorld) -> None:
    world = start_world(integration_api=True)
    transaction = begin(world)
    world.checks.finish(transaction.id, told=False)
    del world.sharetribe.users[world.user.id]
    with logged() as lines:
        answered = world.checks.post(transaction, world.checks.callback(transaction))
    assert (200, {"status": "ignored"}) == (answered.status, answered.body)
    assert any(
        "event=callback level=warning" in line and "outcome=user-gone" in line for line in lines
    )


def test_where_the_operator_knows_nobody_the_user_still_writes(
    start_world: StartWorld,
) -> None:
    world = start_world(integration_api=True)
    transaction = begin(world)
    another = Sharetribe()
    server = Server(another.app)
    own = {
        "SHARETRIBE_INTEGRATION_BASE_URL": server.url,
        "SHARETRIBE_INTEGRATION_CLIENT_ID": another.integration_client_id,
        "SHARETRIBE_INTEGRATION_CLIENT_SECRET": another.integration_client_secret,
    }
    world.checks.finish(transaction.id, told=False)
    body = world.checks.callback(transaction)
    answer = (
        world.another_app(**own)
        .test_client()
        .post(CALLBACK_PATH, data=body, headers={**OWN_TYPE, **world.checks.signed(body)})
    )
    server.close()
    assert (200, {"status": "stored"}) == (answer.status_code, answer.get_json())


def test_a_user_of_whom_only_the_id_is_left_is_none() -> None:
    told = {"data": {"id": str(UUID(int=1)), "attributes": {"deleted": True}}}
    with pytest.raises(UpstreamRefused) as refused:
        read_user(Answer("sharetribe", 200, json.dumps(told).encode()))
    assert 404 == refused.value.status


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_marketplace_that_cannot_be_used_now(shared: KitWorld, fault: Mode) -> None:
    transaction = begin(shared)
    shared.sharetribe.faults.mode = fault
    assert [503] == shared.checks.finish(transaction.id)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.usefixtures("impatient")
def test_a_vendor_that_cannot_be_asked_now(shared: KitWorld, fault: Mode) -> None:
    transaction = begin(shared)
    shared.checks.faults.mode = fault
    assert [503] == shared.checks.finish(transaction.id)
    assert "POST /v1/auth/token" not in shared.sharetribe.calls


def test_a_result_is_stored_by_its_user_where_the_operator_is_refused(
    start_world: StartWorld,
) -> None:
    world = start_world(integration_api=True, SHARETRIBE_INTEGRATION_CLIENT_SECRET="wrong")
    reference = started(world.browser())
    assert [200] == world.checks.finish(reference)
    assert ("approved", {}) == ((world.verification() or {})["status"], world.user.metadata)


def test_an_integration_api_whose_credentials_are_wrong(start_world: StartWorld) -> None:
    world = start_world(integration_api=True, SHARETRIBE_INTEGRATION_CLIENT_SECRET="wrong")
    transaction = begin(world)
    world.sharetribe.log_out(world.user.id)
    assert [502] == world.checks.finish(transaction.id)
