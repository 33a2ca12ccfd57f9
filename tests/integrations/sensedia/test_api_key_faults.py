"""Whatever fails at whatever step of an order: no second key, no half-enabled one, and a way on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.aws import Concurrent
from integrations.sensedia.contract import App
from integrations.sensedia.gateway import KeyMissing
from integrations.sensedia.retries import MOST_TRIES
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import UpstreamRefused, Upstreams, UpstreamUnavailable
from proxy.vendors.doors import PortalRefused
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import FAULTS, Gate, Passed, refusal
from tests.integrations.sensedia.mortal import KilledError, MortalAws, mortal_at
from tests.integrations.sensedia.orders import (
    api_keys_at,
    app,
    assert_one_working_key,
    service_at,
)
from tests.source_tree import ROOT

# Search, make, search again, attach twice, enable.
CREATE_STEPS = range(1, 7)
MAKES = 2
# The key, rename, its plans, off gold, off bronze, on silver, its plans again.
UPDATE_STEPS = range(1, 8)
# Two searches, mark, plans, off gold, off bronze, delete.
REVOKE_STEPS = range(1, 8)
# Nothing else takes this long; the way back has a time of its own.
HANG_DEADLINE = 0.15
FAILURES = (PortalRefused, UpstreamUnavailable, UpstreamRefused)


@pytest.fixture(scope="module")
def mortal(served: Gate, upstreams: Upstreams) -> MortalAws:
    """Return API Gateway as a process calls it that will die."""
    return mortal_at(served.url, "apigateway", upstreams)


def attempt(order: Any, ordered: App, kind: str) -> dict[str, str] | None:
    """Give an order, with little time where AWS hangs; return what it told, None where it fails."""
    try:
        with deadline(HANG_DEADLINE if kind == "hang" else 20):
            told: dict[str, str] | None = order(ordered)
    except FAILURES:
        return None
    return told


def assert_at_most_one_key(aws: Aws, *plans: str) -> None:
    """Require that there is one key at most, which works only where it has all its plans."""
    keys = aws.keys()
    assert len(keys) <= 1
    assert all(set(key["plans"]) == set(plans) for key in keys if key["enabled"])


@pytest.mark.parametrize("step", CREATE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_a_create_that_fails_once_leaves_what_the_next_one_takes_over_or_succeeds(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    gate.strike(step, kind, takes_effect=takes_effect)
    told = attempt(api_keys.create, app(aws, "gold", "silver"), kind)
    if told is not None:
        assert_one_working_key(aws, told, "gold", "silver")
    assert_at_most_one_key(aws, "gold", "silver")
    assert_create_goes_on(api_keys, aws, gate)


def assert_create_goes_on(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    """Require that the next create makes good whatever was left, and the one after it the same."""
    gate.reset()
    told = api_keys.create(app(aws, "gold", "silver"))
    assert_one_working_key(aws, told, "gold", "silver")
    assert told == api_keys.create(app(aws, "gold", "silver"))


@pytest.mark.parametrize("step", CREATE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), [("500", False), ("reset", True)])
def test_a_create_during_which_aws_goes_away_leaves_at_most_one_key_that_nobody_was_told_of(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    # With effect, every answer from this step on is lost.
    gate.strike(step, kind, takes_effect=takes_effect, until=999)
    assert attempt(api_keys.create, app(aws, "gold", "silver"), kind) is None
    assert_at_most_one_key(aws, "gold", "silver")
    assert_create_goes_on(api_keys, aws, gate)


def test_a_lost_answer_to_the_request_that_makes_a_key_makes_no_second_one(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    gate.strike(MAKES, "reset", takes_effect=True)
    told = api_keys.create(app(aws, "gold"))
    assert_one_working_key(aws, told, "gold")
    assert 1 == gate.calls.count("POST /apikeys")


@pytest.mark.parametrize("step", CREATE_STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_during_a_create_leaves_no_half_enabled_key(
    mortal: MortalAws, api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, *, after: bool
) -> None:
    mortal.die(step, after=after)
    with pytest.raises(KilledError):
        api_keys_at(mortal, aws).create(app(aws, "gold", "silver"))
    assert_at_most_one_key(aws, "gold", "silver")
    assert_create_goes_on(api_keys, aws, gate)


@pytest.mark.parametrize("step", UPDATE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_an_update_that_fails_once_is_undone_or_done(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    told = api_keys.create(app(aws, "gold", "bronze"))
    gate.reset()
    gate.strike(step, kind, takes_effect=takes_effect)
    attempt(api_keys.update, app(aws, "silver", api_key_id=told["apiKeyId"], name="New"), kind)
    [key] = aws.keys()
    assert {"gold", "bronze"} == set(key["plans"]) or "silver" in key["plans"]
    assert key["enabled"]

    gate.reset()
    api_keys.update(app(aws, "silver", api_key_id=told["apiKeyId"], name="New"))
    assert_one_working_key(aws, told, "silver")


@pytest.mark.parametrize("step", UPDATE_STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_an_update_sent_again_after_a_crash_is_done(
    mortal: MortalAws, api_keys: ApiKeys, aws: Aws, step: int, *, after: bool
) -> None:
    told = api_keys.create(app(aws, "gold", "bronze"))
    order = app(aws, "silver", api_key_id=told["apiKeyId"], name="New")
    mortal.die(step, after=after)
    with pytest.raises(KilledError):
        api_keys_at(mortal, aws).update(order)
    api_keys.update(order)
    assert_one_working_key(aws, told, "silver")


@pytest.mark.parametrize("step", REVOKE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_a_revoke_that_fails_once_is_done_when_it_is_sent_again(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    api_keys.create(app(aws, "gold", "bronze"))
    gate.reset()
    gate.strike(step, kind, takes_effect=takes_effect)
    attempt(api_keys.revoke, app(aws), kind)
    gate.reset()
    api_keys.revoke(app(aws))
    assert [] == aws.keys()


@pytest.mark.parametrize("step", REVOKE_STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_revoke_that_crashes_hands_nothing_out_again(
    mortal: MortalAws, api_keys: ApiKeys, aws: Aws, step: int, *, after: bool
) -> None:
    told = api_keys.create(app(aws, "gold", "bronze"))
    mortal.die(step, after=after)
    with pytest.raises(KilledError):
        api_keys_at(mortal, aws).revoke(app(aws))
    has_begun = not any(key["enabled"] for key in list(aws.keys()))
    again = api_keys.create(app(aws, "gold"))
    assert has_begun == (again["apiKey"] != told["apiKey"])

    api_keys.revoke(app(aws))
    assert [] == aws.keys()


# The requests of each order that change something.
CHANGES = [
    *(("create", step) for step in (2, 4, 5, 6)),
    *(("update", step) for step in (2, 4, 5, 6)),
    *(("revoke", step) for step in (3, 5, 6, 7)),
]


def give(api_keys: ApiKeys, aws: Aws, gate: Gate, order: str) -> Callable[[], Any]:
    """Return a create, an update or a revoke, with AWS as it is before it."""
    if order == "create":
        return partial(api_keys.create, app(aws, "gold", "silver"))
    told = api_keys.create(app(aws, "gold", "bronze"))
    gate.reset()
    if order == "revoke":
        return partial(api_keys.revoke, app(aws))
    named = app(aws, "silver", api_key_id=told["apiKeyId"], name="New")
    return partial(api_keys.update, named)


@pytest.mark.parametrize(("order", "step"), CHANGES)
def test_a_conflict_that_passes_is_waited_for(
    api_keys: ApiKeys, aws: Aws, gate: Gate, order: str, step: int
) -> None:
    given = give(api_keys, aws, gate, order)
    gate.strike(step, "busy", until=step + 2)
    given()
    states = [(set(key["plans"]), key["enabled"]) for key in list(aws.keys())]
    expected = {"create": {"gold", "silver"}, "update": {"silver"}}
    assert ([(expected[order], True)] if order in expected else []) == states


@pytest.mark.parametrize(("order", "step"), CHANGES)
def test_a_conflict_that_stays_is_no_refusal_and_an_update_puts_back_what_it_took(
    api_keys: ApiKeys, aws: Aws, gate: Gate, order: str, step: int
) -> None:
    given = give(api_keys, aws, gate, order)
    before = [(key["plans"], key["enabled"]) for key in list(aws.keys())]
    # The order gives up, and its way back meets the conflict for a while, too.
    gate.strike(step, "busy", until=step + MOST_TRIES + 2)
    with pytest.raises(Concurrent):
        given()
    if order == "create":
        assert [] == [key for key in list(aws.keys()) if key["enabled"]]
    if order == "update":
        assert before == [(key["plans"], key["enabled"]) for key in list(aws.keys())]


@pytest.mark.parametrize("kind", ["busy", "429"])
def test_a_step_back_that_aws_has_no_time_for_is_taken_again(
    api_keys: ApiKeys, aws: Aws, gate: Gate, kind: str
) -> None:
    def script(name: str, _: Any) -> Passed | None:
        if name.endswith(f"{aws.plan_ids['silver']}/keys"):
            return refusal("stage")
        is_way_back = name.startswith("POST ")
        return refusal(kind) if is_way_back and gate.calls.count(name) < 4 else None

    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    gate.script = script
    with pytest.raises(PortalRefused):
        api_keys.update(app(aws, "silver"))
    assert_one_working_key(aws, told, "gold")


@pytest.mark.parametrize(("step", "kind"), [(4, "key"), (5, "key"), (6, "key"), (6, "403")])
def test_a_key_that_is_too_new_to_be_found_or_to_have_its_tags_is_waited_for(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str
) -> None:
    gate.strike(step, kind, until=step + 2)
    told = api_keys.create(app(aws, "gold", "silver"))
    assert_one_working_key(aws, told, "gold", "silver")


@pytest.mark.parametrize("method", ["POST /usageplans/", "PATCH "])
def test_a_new_key_that_is_not_found_for_long_is_no_refusal_and_is_kept_for_the_next_create(
    api_keys: ApiKeys, aws: Aws, gate: Gate, method: str
) -> None:
    gate.script = lambda name, _: refusal("key") if name.startswith(method) else None
    with pytest.raises(KeyMissing):
        api_keys.create(app(aws, "gold", "silver"))
    assert 1 == gate.calls.count("POST /apikeys")
    assert_at_most_one_key(aws)
    assert_create_goes_on(api_keys, aws, gate)


def test_an_order_holds_one_place_among_the_threads_until_it_is_done(aws: Aws, gate: Gate) -> None:
    upstreams = Upstreams("tests", lambda *_: None, threads=1)
    api_keys = api_keys_at(service_at(gate.url, "apigateway", upstreams), aws)
    others: list[str] = []

    def script(name: str, _: Any) -> Passed | None:
        if not name.startswith("PATCH "):
            return None
        with deadline(0.5), pytest.raises(UpstreamUnavailable) as other:
            api_keys.create(app(aws, "gold", slug="another"))
        others.append(str(other.value))
        return refusal("500")

    gate.script = script
    with pytest.raises(UpstreamUnavailable):
        api_keys.create(app(aws, "gold"))
    assert {"aws: too many calls under way"} == set(others)
    assert_at_most_one_key(aws)


def test_creates_at_the_same_time_in_one_process_make_one_key(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: api_keys.create(app(aws, "gold")), range(4)))
    assert_one_working_key(aws, told[0], "gold")
    assert [told[0]] * 4 == told
    assert 1 == gate.calls.count("POST /apikeys")


def test_creates_at_the_same_time_in_two_processes_leave_one_key(
    api_gateway: AwsService, mortal: MortalAws, aws: Aws, gate: Gate
) -> None:
    both_looked, both_made = threading.Barrier(2), threading.Barrier(2)
    lock = threading.Lock()

    def script(name: str, environ: Any) -> Passed | None:
        """Have both find nothing, and then both make a key, before either goes on."""
        if name == "POST /apikeys":
            both_looked.wait(10)
            with lock:  # moto's own backend is not made for threads
                passed = gate.pass_on(environ)
            both_made.wait(10)
            return passed
        return None

    gate.script = script
    mortal.live()
    processes = [api_keys_at(service, aws) for service in (api_gateway, mortal)]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda one: one.create(app(aws, "gold")), processes))
    assert told[0] == told[1]
    assert_one_working_key(aws, told[0], "gold")


KILLED = """
import os, sys
from proxy.outgoing.upstream import Upstreams
from integrations.sensedia.aws import Access, Aws
from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.contract import App
from integrations.sensedia.gateway import Gateway
url, plan, slug = sys.argv[1:]
access = Access("eu-west-1", "SANDBOXACCESSKEYID", "sandbox", None, url)
aws = Aws("apigateway", access, Upstreams("killed", lambda *_: None), ("", {}))
app = App(slug=slug, has_slug=True, name="A", developer="", has_apis=True, plan_ids=(plan,))
ApiKeys(Gateway(aws, "echoseal"), frozenset({plan})).create(app)
"""


def test_a_process_that_is_killed_before_it_enables_a_key_leaves_a_disabled_one(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    order = app(aws, "gold")
    arguments = [gate.url, *order.plan_ids, order.slug]
    reached = threading.Event()

    def hold(name: str, _: Any) -> Passed | None:
        if name.startswith("PATCH "):
            reached.set()
            os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
            return refusal("500")
        return None

    gate.script = hold
    process = subprocess.Popen([sys.executable, "-c", KILLED, *arguments], cwd=ROOT)
    assert -signal.SIGKILL == process.wait(30)
    assert reached.is_set()

    [left] = aws.keys()
    assert (False, ["gold"]) == (left["enabled"], left["plans"])
    gate.reset()
    told = api_keys.create(order)
    assert left["id"] == told["apiKeyId"]
    assert_one_working_key(aws, told, "gold")
