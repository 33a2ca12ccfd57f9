"""The OAuth state: it holds for one user, one browser, one vendor and fifteen minutes."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from crypto import LEEWAY_SECONDS, KeyRing
from proxy.connections.pkce import code_challenge
from proxy.connections.state import STATE_SECONDS, Begun, StateInvalid, States

unhurried = settings(deadline=None)  # other work may hold the machine

CLIENT = "3d1f0b7a-6c25-4e98-b7d0-a1c2e3f40516"
USER = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
NEW, OLD = (2, bytes(range(64))), (1, bytes(range(64, 128)))
BEGAN = 1_800_000_000.0
WEB_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> float:
        return self.now


def made(
    *keys: tuple[int, bytes], client: str = CLIENT, vendor: str = "acme", at: float = BEGAN
) -> States:
    """Return the states of a vendor, at a fixed time."""
    return States(KeyRing(keys or (NEW, OLD)), client, vendor, lambda: at)


STATES = made()
BEGUN = STATES.issue(USER, comes_back=True)


def assert_refused(states: States, state: str) -> None:
    with pytest.raises(StateInvalid):
        states.check(state)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_state_tells_who_must_come_back_and_how(comes_back: bool) -> None:
    begun = STATES.issue(USER, comes_back=comes_back)
    expected = STATES.check(begun.state)

    assert (USER, comes_back) == (expected.user_id, expected.comes_back)
    assert expected.is_of(begun.nonce)


@pytest.mark.parametrize(
    "nonce",
    ["", "x", BEGUN.nonce[:-1], BEGUN.nonce + "x", "\ud800"],
    ids=["none", "short", "cut short", "longer", "no text"],
)
def test_another_nonce_is_another_browser(nonce: str) -> None:
    assert not STATES.check(BEGUN.state).is_of(nonce)


def test_the_nonce_of_another_trip_is_another_browsers() -> None:
    assert not STATES.check(BEGUN.state).is_of(STATES.issue(USER, comes_back=True).nonce)


def test_every_trip_has_a_nonce_a_state_and_a_name_of_its_own() -> None:
    begun = [STATES.issue(USER, comes_back=True) for _ in range(20)]

    told = [{one.nonce for one in begun}, {one.state for one in begun}, {one.trip for one in begun}]
    assert [20, 20, 20] == [len(texts) for texts in told]


def test_a_state_names_the_trip_that_it_was_issued_for() -> None:
    assert BEGUN.trip == STATES.check(BEGUN.state).trip


def test_the_nonce_does_not_travel_in_the_state() -> None:
    payload = URLSafeSerializer("unknown").loads_unsafe(BEGUN.state)[1]

    assert [USER.hex, True] == [payload[0], payload[2]]
    assert payload[1] not in BEGUN.nonce
    assert BEGUN.nonce not in str(payload)


@pytest.mark.parametrize("seconds", [-LEEWAY_SECONDS, -1, 0, 1, STATE_SECONDS])
def test_a_state_is_in_time_until_its_time_is_over(seconds: int) -> None:
    """A clock that is a little behind the one that issued it stops nobody."""
    assert not made(at=BEGAN + seconds).check(BEGUN.state).is_late


@pytest.mark.parametrize("seconds", [STATE_SECONDS + 1, 86_400, 10**9])
def test_a_state_is_late_when_its_time_is_over(seconds: int) -> None:
    assert made(at=BEGAN + seconds).check(BEGUN.state).is_late


@pytest.mark.parametrize("seconds", [LEEWAY_SECONDS + 1, 10**9])
def test_a_state_from_the_future_is_refused(seconds: int) -> None:
    assert_refused(made(at=BEGAN - seconds), BEGUN.state)


def test_the_given_clock_is_asked_and_no_other() -> None:
    clock = Clock()
    states = States(KeyRing((NEW,)), CLIENT, "acme", clock)
    begun = states.issue(USER, comes_back=True)
    clock.now += STATE_SECONDS + 1

    assert states.check(begun.state).is_late


def test_another_vendors_state_is_refused() -> None:
    assert_refused(made(vendor="other"), BEGUN.state)


def test_another_marketplaces_state_is_refused() -> None:
    assert_refused(made(client="another-client"), BEGUN.state)


def test_a_state_of_unknown_keys_is_refused() -> None:
    assert_refused(made((2, bytes(64))), BEGUN.state)


def test_an_older_key_still_verifies() -> None:
    begun = made(OLD).issue(USER, comes_back=True)

    assert USER == STATES.check(begun.state).user_id


def test_the_newest_key_signs() -> None:
    assert USER == made(NEW).check(BEGUN.state).user_id
    assert_refused(made(OLD), BEGUN.state)


@unhurried
@given(st.integers(0, len(BEGUN.state) - 1), st.sampled_from(WEB_CHARACTERS))
def test_a_state_altered_at_any_position_is_refused(position: int, character: str) -> None:
    altered = BEGUN.state[:position] + character + BEGUN.state[position + 1 :]
    # The last character of a signature has bits that stand for nothing; they prove the same.
    assume(altered[:-1] != BEGUN.state[:-1])

    assert_refused(STATES, altered)


@unhurried
@given(st.integers(0, len(BEGUN.state) - 1))
def test_a_state_that_is_cut_is_refused(length: int) -> None:
    assert_refused(STATES, BEGUN.state[:length])


@unhurried
@given(st.text())
def test_any_text_is_refused_and_nothing_else_raised(state: str) -> None:
    assert_refused(STATES, state)


@unhurried
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values),
    )
)
def test_any_content_that_we_signed_ourselves_is_read_or_refused(content: object) -> None:
    assert_refused(STATES, STATES._signers[0].sign(content))


def test_a_state_too_long_for_any_trip_is_refused() -> None:
    assert_refused(STATES, BEGUN.state + "A" * 1_000)


def test_neither_state_nor_nonce_shows_in_a_repr() -> None:
    assert "Begun()" == repr(Begun(BEGUN.state, BEGUN.nonce, BEGUN.code_verifier))


def test_who_comes_back_with_the_nonce_brings_the_verifier() -> None:
    """To any process, for it knows the state, the cookie and the keys."""
    assert BEGUN.code_verifier == made().check(BEGUN.state).code_verifier(BEGUN.nonce)


def test_a_verifier_has_the_form_that_is_asked_for() -> None:
    """RFC 7636 4.1: 43 to 128 characters, all of them unreserved."""
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43}", BEGUN.code_verifier)


def test_a_verifier_stays_the_same_when_a_newer_key_has_come() -> None:
    begun = made(OLD).issue(USER, comes_back=True)

    assert begun.code_verifier == made(NEW, OLD).check(begun.state).code_verifier(begun.nonce)


def test_a_verifier_is_nothing_that_travels() -> None:
    payload = URLSafeSerializer("unknown").loads_unsafe(BEGUN.state)[1]

    assert BEGUN.code_verifier not in (BEGUN.state, BEGUN.nonce, *map(str, payload))


@pytest.mark.parametrize(
    "other",
    [made(vendor="other"), made(client="another"), made((2, bytes(64)))],
    ids=["vendor", "marketplace", "key"],
)
def test_a_verifier_is_of_one_key_marketplace_and_vendor(other: States) -> None:
    elsewhere = other.check(other.issue(USER, comes_back=True).state)

    assert BEGUN.code_verifier != elsewhere.code_verifier(BEGUN.nonce)


def test_another_nonce_makes_another_verifier() -> None:
    other = STATES.issue(USER, comes_back=True)

    assert BEGUN.code_verifier != STATES.check(BEGUN.state).code_verifier(other.nonce)


def test_a_challenge_is_the_published_one() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" == code_challenge(verifier)
