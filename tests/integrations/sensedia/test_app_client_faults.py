"""Whatever fails at whatever step of an order about a client: no second one, and a way on."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.contract import App
from proxy.deadline import deadline
from proxy.door import WebhookRefused
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable
from sandbox.aws import Aws
from tests.integrations.sensedia.gate import FAULTS, Gate, Passed, answered
from tests.integrations.sensedia.orders import app, assert_one_client

# List, make, list again, describe the new one.
CREATE_STEPS = range(1, 5)
MAKES = 2
# Describe, change.
UPDATE_STEPS = range(1, 3)
# List, describe, delete.
REVOKE_STEPS = range(1, 4)
HANG_DEADLINE = 0.15
FAILURES = (WebhookRefused, UpstreamUnavailable, UpstreamRefused)


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
def test_a_create_that_fails_once_leaves_nothing_or_succeeds(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int, kind: str, *, takes_effect: bool
) -> None:
    gate.strike(step, kind, takes_effect=takes_effect)
    told = attempt(app_clients.create, app(aws), kind)
    left = 1 if told or (kind == "hang" and step == MAKES and takes_effect) else 0
    assert left == len(aws.clients())

    gate.reset()
    again = app_clients.create(app(aws))
    assert_one_client(aws, again)
    assert told in (None, again)


@pytest.mark.parametrize("step", CREATE_STEPS)
def test_a_create_during_which_aws_goes_away_leaves_at_most_one_client(
    app_clients: AppClients, aws: Aws, gate: Gate, step: int
) -> None:
    gate.strike(step, "500", until=999)
    assert attempt(app_clients.create, app(aws), "500") is None
    assert len(aws.clients()) <= 1
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


def test_a_client_without_a_secret_is_no_answer(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    def script(name: str, _: Any) -> Passed | None:
        has_made = name == "CreateUserPoolClient"
        return answered({"UserPoolClient": {"ClientId": "abc"}}) if has_made else None

    gate.script = script
    with pytest.raises(UpstreamUnavailable):
        app_clients.create(app(aws))
