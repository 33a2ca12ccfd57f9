"""`flask --app app doctor`: what is wrong is named, each kind of wrong by its own line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.utils import formatdate
from time import time
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509

from app import create_app
from proxy.operating.callback_addresses import REFERENCE, callback_addresses
from proxy.operating.configuration import read_configuration
from proxy.operating.doctor.deployment import deployment_findings
from proxy.operating.doctor.examination import Check, examined
from proxy.operating.doctor.finding import Finding, State, bad, good, left_open
from proxy.operating.doctor.marketplace import clock_findings
from proxy.operating.doctor.vendors import vendor_findings
from proxy.outgoing.upstream import Upstream, UpstreamRefused
from proxy.vendors import Integration, Part, Probe
from proxy.vendors.proof import SharedSecret
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from tests.kit.passcheck.vendor import Passcheck
from tests.kit.world import KitWorld
from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.fronting_router import Appending, routed
from tests.proxy.loopback import Connection, Received, answer, answering
from tests.proxy.test_outgoing_tls import LOOPBACK, Authority, authority

__all__ = ("authority",)

ALL = "passcheck,facecheck,inkwell,tollgate,calendar,till,guild,badge,vault"
PAIR = "SHARETRIBE_INTEGRATION_CLIENT_ID and _SECRET"
NOBODYS = "https://no-such-name.invalid"
RIGHT, BANK, CDN = "198.18.0.7", "10.1.2.3", "173.245.48.9"


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world with all example vendors, in which nothing is wrong."""
    world = KitWorld(INTEGRATIONS=ALL, integration_api=True)
    yield world
    world.close()


@pytest.fixture
def world(module_world: KitWorld) -> KitWorld:
    """Return it, with nothing kept from another test."""
    module_world.start_afresh()
    return module_world


def doctor(world: KitWorld, *arguments: str, **settings: str) -> tuple[int, list[str]]:
    """Run the doctor with some settings changed; return its exit code and its lines."""
    return command(world, "doctor", *arguments, **settings)


def command(world: KitWorld, *arguments: str, **settings: str) -> tuple[int, list[str]]:
    runner = world.another_app(**settings).test_cli_runner()
    result = runner.invoke(args=list(arguments))
    return result.exit_code, result.stdout.splitlines()


def wrong(world: KitWorld, *arguments: str, **settings: str) -> list[str]:
    """Return the lines of what is wrong, and hold the exit code against them."""
    code, lines = doctor(world, *arguments, **settings)
    found = [line.removeprefix("FAIL  ") for line in lines if line.startswith("FAIL")]
    assert bool(found) == bool(code), lines
    return found


def test_where_nothing_is_wrong_nothing_is_changed(world: KitWorld) -> None:
    code, lines = doctor(world)
    assert (0, "Nothing is wrong.") == (code, lines[-1])
    assert {"ok", "note"} >= {line.split()[0] for line in lines[:-1]}
    assert [] == [call for call in world.sharetribe.calls if "update" in call]
    assert [] == [*world.sharetribe.updates, *world.sharetribe.access_updates]


def test_each_callback_and_return_address_is_named(world: KitWorld) -> None:
    _, lines = doctor(world)
    checked = read_configuration(world.settings, world.known)
    for address in callback_addresses(checked.settings, checked.parts):
        assert f"ok    PUBLIC_URL: {address.url} ({address.vendor}) reaches this app" in lines
    assert (
        f"ok    PUBLIC_URL: {world.api_url}/connections/calendar/return reaches this app" in lines
    )


def test_check_online_says_the_same(world: KitWorld) -> None:
    code, said = doctor(world)
    online, also = command(world, "check", "--online")
    assert (code, said) == (online, also[-len(said) :])


# Sharetribe


def test_a_client_id_that_sharetribe_does_not_know(world: KitWorld) -> None:
    (line,) = wrong(world, "--not-deployed", SHARETRIBE_CLIENT_ID=str(uuid4()))
    assert line.startswith("SHARETRIBE_CLIENT_ID: Sharetribe does not know it (answered 401)")


def test_an_integration_pair_that_is_wrong(world: KitWorld) -> None:
    (line,) = wrong(world, SHARETRIBE_INTEGRATION_CLIENT_SECRET="f" * 40)
    assert line.startswith(
        "SHARETRIBE_INTEGRATION_CLIENT_ID and _SECRET: the Integration API refus"
    )


