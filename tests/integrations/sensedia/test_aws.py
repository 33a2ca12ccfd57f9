"""The way to AWS: sent once, in time, through our own connections, with our words for errors."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from integrations.sensedia.aws import Access, Concurrent, Conflict, Denied, NotFound, Throttled
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.retries import MOST_TRIES
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import Upstream, UpstreamRefused, Upstreams, UpstreamUnavailable
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import PASSING, Gate, Passed, answered
from tests.integrations.sensedia.orders import service_at

PROBE = ("get_usage_plans", {"limit": 1})


@pytest.mark.parametrize("kind", ["429", "500", "reset", "garbage", "hang"])
def test_a_request_is_sent_once_whatever_happens(
    api_gateway: AwsService, gate: Gate, kind: str
) -> None:
    gate.strike(1, kind, until=99)
    with deadline(0.3), pytest.raises(UpstreamUnavailable):
        api_gateway.call("create_api_key", name="x")
    assert ["POST /apikeys"] == gate.calls


def test_waiting_ends_with_the_deadline(api_gateway: AwsService, gate: Gate) -> None:
    gate.strike(1, "hang")
    began = time.monotonic()
    with deadline(0.2), pytest.raises(UpstreamUnavailable):
        api_gateway.call("get_api_keys")
    assert time.monotonic() - began < 2


def test_without_time_nothing_is_sent(api_gateway: AwsService, gate: Gate) -> None:
    with deadline(0), pytest.raises(UpstreamUnavailable):
        api_gateway.call("get_api_keys")
    assert [] == gate.calls


@pytest.mark.parametrize(
    ("kind", "expected"), [("403", Denied), ("404", NotFound), ("409", Conflict)]
)
def test_a_refusal_is_told_apart(
    api_gateway: AwsService, gate: Gate, kind: str, expected: type[Exception]
) -> None:
    gate.strike(1, kind)
    with pytest.raises(UpstreamRefused) as refusal:
        api_gateway.call("get_api_key", apiKey="abc")
    assert expected is type(refusal.value)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "LimitExceededException"])
def test_cognito_that_throttles_with_400_is_unavailable(
    cognito: AwsService, gate: Gate, code: str
) -> None:
    gate.script = lambda *_: answered({"__type": code, "message": "slow down"}, "400 Bad Request")
    with pytest.raises(UpstreamUnavailable, match=code):
        cognito.call("list_user_pools", MaxResults=1)
    assert ["ListUserPools"] == gate.calls


# Texts that AWS has sent, and others of their kind; the last ones are not about another change.
TOLD = [
    (409, "ConflictException", PASSING, Concurrent),
    (409, "ConflictException", "CONCURRENT change, please retry", Concurrent),
    (409, "ConflictException", "Another operation is in progress", Concurrent),
    (409, "ConflictException", "The key is currently being updated.", Concurrent),
    (409, "SomethingNewException", "Please try your request again later", Concurrent),
    (400, "BadRequestException", PASSING, Concurrent),
    (400, "ConcurrentModificationException", "Only one request at a time.", Concurrent),
    (400, "ConcurrentModificationException", "", Concurrent),
    (429, "TooManyRequestsException", "Please try again later", Throttled),
    (409, "ConflictException", "", Concurrent),
    (409, "ConflictException", "Resource is locked", Concurrent),
    (409, "ConflictException", "API Key already exists", Conflict),
    (409, "ConflictException", "The key has another plan for this API Stage", Conflict),
    (400, "BadRequestException", "Please enter another value and try again", UpstreamRefused),
    (403, "AccessDeniedException", "concurrent", Denied),
]


@pytest.mark.parametrize(("status", "code", "text", "expected"), TOLD)
def test_a_conflict_that_passes_is_told_from_one_that_stays(
    api_gateway: AwsService,
    gate: Gate,
    status: int,
    code: str,
    text: str,
    expected: type[Exception],
) -> None:
    gate.script = lambda *_: answered({"__type": code, "message": text}, f"{status} Refused")
    with pytest.raises((UpstreamUnavailable, UpstreamRefused)) as refusal:
        api_gateway.call("delete_api_key", apiKey="abc")
    assert expected is type(refusal.value)
    assert not text or text not in str(refusal.value)


@pytest.mark.parametrize(("until", "expected"), [(3, 4), (99, MOST_TRIES)])
def test_a_change_that_meets_another_is_sent_again_for_a_while(
    api_gateway: AwsService, gate: Gate, until: int, expected: int
) -> None:
    gate.strike(1, "busy", until=until)
    with pytest.raises(Concurrent) if until == 99 else nullcontext():
        api_gateway.change("create_api_key", name="x")
    assert ["POST /apikeys"] * expected == gate.calls


def test_the_changes_of_a_process_take_turns(api_gateway: AwsService, gate: Gate) -> None:
    lock, is_shared, inside = threading.Lock(), threading.Event(), [0]

    def script(*_: object) -> Passed:
        with lock:
            inside[0] += 1
            if inside[0] > 1:
                is_shared.set()
        is_shared.wait(0.03)
        with lock:
            inside[0] -= 1
        return answered({"id": "abc"}, "201 Created")

    gate.script = script
    with ThreadPoolExecutor(4) as pool:
        orders = [pool.submit(api_gateway.change, "create_api_key", name="x") for _ in range(4)]
        assert [{"abc"}] * 4 == [{order.result()["id"]} for order in orders]
    assert not is_shared.is_set()


def test_a_change_whose_turn_does_not_come_is_not_sent(api_gateway: AwsService, gate: Gate) -> None:
    refusals: list[Exception] = []

    def script(*_: object) -> Passed:
        with deadline(0.05), pytest.raises(Concurrent) as refusal:
            api_gateway.change("create_api_key", name="another")
        refusals.append(refusal.value)
        return answered({"id": "abc"}, "201 Created")

    gate.script = script
    api_gateway.change("create_api_key", name="x")
    assert ["aws: other changes are not done yet"] == [str(refusal) for refusal in refusals]
    assert ["POST /apikeys"] == gate.calls


def test_an_argument_that_botocore_refuses_is_no_defect(api_gateway: AwsService) -> None:
    with pytest.raises(UpstreamUnavailable, match="ParamValidationError"):
        api_gateway.call("create_api_key", nonsense=1)


def test_a_request_is_signed_for_the_region_and_carries_our_user_agent(
    api_gateway: AwsService, gate: Gate
) -> None:
    seen: list[Any] = []

    def script(_: str, environ: Any) -> Passed | None:
        seen.append((environ["HTTP_AUTHORIZATION"], environ["HTTP_USER_AGENT"]))
        return None

    gate.script = script
    api_gateway.call("get_api_keys", nameQuery="a b/~*'")
    [(authorization, user_agent)] = seen
    scope = rf"Credential={Aws.access_key_id}/[0-9]{{8}}/{Aws.region}/apigateway/aws4_request"
    assert re.search(scope, authorization)
    assert "tests" == user_agent


def test_every_call_is_observed(gate: Gate) -> None:
    observed: list[tuple[str, str, int | None]] = []
    upstreams = Upstreams("tests", lambda name, method, status, _: seen(name, method, status))

    def seen(name: str, method: str, status: int | None) -> None:
        observed.append((name, method, status))

    service_at(gate.url, "apigateway", upstreams).call("get_api_keys")
    assert [("aws", "GET", 200)] == observed


class Redirected(Upstreams):
    """Connections that all lead to one address, and tell which one was asked for."""

    def __init__(self, url: str) -> None:
        super().__init__("tests", lambda *_: None)
        self._url = url
        self.asked: list[str] = []

    def at(self, name: str, base_url: str) -> Upstream:
        """Note `base_url`, and return an upstream at the one address."""
        self.asked.append(base_url)
        return super().at(name, self._url)


@pytest.mark.parametrize("service", ["apigateway", "cognito-idp"])
def test_without_an_address_of_ours_it_is_amazons_whatever_other_programs_are_told(
    monkeypatch: pytest.MonkeyPatch, gate: Gate, service: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.example")
    redirected = Redirected(gate.url)
    service_at(None, service, redirected).why_unreachable()
    assert [f"https://{service}.{Aws.region}.amazonaws.com"] == redirected.asked


def test_no_credentials_anywhere_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, upstreams: Upstreams, gate: Gate
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    access = Access("eu-west-1", None, None, None, gate.url)
    with pytest.raises(UpstreamUnavailable, match="NoCredentials"):
        AwsService("apigateway", access, upstreams, PROBE).call("get_api_keys")


def test_the_probe_is_remembered_for_a_moment(gate: Gate, upstreams: Upstreams) -> None:
    now = [100.0]
    access = Access(Aws.region, Aws.access_key_id, Aws.secret_access_key, None, gate.url)
    service = AwsService("apigateway", access, upstreams, PROBE, clock=lambda: now[0])
    gate.strike(1, "500")
    assert ["answered 500"] * 2 == [service.why_unreachable() for _ in range(2)]
    now[0] += 10
    assert [None, None] == [service.why_unreachable() for _ in range(2)]
    assert 2 == len(gate.calls)


@pytest.mark.parametrize("kind", ["403", "404", "429", "500", "reset", "garbage"])
def test_a_probe_that_is_not_answered_well_means_down(
    gate: Gate, upstreams: Upstreams, kind: str
) -> None:
    gate.strike(1, kind, until=99)
    assert service_at(gate.url, "apigateway", upstreams).why_unreachable()
