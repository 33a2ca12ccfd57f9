"""How a session travels with the vendor, whatever its refresh token looks like, and how it opens.

The examples' echo fields hold 100 characters, and their callback URLs 255.
"""

from __future__ import annotations

import secrets
import string
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from sandbox.server import Server
from tests.conftest import StartWorld
from tests.flows.steps import (
    NOT_OURS,
    assert_recorded,
    logged,
    outcome,
    standing,
    started,
)
from tests.kit.checks import Check
from tests.kit.examples import CHECKS
from tests.kit.world import KitWorld

PACKED, TEXT, TOKENLESS = 1, 2, 3
LONGEST_IN_THE_FIELD = 37
OVERFLOWING = 60
DAY = 24 * 60 * 60


def with_tokens_of(world: KitWorld, length: int) -> KitWorld:
    """Make the marketplace hand out refresh tokens of `length` characters from now on."""
    letters = string.ascii_letters + string.digits
    world.sharetribe.refresh_token_maker = lambda: "".join(
        secrets.choice(letters) for _ in range(length)
    )
    return world


def begun(world: KitWorld) -> Check:
    return world.checks.checks[started(world.browser())]


def layout(sealed: str) -> int:
    """Return the layout that a sealed reference declares in its first byte."""
    return urlsafe_b64decode(sealed[:4])[0] & 0x0F


def parts(transaction: Check) -> tuple[str, str]:
    """Return what travels with a transaction: the echo field, and the URL's last segment or ""."""
    _, _, tail = transaction.callback_url.partition("/callbacks/")
    return transaction.reference, tail.partition("/")[2]


def longest_in_the_url(world: KitWorld) -> int:
    """Return the length of the longest token that still fits into the callback URL."""
    prefix = world.settings.get("API_PREFIX", "/api")
    characters = 255 - len(f"{world.settings['PUBLIC_URL']}{prefix}/callbacks/{world.checks.name}/")
    # 38 bytes are header, synthetic IV, user and time; base64url makes 4 characters of 3 bytes.
    return characters * 3 // 4 - 38


@contextmanager
def restarted(world: KitWorld, **settings: str) -> Iterator[None]:
    """Let another process of the app, with changed settings, answer at another address."""
    before = world.url
    with Server(world.another_app(**settings)) as server:
        world.url = server.url
        for transaction in world.checks.checks.values():
            transaction.callback_url = (transaction.callback_url).replace(before, server.url)
        yield


def new_keys(length: int, current: str) -> str:
    """Return a key ring with a new first key in front of the current ones."""
    key = urlsafe_b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
    return f"2:{key},{current}"


def test_a_usual_token_fits_the_field(each_check: KitWorld) -> None:
    transaction = begun(each_check)
    field, overflow = parts(transaction)
    assert (99, PACKED, "") == (len(field), layout(field), overflow)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("length", [1, LONGEST_IN_THE_FIELD])
def test_a_token_of_another_form_fits_the_field_while_it_is_short(
    start_world: StartWorld, check: str, length: int
) -> None:
    world = with_tokens_of(start_world(INTEGRATIONS=check), length)
    transaction = begun(world)
    field, overflow = parts(transaction)
    assert (TEXT, "") == (layout(field), overflow)
    assert len(field) <= 100
    assert {200} == set(world.checks.finish(transaction.id))
    assert_recorded(world, "approved")


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("length", [LONGEST_IN_THE_FIELD + 1, OVERFLOWING, None])
def test_a_longer_token_travels_in_the_callback_url(
    start_world: StartWorld, check: str, length: int | None
) -> None:
    world = start_world(INTEGRATIONS=check)
    with_tokens_of(world, length or longest_in_the_url(world))
    transaction = begun(world)
    field, overflow = parts(transaction)
    assert (TOKENLESS, TEXT) == (layout(field), layout(overflow))
    assert len(field) <= 100
    assert len(transaction.callback_url) <= 255
    assert {200} == set(world.checks.finish(transaction.id))
    assert_recorded(world, "approved")