def test_an_integration_pair_of_another_marketplace(world: KitWorld) -> None:
    other = Sharetribe()
    with Server(other.app) as server:
        (line,) = wrong(
            world,
            SHARETRIBE_INTEGRATION_CLIENT_ID=other.integration_client_id,
            SHARETRIBE_INTEGRATION_CLIENT_SECRET=other.integration_client_secret,
            SHARETRIBE_INTEGRATION_BASE_URL=server.url,
        )
    assert "they are of another marketplace than SHARETRIBE_CLIENT_ID" in line


def test_a_private_marketplace_does_not_tell_whose_the_pair_is(world: KitWorld) -> None:
    world.sharetribe.access.is_private = True
    code, lines = doctor(world)
    assert 0 == code
    assert 1 == sum("of the client id's marketplace was not told" in line for line in lines)


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden"])
def test_what_answers_in_sharetribes_place(
    world: KitWorld, start_server: StartServer, status: str
) -> None:
    page = answer(b"<html>", "Content-Type: text/html", status=status)
    server = start_server(answering(page))
    (line,) = wrong(world, "--not-deployed", SHARETRIBE_BASE_URL=server.url)
    assert line.startswith(f"SHARETRIBE_BASE_URL: answered {status[:3]} without a token")


def test_no_integration_api_is_no_mistake(world: KitWorld) -> None:
    none = {f"SHARETRIBE_INTEGRATION_CLIENT_{name}": "" for name in ("ID", "SECRET")}
    code, lines = doctor(world, **none)
    assert (0, 1) == (code, sum("not set: what no session of a user can" in line for line in lines))


# What cannot be reached


def hang_up(connection: Connection) -> None:
    connection.receive()


REASONS: dict[str, tuple[Any, str]] = {
    "dns": (NOBODYS, "its name cannot be looked up (DNS)"),
    "refused": ("http://127.0.0.1:1", "nothing listens there (connection refused)"),
    "closed": (hang_up, "the connection was closed without an answer"),
    "503": (answering(answer(status="503 No")), "it fails by itself (answered 503)"),
    "429": (answering(answer(status="429 No")), "it wants no more calls now (answered 429)"),
    "no http": (lambda c: c.send(b"SSH-2.0-x\r\n\r\n"), "what answers there is no HTTP"),
}


@pytest.mark.parametrize("reason", REASONS)
def test_why_sharetribe_cannot_be_asked(
    world: KitWorld, start_server: StartServer, reason: str
) -> None:
    target, words = REASONS[reason]
    url = target if isinstance(target, str) else start_server(target).url
    (line,) = wrong(world, "--not-deployed", SHARETRIBE_BASE_URL=url)
    assert line.startswith(f"SHARETRIBE_BASE_URL: {url}: {words}")


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason != "429"])
def test_why_a_vendor_cannot_be_asked(
    world: KitWorld, start_server: StartServer, reason: str
) -> None:
    target, words = REASONS[reason]
    url = target if isinstance(target, str) else start_server(target).url
    (line,) = wrong(world, "--not-deployed", PASSCHECK_BASE_URL=url)
    assert line.startswith(f"passcheck: {url}: {words}")


