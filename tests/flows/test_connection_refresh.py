"""Grants that end, with two real processes of the app and a vendor that rotates strictly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.kit.late import PROFILE, late_writes
from tests.kit.rotating_oauth_world import WRITES, RotatingWorld, Seller
from tests.patience import wait_until
from tests.serving.gunicorn_process import WebProcess

ENDING, ENDED = 60, 5  # seconds: to be renewed soon, and not to be used any more
RENEWAL = "POST /oauth/token"
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[RotatingWorld, WebProcess, WebProcess]]:
    """Return one world with two processes for all tests of this file."""
    world = RotatingWorld()
    yield world, world.start(), world.start()
    world.close()


@pytest.fixture
def world(running: tuple[RotatingWorld, WebProcess, WebProcess]) -> RotatingWorld:
    """Return the file's world with nothing connected."""
    running[0].start_afresh()
    return running[0]


@pytest.fixture
def sellers(
    world: RotatingWorld, running: tuple[RotatingWorld, WebProcess, WebProcess]
) -> tuple[Seller, Seller]:
    """Return one seller in two browsers, each at a process of its own."""
    return Seller(world, running[1]), Seller(world, running[2])


def connected(world: RotatingWorld, seller: Seller, life: int) -> None:
    """Connect, with an access token that works for so many seconds; later ones work for long."""
    world.vendor.life = life
    assert "rotating=connected" == seller.connect()
    world.vendor.life = 3_600
    world.vendor.calls.clear()


def ordered(world: RotatingWorld) -> None:
    """Make an entry of the sale, as if it had been ordered before."""
    sale = next(iter(world.sharetribe.transactions.values()))
    entry = {"id": "e1", "status": "open", "reference": sale.id}
    world.vendor.entries[sale.id] = entry
    sale.metadata["rotatingOrder"] = {"orderId": "e1", "status": "open"}


def told(answer: object) -> tuple[int, str]:
    status, document = getattr(answer, "status_code"), getattr(answer, "json")()  # noqa: B009
    return status, document.get("code", "")


def together(*acts: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(PATIENCE_SECONDS * 2) for future in [pool.submit(a) for a in acts]]


def test_a_return_is_taken_by_another_process(sellers: tuple[Seller, Seller]) -> None:
    """What the code is redeemed with is made of what the browser brings, and the keys."""
    first, second = sellers
    assert "rotating=connected" == first.connect(returns_to=second.process)


def test_a_grant_that_lives_is_not_renewed(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], 3_600)
    assert HTTPStatus.CREATED == sellers[0].order().status_code
    assert RENEWAL not in world.vendor.calls


def test_a_grant_is_renewed_before_it_ends_and_written_before_it_is_used(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDING)
    before = world.stored
    assert HTTPStatus.CREATED == sellers[0].order().status_code
    (granted,) = world.vendor.granted
    stored = world.stored
    assert granted.refresh_token == stored.grant.secret["refreshToken"]
    assert [stored.grant.secret["token"]] == world.vendor.tokens_shown
    assert before.connected_at == stored.connected_at
    assert 1 == granted.renewals


