"""The gate judges the user for whom the endpoint behind it orders, whatever cookies come along."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, unquote

import pytest

from sandbox import transit
from tests.frontend_template.beside import (
    INITIATE,
    PAY,
    REFUSED,
    TRANSIT,
    StartServer,
    TemplateServer,
    keyed,
    order,
    outcome,
    send,
    verify,
)
from tests.kit.world import KitWorld
from tests.proxy.loopback import Connection, LoopbackServer, Serve, answer
from tests.world import Browser, encode_cookie

pytestmark = pytest.mark.node

AMBIGUOUS, UNREADABLE = (401, "session-ambiguous"), (401, "session-unreadable")
MISSING = (401, "session-missing")
ORDERED = (200, PAY)
# What a Cookie field may be made of: `{name}`, and the sessions of who is verified and who is not.
ODD = {
    "two": ("{name}={good}; {name}={bad}", AMBIGUOUS),
    "two, the other way round": ("{name}={bad}; {name}={good}", AMBIGUOUS),
    "two, and a space before the name": ("{name}={good};  {name}={bad}", AMBIGUOUS),
    "two, one quoted": ('{name}="{bad}"; {name}={good}', AMBIGUOUS),
    "two, one empty": ("{name}=; {name}={good}", AMBIGUOUS),
    "the same twice": ("{name}={good}; {name}={good}", ORDERED),
    "another client's beside it": ("st-other-token={bad}; {name}={good}", ORDERED),
    "another client's alone": ("st-other-token={good}", MISSING),
    "a longer name": ("x{name}={good}; {name}={bad}", REFUSED),
    "a name with an odd space": ("a=b;\xa0{name}={good}; {name}={bad}", AMBIGUOUS),
    "quoted": ('{name}="{good}"', ORDERED),
    "half quoted": ('{name}="{good}', UNREADABLE),
    "quoted inside": ("{name}=%22{good}%22", UNREADABLE),
    "JSON of Express": ("{name}=j:{quoted_bad}", REFUSED),
    "a list of Express": ("{name}=j:[{quoted_good}]", ORDERED),
    "an object of Express": ("{name}=j:{good}", UNREADABLE),
    "no escape": ("{name}={good}%", UNREADABLE),
    "half a character": ("{name}={good}%ff", UNREADABLE),
    "text": ("{name}=hello", UNREADABLE),
    "a list": ("{name}=[]", UNREADABLE),
    "nothing": ("{name}=null", UNREADABLE),
    "empty": ("{name}=", MISSING),
    "written twice in one": ("{name}={twice}", REFUSED),
    "inherited": ("{name}={inherited}", REFUSED),
    "as long as Node takes": ("{name}={long}", ORDERED),
}


@pytest.mark.parametrize("how", ODD)
def test_a_cookie_in_an_odd_form_is_judged_as_it_is_used(server: TemplateServer, how: str) -> None:
    world = server.world
    verify(world)
    good, bad = (dict(world.sharetribe.log_in(one.id)) for one in (world.user, world.other_user))
    text, expected = ODD[how]
    cookies = text.format(
        name=f"st-{world.sharetribe.client_id}-token",
        good=encode_cookie(good),
        bad=encode_cookie(bad),
        quoted_good=quote(json.dumps(json.dumps(good))),
        quoted_bad=quote(json.dumps(json.dumps(bad))),
        twice=quote(f"{json.dumps(good)[:-1]},{json.dumps(bad)[1:]}"),
        inherited=quote(f'{{"__proto__":{json.dumps(good)},{json.dumps(bad)[1:]}'),
        long=encode_cookie({**good, "more": "x" * 7_000}),
    )

    body = transit.write(keyed({"bodyParams": {"transition": PAY}})).encode()
    answered = send(Browser(server, None), INITIATE, body, TRANSIT, cookies)

    assert expected == outcome(answered)
    assert expected != ORDERED or answered.json()["user"] == world.user.id


def test_a_session_that_reads_as_two_does_not_order_for_either(server: TemplateServer) -> None:
    verify(server.world)
    stranger = server.browser(server.world.other_user)
    own, other = (unquote(one.cookie or "") for one in (server.browser(), stranger))
    # Node decodes nothing of a value in which one escape is none; others decode the rest of it.
    stranger.cookie = f'{other[:-1]},"x":"%{quote(chr(34) + "," + own[1:-1])},%22y%22:%22"}}'

    assert REFUSED == outcome(order(stranger))


@pytest.mark.parametrize("by", ["product", "records"])
def test_who_is_judged_orders_though_the_session_could_become_anothers(
    world: KitWorld, start_server: StartServer, by: str
) -> None:
    verify(world)
    browser = of_two(world)
    before = browser.cookie
    between = LoopbackServer(expiring(world))
    keys = world.settings["CHECKSUM_KEYS"]
    server = start_server(world, ECHOSEAL_GATE_BY=by, CHECKSUM_KEYS=keys, BETWEEN=between.url)
    browser = Browser(server, None)
    browser.cookie = before

    answered = order(browser)

    between.close()
    assert (1, 403) == (between.connections, answered.status_code)
    assert before == browser.cookie


def of_two(world: KitWorld) -> Browser:
    """Return a browser with who is verified in the access token, and another to renew it to."""
    good, bad = (world.sharetribe.log_in(one.id) for one in (world.user, world.other_user))
    return Browser(world, {**good, "refresh_token": bad["refresh_token"]})


def expiring(world: KitWorld) -> Serve:
    """Return what ends every access token once it is asked."""

    def serve(connection: Connection) -> None:
        connection.receive()
        world.sharetribe.expire_access_tokens()
        connection.send(answer(b""))

    return serve


def test_what_was_judged_before_a_session_was_renewed_is_judged_again(
    world: KitWorld, start_server: StartServer
) -> None:
    name = f"st-{world.sharetribe.client_id}-token"
    first, second = ({"access_token": one, "refresh_token": "r"} for one in ("first", "second"))
    asked: list[tuple[str, str]] = []

    def serve(connection: Connection) -> None:
        while received := connection.receive():
            session = json.loads(unquote(received.headers["Cookie"].partition("=")[2]))
            who = session["access_token"]
            asked.append((received.target, who))
            told: dict[str, Any] = {"status": "", "verified": who == "first", "signed": True}
            renewed = who == "first" and "signings" in received.target
            field = [f"Set-Cookie: {name}={encode_cookie(second)}; Path=/"] if renewed else []
            connection.send(answer(json.dumps(told).encode(), *field))

    echoseal = LoopbackServer(serve)
    required = "id-verification,signings/provider-agreement"
    server = start_server(world, ECHOSEAL_URL=echoseal.url, ECHOSEAL_GATE=required)

    answered = order(Browser(server, first))

    echoseal.close()
    check, agreement = "/api/id-verification", "/api/signings/provider-agreement"
    assert REFUSED == outcome(answered)
    assert [(check, "first"), (agreement, "first"), (check, "second")] == asked


@pytest.mark.parametrize("rotation", ["none", "strict"])
def test_a_session_that_the_gate_renews_is_the_endpoints_and_the_browsers(
    server: TemplateServer, rotation: Any
) -> None:
    world = server.world
    world.sharetribe.rotation = rotation
    verify(world)
    browser = server.browser()
    before = browser.cookie
    world.sharetribe.expire_access_tokens()
    renewals = world.sharetribe.calls.count("POST /v1/auth/token")

    assert (200, PAY) == outcome(order(browser))
    assert 1 == world.sharetribe.calls.count("POST /v1/auth/token") - renewals
    assert before != browser.cookie
    assert (200, PAY) == outcome(order(browser))


def test_who_is_not_logged_in_is_told_so(server: TemplateServer) -> None:
    assert MISSING == outcome(order(Browser(server, None)))