def test_a_certificate_that_nobody_vouches_for(
    world: KitWorld, start_server: StartServer, authority: Authority
) -> None:
    server = start_server(answering(answer()), authority.server_context(LOOPBACK))
    (line,) = wrong(world, "--not-deployed", PASSCHECK_BASE_URL=server.url)
    assert "its certificate is of no authority that this machine trusts" in line


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        (x509.DNSName("api.example"), 1, "its certificate is for another name"),
        (LOOPBACK, -1, "its certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_fit(
    world: KitWorld,
    start_server: StartServer,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    name: x509.GeneralName,
    days: int,
    words: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    server = start_server(answering(answer()), authority.server_context(name, days=days))
    (line,) = wrong(world, "--not-deployed", PASSCHECK_BASE_URL=server.url)
    assert words in line


def test_several_things_are_told_at_once(world: KitWorld) -> None:
    lines = wrong(
        world,
        SHARETRIBE_CLIENT_ID=str(uuid4()),
        PASSCHECK_BASE_URL=NOBODYS,
        PUBLIC_URL="http://127.0.0.1:1",
        FRONTEND_URL=NOBODYS,
    )
    about = [line.partition(":")[0] for line in lines]
    assert ["SHARETRIBE_CLIENT_ID", "FRONTEND_URL", "passcheck", "PUBLIC_URL"] == about


# The clock


@pytest.mark.parametrize(
    ("off", "state", "words"),
    [
        (0, "ok", "agrees with Sharetribe's"),
        (-30, "note", "30 seconds behind Sharetribe's"),
        (600, "FAIL", "600 seconds ahead of Sharetribe's: signed callbacks are refused"),
        (-600, "FAIL", "600 seconds behind Sharetribe's"),
    ],
)
def test_a_clock_is_held_against_sharetribes(off: int, state: str, words: str) -> None:
    now = 1_800_000_000
    (found,) = clock_findings("Sharetribe", {"Date": formatdate(now, usegmt=True)}, now + off)
    assert (state, True) == (found.state.value, words in found.words)


YEAR = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Nov 2026 00:00:00 GMT", YEAR])
def test_a_date_that_cannot_be_read_tells_nothing(date: str | None) -> None:
    assert [] == list(clock_findings("Sharetribe", {} if date is None else {"Date": date}, 0))


def test_a_clock_that_is_off_is_told_by_the_command(
    world: KitWorld, start_server: StartServer
) -> None:
    dated = answer(b"{}", f"Date: {formatdate(time() - 3600, usegmt=True)}", status="401 No")
    server = start_server(answering(dated))
    clock, client_id = wrong(world, "--not-deployed", SHARETRIBE_BASE_URL=server.url)
    assert clock.startswith("clock: this machine's is 36")
    assert client_id.startswith("SHARETRIBE_CLIENT_ID:")


# The frontend


def test_a_frontend_that_is_this_app_by_way_of_a_router(start_world: StartWorld) -> None:
    with routed(lambda came: came) as router:
        world = start_world()
        router.target = world.url
        (line,) = wrong(world, FRONTEND_URL=router.url, PORT="1")
    assert line.startswith("FRONTEND_URL: it leads to this app itself")


def test_a_frontend_that_sends_visitors_back(world: KitWorld, start_server: StartServer) -> None:
    moved = answer(b"", f"Location: {world.settings['PUBLIC_URL']}/", status="301 Moved")
    (line,) = wrong(world, FRONTEND_URL=start_server(answering(moved)).url)
    assert "sends its own front page on to PUBLIC_URL" in line


@pytest.mark.parametrize(
    "moved",
    [
        answer(b"page"),
        answer(b"", "Location: /login", status="302 Found"),
        answer(b"", "Location: http://[", status="302 Found"),
        answer(status="404 No"),
        answer(b'{"status": "alive"}', status="404 No"),
    ],
)
def test_a_frontend_that_answers(world: KitWorld, start_server: StartServer, moved: bytes) -> None:
    assert [] == wrong(world, FRONTEND_URL=start_server(answering(moved)).url)


def test_a_frontend_that_fails(world: KitWorld, start_server: StartServer) -> None:
    server = start_server(answering(answer(status="502 No")))
    (line,) = wrong(world, FRONTEND_URL=server.url)
    assert line.startswith("FRONTEND_URL: the frontend fails by itself (answered 502)")


RETURN_PAGES = {
    "that is there": ("200 OK", "ok    RETURN_URL: {page} is there (answered 200)"),
    "that asks for a login": ("302 Found", "ok    RETURN_URL: {page} is there (answered 302)"),
    "that is not there": ("404 No", "FAIL  RETURN_URL: {page} is no page (404)"),
    "that fails": ("502 No", "FAIL  RETURN_URL: {page} fails by itself (answered 502)"),
}


@pytest.mark.parametrize(("status", "line"), RETURN_PAGES.values(), ids=RETURN_PAGES)
def test_the_page_that_vendors_lead_back_to(
    world: KitWorld, start_server: StartServer, status: str, line: str
) -> None:
    server = start_server(answering(answer(b"page", status=status)))
    page = f"{server.url}/verification?from=vendor"
    _, lines = doctor(world, RETURN_URL=page)
    assert [True] == [
        one.startswith(line.format(page=page))
        for one in lines
        if one.split()[0] in ("ok", "FAIL")
        if "RETURN_URL" in one
    ]
    assert "note  RETURN_URL: is at none of MARKETPLACE_ORIGINS" in "\n".join(lines)


def test_a_page_of_no_marketplace_here_is_left_open(world: KitWorld) -> None:
    _, lines = doctor(world, RETURN_URL=f"{NOBODYS}/verification")
    assert [line for line in lines if line.startswith(f"open  RETURN_URL: {NOBODYS}/verification")]


def test_without_such_a_page_it_is_said_who_stays(world: KitWorld) -> None:
    _, lines = doctor(world)
    (line,) = [line for line in lines if "RETURN_URL" in line]
    assert line.startswith("note  RETURN_URL: is not set")
    assert "at the end of passcheck, facecheck, inkwell;" in line


def test_a_frontend_that_only_the_app_reaches(world: KitWorld, start_server: StartServer) -> None:
    page = start_server(answering(answer(b"<html>", "Content-Type: text/html")))
    settings = {"FRONTEND_URL": "http://frontend.invalid", "PUBLIC_URL": page.url}
    _, lines = doctor(world, **settings)
    (line,) = [line for line in lines if "FRONTEND_URL" in line]
    assert line.startswith("open  FRONTEND_URL: not reached from this machine (dns)")


# Vendors' credentials


class Asked(Part):
    """A part of a vendor that is asked about its settings."""

    name = "acme"

    def __init__(self, ask: Any, unproven: str = "") -> None:
        self._probe = Probe(("ACME_ID", "ACME_SECRET"), "Acme's console", ask, unproven)

    def probes(self) -> list[Probe]:
        """Return the one question."""
        return [self._probe]


def refusing() -> str:
    raise UpstreamRefused("acme", 401)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Asked(lambda: "test mode"), good("ACME_ID, ACME_SECRET", "acme takes it (test mode)")),
        (
            Asked(refusing),
            bad(
                "ACME_ID, ACME_SECRET",
                "acme: refused with 401; compare ACME_ID and ACME_SECRET with what Acme's console"
                " shows",
            ),
        ),
        (
            Asked(None, "only a callback proves it"),
            left_open("ACME_ID, ACME_SECRET", "only a callback proves it"),
        ),
    ],
)
def test_what_a_vendor_says_of_its_settings(part: Asked, expected: Finding) -> None:
    assert [expected] == list(vendor_findings([part]))


