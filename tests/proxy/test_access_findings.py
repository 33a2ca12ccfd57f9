"""`check --online`: whether what Console restricts fits what ACCESS_RULES open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.kit.links import LINK_PAGES
from tests.kit.world import KitWorld
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import answer, answering

RULES = "identity=initiateTransactions+approve,billing/membership=postListings+initiateTransactions"
TRANSACTIONS = "requirePermissionToInitiateTransactions"
POSTING, JOINING, READING = (
    "requirePermissionToPostListings",
    "requireApprovalToJoin",
    "requirePermissionToRead",
)


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world with rules of two matters, and with link pages."""
    world = KitWorld(
        INTEGRATIONS="passcheck,tollgate", integration_api=True, ACCESS_RULES=RULES, **LINK_PAGES
    )
    yield world
    world.close()


@pytest.fixture
def world(module_world: KitWorld) -> KitWorld:
    """Return it, with access control set as its rules need."""
    module_world.start_afresh()
    access = module_world.sharetribe.access
    access.restricted, access.approves_users = {"postListings", "initiateTransactions"}, True
    access.calls_to_action = {
        TRANSACTIONS: button(link(module_world, "identity")),
        JOINING: button(link(module_world, "identity")),
        POSTING: button(link(module_world, "billing/membership")),
    }
    return module_world


def link(world: KitWorld, title: str) -> str:
    return f"{world.url}/api/go/{title}?user={{userId}}&email={{userEmail}}"


def button(href: str) -> dict[str, str]:
    return {"type": "external", "text": "Verify yourself", "href": href}


def check(world: KitWorld, **settings: str) -> tuple[int, list[str]]:
    """Run `check --online`; return its exit code and what it says of access control."""
    runner = world.another_app(**settings).test_cli_runner()
    result = runner.invoke(args=["check", "--online"])
    said = [line.partition(" ")[2].strip() for line in result.stdout.splitlines()]
    return result.exit_code, [line for line in said if line.startswith("access control: ")]


def only_finding(world: KitWorld, **settings: str) -> str:
    code, (finding,) = check(world, **settings)
    assert 1 == code
    return finding


def test_settings_that_fit_are_said_to(world: KitWorld) -> None:
    assert (0, ["access control: fits ACCESS_RULES"]) == check(world)


def test_without_rules_nothing_is_asked(world: KitWorld) -> None:
    world.sharetribe.access.restricted = set()
    assert (0, []) == check(world, ACCESS_RULES="")
    assert [] == [call for call in world.sharetribe.calls if "assets" in call]


def test_a_right_that_nobody_lacks_is_opened_by_nothing(world: KitWorld) -> None:
    world.sharetribe.access.restricted = {"initiateTransactions"}
    finding = only_finding(world)
    assert "postListings of ACCESS_RULES opens nothing" in finding
    assert 'switch on "Restrict listing posting rights" in Sharetribe Console' in finding


def test_every_finding_is_a_line_of_its_own(world: KitWorld) -> None:
    world.sharetribe.access.restricted = set()
    world.sharetribe.access.approves_users = False
    code, findings = check(world)
    assert (1, 3) == (code, len(findings))


@pytest.mark.parametrize("lacking", [None, {"type": "none"}, {"type": "external", "href": " "}])
def test_a_restriction_without_a_call_to_action_is_told_what_to_paste(
    world: KitWorld, lacking: dict[str, str] | None
) -> None:
    calls = world.sharetribe.access.calls_to_action
    if lacking is None:
        del calls[POSTING]
    else:
        calls[POSTING] = lacking
    finding = only_finding(world)
    assert '"Restrict listing posting rights" has no call to action' in finding
    assert finding.endswith(f"paste {link(world, 'billing/membership')}")


def test_a_missing_call_to_action_is_found_without_link_pages_too(world: KitWorld) -> None:
    del world.sharetribe.access.calls_to_action[POSTING]
    finding = only_finding(world, LINK_PAGES="false")
    assert "has no call to action" in finding
    assert "/api/go/" not in finding