@pytest.mark.parametrize("length", [None, 300, 10_000])
def test_a_token_that_fits_nowhere_is_told_before_the_vendor_is_called(
    each_check: KitWorld, length: int | None
) -> None:
    world = each_check
    with_tokens_of(world, length or longest_in_the_url(world) + 1)
    answer = world.browser().start()
    assert (400, "session-unsupported") == (answer.status_code, answer.json()["code"])
    assert [] == world.checks.calls
    assert world.verification() is None


@pytest.mark.parametrize("prefix", ["/a", "/ab", "/abc", "/abcd"])
def test_the_limit_of_the_callback_url_is_met_exactly_at_any_address(
    start_world: StartWorld, prefix: str
) -> None:
    world = start_world(API_PREFIX=prefix)
    longest = longest_in_the_url(world)
    for length, status in ((longest, 201), (longest + 1, 400)):
        browser = with_tokens_of(world, length).browser()
        world.sharetribe.replace_private_data(world.user.id, {})
        answer = browser.call("POST", f"{prefix}/id-verification")
        assert (length, status) == (length, answer.status_code)


@pytest.mark.parametrize("rotation", ["none", "grace", "strict"])
def test_an_overflowing_session_survives_rotation(start_world: StartWorld, rotation: str) -> None:
    world = with_tokens_of(start_world(rotation=rotation), OVERFLOWING)
    browser = world.browser()
    world.sharetribe.expire_access_tokens()
    world.checks.finish(started(browser))
    assert_recorded(world, "approved")


@pytest.mark.parametrize("spoil", ["broken", "of another user", "of an earlier check", "foreign"])
def test_a_url_segment_of_elsewhere_writes_nothing(start_world: StartWorld, spoil: str) -> None:
    now = [time.time()]
    world = with_tokens_of(start_world(clock=lambda: now[0]), OVERFLOWING)
    earlier = begun(world)
    of_another = world.checks.checks[started(world.browser(world.other_user))]
    now[0] += 60
    transaction = world.checks.checks[started(world.browser(), restart=True)]
    field, overflow = parts(transaction)
    segment = {
        "broken": overflow[:-1],
        "of another user": parts(of_another)[1],
        "of an earlier check": parts(earlier)[1],
        "foreign": "callback",
    }[spoil]
    world.checks.loses = True
    world.checks.finish(transaction.id)
    body = world.checks.callback(transaction, reference=field)
    answered = world.checks.post(transaction, body, segment)
    assert NOT_OURS[world.checks.name] == outcome(answered)
    assert_recorded(world, "pending")


def test_a_url_segment_cannot_lend_its_session_to_a_field_that_does_not_open(
    each_check: KitWorld,
) -> None:
    world = with_tokens_of(each_check, OVERFLOWING)
    transaction = begun(world)
    _, overflow = parts(transaction)
    body = world.checks.callback(transaction, reference="")
    answered = world.checks.post(transaction, body, overflow)
    assert NOT_OURS[world.checks.name] == outcome(answered)


def test_without_its_url_segment_a_result_waits_for_the_next_visit(each_check: KitWorld) -> None:
    """The vendor may prefer its portal-wide callback URL, which has no such segment."""
    world = with_tokens_of(each_check, OVERFLOWING)
    transaction = begun(world)
    transaction.callback_url = transaction.callback_url.rpartition("/")[0]
    assert {200} == set(world.checks.finish(transaction.id))
    assert_recorded(world, "pending")
    assert standing(world.browser())["verified"]


@pytest.mark.parametrize("check", CHECKS)
def test_without_its_url_segment_a_result_is_written_through_the_integration_api(
    start_world: StartWorld, check: str
) -> None:
    world = with_tokens_of(start_world(INTEGRATIONS=check, integration_api=True), OVERFLOWING)
    transaction = begun(world)
    transaction.callback_url = transaction.callback_url.rpartition("/")[0]
    world.checks.finish(transaction.id)
    assert_recorded(world, "approved")


