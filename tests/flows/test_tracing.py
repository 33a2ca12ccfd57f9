"""A complaint is answered: one command says a user's word, one grep gives their log lines."""

from __future__ import annotations

import io
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy.logs import configure_logs
from sandbox.sharetribe import User
from sandbox.sharetribe.users import ALLOW, DENY
from tests.flows.steps import log_fields, started
from tests.kit.trips import EXAMPLE, MovedWorld, Trip
from tests.world import Browser

POST = "postListings"


@pytest.fixture
def log() -> io.StringIO:
    """Return where the log goes."""
    return io.StringIO()


@pytest.fixture
def world(log: io.StringIO) -> Iterator[MovedWorld]:
    """Return a world with rights, badges, checks and a till; its log lines are kept."""
    world = MovedWorld(
        INTEGRATIONS="passcheck,till",
        ACCESS_RULES=f"identity={POST}",
        PUBLIC_BADGES="identity",
        TRUSTED_PROXY_HOPS="0",
    )
    configure_logs(log)
    yield world
    world.close()


def command(world: MovedWorld, *arguments: str) -> str:
    """Return what the command `user` prints."""
    # In a thread of its own the log of the app goes on where it went.
    result = world.app.test_cli_runner().invoke(args=["user", *arguments])
    assert 0 == result.exit_code, result.output
    return result.stdout


def grepped(pattern: str, log: io.StringIO, folder: Path) -> list[dict[str, str]]:
    """Return the lines that grep finds in the log, by their fields."""
    path = folder / "log"
    path.write_text(log.getvalue())
    found = subprocess.run(
        ["grep", "-E", pattern, str(path)], capture_output=True, text=True, check=True
    )
    return [log_fields(line) for line in found.stdout.splitlines()]


def ends(world: MovedWorld, user: User, word: str) -> Browser:
    browser = world.browser(user)
    world.passcheck.finish(started(browser), word)
    return browser


def test_what_a_user_says_failed_is_found_by_one_command_and_one_grep(
    world: MovedWorld, log: io.StringIO, tmp_path: Path
) -> None:
    first, second = world.user, world.other_user
    ends(world, first, "passed")
    reference = started(world.browser(second))
    world.passcheck.finish(reference, "refused", told=False)
    world.browser(second).read()
    world.passcheck.tell(world.passcheck.checks[reference])
    printed = command(world, second.email)
    (pattern,) = re.findall(r"grep -E '([^']+)' LOG", printed)
    lines = grepped(pattern, log, tmp_path)
    told = [(one["event"], one["outcome"], one.get("result")) for one in lines]
    assert [
        ("start", "started", "pending"),
        ("pull", "stored", "rejected"),
        ("callback", "repeated", "rejected"),
    ] == told
    assert {"refused"} == {one["reason"] for one in lines[1:]}
    assert {"identity"} == {one["matter"] for one in lines}
    # One session, one word; the command says that, too.
    (case,) = {one["case"] for one in lines}
    assert f"case={case}" in printed


def test_what_rights_a_user_got_and_lost_is_found(
    world: MovedWorld, log: io.StringIO, tmp_path: Path
) -> None:
    browser = ends(world, world.user, "passed")
    browser.start(restart=True)
    world.passcheck.finish(world.passcheck.check.id, "refused")
    word = json.loads(command(world, world.user.id, "--json"))["subject"][0]
    lines = grepped(f"event=access .*subject={word}", log, tmp_path)
    told = [(one["outcome"], one.get("rights")) for one in lines]
    assert [
        ("badge-shown", None), ("granted", POST), ("badge-removed", None), ("revoked", POST)
    ] == told  # fmt: skip