ELSEWHERE: dict[str, Callable[[KitWorld], str]] = {
    "another host": lambda _: "https://elsewhere.example/verify",
    "a host that begins with ours": lambda w: link(w, "billing/membership").replace(
        "/api", "0/api"
    ),
    "a page of another subject": lambda w: link(w, "identity"),
    "without placeholders": lambda w: f"{w.url}/api/go/billing/membership",
    "an id beside the placeholder": lambda w: f"{link(w, 'billing/membership')}&user=1",
    "a page of the marketplace": lambda _: "/p/membership",
    "nothing that can be read": lambda _: "https://[elsewhere",
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_call_to_action_that_leads_elsewhere_is_told_where_to(world: KitWorld, case: str) -> None:
    address = ELSEWHERE[case](world)
    world.sharetribe.access.calls_to_action[POSTING] = button(address)
    finding = only_finding(world)
    assert f'of "Restrict listing posting rights" leads to {address}' in finding
    assert finding.endswith(f"paste {link(world, 'billing/membership')}")
    assert (0, ["access control: fits ACCESS_RULES"]) == check(world, LINK_PAGES="false")


def test_either_page_will_do_for_a_right_that_both_open(world: KitWorld) -> None:
    calls = world.sharetribe.access.calls_to_action
    calls[TRANSACTIONS] = button(f"{link(world, 'billing/membership')}&from=console")
    assert 0 == check(world)[0]


def test_a_host_is_the_same_in_capital_letters(world: KitWorld) -> None:
    public = {"PUBLIC_URL": world.url.replace("127.0.0.1", "localhost")}
    for title, name in (
        ("billing/membership", POSTING),
        ("identity", JOINING),
        ("identity", TRANSACTIONS),
    ):
        address = link(world, title).replace("127.0.0.1", "LOCALHOST")
        world.sharetribe.access.calls_to_action[name] = button(address)
    assert 0 == check(world, **public)[0]


def test_the_right_to_look_opens_nothing_where_everybody_may(world: KitWorld) -> None:
    access = world.sharetribe.access
    access.restricted = {"read"}
    access.calls_to_action[READING] = {"type": "internal", "href": "/p/verify"}
    rules = {"ACCESS_RULES": "identity=read"}
    assert "make the marketplace private" in only_finding(world, **rules)
    access.is_private = True
    assert 0 == check(world, **rules)[0]
    access.calls_to_action[READING] = button(link(world, "identity"))
    assert "whose user Console does not fill in" in only_finding(world, **rules)


UNREADABLE: dict[str, Any] = {
    "no JSON": b"<html>",
    "no asset": b'{"data": null}',
    "another form": b'{"data": {"users": [], "marketplace": {"private": false}}}',
    "a word for a switch": (
        b'{"data": {"marketplace": {"private": false},'
        b' "users": {"requirePermissionToPostListings": "true"}}}'
    ),
    "a switch that contradicts itself": (
        b'{"data": {"marketplace": {"private": false}, "users":'
        b' {"requireApprovalToJoin": true, "requireApprovalToJoin": false}}}'
    ),
    "a button that is none": (
        b'{"data": {"marketplace": {"private": false},'
        b' "users": {"requireApprovalToJoinOptions": {"callToAction": "none"}}}}'
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_said(world: KitWorld, start_server: StartServer, case: str) -> None:
    server = start_server(answering(answer(UNREADABLE[case])))
    finding = only_finding(world, SHARETRIBE_ASSET_BASE_URL=server.url)
    assert "the settings cannot be read" in finding


def test_a_client_id_without_the_asset_is_said(world: KitWorld) -> None:
    finding = only_finding(world, SHARETRIBE_CLIENT_ID="0a1b2c3d-0000-4000-8000-00000000000e")
    assert "answered 404; is SHARETRIBE_CLIENT_ID the marketplace's?" in finding


def test_a_delivery_that_is_down_is_said(world: KitWorld) -> None:
    world.sharetribe.faults.mode = "error"
    assert "the settings cannot be read (answered 5" in only_finding(world)
