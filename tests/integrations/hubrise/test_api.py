"""Calls with a connection's token: headers, errors, waiting times and pages.

Of the vendor's own client tests (github.com/HubRise/ruby-client 2.0.15, `spec/hubrise_client/
v1_spec.rb` and `v1_endpoints_spec.rb`, read 2026-11) this file covers: 500 and a refused connection
as general failures, 401 as an invalid token, 429 with its retry-after of 100 seconds, `error_type`
and `errors` of a refusal, `X-Cursor-Next` over three pages, and method and path of the endpoints
that are used here. Over real HTTP where the transport matters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.hubrise.api import HubRiseApi, Refusal
from proxy.outgoing.upstream import Answer, Upstreams, UpstreamUnavailable
from proxy.vendors.connection import ConnectionLost
from sandbox.faults import Mode
from sandbox.hubrise import HubRise
from sandbox.ports import free_port
from sandbox.server import Server
from tests.integrations.hubrise.fakes import TOKEN, StubUpstream, answered, empty, refused
from tests.sandbox.hubrise_callers import Client

SUSPENDED = "The account/location has been suspended for non payment of the subscription"
BLOCKED = "The connection has been blocked"
REVOKED = "The access token is invalid or the connection has been revoked"
Call = Callable[[HubRiseApi], Answer]
CALLS: dict[str, Call] = {
    "GET": lambda api: api.get("/location/orders/w3k8p", TOKEN),
    "POST": lambda api: api.post("/location/orders", TOKEN, {"status": "new"}),
    "DELETE": lambda api: api.delete("/callback/events/e7t2d", TOKEN),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
def simulated() -> Iterator[HubRise]:
    """Return a simulated HubRise that is served."""
    with HubRise() as hubrise, Server(hubrise.app) as server:
        hubrise.base_url = server.url
        yield hubrise


def at(base_url: str) -> HubRiseApi:
    def unobserved(*_: object) -> None:
        pass

    return HubRiseApi(Upstreams("tests", unobserved).at("hubrise", base_url))


@EVERY_CALL
def test_every_call_goes_below_v1_with_the_token_in_its_own_header(call: Call) -> None:
    upstream = StubUpstream(empty())
    call(HubRiseApi(upstream))
    (sent,) = upstream.sent
    assert sent.path.startswith("/v1/")
    assert TOKEN == sent.headers["X-Access-Token"]
    assert "Authorization" not in sent.headers
    assert "application/json" == sent.headers["Accept"]


def test_an_object_is_sent_as_json() -> None:
    upstream = StubUpstream(empty())
    HubRiseApi(upstream).post("/location/orders", TOKEN, {"ref": "Crème brûlée"})
    (sent,) = upstream.sent
    assert "application/json" == sent.headers["Content-Type"]
    assert {"ref": "Crème brûlée"} == json.loads((sent.body or b"").decode())


def test_a_query_is_encoded() -> None:
    upstream = StubUpstream(empty())
    HubRiseApi(upstream).get("/location/orders", TOKEN, {"private_ref": "a&status=new"})
    assert ["GET /v1/location/orders?private_ref=a%26status%3Dnew"] == upstream.lines


@pytest.mark.parametrize("status", [200, 201, 204])
@EVERY_CALL
def test_a_success_is_returned_whole(call: Call, status: int) -> None:
    assert status == call(HubRiseApi(StubUpstream(empty(status)))).status


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (SUSPENDED, "HubRise has suspended the account for non-payment."),
        (BLOCKED, "The connection has been blocked at HubRise."),
        (REVOKED, "The connection has been revoked at HubRise."),
        ("Words that nobody has documented", "The connection has been revoked at HubRise."),
    ],
)
@EVERY_CALL
def test_a_dead_token_is_told_with_the_reason(call: Call, message: str, reason: str) -> None:
    with pytest.raises(ConnectionLost) as lost:
        call(HubRiseApi(StubUpstream(refused(401, "unauthorized", message))))
    assert reason == str(lost.value)


@pytest.mark.parametrize("body", [b"", b"<html>401</html>", b"[]", b'{"message": {"a": 1}}'])
def test_a_dead_token_is_known_by_the_status_alone(body: bytes) -> None:
    with pytest.raises(ConnectionLost):
        HubRiseApi(StubUpstream(Answer("hubrise", 401, body))).get("/location", TOKEN)


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "unprocessable_entity"),
        (403, "forbidden"),
        (404, "not_found"),
        (404, "routing_error"),
        (415, "unsupported_media_type"),
        (422, "unprocessable_entity"),
    ],
)
@EVERY_CALL
def test_a_refusal_tells_status_type_and_fields(call: Call, status: int, error_type: str) -> None:
    answer = refused(status, error_type, "Validation failed", "private_ref", "items[0].price")
    with pytest.raises(Refusal) as refusal:
        call(HubRiseApi(StubUpstream(answer)))
    told = refusal.value
    assert (status, error_type) == (told.status, told.code)
    assert ("private_ref", "items[0].price") == told.fields


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "not found",
        {},
        {"error_type": None, "errors": None},
        {"error_type": ["forbidden"], "errors": {"field": "x"}},
        {"error_type": f"leak {TOKEN}", "errors": ["price"]},
    ],
)
def test_a_refusal_in_odd_words_is_still_a_refusal(document: object) -> None:
    with pytest.raises(Refusal) as refusal:
        HubRiseApi(StubUpstream(answered(document, 422))).get("/location", TOKEN)
    assert (422, "", ()) == (refusal.value.status, refusal.value.code, refusal.value.fields)
    assert TOKEN not in str(refusal.value)


@EVERY_CALL
def test_a_rate_limit_says_how_long_to_wait(simulated: HubRise, call: Call) -> None:
    simulated.faults.mode = "rate-limit"
    with pytest.raises(UpstreamUnavailable) as limited:
        call(at(simulated.base_url))
    assert ("answered 429", 100) == (limited.value.cause, limited.value.retry_after)


@pytest.mark.parametrize("fault", ["error", "reset"])
@EVERY_CALL
def test_an_outage_is_no_refusal(simulated: HubRise, call: Call, fault: Mode) -> None:
    simulated.faults.mode = fault
    with pytest.raises(UpstreamUnavailable):
        call(at(simulated.base_url))


@EVERY_CALL
def test_nobody_listening_is_an_outage(call: Call) -> None:
    with pytest.raises(UpstreamUnavailable):
        call(at(f"http://127.0.0.1:{free_port()}"))


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"{}", b"null"])
def test_a_list_that_is_none_is_an_outage(body: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        list(HubRiseApi(StubUpstream(Answer("hubrise", 200, body))).items("/orders", TOKEN))


def test_three_pages_are_read_to_the_end() -> None:
    upstream = StubUpstream(
        answered([{"id": "a"}, {"id": "b"}], X_Cursor_Next="c1/+"),
        answered([{"id": "c"}], X_Cursor_Next="c2"),
        answered([{"id": "d"}]),
    )
    found = HubRiseApi(upstream).items("/location/orders", TOKEN, {"status": "new"})
    assert ["a", "b", "c", "d"] == [item["id"] for item in found]
    assert [
        "GET /v1/location/orders?status=new",
        "GET /v1/location/orders?status=new&cursor=c1%2F%2B",
        "GET /v1/location/orders?status=new&cursor=c2",
    ] == upstream.lines


def test_three_pages_of_the_simulated_hubrise_are_read_to_the_end(simulated: HubRise) -> None:
    client = Client(simulated)
    connection = client.connect()
    made = [client.order(connection)["id"] for _ in range(201)]
    simulated.calls.clear()
    found = at(simulated.base_url).items("/location/orders", connection.token)
    assert made == [order["id"] for order in found]
    assert ["GET /v1/location/orders"] * 3 == simulated.calls


def test_pages_are_asked_for_as_they_are_needed() -> None:
    upstream = StubUpstream(answered([{"id": "a"}], X_Cursor_Next="c1"))
    next(HubRiseApi(upstream).items("/location/orders", TOKEN))
    assert 1 == len(upstream.sent)


@pytest.mark.parametrize("cursors", [["c1", "c1"], ["c1", "c2", "c1"], ["c1", "c2", "c2"]])
def test_a_cursor_that_comes_again_ends_the_reading(cursors: list[str]) -> None:
    pages = [answered([{"id": cursor}], X_Cursor_Next=cursor) for cursor in cursors]
    upstream = StubUpstream(*pages)
    found = list(HubRiseApi(upstream).items("/location/orders", TOKEN))
    assert cursors == [item["id"] for item in found]


def test_cursors_without_end_are_followed_for_twenty_pages() -> None:
    pages = [answered([{"id": str(n)}], X_Cursor_Next=f"c{n}") for n in range(30)]
    upstream = StubUpstream(*pages)
    assert 20 == len(list(HubRiseApi(upstream).items("/location/orders", TOKEN)))


def test_a_page_may_be_empty_and_not_the_last() -> None:
    upstream = StubUpstream(answered([], X_Cursor_Next="c1"), answered([{"id": "a"}]))
    found = HubRiseApi(upstream).items("/location/orders", TOKEN)
    assert [{"id": "a"}] == list(found)


def test_items_that_are_no_objects_are_passed_over() -> None:
    odd: list[Any] = [None, 7, "x", [], {"id": "a"}]
    upstream = StubUpstream(answered(odd))
    assert [{"id": "a"}] == list(HubRiseApi(upstream).items("/location/orders", TOKEN))


def test_a_refusal_on_a_later_page_is_told() -> None:
    upstream = StubUpstream(
        answered([{"id": "a"}], X_Cursor_Next="c1"),
        refused(422, "unprocessable_entity", "Validation failed", "cursor"),
    )
    with pytest.raises(Refusal):
        list(HubRiseApi(upstream).items("/location/orders", TOKEN))