def test_each_end_of_a_callback_has_a_word_of_its_own(
    world: MovedWorld, log: io.StringIO, tmp_path: Path
) -> None:
    browser = world.browser()
    first = started(browser)
    world.passcheck.finish(first)
    world.passcheck.tell(world.passcheck.checks[first])
    world.passcheck.finish(first, "refused")
    left = started(browser, restart=True)
    world.clock.ahead += 600
    world.passcheck.finish(started(browser, restart=True))
    world.passcheck.finish(left, "lapsed")
    world.passcheck.tell(world.passcheck.checks[first], reference="x" * 99)
    world.sharetribe.faults.mode = "error"
    world.passcheck.tell(world.passcheck.checks[left])
    told = [
        (one["outcome"], one.get("result"), one.get("reason"))
        for one in grepped("event=callback", log, tmp_path)
    ]
    assert [
        ("stored", "approved", None),
        ("repeated", "approved", None),
        ("corrected", "rejected", "refused"),
        ("stored", "approved", None),
        ("kept", "expired", "lapsed"),
        ("foreign", None, None),
        ("failed", "expired", "marketplace-unavailable"),
    ] == told


def test_a_connection_that_broke_is_found(
    world: MovedWorld, log: io.StringIO, tmp_path: Path
) -> None:
    trip = Trip(world, "till")
    assert "connected" == trip.comes()
    EXAMPLE.kill(world.till)
    sold = {"transactionId": next(iter(world.sharetribe.transactions))}
    answer = trip.browser.call("POST", "/api/till/orders", json_body=sold)
    assert "needs-reconnection" == answer.json()["code"]
    (pattern,) = re.findall(r"grep -E '([^']+)' LOG", command(world, world.user.id))
    lines = grepped(pattern, log, tmp_path)
    assert [
        ("connection", "begun"),
        ("connection", "connected"),
        ("connection", "broken"),
        ("order", "refused"),
    ] == [(one["event"], one["outcome"]) for one in lines]
    assert "needs-reconnection" in command(world, world.user.id)


def report(world: MovedWorld, user: User) -> Any:
    return json.loads(command(world, user.id, "--json"))


def test_the_command_says_what_counts_and_why(world: MovedWorld) -> None:
    ends(world, world.user, "passed")
    assert (ALLOW, DENY) == (world.user.permissions[POST], world.other_user.permissions[POST])
    told = report(world, world.user)
    (matter,) = told["matters"]
    (session,) = matter["sessions"]
    assert ("identity", "approved", True, "valid") == tuple(
        matter[name] for name in ("matter", "status", "verified", "checksum")
    )
    assert ("passcheck", True, "valid") == tuple(
        session[name] for name in ("provider", "counts", "checksum")
    )
    assert ({"names": [POST], "granted": True, "due": False}, False) == (
        matter["rights"],
        matter["badge"]["due"],
    )
    assert "approved" == matter["marker"]["status"]


def test_what_a_user_has_forged_is_told_as_forged(world: MovedWorld) -> None:
    forged = {"provider": "passcheck", "status": "approved", "transactionReference": "x"}
    world.user.private_data["idVerification-AAAAAAAA"] = {**forged, "checksum": "1.AAAA"}
    (matter,) = report(world, world.user)["matters"]
    (session,) = matter["sessions"]
    assert ("none", "invalid", False) == (
        matter["status"],
        session["checksum"],
        session["counts"],
    )
    assert "does not hold" in session["why"]


def test_a_name_that_acts_on_terminals_is_printed_harmless(world: MovedWorld) -> None:
    world.user.first_name = "\x1b[2J\u202e"
    assert not {"\x1b", "\u202e"} & set(command(world, world.user.id))


def test_each_end_of_a_start_has_a_word_of_its_own(
    world: MovedWorld, log: io.StringIO, tmp_path: Path
) -> None:
    browser = world.browser()
    check = started(browser)
    browser.start()
    world.passcheck.finish(check)
    browser.start()
    browser.start(provider="another")
    world.passcheck.faults.mode = "error"
    browser.start(restart=True)
    told = [
        (one["outcome"], one.get("result"), one.get("reason"), "case" in one)
        for one in grepped("event=start", log, tmp_path)
    ]
    assert [
        ("started", "pending", None, True),
        ("resumed", "pending", None, True),
        ("settled", "approved", None, True),
        ("failed", None, "vendor-unavailable", False),
    ] == told
