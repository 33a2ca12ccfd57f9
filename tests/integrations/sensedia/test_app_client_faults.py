"""Whatever fails at whatever step of an order about a client: no second one, and a way on."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.aws import Concurrent, NotFound
from integrations.sensedia.contract import App
from integrations.sensedia.retries import MOST_TRIES
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.vendors.doors import PortalRefused
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import FAULTS, Gate, Passed, answered
from tests.integrations.sensedia.orders import app, app_clients_at, assert_one_client

# List, make, list again, let it work.
CREATE_STEPS = range(1, 5)
# Describe, change.
UPDATE_STEPS = range(1, 3)
# List, describe, delete.
REVOKE_STEPS = range(1, 4)
HANG_DEADLINE = 0.15
FAILURES = (PortalRefused, UpstreamUnavailable, UpstreamRefused)


def attempt(order: Any, ordered: App, kind: str) -> dict[str, Any] | None:
    """Give an order, with little time where AWS hangs; return what it told, None where it fails."""
    try:
        with deadline(HANG_DEADLINE if kind == "hang" else 20):
            told: dict[str, Any] | None = order(ordered)
    except FAILURES:
        return None
    return told


@pytest.mark.parametrize("step", CREATE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_a_create_that_fails_once_leaves_what_the_next_one_takes_over_or_succeeds(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    gate.strike(step, kind, takes_effect=takes_effect)
    told = attempt(app_clients.create, app(aws), kind)
    assert len(aws.clients()) <= 1
    if told is None and not (step == CREATE_STEPS[-1] and takes_effect):
        assert [] == working(aws)

    gate.reset()
    again = app_clients.create(app(aws))
    assert_one_client(aws, again)
    assert told in (None, again)


def working(aws: Aws) -> list[str]:
    """Return the ids of the clients that tokens are given out for."""
    return [one["ClientId"] for one in aws.clients() if one.get("AllowedOAuthFlowsUserPoolClient")]


@pytest.mark.parametrize("step", CREATE_STEPS)
def test_a_create_during_which_aws_goes_away_leaves_at_most_one_client_that_does_not_work(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int
) -> None:
    gate.strike(step, "500", until=999)
    assert attempt(app_clients.create, app(aws), "500") is None
    assert len(aws.clients()) <= 1
    assert [] == working(aws)
    gate.reset()
    assert_one_client(aws, app_clients.create(app(aws)))


@pytest.mark.parametrize("step", UPDATE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_an_update_that_fails_is_done_when_it_is_sent_again(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    told = app_clients.create(app(aws, api_ids=(next(iter(aws.scopes)),)))
    order = app(aws, client_id=told["clientId"])
    gate.reset()
    gate.strike(step, kind, takes_effect=takes_effect)
    attempt(app_clients.update, order, kind)
    gate.reset()
    app_clients.update(order)
    assert_one_client(aws, told)


@pytest.mark.parametrize("step", REVOKE_STEPS)
@pytest.mark.parametrize(("kind", "takes_effect"), FAULTS)
def test_a_revoke_that_fails_is_done_when_it_is_sent_again(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    app_clients.create(app(aws))
    gate.reset()
    gate.strike(step, kind, takes_effect=takes_effect)
    attempt(app_clients.revoke, app(aws), kind)
    gate.reset()
    app_clients.revoke(app(aws))
    assert [] == aws.clients()


BUSY = answered(
    {"__type": "ConcurrentModificationException", "message": "Only one request at a time."},
    "400 Bad Request",
)


def busy(gate: Gate, action: str, times: int) -> None:
    """Have AWS be busy with another change when it is asked for this one."""

    def script(name: str, _: Any) -> Passed | None:
        return BUSY if name == action and gate.calls.count(name) <= times else None

    gate.script = script


@pytest.mark.parametrize("action", ["Create", "Update", "Delete"])
def test_a_conflict_that_passes_is_waited_for(
    app_clients: AppClients, aws: Aws, gate: Gate, action: str
) -> None:
    busy(gate, f"{action}UserPoolClient", 3)
    app_clients.create(app(aws, api_ids=(next(iter(aws.scopes)),)))
    told = app_clients.create(app(aws))
    assert_one_client(aws, told)
    app_clients.revoke(app(aws))
    assert [] == aws.clients()


@pytest.mark.parametrize("action", ["Create", "Update", "Delete"])
def test_a_conflict_that_stays_is_no_refusal(
    app_clients: AppClients, aws: Aws, gate: Gate, action: str
) -> None:
    one, both = app(aws, api_ids=(next(iter(aws.scopes)),)), app(aws)
    if action != "Create":
        app_clients.create(one)
    gate.reset()
    busy(gate, f"{action}UserPoolClient", 99)
    order = app_clients.revoke if action == "Delete" else app_clients.create
    with pytest.raises(Concurrent):
        order(both)
    assert MOST_TRIES == gate.calls.count(f"{action}UserPoolClient")


def test_a_new_client_that_is_too_new_to_be_found_is_waited_for(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    unknown = {"__type": "ResourceNotFoundException", "message": "User pool client x is not there."}

    def script(name: str, _: Any) -> Passed | None:
        is_early = name == "UpdateUserPoolClient" and gate.calls.count(name) < 3
        return answered(unknown, "400 Bad Request") if is_early else None

    gate.script = script
    assert_one_client(aws, app_clients.create(app(aws)))
    assert 1 == gate.calls.count("CreateUserPoolClient")


@pytest.mark.parametrize("order", ["update", "revoke"])
def test_a_pool_that_is_not_there_is_not_taken_for_a_client_that_is_gone(
    cognito: AwsService, aws: Aws, gate: Gate, order: str
) -> None:
    missing = {"__type": "ResourceNotFoundException", "message": "User pool x does not exist."}
    gate.script = lambda *_: answered(missing, "400 Bad Request")
    with pytest.raises(NotFound):
        getattr(app_clients_at(cognito, aws), order)(app(aws, client_id="abc"))


def test_a_client_without_a_secret_is_no_answer(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    def script(name: str, _: Any) -> Passed | None:
        has_made = name == "CreateUserPoolClient"
        return answered({"UserPoolClient": {"ClientId": "abc"}}) if has_made else None

    gate.script = script
    with pytest.raises(UpstreamUnavailable):
        app_clients.create(app(aws))