class Choosy:
    """A host that answers those alone whom it knows."""

    name = "acme"

    def why_unreachable(self) -> str:
        """Return its own words of a refusal."""
        return "answered 403 KeyUnknown"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (refusing, "refused with 401; compare ACME_ID and ACME_SECRET"),
        (lambda: "", "acme: answered 403 KeyUnknown"),
    ],
)
def test_a_vendor_that_answers_nobody_whom_it_does_not_know(ask: Any, words: str) -> None:
    part = Asked(ask)
    part.upstreams = [Choosy()]
    (told,) = [found.words for found in vendor_findings([part]) if found.state is State.BAD]
    assert words in told


# PUBLIC_URL


def test_what_is_not_deployed_yet_is_one_line(world: KitWorld) -> None:
    (line,) = wrong(world, PUBLIC_URL="http://127.0.0.1:1")
    assert "Not deployed yet? Then all that is said elsewhere counts" in line


def test_what_is_not_deployed_can_be_left_out(world: KitWorld) -> None:
    code, lines = doctor(world, "--not-deployed", PUBLIC_URL="http://127.0.0.1:1")
    assert (0, "Nothing is wrong; what is asked at PUBLIC_URL was left out.") == (code, lines[-1])


STRANGERS = {
    "a page": (answer(b"<html>", "Content-Type: text/html"), "something else answers there (200)"),
    "nothing": (answer(status="404 No"), "something else answers there (404)"),
    "JSON": (answer(b'{"answer": "x", "proof": "holds"}'), "something else answers there (200)"),
    "a firewall": (answer(status="403 No"), "a firewall or proxy refuses it before this app (403)"),
    "no app": (answer(status="502 No"), "the router finds no app behind it (502)"),
    "www": (
        answer(b"", "Location: https://www.market.example/x", status="301 Moved"),
        "it redirects (301, to https://www.market.example), and vendors do not follow",
    ),
    "a redirect that leads nowhere": (
        answer(b"", "Location: https://[", status="301 Moved"),
        "it redirects (301, to what is no address), and vendors do not follow",
    ),
    "a redirect with an escape sequence": (
        answer(b"", "Location: https://a\x9b2J.example/", status="301 Moved"),
        "it redirects (301, to what is no address), and vendors do not follow",
    ),
    "an escape sequence": (
        answer(b'{"type": "urn:echoseal:problem:\\u001b[2Jx"}', status="400 No"),
        "an Echoseal answers (400 ?[2Jx), and does not know the test",
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_answers_in_our_place(
    start_world: StartWorld, start_server: StartServer, stranger: str
) -> None:
    world = start_world()
    told, words = STRANGERS[stranger]
    server = start_server(answering(told))
    (line,) = wrong(world, PUBLIC_URL=server.url)
    assert line.startswith(f"PUBLIC_URL: {server.url}/api/callbacks/passcheck (passcheck): {words}")


def test_the_prefix_twice_is_told_apart_from_a_wrong_router(world: KitWorld) -> None:
    lines = wrong(world, PUBLIC_URL=f"{world.settings['PUBLIC_URL']}/api")
    told = [line for line in lines if "/api/api/callbacks/passcheck (passcheck)" in line]
    assert [True] == ["PUBLIC_URL ends in /api, and API_PREFIX puts it" in line for line in told]


def test_an_app_with_other_keys(start_world: StartWorld) -> None:
    world, other = start_world(), start_world()
    (line,) = wrong(world, PUBLIC_URL=other.url)
    assert "an Echoseal answers (401 signature-invalid), and does not know the test" in line
    assert [] == other.sharetribe.calls


def test_an_app_without_the_vendor(start_world: StartWorld) -> None:
    world = start_world()
    other = start_world(INTEGRATIONS="badge", SEAL_KEYS=world.settings["SEAL_KEYS"])
    (line,) = wrong(world, PUBLIC_URL=other.url)
    assert "an Echoseal answers, and has no such route" in line


def test_an_app_with_another_secret_of_the_vendor(world: KitWorld) -> None:
    (line,) = wrong(world, PASSCHECK_SIGNING_SECRET="another-than-the-running-apps")
    assert line.startswith("passcheck: the running app refuses what the secret set here signs")


def test_a_prefix_that_the_router_cuts_off(start_world: StartWorld) -> None:
    with routed(lambda came: came) as router:
        world = start_world(PUBLIC_URL=router.url)
        router.target, router.cuts = world.url, "/api"
        (line,) = wrong(world)
    assert "the router cuts the prefix off" in line


class Shown(Passcheck):
    """A vendor whose callbacks hold the secret itself."""

    def __init__(self, upstream: Upstream) -> None:
        super().__init__(upstream, "key", "secret", has_single_use_links=False)
        self.proof = SharedSecret("X-Secret", (SHOWN_SECRET,))


SHOWN_SECRET = "shared-with-the-app-alone"
SHOWN = Integration(
    "passcheck", lambda reader, upstreams: (Shown(upstreams.at("p", reader.text("P"))),)
)


def findings_of_shown(world: KitWorld, public_url: str) -> list[Finding]:
    settings = {**world.settings, "INTEGRATIONS": "passcheck", "PUBLIC_URL": public_url}
    checked = read_configuration({**settings, "P": "http://127.0.0.1:1"}, (SHOWN,))
    return list(deployment_findings(checked, time, "passcheck"))


def test_a_secret_goes_to_nobody_who_is_not_this_app(
    world: KitWorld, start_server: StartServer
) -> None:
    received: list[Received] = []
    server = start_server(answering(answer(b"{}"), received=received))
    (found,) = [one for one in findings_of_shown(world, server.url) if one.state is State.BAD]
    assert "something else answers there (200)" in found.words
    assert ["/healthz", "/api/callbacks/passcheck"] == [one.target for one in received]
    assert [] == [one for one in received if SHOWN_SECRET in str(one.headers)]


def test_the_app_itself_is_shown_the_secret(world: KitWorld) -> None:
    """Its proof is the running app's, which takes signatures here: it refuses, and has answered."""
    (found,) = [one for one in findings_of_shown(world, world.url) if one.about == "passcheck"]
    assert "the running app refuses what the secret set here signs" in found.words


# One vendor's callback


def test_one_vendors_callback_alone(world: KitWorld) -> None:
    code, lines = doctor(world, "--callback", "passcheck")
    assert 0 == code
    assert [] == [line for line in lines if "inkwell" in line]
    assert "ok    passcheck: a test that is signed with the secret set here is taken" in lines
    assert [] == world.sharetribe.calls


def test_a_vendor_that_does_not_call_back_is_none(world: KitWorld) -> None:
    result = world.app.test_cli_runner().invoke(args=["doctor", "--callback", "vault"])
    assert 2 == result.exit_code
    assert "there are callbacks of passcheck, facecheck" in result.output


# TRUSTED_PROXY_HOPS


def appended(*addresses: str) -> Appending:
    """Return what routers do that append one address each."""
    return lambda came: ", ".join(filter(None, (came, *addresses)))


def replaced(*addresses: str) -> Appending:
    """Return what a router does that believes nobody, and those behind it."""
    return lambda _: ", ".join(addresses)


ROUTERS: dict[str, tuple[Appending, int, str]] = {
    "no router": (lambda came: came, 0, "0 appended"),
    "one router": (appended(RIGHT), 1, "1 appended (other)"),
    "a CDN before one router": (appended(RIGHT, CDN), 2, "2 appended (other, cdn)"),
    "three": (appended(RIGHT, CDN, BANK), 3, "3 appended (other, cdn, private)"),
    "one that replaces": (replaced(RIGHT), 1, "a router writes the whole list anew, 1 appended"),
    "one that replaces, before another": (replaced(RIGHT, CDN), 2, "the whole list anew, 2 app"),
    "one that takes it away": (lambda _: "", 0, "0 appended"),
    "one that writes ports": (
        lambda came: ", ".join(f"{one}:4711" for one in (came, RIGHT)),
        1,
        "1 appended (other)",
    ),
}


@pytest.mark.parametrize("router", ROUTERS)
def test_the_number_of_proxies_is_proposed(start_world: StartWorld, router: str) -> None:
    appending, fitting, words = ROUTERS[router]
    with routed(appending) as served:
        for hops in {fitting, fitting + 1, 1}:
            world = start_world(PUBLIC_URL=served.url, TRUSTED_PROXY_HOPS=str(hops))
            served.target = world.url
            _, lines = doctor(world, "--callback", "passcheck")
            (line,) = [line for line in lines if "TRUSTED_PROXY_HOPS:" in line]
            assert words in line
            proposes = f"set it to {fitting}" in line
            assert (hops == fitting, hops != fitting) == (line.startswith("ok"), proposes)


@pytest.mark.parametrize(
    ("hops", "words"),
    [("1", "ok    facecheck: its callbacks are"), ("2", "note  facecheck: its callbacks are")],
)
def test_a_vendor_that_is_known_by_its_address_hangs_on_the_number(
    start_world: StartWorld, hops: str, words: str
) -> None:
    with routed(appended(RIGHT)) as served:
        settings = {"PUBLIC_URL": served.url, "TRUSTED_PROXY_HOPS": hops}
        world = start_world(INTEGRATIONS="facecheck", **settings)
        served.target = world.url
        _, lines = doctor(world, "--callback", "facecheck")
    assert 1 == sum(line.startswith(words) for line in lines)


def test_too_many_proxies_let_callers_choose(start_world: StartWorld) -> None:
    with routed(appended(RIGHT)) as served:
        world = start_world(PUBLIC_URL=served.url, TRUSTED_PROXY_HOPS="2")
        served.target = world.url
        _, lines = doctor(world, "--callback", "passcheck")
    assert 1 == sum(
        "whoever calls chooses the address that counts as theirs" in one for one in lines
    )


# All at once, within a bound


def test_checks_run_at_once_and_are_told_in_their_order() -> None:
    meeting = threading.Barrier(2)

    def met(name: str) -> Check:
        return Check(name, lambda: [good(name, str(meeting.wait(10) >= 0))])

    found = list(examined([met("first"), met("second")], done=lambda _: None))
    assert [good("first", "True"), good("second", "True")] == found


def test_what_does_not_end_is_a_finding() -> None:
    hold = threading.Event()
    slow = Check("slow", lambda: [good("slow", str(hold.wait(30)))])
    quick = Check("quick", lambda: [good("quick", "done")])
    found = list(examined([slow, quick], seconds=0.05, done=lambda _: None))
    hold.set()
    assert [bad("slow", "was not done after 0 seconds"), good("quick", "done")] == found


def test_a_defect_of_ours_is_a_finding() -> None:
    def broken() -> list[Any]:
        raise KeyError("secret")

    (found,) = examined([Check("broken", broken)], done=lambda _: None)
    assert bad("broken", "the check itself failed (KeyError); please report it") == found


def test_every_printed_address_is_routed(world: KitWorld) -> None:
    checked = read_configuration(world.settings, world.known)
    app = create_app(world.settings, known=world.known)
    rules = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    printed = {
        address.url.removeprefix(checked.settings.public_url)
        for address in callback_addresses(checked.settings, checked.parts)
    }
    assert set() == printed - rules
    assert {True} == {url.endswith(REFERENCE) for url in printed if "calendar" in url}
    assert 7 == len(printed)
