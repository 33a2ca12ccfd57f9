"""Several vendors of identity checks on the demo page: the visitor chooses which one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sandbox.discovery import simulators
from sandbox.runner import Sandbox
from sandbox.stage import Options
from tests.browser.console import Console
from tests.browser.steps import log_in, needs_a_check, play, start, verify
from tests.sandbox.beacon_simulator import SIMULATOR, SimulatedBeacon

pytestmark = [pytest.mark.browser, needs_a_check]

FIRST = next((one.title for one in simulators() if one.checks), "")


@pytest.fixture(scope="module")
def sandbox_of_several(chromium: Browser) -> Iterator[Sandbox]:
    """Start a sandbox with one more vendor of checks, the last of all."""
    assert chromium.is_connected()
    with Sandbox(Options(port=0, guests=(SIMULATOR,))) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_of_several: Sandbox) -> Sandbox:
    """Return it with nothing stored and every service behaving."""
    sandbox_of_several.start_afresh()
    sandbox_of_several.stage.behave()
    return sandbox_of_several


@pytest.fixture
def beacon(sandbox: Sandbox) -> SimulatedBeacon:
    found: SimulatedBeacon = sandbox.stage.beacon
    return found


@pytest.fixture
def member(page: Page) -> Page:
    """Return the demo page after the first user has logged in."""
    log_in(page)
    return page


def choice(page: Page, title: str) -> Locator:
    return page.get_by_role("group", name="Checked by").get_by_role("radio", name=title)


def choose_beacon(page: Page) -> None:
    choice(page, "Beacon").check()


def ask_for_another_photo(page: Page) -> None:
    """Choose Beacon, and have it ask for another photo."""
    choose_beacon(page)
    verify(page, "another_photo")


def is_calm(beacon: SimulatedBeacon) -> bool:
    return beacon.callbacks == "send"


def test_the_first_is_chosen_until_another_is_and_the_page_goes_with_the_choice(
    member: Page,
) -> None:
    """Which one is chosen shows by more than its color."""
    marks = "(span) => getComputedStyle(span).boxShadow"
    words = member.locator("#identity .choice span")
    expect(choice(member, FIRST)).to_be_checked()
    expect(choice(member, "Beacon")).not_to_be_checked()
    expect(member.locator("#rude-vendor-down .go")).to_have_text(f"Take {FIRST} down")
    expect(member.locator("[data-checker=beacon]")).to_be_hidden()
    assert "none" != words.first.evaluate(marks)
    assert "none" == words.last.evaluate(marks)

    choose_beacon(member)

    expect(member.locator("#rude-vendor-down .go")).to_have_text("Take Beacon down")
    member.locator("#more > summary").click()
    expect(member.locator("[data-checker]:visible")).to_have_count(1)
    expect(member.locator("[data-checker=beacon]")).to_be_visible()
    assert "none" == words.first.evaluate(marks)
    assert "none" != words.last.evaluate(marks)

    member.locator("#verify").click()

    expect(member.locator("#badge-detail")).to_have_text("Finish the steps on Beacon\u2019s page.")


def test_another_is_chosen_and_passed_with_the_keyboard_alone(
    member: Page, beacon: SimulatedBeacon
) -> None:
    member.keyboard.press("Shift+Tab")
    expect(choice(member, FIRST)).to_be_focused()
    member.keyboard.press("ArrowLeft")  # from the first to the last
    expect(choice(member, "Beacon")).to_be_checked()
    member.keyboard.press("Tab")
    expect(member.locator("#verify")).to_be_focused()
    member.keyboard.press("Enter")
    expect(member.locator("#vendor-title")).to_be_focused()
    expect(member.locator("#vendor-title")).to_have_text("Beacon\u2019s page")
    member.frame_locator("iframe[title='Beacon\u2019s page']").locator("button").first.wait_for()
    for _ in ("to the button that closes it", "into the frame"):
        member.keyboard.press("Tab")
    member.keyboard.press("Enter")

    expect(member.locator("#badge")).to_have_text("Verified")
    expect(member.locator("#badge-detail")).to_contain_text("Beacon accepted")
    expect(member.locator("#private-data")).to_contain_text('"provider": "beacon"')
    assert ["clear"] == [session.status for session in beacon.transactions.values()]


def test_a_rudeness_is_played_at_the_vendor_of_choice(
    member: Page, sandbox: Sandbox, console: Console
) -> None:
    console.expected = ("status of 503",)
    calls = sandbox.stage.checking[0].vendor.calls
    asked_first = list(calls)
    choose_beacon(member)

    for scenario, told in (
        ("rate-limit", "answered 503 (vendor-unavailable"),
        ("lose", "the proxy asked Beacon itself"),
        ("forge", "Answered 401. The private data did not change"),
    ):
        ended = play(member, scenario)
        expect(ended).to_contain_text("As it should be.")
        expect(ended).to_contain_text(told)
    assert calls == asked_first


def test_the_switches_show_what_a_scenario_has_set_and_one_at_another_vendor_ends_it(
    member: Page, beacon: SimulatedBeacon
) -> None:
    choose_beacon(member)
    start(member, "delay")
    expect(member.get_by_role("button", name="Deliver now")).to_be_visible()
    expect(member.locator("#switch-beaconCallbacks")).to_have_value("delay")
    assert not is_calm(beacon)

    choice(member, FIRST).check()
    expect(play(member, "repeat")).to_contain_text("As it should be.")

    expect(member.locator("#switch-beaconCallbacks")).to_have_value("send")
    assert is_calm(beacon)


def test_what_a_check_waits_for_is_said_and_who_comes_back_goes_on_with_it(
    member: Page, beacon: SimulatedBeacon
) -> None:
    ask_for_another_photo(member)

    expect(member.locator("#badge")).to_have_text("Still being checked")
    expect(member.locator("#badge-detail")).to_have_text(
        "Beacon has not given its result yet: it asks for another photo."
    )
    expect(member.locator("#standing")).to_be_focused()
    expect(member.locator("#verify")).to_have_text("Continue the check")

    member.reload()

    expect(choice(member, "Beacon")).to_be_checked()
    expect(member.locator("#verify")).to_have_text("Continue the check")

    verify(member, "clear")

    expect(member.locator("#badge")).to_have_text("Verified")
    assert 1 == len(beacon.transactions)


def test_a_pending_check_is_left_for_another_vendor(member: Page) -> None:
    ask_for_another_photo(member)

    choice(member, FIRST).check()
    expect(member.locator("#badge-detail")).to_contain_text("Beacon has not given")
    expect(member.locator("#verify")).to_have_text(f"Verify with {FIRST} instead")
    verify(member)

    expect(member.locator("#badge-detail")).to_contain_text(f"{FIRST} accepted")


def test_a_finished_check_names_its_own_vendor(member: Page) -> None:
    choose_beacon(member)
    verify(member, "refused")
    expect(member.locator("#badge-detail")).to_contain_text("Beacon did not accept")

    choice(member, FIRST).check()
    member.reload()

    expect(choice(member, FIRST)).to_be_checked()
    expect(member.locator("#badge-detail")).to_contain_text("Beacon did not accept")


def test_a_trip_to_all_of_them_is_drawn_within_its_card(member: Page) -> None:
    """While several wait, a visit asks each of them: as many lanes, and text beside them."""
    for one in member.locator("#identity .choice input").all():
        one.check()
        member.locator("#verify").click()
        expect(member.locator("#vendor-title")).to_be_focused()
        member.frame_locator("#vendor-frame").locator("button").first.wait_for()
        member.keyboard.press("Escape")

    verify(member, "clear")

    expect(member.locator("#badge-detail")).to_contain_text("Beacon accepted")
    expect(member.locator("#trip-lanes .lane", has_text=FIRST)).to_be_visible()
    sticking_out = """(trip) => [...trip.querySelectorAll(".lane, .told > *")].filter(
        (part) => part.getBoundingClientRect().right > trip.getBoundingClientRect().right
    ).map((part) => part.textContent)"""
    assert [] == member.locator("#trip").evaluate(sticking_out)


def test_the_button_goes_on_with_the_check_that_is_open(member: Page) -> None:
    ask_for_another_photo(member)

    choice(member, FIRST).check()
    member.locator("#verify").click()
    expect(member.locator("#vendor-title")).to_be_focused()

    expect(member.locator("#verify")).to_have_text("Continue the check")
