"""Several vendors of identity checks at once: who starts, who is asked, and whose result counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.server import Server
from tests.conftest import StartWorld
from tests.flows.problems import assert_problem
from tests.flows.steps import assert_recorded, logged, standing, started
from tests.kit.world import KitWorld

BOTH = "passcheck,facecheck"


@pytest.fixture
def both(start_world: StartWorld) -> KitWorld:
    """Return a world with two vendors; the first of them starts."""
    return start_world(INTEGRATIONS=BOTH)


@contextmanager
def listing(world: KitWorld, integrations: str) -> Iterator[None]:
    """Let the app of an operator answer who lists other integrations."""
    before = world.url
    with Server(world.another_app(INTEGRATIONS=integrations)) as server:
        world.url = server.url
        try:
            yield
        finally:
            world.url = before


def providers(world: KitWorld) -> list[int]:
    """Return how many sessions each vendor has begun, in the order of BOTH."""
    return [len(world.vendors[name].checks) for name in BOTH.split(",")]


def test_the_first_listed_starts(both: KitWorld) -> None:
    started(both.browser())
    assert [1, 0] == providers(both)
    assert "passcheck" == standing(both.browser())["provider"]


def test_a_start_may_choose_another(both: KitWorld) -> None:
    reference = started(both.browser(), provider="facecheck")
    assert [0, 1] == providers(both)
    both.facecheck.finish(reference, told=False)
    assert ("approved", "facecheck") == tuple(
        standing(both.browser())[name] for name in ("status", "provider")
    )


@pytest.mark.parametrize("provider", ["jupiter", "", "PASSCHECK", 1, True, ["passcheck"], {}])
def test_a_vendor_that_is_not_enabled_cannot_be_chosen(both: KitWorld, provider: object) -> None:
    problem = assert_problem(both.browser().start(provider=provider), 400, "body-invalid")
    assert "The field provider must be one of passcheck, facecheck." == problem["detail"]
    assert [0, 0] == providers(both)


def test_no_choice_is_the_first(both: KitWorld) -> None:
    started(both.browser(), provider=None)
    assert [1, 0] == providers(both)


def test_choosing_another_while_one_is_under_way_begins_it_once(both: KitWorld) -> None:
    browser = both.browser()
    first = started(browser)
    second = started(browser, provider="facecheck")
    assert second == browser.start(provider="facecheck").json()["transactionReference"]
    assert first == browser.start(provider="passcheck").json()["transactionReference"]
    assert second == browser.start().json()["transactionReference"]
    assert [1, 1] == providers(both)


def test_who_is_approved_by_one_needs_no_other(both: KitWorld) -> None:
    browser = both.browser()
    both.passcheck.finish(started(browser))
    answer = browser.start(provider="facecheck")
    assert (200, {"status": "approved"}) == (answer.status_code, answer.json())
    assert [1, 0] == providers(both)


def test_starts_are_counted_whichever_the_vendor(start_world: StartWorld) -> None:
    browser = start_world(INTEGRATIONS=BOTH, MAX_STARTS_PER_DAY="2").browser()
    for provider in BOTH.split(","):
        started(browser, provider=provider)
    problem = browser.start(provider="passcheck", restart=True)
    assert_problem(problem, 429, "too-many-starts")


def test_an_approval_counts_beside_another_vendors_session_that_nobody_finished(
    both: KitWorld,
) -> None:
    browser = both.browser()
    lapsed, approved = started(browser), started(browser, provider="facecheck")
    both.facecheck.finish(approved)
    both.passcheck.finish(lapsed, "lapsed")
    assert_recorded(both, "approved")


def test_a_callback_of_one_vendor_cannot_tell_anothers_result(both: KitWorld) -> None:
    browser = both.browser()
    reference = started(browser)
    foreign = started(browser, provider="facecheck")
    check = both.passcheck.checks[reference]
    both.facecheck.checks[foreign].reference = check.reference
    assert [400] == both.facecheck.finish(foreign)
    assert_recorded(both, "pending")


@pytest.mark.parametrize("integrations", ["facecheck,passcheck", BOTH])
def test_another_order_strands_nobody(both: KitWorld, integrations: str) -> None:
    reference = started(both.browser())
    with listing(both, integrations):
        browser = both.browser()
        assert reference == browser.start().json()["transactionReference"]
        both.passcheck.finish(reference, told=False)
        assert standing(browser)["verified"]


def test_who_waits_for_a_vendor_that_was_removed_begins_anew(both: KitWorld) -> None:
    old = started(both.browser())
    with listing(both, "facecheck"), logged() as lines:
        browser = both.browser()
        told = standing(browser)
        assert ("pending", "passcheck") == (told["status"], told["provider"])
        assert {"redirectUrl", "expiresAt"}.isdisjoint(told)
        new = started(browser)
        both.facecheck.finish(new, told=False)
        assert (True, new) == tuple(
            standing(browser)[name] for name in ("verified", "transactionReference")
        )
    assert old != new
    assert [line for line in lines if "outcome=not-enabled" in line and "passcheck" in line]


def test_an_approval_by_a_vendor_that_was_removed_counts(both: KitWorld) -> None:
    both.passcheck.finish(started(both.browser()))
    with listing(both, "facecheck"):
        browser = both.browser()
        assert standing(browser)["verified"]
        assert {"status": "approved"} == browser.start().json()


def test_a_vendor_knows_a_user_again_and_nobody_elses(both: KitWorld) -> None:
    def names(vendor: str) -> list[str]:
        return [check.person for check in both.vendors[vendor].checks.values()]

    for vendor in BOTH.split(","):
        for user in (both.user, both.user, both.other_user):
            started(both.browser(user), restart=True, provider=vendor)
            for check in both.vendors[vendor].checks:
                both.vendors[vendor].finish(check, "lapsed")
    same, again, other = names("passcheck")
    assert same == again
    assert 4 == len({same, other, *names("facecheck")})
    assert both.user.id not in {same, other}


def test_a_pseudonym_outlives_the_key_that_leads(both: KitWorld) -> None:
    started(both.browser())
    ring = both.settings["CHECKSUM_KEYS"]
    _, _, own = ring.partition(":")
    for settings in (
        {"CHECKSUM_KEYS": f"2:{'A' * 42}E,{ring}"},
        {"CHECKSUM_KEYS": f"3:{'B' * 42}E", "PSEUDONYM_KEY": own},
    ):
        app = both.another_app(**settings)
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": both.browser().cookie_header}
        body = {"restart": True}
        app.test_client(use_cookies=False).post("/api/id-verification", json=body, headers=headers)
    assert [3, 1] == [
        len(both.passcheck.checks),
        len({check.person for check in both.passcheck.checks.values()}),
    ]


@pytest.mark.parametrize("vendor", BOTH.split(","))
def test_a_result_that_a_vendor_tells_of_another_user_is_not_believed(
    both: KitWorld, vendor: str
) -> None:
    simulated = both.vendors[vendor]
    browser = both.browser()
    own = started(browser, provider=vendor)
    other = started(both.browser(both.other_user), provider=vendor)
    simulated.checks[own].reference = simulated.checks[other].reference
    for session in (own, other):
        simulated.finish(session, told=False)
    with logged() as lines:
        assert "pending" == standing(browser)["status"]
    assert [
        line
        for line in lines
        if "event=pull" in line and "outcome=foreign" in line and vendor in line
    ]
    assert standing(both.browser(both.other_user))["verified"]
