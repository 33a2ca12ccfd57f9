"""Visitors of a frontend that is away get a page that looks again; whoever else asks, a problem."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from http.client import IncompleteRead

import pytest

from proxy.languages import LANGUAGES
from proxy.passthrough.away import AwayPage, Outage
from proxy.problems import Problem
from proxy.wire.exchange import Head
from sandbox.ports import free_port
from tests.kit.world import KitWorld
from tests.proxy.conftest import Logged
from tests.proxy.fronted import FrontedWorld, request
from tests.proxy.loopback import Connection, Reply, answer, answering

BROWSER = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DOCUMENT = "Sec-Fetch-Dest: document"


@pytest.fixture(scope="module")
def alone() -> Iterator[KitWorld]:
    """Return a world whose frontend is down."""
    world = KitWorld(
        FRONTEND_URL=f"http://127.0.0.1:{free_port()}",
        MARKETPLACE_NAME="<b>Boats</b> & {Sons}",
        LINK_PAGES_LANGUAGE="fi",
    )
    yield world
    world.close()


def _kind(reply: Reply) -> str:
    return str(reply.headers["Content-Type"].partition(";")[0])


@pytest.mark.parametrize(
    "fields",
    [
        (BROWSER,),
        (DOCUMENT, BROWSER),
        ("Sec-Fetch-Dest: Document",),
        ("Accept: TEXT/HTML",),
        ("Accept: application/json;q=0.1, text/html;q=0.05",),
    ],
)
def test_who_opens_a_page_gets_a_page(alone: KitWorld, fields: tuple[str, ...]) -> None:
    reply = request(alone, "GET", "/l/new?x=1", *fields)
    assert (503, "text/html") == (reply.status, _kind(reply))


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("GET", ()),
        ("GET", ("Accept: */*",)),
        ("GET", ("Accept: application/json",)),
        ("GET", ("Accept: text/html;q=0, */*",)),
        ("GET", ("Accept: text/html;q=x;;=,",)),
        ("GET", ("Sec-Fetch-Dest: empty", BROWSER)),
        ("GET", ("Sec-Fetch-Dest: image", "Accept: image/*")),
        ("GET", ("Sec-Fetch-Dest: iframe", BROWSER)),
        ("GET", ("Sec-Fetch-Dest: document, empty", BROWSER)),
        ("POST", (DOCUMENT, BROWSER)),
        ("GET", (BROWSER, "Connection: Upgrade", "Upgrade: websocket")),
    ],
)
def test_whoever_else_asks_gets_the_problem(
    alone: KitWorld, method: str, fields: tuple[str, ...]
) -> None:
    reply = request(alone, method, "/l/new", *fields)
    assert (503, "frontend-unavailable") == (reply.status, json.loads(reply.body)["code"])


def test_what_is_ours_stays_a_problem(alone: KitWorld) -> None:
    reply = request(alone, "GET", "/api/id-verification", DOCUMENT, BROWSER)
    assert (401, "session-missing") == (reply.status, json.loads(reply.body)["code"])


def test_our_own_route_that_is_too_busy_stays_a_problem(
    alone: KitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def serve(*_: object) -> None:
        raise Problem("overloaded")

    monkeypatch.setattr("proxy.serving.own_routes.OwnRoutes.serve", serve)
    reply = request(alone, "GET", "/api/id-verification", DOCUMENT, BROWSER)
    assert (503, "overloaded") == (reply.status, json.loads(reply.body)["code"])


@pytest.mark.parametrize(("strange", "expected"), [("xx,", "de"), ("xx," * 4_000, "fi")])
def test_more_languages_than_any_browser_asks_for_are_not_read(
    alone: KitWorld, strange: str, expected: str
) -> None:
    """It is read in the event loop, and 16 kB of it would take that a sixth of a second."""
    reply = request(alone, "GET", "/", BROWSER, f"Accept-Language: {strange}de")
    assert expected == reply.headers["Content-Language"]


def test_head_is_answered_as_get_without_the_body(alone: KitWorld) -> None:
    reply = request(alone, "HEAD", "/", BROWSER)
    assert (503, "text/html", b"") == (reply.status, _kind(reply), reply.body)
    assert int(reply.headers["Content-Length"]) > 1_000


def test_the_page_looks_again_by_itself_and_is_kept_by_nobody(alone: KitWorld) -> None:
    reply = request(alone, "GET", "/", BROWSER)
    wait, refresh = int(reply.headers["Retry-After"]), int(reply.headers["Refresh"])
    assert wait <= refresh <= wait * 1.5
    assert str(refresh) in reply.body.decode()
    assert "no-store" == reply.headers["Cache-Control"]
    assert "noindex" == reply.headers["X-Robots-Tag"]
    assert "Accept, Accept-Language, Sec-Fetch-Dest" == reply.headers["Vary"]


def test_the_page_has_nothing_but_its_own_style(alone: KitWorld) -> None:
    reply = request(alone, "GET", "/", BROWSER)
    html, policy = reply.body.decode(), reply.headers["Content-Security-Policy"]
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert (1, True) == (len(style), f"style-src 'sha256-{digest}'" in policy)
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert [] == re.findall(r"<script|<img|<link|<form|style=|http", html)


def test_the_page_shows_the_request_id_of_the_log(alone: KitWorld) -> None:
    reply = request(alone, "GET", "/", BROWSER, "X-Request-Id: told-1")
    assert ("told-1", True) == (reply.headers["X-Request-Id"], b">told-1<" in reply.body)


def test_the_log_says_why_the_frontend_is_away(alone: KitWorld, logged: Logged) -> None:
    wait_for = logged()
    request(alone, "GET", "/", BROWSER)
    wait_for("code=frontend-unavailable cause=refused")


def test_the_page_names_the_marketplace_as_text(alone: KitWorld) -> None:
    html = request(alone, "GET", "/", BROWSER).body.decode()
    assert (3, 0) == (html.count("&lt;b&gt;Boats&lt;/b&gt; &amp; {Sons}"), html.count("<b>"))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR", "pt"),
        ("sv, fr;q=0.2", "fr"),
        ("sv", "fi"),
        ("*", "fi"),
        (";;q=,=", "fi"),
        ("x" * 9_000, "fi"),
    ],
)
def test_the_page_is_in_the_browsers_language(
    alone: KitWorld, accepted: str, language: str
) -> None:
    reply = request(alone, "GET", "/", BROWSER, f"Accept-Language: {accepted}")
    assert language == reply.headers["Content-Language"]
    assert f'<html lang="{language}">' in reply.body.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_ours_is_complete(language: str) -> None:
    head = Head("GET", b"/", None, ((b"accept-language", language.encode()),), "1.1", True)
    for page in (AwayPage(), AwayPage("Boats")):
        fields, body = page.answer(head, Problem("frontend-unavailable"), "id")
        assert language.encode() == dict(fields)[b"Content-Language"]
        assert b"{" not in body.partition(b"</style>")[2]


def test_the_frontends_own_error_stays_its_own(fronted_by: FrontedWorld) -> None:
    away = answering(answer(b"mine", status="503 Away"))
    assert (503, b"mine") == _told(request(fronted_by(away), "GET", "/", BROWSER))


def _told(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


def test_a_frontend_that_breaks_off_is_away(fronted_by: FrontedWorld) -> None:
    assert "text/html" == _kind(request(fronted_by(Connection.reset), "GET", "/", BROWSER))


def test_a_page_that_has_begun_is_not_continued_with_ours(
    fronted_by: FrontedWorld, logged: Logged
) -> None:
    def half(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"half", length=100))

    wait_for = logged()
    with pytest.raises(IncompleteRead):
        request(fronted_by(half), "GET", "/", BROWSER)
    wait_for("code=frontend-unavailable")


def test_who_is_one_too_many_gets_the_page_too() -> None:
    head = Head("GET", b"/", None, ((b"accept", b"text/html"),), "1.1", True)
    assert AwayPage().is_for(head, Problem("overloaded"))
    assert not AwayPage().is_for(head, Problem("frontend-loop"))


def test_the_pace_slows_down_as_the_outage_goes_on_and_starts_anew_after_it() -> None:
    outage = Outage()
    paces = [outage.failed(100.0 + seconds) for seconds in (0, 10, 40, 120, 900)]
    outage.is_over()
    assert ([5, 5, 10, 30, 60], 5) == (paces, outage.failed(2_000.0))


def test_an_answer_ends_an_outage(fronted_by: FrontedWorld) -> None:
    world = fronted_by(Connection.reset)
    outage = world._served.server._frontend._outage  # type: ignore[union-attr]
    request(world)
    assert outage._since is not None
    fronted_by(answering(answer(b"back")))
    request(world)
    assert outage._since is None