def test_many_requests_of_one_process_renew_once(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    ordered(world)
    answers = together(*[sellers[0].read for _ in range(6)])
    assert {(200, "")} == {told(answer) for answer in answers}
    assert 1 == world.vendor.calls.count(RENEWAL)


def test_of_two_processes_at_once_the_loser_takes_what_the_winner_has_written(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """Both have read the same refresh token before either has used it."""
    connected(world, sellers[0], ENDED)
    ordered(world)
    world.vendor.before_renewal = threading.Barrier(2, timeout=PATIENCE_SECONDS).wait
    answers = together(sellers[0].read, sellers[1].read)
    assert {(200, "")} == {told(answer) for answer in answers}
    assert "connected" == sellers[0].entry()["status"]
    assert world.vendor.granted[0].refresh_token == world.stored.grant.secret["refreshToken"]


def test_a_vendor_that_punishes_what_two_processes_do_needs_a_reconnection(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """No lock reaches across processes, and the marketplace has no conditional write."""
    connected(world, sellers[0], ENDED)
    ordered(world)
    world.vendor.punishes = True
    world.vendor.before_renewal = threading.Barrier(2, timeout=PATIENCE_SECONDS).wait
    together(sellers[0].read, sellers[1].read)
    world.vendor.before_renewal = lambda: None
    assert (409, "needs-reconnection") == told(sellers[0].read())


def test_a_lost_answer_is_tried_again_and_ends_the_connection_of_a_strict_vendor(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    world.vendor.loses_answers = True
    assert (503, "vendor-unavailable") == told(sellers[0].order())
    world.vendor.loses_answers = False
    assert (409, "needs-reconnection") == told(sellers[1].order())
    assert "needs-reconnection" == sellers[0].entry()["status"]


def test_a_lost_answer_is_made_up_for_by_a_patient_vendor(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    world.vendor.is_patient = world.vendor.loses_answers = True
    assert (503, "vendor-unavailable") == told(sellers[0].order())
    world.vendor.loses_answers = False
    assert HTTPStatus.CREATED == sellers[0].order().status_code


def test_while_an_access_token_still_lives_a_renewal_that_fails_stops_nobody(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDING)
    world.vendor.faults.mode = "error"
    world.vendor.faults.only_paths = frozenset({"/oauth/token"})
    assert HTTPStatus.CREATED == sellers[0].order().status_code


def test_a_refused_renewal_needs_a_reconnection_which_helps(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    world.vendor.granted[0].lives = False
    assert (409, "needs-reconnection") == told(sellers[0].order())
    assert "needs-reconnection" == sellers[1].entry()["status"]
    connected(world, sellers[0], ENDED)
    assert HTTPStatus.CREATED == sellers[0].order().status_code
    assert "connected" == sellers[1].entry()["status"]


def test_a_client_that_is_refused_is_not_the_end_of_a_connection(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """A wrong secret is the operator's mistake."""
    connected(world, sellers[0], ENDED)
    secret, world.vendor.client_secret = world.vendor.client_secret, "another"
    assert (502, "vendor-refused") == told(sellers[0].order())
    world.vendor.client_secret = secret
    assert "connected" == sellers[0].entry()["status"]
    assert HTTPStatus.CREATED == sellers[0].order().status_code


def test_a_write_that_fails_is_tried_again_until_it_is_done(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """The marketplace is down when the vendor has rotated, and comes back."""
    connected(world, sellers[0], ENDED)
    faults = world.sharetribe.faults
    down = threading.Timer(0.8, faults.reset)

    def break_down() -> None:
        faults.only_paths, faults.mode = WRITES, "error"
        down.start()

    world.vendor.before_answer = break_down
    assert HTTPStatus.CREATED == sellers[0].order().status_code
    down.join()
    assert world.vendor.granted[0].refresh_token == world.stored.grant.secret["refreshToken"]


def test_the_operator_writes_for_a_session_that_has_just_ended(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    seller = next(iter(world.sharetribe.users.values()))

    def log_out() -> None:
        world.sharetribe.expire_access_tokens()
        world.sharetribe.log_out(seller.id)

    world.vendor.before_answer = log_out
    sellers[0].order()
    assert world.vendor.granted[0].refresh_token == world.stored.grant.secret["refreshToken"]


def test_what_cannot_be_written_is_not_used(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    faults = world.sharetribe.faults

    def break_down() -> None:
        faults.only_paths, faults.mode = WRITES, "error"

    ordered(world)
    world.vendor.before_answer = break_down
    assert (503, "marketplace-unavailable") == told(sellers[0].read())
    assert [] == world.vendor.tokens_shown


def test_what_else_is_learnt_of_a_connection_during_a_renewal_is_kept(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    world.vendor.before_answer = lambda: world.amend(trips=("0123456789abcdef",))
    assert HTTPStatus.CREATED == sellers[0].order().status_code
    assert ("0123456789abcdef",) == world.stored.trips
    assert world.vendor.granted[0].refresh_token == world.stored.grant.secret["refreshToken"]


def test_who_disconnects_during_a_renewal_stays_disconnected(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """The renewed grant is given back: nobody holds it."""
    connected(world, sellers[0], ENDED)
    ordered(world)
    seller = next(iter(world.sharetribe.users.values()))
    world.vendor.before_answer = seller.private_data.clear
    assert (409, "not-connected") == told(sellers[0].read())
    assert {} == seller.private_data
    assert not world.vendor.granted[0].lives


def test_who_connects_again_during_a_renewal_keeps_the_newer_connection(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    first, second = sellers
    connected(world, first, ENDED)
    ends: list[str] = []

    def connect_again() -> None:
        world.vendor.before_answer = lambda: None
        ends.append(second.connect())

    world.vendor.before_answer = connect_again
    assert HTTPStatus.CREATED == first.order().status_code
    assert ["rotating=connected"] == ends
    older, newer = world.vendor.granted
    assert newer.refresh_token == world.stored.grant.secret["refreshToken"]
    assert (False, True) == (older.lives, newer.lives)


def renewed_late(world: RotatingWorld, seller: Seller) -> Callable[[], object]:
    """Renew, with a first write that is given up and done again; return it, still to be applied."""
    connected(world, seller, ENDED)
    with late_writes(world.sharetribe, PROFILE, most=1) as late:
        assert HTTPStatus.CREATED == seller.order().status_code
    return late[0]


def test_a_renewal_that_is_written_late_brings_nobody_back(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    write = renewed_late(world, sellers[0])
    sellers[1].call("DELETE", "/api/connections/rotating")
    write()
    assert (409, "not-connected") == told(sellers[0].read())
    assert "not-connected" == sellers[1].entry()["status"]
    assert [False] == [granted.lives for granted in world.vendor.granted]


def test_a_renewal_that_is_written_late_spares_a_newer_connection(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    write = renewed_late(world, sellers[0])
    sellers[1].connect()
    write()
    assert world.vendor.granted[1].refresh_token == world.stored.grant.secret["refreshToken"]


def test_a_renewal_that_is_written_late_spares_a_later_one(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    write = renewed_late(world, sellers[0])
    world.amend(expires_at=0)
    assert HTTPStatus.OK == sellers[1].read().status_code
    write()
    assert world.vendor.granted[0].refresh_token == world.stored.grant.secret["refreshToken"]


@pytest.mark.parametrize("is_patient", [False, True])
def test_a_death_between_rotation_and_write_is_survived_as_the_vendor_lets(
    world: RotatingWorld, sellers: tuple[Seller, Seller], is_patient: bool
) -> None:
    connected(world, sellers[0], ENDED)
    world.vendor.is_patient = is_patient
    dying = world.start()
    dead = threading.Event()

    def die() -> None:
        world.vendor.before_answer = lambda: None
        dying.close()
        dead.set()

    world.vendor.before_answer = die
    with ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(Seller(world, dying).order)
        wait_until(dead.is_set, "the process did not get so far")
        assert cut_off.exception(PATIENCE_SECONDS) is not None
    expected = (201, "") if is_patient else (409, "needs-reconnection")
    assert expected == told(sellers[1].order())


def test_a_token_that_another_process_has_replaced_meanwhile_is_not_the_end(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """Some vendors end the older access token when a newer one is given."""
    connected(world, sellers[0], 3_600)
    ordered(world)
    (granted,) = world.vendor.granted

    def renew_elsewhere() -> None:
        granted.access_tokens.clear()
        known = world.stored.grant
        world.amend(grant=replace(known, secret={**known.secret, "token": "newer"}))

    world.vendor.before_entries = renew_elsewhere
    assert (503, "vendor-unavailable") == told(sellers[0].read())
    assert "connected" == sellers[0].entry()["status"]


def test_a_code_of_another_trip_is_refused(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    """The verifier is made of the nonce of the trip that comes back."""
    first, second = sellers
    theirs = first.begin(), second.begin()
    codes = [parse_qs(urlsplit(world.vendor.authorize(url)).query)["code"][0] for url in theirs]
    state = parse_qs(urlsplit(theirs[0]).query)["state"][0]
    assert "rotating=failed" == first.come_back(codes[1], state)
    assert [] == world.vendor.granted


def test_disconnecting_revokes_by_the_refresh_token_that_is_stored(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDED)
    assert HTTPStatus.OK == sellers[0].call("DELETE", "/api/connections/rotating").status_code
    assert not world.vendor.granted[0].lives


def test_no_token_is_in_a_log_or_in_an_answer(
    world: RotatingWorld, sellers: tuple[Seller, Seller]
) -> None:
    connected(world, sellers[0], ENDING)
    answers = [sellers[0].order().text, sellers[0].read().text, str(sellers[0].entry())]
    (granted,) = world.vendor.granted
    secret = {granted.refresh_token, *granted.used, *granted.access_tokens}
    said = "".join((*answers, *(seller.process.output() for seller in sellers)))
    assert set() == {token for token in secret if token in said}