@pytest.mark.parametrize("check", CHECKS)
def test_a_bearer_session_is_written_through_the_integration_api(
    start_world: StartWorld, check: str
) -> None:
    world = start_world(INTEGRATIONS=check, integration_api=True)
    visitor = world.browser()
    visitor.cookie = None
    token = world.sharetribe.log_in(world.user.id)["access_token"]
    answer = visitor.call("POST", headers={"Authorization": f"Bearer {token}"})
    transaction = world.checks.checks[answer.json()["transactionReference"]]
    field, overflow = parts(transaction)
    assert (TOKENLESS, "") == (layout(field), overflow)
    assert {200} == set(world.checks.finish(transaction.id))
    assert_recorded(world, "approved")


def test_the_url_segment_stays_out_of_the_logs(world: KitWorld) -> None:
    with_tokens_of(world, OVERFLOWING)
    with logged() as lines:
        transaction = begun(world)
        world.checks.finish(transaction.id)
        world.checks.forge(transaction)
    field, overflow = parts(transaction)
    assert "outcome=stored" in " ".join(lines)
    assert [] == [line for line in lines if field in line or overflow in line]


@pytest.mark.parametrize("length", [82, OVERFLOWING])
def test_a_seal_opens_after_the_keys_were_rotated(each_check: KitWorld, length: int) -> None:
    world = each_check
    if length != 82:
        with_tokens_of(world, length)
    transaction = begun(world)
    with restarted(world, SEAL_KEYS=new_keys(64, world.settings["SEAL_KEYS"])):
        assert {200} == set(world.checks.finish(transaction.id))
        assert_recorded(world, "approved")
        renewed = world.checks.checks[started(world.browser(), restart=True)]
        assert 2 == urlsafe_b64decode(parts(renewed)[0][:4])[1]


def test_a_seal_under_a_key_that_is_gone_does_not_open_and_the_pull_heals(
    each_check: KitWorld,
) -> None:
    world = each_check
    transaction = begun(world)
    only_new, _, _ = new_keys(64, "").partition(",")
    with restarted(world, SEAL_KEYS=only_new):
        assert NOT_OURS[world.checks.name][0] == world.checks.finish(transaction.id)[-1]
        assert standing(world.browser())["verified"]


def test_a_checksum_holds_after_the_keys_were_rotated(each_check: KitWorld) -> None:
    world = each_check
    world.checks.finish(begun(world).id)
    with restarted(world, CHECKSUM_KEYS=new_keys(32, world.settings["CHECKSUM_KEYS"])):
        assert standing(world.browser())["verified"]
        started(world.browser(), restart=True)
        assert world.user.private_data["idVerificationChecksum"].startswith("2.")
        assert "valid" == standing(world.browser())["checksum"]


def test_a_checksum_under_a_key_that_is_gone_does_not_hold(world: KitWorld) -> None:
    world.checks.finish(begun(world).id)
    only_new, _, _ = new_keys(32, "").partition(",")
    with restarted(world, CHECKSUM_KEYS=only_new):
        told = standing(world.browser())
    assert {"status": "invalid", "verified": False, "checksum": "invalid"} == told


@pytest.mark.parametrize(("days", "stored"), [(60, "expired"), (62, "pending")])
def test_a_reference_opens_for_61_days(start_world: StartWorld, days: int, stored: str) -> None:
    now = [time.time()]
    world = start_world(clock=lambda: now[0])
    transaction = begun(world)
    now[0] += days * DAY
    assert [200] == world.checks.finish(transaction.id, "lapsed")
    assert stored == (world.verification() or {})["status"]
    assert "expired" == standing(world.browser())["status"]


def test_the_internal_reference_is_random_and_tells_nothing(each_check: KitWorld) -> None:
    world, browser = each_check, each_check.browser()
    references = [started(browser), started(browser, restart=True)]
    first, second = (world.checks.checks[reference].tag for reference in references)
    assert (4, 4) == (UUID(first).version, UUID(second).version)
    assert 5 == len({first, second, world.user.id, *references})
