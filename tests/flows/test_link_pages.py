"""Link pages: from a link in the marketplace to the vendor and back, and what must not happen."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.sharetribe.users import ALLOW, DENY
from tests.conftest import StartWorld
from tests.flows.problems import assert_problem
from tests.flows.steps import log_fields, logged, private_data, standing
from tests.kit.clock import FastClock
from tests.kit.inkwell.vendor import Inkwell
from tests.kit.links import (
    BILLING,
    IDENTITY,
    LINK_PAGES,
    LINKED,
    NAME,
    SIGNING,
    Shown,
    Visitor,
    is_at,
)
from tests.kit.passcheck.vendor import Passcheck
from tests.kit.trips import break_down
from tests.kit.world import KitWorld

VENDORS = {IDENTITY: "passcheck", SIGNING: "inkwell", BILLING: "tollgate"}
RECORDS = {
    IDENTITY: "idVerification",
    SIGNING: "signing_provider-agreement",
    BILLING: "billing_membership",
}
GOOD = {IDENTITY: "passed", SIGNING: "signed", BILLING: "running"}
BAD = {IDENTITY: "refused", SIGNING: "refused", BILLING: "lapsed"}
EVERY_LINK = pytest.mark.parametrize("title", LINKED)
SHOW = "GET /v1/integration_api/users/show"
TOKENLESS_CHARACTERS = 62  # layout 3 of a reference
PERMISSIONS = "/v1/integration_api/users/update_permissions"
WRITE = "POST /v1/integration_api/users/update_profile"


@pytest.fixture(scope="module")
def linked_world() -> Iterator[KitWorld]:
    """Return a world with a vendor of every matter and with link pages, for the whole file."""
    world = KitWorld(INTEGRATIONS="passcheck,inkwell,tollgate", integration_api=True, **LINK_PAGES)
    world.browser()
    Visitor(world).open(IDENTITY)  # the operator's own token is there from now on
    yield world
    world.close()


@pytest.fixture
def links(linked_world: KitWorld) -> KitWorld:
    """Return that world, calm."""
    linked_world.start_afresh()
    return linked_world


def start_links(start_world: StartWorld, **options: Any) -> KitWorld:
    """Start a world with link pages and other settings."""
    return start_world(integration_api=True, **{**LINK_PAGES, **options})


def vendor_of(world: KitWorld, title: str) -> Any:
    return world.vendors[VENDORS[title]]


def sessions(world: KitWorld, title: str) -> dict[str, Any]:
    """Return what has begun at the vendor of a matter."""
    vendor = vendor_of(world, title)
    found: dict[str, Any] = vendor.checks if title == IDENTITY else vendor.transactions
    return found


def only_session(world: KitWorld, title: str) -> str:
    (found,) = sessions(world, title)
    return found


def way_back(world: KitWorld, title: str) -> str:
    """Return where the vendor sends the browser back to."""
    session = sessions(world, title)[only_session(world, title)]
    if title == IDENTITY:
        return str(session.success_url)
    return str(session.return_url if title == SIGNING else session.asked["returnUrl"])


# There and back


@EVERY_LINK
def test_a_link_leads_to_the_vendor_and_back(links: KitWorld, title: str) -> None:
    visitor = Visitor(links)
    page = visitor.open(title)
    assert (200, "ask") == (page.status, page.tone)
    assert "r***n@example.com" in page.text
    assert links.user.email not in page.answer.text
    assert is_at(visitor.press(page).headers["Location"], vendor_of(links, title).base_url)

    back = visitor.go(way_back(links, title))
    assert (200, "wait") == (back.status, back.tone)
    assert "Refresh" in back.answer.headers

    assert [200] == vendor_of(links, title).finish(only_session(links, title), GOOD[title])
    ended = visitor.go(way_back(links, title))
    assert (200, "good", "") == (ended.status, ended.tone, ended.form)
    assert "Refresh" not in ended.answer.headers
    assert "https://market.example/" in ended.answer.text
    assert links.checksum_holds(key=RECORDS[title])
    again = visitor.open(title)
    assert ("good", "", ended.heading) == (again.tone, again.form, again.heading)


@EVERY_LINK
def test_what_did_not_end_well_can_be_tried_again(links: KitWorld, title: str) -> None:
    visitor = Visitor(links)
    visitor.begin(title)
    vendor_of(links, title).finish(only_session(links, title), BAD[title])
    ended = visitor.go(way_back(links, title))
    assert ("bad", 200) == (ended.tone, ended.status)
    assert "Try again" in ended.text
    for page in (visitor.open(title), ended):
        assert is_at(visitor.press(page).headers["Location"], vendor_of(links, title).base_url)
    assert 2 == len(sessions(links, title))


def test_the_vendors_reason_is_told_on_the_way_back_and_not_by_the_link(links: KitWorld) -> None:
    visitor = Visitor(links)
    visitor.begin(IDENTITY)
    links.checks.finish(only_session(links, IDENTITY), "refused")
    remark = "The photograph shows a photograph."
    assert remark in visitor.go(way_back(links, IDENTITY)).text
    assert remark not in visitor.open(IDENTITY).text


def test_a_result_that_no_callback_brings_is_found_on_the_way_back(links: KitWorld) -> None:
    visitor = Visitor(links)
    visitor.begin(IDENTITY)
    links.checks.finish(only_session(links, IDENTITY), told=False)
    assert "good" == visitor.go(way_back(links, IDENTITY)).tone
    assert "approved" == standing(links.browser())["status"]


def test_the_page_that_waits_looks_again_for_a_while_and_can_be_stopped(links: KitWorld) -> None:
    visitor = Visitor(links)
    visitor.begin(IDENTITY)
    page, looks = visitor.go(way_back(links, IDENTITY)), 0
    (stop,) = re.findall(r'<a href="([^"]*)">Stop', page.answer.text)
    while "Refresh" in page.answer.headers:
        page, looks = visitor.go(page.answer.headers["Refresh"].partition("url=")[2]), looks + 1
    assert 12 == looks
    assert "Look again" in page.text or page.form
    assert "Refresh" not in visitor.go(stop.replace("&amp;", "&")).answer.headers


@pytest.mark.parametrize("trip", ["", "forged", "foreign"])
def test_who_comes_back_without_their_trip_learns_nothing(links: KitWorld, trip: str) -> None:
    visitor = Visitor(links)
    visitor.begin(IDENTITY)
    given = way_back(links, IDENTITY).rpartition("/")[2] if trip == "foreign" else trip
    title = SIGNING if trip == "foreign" else IDENTITY
    links.sharetribe.calls.clear()
    page = visitor.go(f"/api/go/{title}/done/{given}".rstrip("/"))
    assert (200, "Your part is done") == (page.status, page.heading)
    assert "@example.com" not in page.text
    assert [] == links.sharetribe.calls


# To look begins nothing


@EVERY_LINK
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("is_begun", [False, True])
def test_to_look_costs_one_read_and_the_vendor_nothing(
    links: KitWorld, title: str, method: str, is_begun: bool
) -> None:
    if is_begun:
        Visitor(links).begin(title)
    before = private_data(links)
    links.sharetribe.calls.clear()
    vendor_of(links, title).calls.clear()
    for headers in ({"Purpose": "prefetch"}, {"User_Agent": "mail scanner"}):
        assert 200 == Visitor(links, **headers).open(title, method=method).status
    assert [SHOW, SHOW] == links.sharetribe.calls
    assert [] == vendor_of(links, title).calls
    assert before == private_data(links)


def test_a_start_costs_one_read_and_one_write(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    links.sharetribe.calls.clear()
    visitor.press(page)
    assert [SHOW, WRITE] == links.sharetribe.calls
    assert 1 == len(links.checks.calls)


def test_what_travels_holds_no_session(links: KitWorld) -> None:
    Visitor(links).begin(IDENTITY)
    assert TOKENLESS_CHARACTERS == len(links.checks.check.reference)


def test_to_look_at_the_way_back_without_reading_it_asks_no_vendor(links: KitWorld) -> None:
    visitor = Visitor(links)
    visitor.begin(IDENTITY)
    links.checks.calls.clear()
    assert 200 == visitor.go(way_back(links, IDENTITY), "HEAD").status
    assert [] == links.checks.calls


@pytest.mark.parametrize("edited", ["approved", None])
def test_what_a_user_writes_is_not_believed(links: KitWorld, edited: str | None) -> None:
    Visitor(links).begin(IDENTITY)
    links.checks.finish(links.checks.check.id, "refused")
    links.user.private_data["idVerification"] = edited and {
        "provider": "passcheck",
        "status": edited,
    }
    assert "bad" == Visitor(links).open(IDENTITY).tone


def test_logs_say_nothing_of_whose_link_it_was(links: KitWorld) -> None:
    with logged() as lines:
        visitor = Visitor(links)
        page = visitor.open(IDENTITY)
        visitor.press(page)
        visitor.go(way_back(links, IDENTITY))
        visitor.open(IDENTITY, email="wrong@example.com")
    trip = way_back(links, IDENTITY).rpartition("/")[2]
    told = "\n".join(lines)
    assert "route=/api/go/identity" in told
    for secret in (links.user.id, links.user.email, "wrong@", page.form, trip):
        assert secret not in told


# Strangers


NOBODYS: dict[str, dict[str, Any]] = {
    "an unknown id": {"user": str(uuid4())},
    "another address": {"email": "stranger@example.com"},
    "another user's address": {"email": "holly@example.com"},
    "the address of nobody": {"email": "nobody@invalid"},
    "no address": {"email": None},
    "an empty address": {"email": ""},
    "a huge address": {"email": "a" * 5_000 + "@example.com"},
    "two addresses": {"email": ["robin@example.com", "robin@example.com"]},
    "no id": {"user": None},
    "an id of another form": {"user": "1"},
    "a path for an id": {"user": "../users/query"},
    "an id in braces": {"user": "{userId}", "email": "{userEmail}"},
    "what is no text": {"user": b"\xff\xfe", "email": b"\xff\xfe"},
}


@pytest.mark.parametrize("changed", NOBODYS.values(), ids=NOBODYS)
def test_whatever_is_nobodys_has_one_answer_after_the_same_work(
    start_world: StartWorld, changed: dict[str, Any]
) -> None:
    world = start_links(start_world)
    visitor = Visitor(world)
    known = visitor.open(IDENTITY, email="wrong@example.com")
    world.sharetribe.calls.clear()
    page = visitor.open(IDENTITY, **changed)
    assert (404, "This link does not work") == (page.status, page.heading)
    assert known.answer.content == page.answer.content
    assert set(known.answer.headers) == set(page.answer.headers)
    assert [SHOW] == world.sharetribe.calls


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ("an unknown id", "there is no such user"),
        ("another address", "the e-mail address is not the user's"),
        ("no address", "the e-mail address is not the user's"),
        ("no id", "it has no id, or several: Console has not filled in a placeholder"),
    ],
)
def test_why_a_link_is_nobodys_is_for_the_log(links: KitWorld, changed: str, cause: str) -> None:
    visitor = Visitor(links)
    with logged() as lines:
        visitor.open(IDENTITY)
        visitor.open(IDENTITY, **NOBODYS[changed])
    known, refused = (log_fields(line) for line in lines if line.startswith("event=link-page "))
    assert ("looked", "refused", "not-found", cause) == (
        known["outcome"],
        *(refused[name] for name in ("outcome", "reason", "cause")),
    )
    # The word of the user whom it names, whoever sent it.
    assert (changed != "no id", True) == ("subject" in refused, len(known["subject"]) == 12)


def test_who_is_banned_is_nobody_here_either(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    links.user.banned = True
    assert 404 == visitor.open(IDENTITY).status
    assert 404 == visitor.press(page).status_code
    assert {} == links.checks.checks


@pytest.mark.parametrize("title", ["another", "signing", "signing/another", "identity/more/done"])
def test_a_link_to_nothing_is_none(links: KitWorld, title: str) -> None:
    visitor = Visitor(links)
    assert 404 == visitor.open(title).status
    assert links.sharetribe.calls == []


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ("robin@example.com", "ROBIN@Example.COM"),
        ("robin+bikes@example.com", "robin bikes@example.com"),
        ("Röbin@example.com", "Röbin@EXAMPLE.com"),
    ],
)
def test_an_address_is_compared_as_people_write_it(
    start_world: StartWorld, own: str, given: str
) -> None:
    world = start_links(start_world)
    world.user.email = own
    assert 200 == Visitor(world).open(IDENTITY, email=given).status


def test_who_guesses_has_to_wait(start_world: StartWorld) -> None:
    world = start_links(start_world)
    visitor = Visitor(world)
    for _ in range(12):
        page = visitor.open(IDENTITY, email="guess@example.com")
    assert (429, "Please wait a moment") == (page.status, page.heading)
    assert int(page.answer.headers["Retry-After"]) >= 1
    assert world.sharetribe.calls.count(SHOW) < 12


# Forms


def assert_stale(world: KitWorld, answer: requests.Response) -> None:
    assert 403 == answer.status_code
    assert "This page has been open too long" == Shown(answer).heading
    assert {} == world.checks.checks


@pytest.mark.parametrize(
    "changed",
    [
        lambda _: "",
        lambda form: "0" + form[1:],
        lambda form: form[:-3] + ("AAA" if form[-3:] != "AAA" else "BBB"),
        lambda form: form + form,
        lambda form: form[::-1],
        lambda _: "\ud7ff" * 10,
    ],
)
def test_a_form_that_was_changed_begins_nothing(links: KitWorld, changed: Any) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    assert_stale(links, visitor.send(page.answer.url, changed(page.form)))


def test_a_form_of_one_document_is_none_of_another(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(SIGNING)
    assert_stale(links, visitor.send(f"{links.url}/api/go/identity", page.form))
    url = page.answer.url.replace("provider-agreement", "house-rules")
    assert 403 == visitor.send(url, page.form).status_code
    assert {} == links.inkwell.transactions


def test_a_form_counts_in_its_own_browser_alone(links: KitWorld) -> None:
    page = Visitor(links).open(IDENTITY)
    other = Visitor(links)
    assert_stale(links, other.press(page))
    other.open(IDENTITY)
    assert_stale(links, other.press(page))


def test_a_browser_with_two_names_has_none(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    ((name, value),) = visitor.session.cookies.get_dict().items()
    visitor.session.cookies.clear()
    for _ in range(8):  # whichever of the two were taken
        twice = f"{name}={value}; {name}={secrets.token_urlsafe(32)}"
        assert_stale(links, visitor.press(page, Cookie=twice))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "odd"])
def test_another_site_cannot_send_a_form(links: KitWorld, site: str) -> None:
    visitor = Visitor(links)
    assert_stale(links, visitor.press(visitor.open(IDENTITY), Sec_Fetch_Site=site))


def test_a_form_ends_after_a_quarter_of_an_hour(start_world: StartWorld) -> None:
    clock = FastClock()
    world = start_links(start_world, clock=clock)
    visitor = Visitor(world)
    page = visitor.open(IDENTITY)
    clock.ahead = 16 * 60
    assert_stale(world, visitor.press(page))
    assert is_at(visitor.begin(IDENTITY), world.checks.base_url)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data"])
def test_a_body_of_another_kind_is_no_form(links: KitWorld, content_type: str) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    assert_stale(links, visitor.press(page, Content_Type=content_type))


def test_the_cookie_of_the_form_is_held_to_this_host(start_world: StartWorld) -> None:
    world = start_links(start_world, COOKIE_SECURE="true")
    cookie = Visitor(world).open(IDENTITY).answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-echoseal-links=")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=900"):
        assert f"; {attribute}" in cookie
    assert "Domain" not in cookie


# Twice


def test_a_button_that_is_pressed_twice_leads_to_one_session(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    ways = {visitor.press(page).headers["Location"] for _ in range(3)}
    ways.add(visitor.begin(IDENTITY))
    ways.add(links.browser().start().json()["redirectUrl"])
    assert ([links.checks.check.url], 1) == (list(ways), len(links.checks.checks))


def test_the_back_button_after_the_end_begins_nothing(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    visitor.press(page)
    links.checks.finish(links.checks.check.id)
    answer = visitor.press(page)
    assert 303 == answer.status_code
    assert "good" == visitor.go(answer.headers["Location"]).tone
    assert 1 == len(links.checks.checks)


def test_two_users_in_one_browser_are_kept_apart(links: KitWorld) -> None:
    visitor = Visitor(links)
    robin = visitor.open(IDENTITY, links.user)
    holly = visitor.open(IDENTITY, links.other_user)
    assert ("h***y@example.com" in holly.text, "h***y" in robin.text) == (True, False)
    visitor.press(robin)
    links.checks.finish(links.checks.check.id)
    visitor.press(holly)
    status = {
        user.email: user.private_data["idVerification"]["status"]
        for user in (links.user, links.other_user)
    }
    assert {"robin@example.com": "approved", "holly@example.com": "pending"} == status
    assert visitor.go(str(links.checks.check.success_url)).text.count("h***y") == 1


def test_nobody_begins_more_than_a_day_has(start_world: StartWorld) -> None:
    world = start_links(start_world, MAX_STARTS_PER_DAY="1")
    visitor = Visitor(world)
    visitor.begin(IDENTITY)
    world.checks.finish(world.checks.check.id, "refused")
    answer = visitor.press(visitor.open(IDENTITY))
    assert (429, "That is enough for today") == (answer.status_code, Shown(answer).heading)
    assert "in 24 h" in Shown(answer).text
    assert "" == Shown(answer).form
    assert 1 == len(world.checks.checks)


@pytest.mark.parametrize("is_marked", [True, False])
def test_what_has_not_opened_its_rights_is_no_end(start_world: StartWorld, is_marked: bool) -> None:
    world = start_links(start_world, ACCESS_RULES="identity=initiateTransactions")
    visitor = Visitor(world)
    visitor.begin(IDENTITY)
    check = only_session(world, IDENTITY)
    break_down(world, "sharetribe", PERMISSIONS)
    assert [503] == vendor_of(world, IDENTITY).finish(check, "passed")
    if not is_marked:
        # As of a day on which there were no rules.
        world.user.metadata.clear()
    page = visitor.go(way_back(world, IDENTITY))
    assert ("wait", "Nearly done") == (page.tone, page.heading)
    world.sharetribe.faults.reset()
    page = visitor.open(IDENTITY)
    assert ("wait", "Nearly done") == (page.tone, page.heading)
    assert DENY == world.user.permissions["initiateTransactions"]
    back = visitor.press(page).headers["Location"]
    assert ALLOW == world.user.permissions["initiateTransactions"]
    assert ["good", "good"] == [visitor.go(back).tone, visitor.open(IDENTITY).tone]
    assert [check] == list(sessions(world, IDENTITY))


def test_a_link_leads_on_to_what_the_same_right_needs_too(start_world: StartWorld) -> None:
    rules = f"{IDENTITY}=postListings,{SIGNING}=postListings,{BILLING}=read"
    world = start_links(start_world, INTEGRATIONS="passcheck,inkwell,tollgate", ACCESS_RULES=rules)
    visitor = Visitor(world)
    visitor.begin(IDENTITY)
    vendor_of(world, IDENTITY).finish(only_session(world, IDENTITY), "passed")
    page = visitor.open(IDENTITY)
    assert ("ask", f"/api/go/{SIGNING}") == (page.tone, page.action)
    assert is_at(visitor.press(page).headers["Location"], vendor_of(world, SIGNING).base_url)
    vendor_of(world, SIGNING).finish(only_session(world, SIGNING), "signed")
    assert ALLOW == world.user.permissions["postListings"]
    assert ["good", "good"] == [visitor.open(title).tone for title in (IDENTITY, SIGNING)]
    assert {} == sessions(world, BILLING)


def test_what_goes_on_is_settled_by_no_link(links: KitWorld) -> None:
    """Whoever knows an id and an address would see what somebody else pays for, and end it."""
    visitor = Visitor(links)
    page = visitor.open(BILLING)
    visitor.press(page)
    order = only_session(links, BILLING)
    for state, tone in (("running", "good"), ("late", "bad")):
        links.tollgate.change(order, state)
        shown = visitor.open(BILLING)
        assert (tone, "") == (shown.tone, shown.form)
        answer = visitor.press(page)
        assert "/done" in answer.headers["Location"]
    assert not any("/doors" in call for call in links.tollgate.calls)


# Trouble


@pytest.mark.parametrize(("mode", "status"), [("error", 503), ("refuse", 502)])
def test_a_vendor_in_trouble_is_a_page_too(
    links: KitWorld, monkeypatch: pytest.MonkeyPatch, mode: str, status: int
) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    if mode == "error":
        links.checks.faults.mode = "error"
    else:
        monkeypatch.setattr(links.checks, "api_key", secrets.token_hex(16))
    answer = visitor.press(page)
    assert status == answer.status_code
    assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert "Look again" in Shown(answer).text


def test_a_marketplace_in_trouble_is_a_page_too(links: KitWorld) -> None:
    visitor = Visitor(links)
    page = visitor.open(IDENTITY)
    links.sharetribe.faults.mode = "error"
    for answer in (visitor.open(IDENTITY).answer, visitor.press(page)):
        assert 503 == answer.status_code
        assert "This does not work right now" == Shown(answer).heading


# What a page is


def test_a_page_is_safe_to_show(links: KitWorld) -> None:
    for page in (Visitor(links).open(IDENTITY), Visitor(links).open(IDENTITY, email="x@y.example")):
        headers = page.answer.headers
        assert "no-store" == headers["Cache-Control"]
        assert "no-referrer" == headers["Referrer-Policy"]
        assert "DENY" == headers["X-Frame-Options"]
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'none';")
        assert policy.endswith("base-uri 'none'; frame-ancestors 'none'")
        assert "script-src" not in policy
        assert re.findall(r"<script|<iframe|style=|\son\w+=", page.answer.text) == []


def test_the_style_is_our_own(links: KitWorld) -> None:
    page = Visitor(links).open(IDENTITY)
    (href,) = re.findall(r'<link rel="stylesheet" href="([^"]*)">', page.answer.text)
    style = Visitor(links).go(href).answer
    assert "text/css; charset=utf-8" == style.headers["Content-Type"]
    assert style.headers["Cache-Control"].startswith("public")
    assert re.findall(r"url\(|@import|http", style.text) == []


HOSTILE = "</title><script>alert(1)</script>\"'{{7*7}}{subject}\r\nSet-Cookie: a=b"


def test_the_name_of_a_marketplace_is_text_and_nothing_else(start_world: StartWorld) -> None:
    world = start_links(start_world, MARKETPLACE_NAME=HOSTILE)
    page = Visitor(world).open(IDENTITY)
    assert "<script" not in page.answer.text
    assert "a=b" not in page.answer.headers.get("Set-Cookie", "")
    assert "{{7*7}}{subject}" in page.text


def test_a_logo_is_the_one_thing_from_elsewhere(start_world: StartWorld) -> None:
    logo = "https://cdn.market.example/logo.png?h=80&s='\";script-src"
    world = start_links(start_world, MARKETPLACE_LOGO_URL=logo)
    page = Visitor(world).open(IDENTITY)
    policy = page.answer.headers["Content-Security-Policy"]
    assert "img-src https://cdn.market.example;" in policy
    assert "script" not in policy
    (src,) = re.findall(r'<img class="logo" src="([^"]*)"', page.answer.text)
    assert "&#34;" in src


def test_an_address_that_turns_around_is_shown_as_what_it_is(start_world: StartWorld) -> None:
    world = start_links(start_world)
    world.user.email = "\u202enibor@example.com"
    page = Visitor(world).open(IDENTITY)
    assert 200 == page.status
    assert "\u202e" not in page.answer.text


@pytest.mark.parametrize(
    ("accepted", "language", "heading"),
    [
        ("fi-FI,fi;q=0.9,en;q=0.5", "fi", "Varmenna henkilöllisyytesi"),
        ("de", "de", "Bestätigen Sie Ihre Identität"),
        ("fr-CA", "fr", "Vérifiez votre identité"),
        ("es-419, es", "es", "Verifica tu identidad"),
        ("pt-BR", "pt", "Verifique a sua identidade"),
        ("ja, en;q=0.1", "en", "Verify your identity"),
        ("ja", "pt", "Verifique a sua identidade"),
        ("", "pt", "Verifique a sua identidade"),
        (";;;q=x,*" * 50, "pt", "Verifique a sua identidade"),
    ],
)
def test_a_page_is_in_the_browsers_language(
    portuguese: KitWorld, accepted: str, language: str, heading: str
) -> None:
    visitor = Visitor(portuguese, Accept_Language=accepted)
    page = visitor.open(IDENTITY)
    assert (language, heading) == (page.answer.headers["Content-Language"], page.heading)
    assert f'<html lang="{language}"' in page.answer.text


@pytest.fixture(scope="module")
def portuguese() -> Iterator[KitWorld]:
    """Return a world whose pages are Portuguese for whoever asks for nothing that there is."""
    world = KitWorld(integration_api=True, **LINK_PAGES, LINK_PAGES_LANGUAGE="pt")
    yield world
    world.close()


def test_the_vendors_page_is_in_the_language_of_ours(links: KitWorld) -> None:
    Visitor(links, Accept_Language="fi-FI").begin(IDENTITY)
    assert "fi" == links.checks.check.locale


@pytest.mark.parametrize(
    ("public_url", "is_told"),
    [
        ("https://echoseal.market.example", True),
        ("https://echoseal.market.example:8443", False),
        ("https://192.0.2.7", False),
    ],
)
def test_a_vendor_is_told_the_way_back_where_it_takes_such_an_address(
    start_world: StartWorld, public_url: str, *, is_told: bool
) -> None:
    world = start_links(start_world, PUBLIC_URL=public_url, SANDBOX="true")
    Visitor(world).begin(IDENTITY)
    back = f"{public_url}/api/go/identity/done/"
    assert is_told == str(world.checks.check.error_url).startswith(back)


# Where there are none


def test_without_the_setting_there_are_none(start_world: StartWorld) -> None:
    world = start_world(integration_api=True)
    assert_problem(Visitor(world).open(IDENTITY).answer, 404, "not-found")


@pytest.mark.parametrize("others", ["", ",passcheck"])
def test_a_document_whose_page_opens_in_a_frame_has_none(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch, others: str
) -> None:
    monkeypatch.setattr(Inkwell, "opens_in_frame", True)
    world = start_links(start_world, INTEGRATIONS=f"inkwell{others}")
    assert 404 == Visitor(world).open(SIGNING).status
    assert (200 if others else 404) == Visitor(world).open(IDENTITY).status
    documented = world.browser().call("GET", "/openapi.json").json()["paths"]
    assert [] == [path for path in documented if "/go/signing" in path]


def test_a_vendor_whose_page_opens_by_itself_takes_the_place_of_one_that_needs_a_frame(
    start_world: StartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Passcheck, "opens_in_frame", True)
    world = start_links(start_world, INTEGRATIONS="passcheck,facecheck")
    world.browser().start()
    assert is_at(Visitor(world).begin(IDENTITY), world.facecheck.base_url)


def test_the_pages_say_who_sends_the_user(links: KitWorld) -> None:
    assert NAME in Visitor(links).open(IDENTITY).text
