"""The simulated HubRise's API: who is let in, how often, the location, and lists in pages."""

import json
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.hubrise import Connection, HubRise
from sandbox.hubrise.connections import DeadReason
from tests.sandbox.hubrise_callers import ELSEWHERE, HERE, NOON, Client, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def hubrise(hops: HopLog, clock: Clock) -> Iterator[HubRise]:
    with HubRise(hops, clock) as hubrise:
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> Client:
    return Client(hubrise)


@pytest.fixture
def connection(client: Client) -> Connection:
    return client.connect()


def test_location_is_that_of_the_connection(client: Client) -> None:
    answer = client.call(client.connect(ELSEWHERE), "GET", "/location")

    assert (200, ELSEWHERE) == (answer.status_code, answer.get_json()["id"])


@pytest.mark.parametrize("headers", [{}, {"X-Access-Token": "unknown"}])
def test_unknown_token_is_401(client: Client, headers: dict[str, str]) -> None:
    answer = client.http.get("/v1/location", headers=headers)

    assert 401 == answer.status_code
    assert {
        "message": "The access token is invalid or the connection has been revoked",
        "error_type": "unauthorized",
    } == answer.get_json()


def test_authorization_header_alone_is_401(client: Client, connection: Connection) -> None:
    answer = client.http.get(
        "/v1/location", headers={"Authorization": f"Bearer {connection.token}"}
    )

    assert 401 == answer.status_code


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("revoked", "The access token is invalid or the connection has been revoked"),
        ("blocked", "The connection has been blocked"),
        ("unpaid", "The account/location has been suspended for non payment of the subscription"),
    ],
)
def test_dead_connection_is_401_with_its_reason(
    client: Client, connection: Connection, reason: DeadReason, message: str
) -> None:
    client.hubrise.block(connection.token, reason)

    answer = client.call(connection, "GET", "/location")

    assert (401, message) == (answer.status_code, answer.get_json()["message"])


def test_revived_connection_works_again(client: Client, connection: Connection) -> None:
    client.hubrise.block(connection.token, "blocked")
    client.hubrise.block(connection.token, None)

    assert 200 == client.call(connection, "GET", "/location").status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/webhooks"),
        ("GET", "/orders"),
        ("DELETE", "/location/orders"),
        ("PUT", "/callback"),
    ],
)
def test_unknown_route_is_a_routing_error(
    client: Client, connection: Connection, method: str, path: str
) -> None:
    answer = client.call(connection, method, path)

    assert (404, {"error_type": "routing_error"}) == (answer.status_code, answer.get_json())


@pytest.mark.parametrize(
    ("scope", "method", "right"),
    [
        ("location[catalog.read]", "GET", "read"),
        ("location[catalog.read]", "POST", "write"),
        ("location[orders.read]", "POST", "write"),
    ],
)
def test_missing_scope_is_403(client: Client, scope: str, method: str, right: str) -> None:
    answer = client.call(client.connect(scope=scope), method, "/location/orders")

    assert 403 == answer.status_code
    assert {
        "message": f"A 'orders' {right} scope is required",
        "error_type": "forbidden",
    } == answer.get_json()


def test_account_level_has_no_short_form(client: Client) -> None:
    connection = client.connect(scope="account[orders.read]")

    assert 403 == client.call(connection, "GET", "/location/orders").status_code


def test_other_content_type_is_415(client: Client, connection: Connection) -> None:
    answer = client.http.post(
        "/v1/location/orders",
        headers={"X-Access-Token": connection.token},
        data={"status": "new"},
    )

    assert (415, {"error_type": "unsupported_media_type"}) == (
        answer.status_code, answer.get_json()
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '"new"',
        "{'status': 'new'}",
        b"\xff",
        '{"ref": "\\ud800"}',
        '{"custom_fields": {"a": NaN}}',
    ],
)
def test_unreadable_json_is_400(client: Client, connection: Connection, body: str | bytes) -> None:
    answer = client.http.post(
        "/v1/location/orders",
        headers={"X-Access-Token": connection.token},
        data=body,
        content_type="application/json",
    )

    assert 400 == answer.status_code


def test_body_beyond_a_megabyte_is_refused(client: Client, connection: Connection) -> None:
    answer = client.call(
        connection, "POST", "/location/orders", {"status": "new", "ref": "x" * 1_100_000}
    )

    assert 413 == answer.status_code


def _ids(answer: TestResponse) -> list[str]:
    return [order["id"] for order in answer.get_json()]


def test_orders_are_listed_page_by_page(client: Client, connection: Connection) -> None:
    made = [client.order(connection)["id"] for _ in range(5)]
    listed, cursor = [], ""

    for _ in range(3):
        answer = client.call(connection, "GET", f"/location/orders?count=2{cursor}")
        listed.append(_ids(answer))
        cursor = f"&cursor={answer.headers.get('X-Cursor-Next')}"

    assert [made[:2], made[2:4], made[4:]] == listed
    assert "&cursor=None" == cursor


def test_full_last_page_has_no_cursor(client: Client, connection: Connection) -> None:
    for _ in range(2):
        client.order(connection)

    answer = client.call(connection, "GET", "/location/orders?count=2")

    assert (200, None) == (answer.status_code, answer.headers.get("X-Cursor-Next"))


def test_cursor_is_no_order_id(client: Client, connection: Connection) -> None:
    order = client.order(connection)

    answer = client.call(connection, "GET", f"/location/orders?cursor={order['id']}")

    assert 422 == answer.status_code


def test_orders_are_found_by_private_ref(client: Client, connection: Connection) -> None:
    client.order(connection, private_ref="tx-1")
    wanted = client.order(connection, private_ref="tx-2")

    answer = client.call(connection, "GET", "/location/orders?private_ref=tx-2")

    assert [wanted] == answer.get_json()


def test_orders_are_found_by_status(client: Client, connection: Connection) -> None:
    client.order(connection)
    wanted = client.order(connection, status="accepted")

    assert [wanted["id"]] == _ids(
        client.call(connection, "GET", "/location/orders?status=accepted")
    )


def test_orders_of_other_locations_are_not_listed(client: Client, connection: Connection) -> None:
    client.order(client.connect(ELSEWHERE))

    assert [] == client.call(connection, "GET", "/location/orders").get_json()


@pytest.mark.parametrize(
    "query",
    [
        "count=0",
        "count=101",
        "count=x",
        "count=-1",
        "cursor=x",
        "cursor=cx",
        "page=2",
        "count=1&count=2",
    ],
)
def test_wrong_query_is_422(client: Client, connection: Connection, query: str) -> None:
    answer = client.call(connection, "GET", f"/location/orders?{query}")

    assert (422, "Validation failed") == (answer.status_code, answer.get_json()["message"])


def test_requests_are_not_counted_unless_told(client: Client, connection: Connection) -> None:
    statuses = {client.call(connection, "GET", "/location/orders").status_code for _ in range(12)}

    assert {200} == statuses


def test_eleventh_list_of_a_minute_is_429(
    client: Client, connection: Connection, clock: Clock
) -> None:
    client.hubrise.rate_limits = True
    clock.now = NOON + 18
    for _ in range(10):
        client.call(connection, "GET", "/location/orders")

    refused = client.call(connection, "GET", "/location/orders")

    assert (429, "42") == (refused.status_code, refused.headers["Retry-After"])
    assert {"error_type": "too_many_requests"} == refused.get_json()


def test_minute_of_lists_ends_at_the_round_minute(
    client: Client, connection: Connection, clock: Clock
) -> None:
    client.hubrise.rate_limits = True
    clock.now = NOON + 59
    for _ in range(11):
        client.call(connection, "GET", "/location/orders")
    clock.now = NOON + 60

    assert 200 == client.call(connection, "GET", "/location/orders").status_code


def test_single_orders_are_no_heavy_reads(client: Client, connection: Connection) -> None:
    client.hubrise.rate_limits = True
    path = f"/location/orders/{client.order(connection)['id']}"

    assert {200} == {client.call(connection, "GET", path).status_code for _ in range(15)}


def test_connections_are_counted_apart(client: Client, connection: Connection) -> None:
    client.hubrise.rate_limits = True
    for _ in range(11):
        client.call(connection, "GET", "/location/orders")

    other = client.connect(device_id="d-2")

    assert 200 == client.call(other, "GET", "/location/orders").status_code


def test_501st_request_of_a_minute_is_429(client: Client, connection: Connection) -> None:
    client.hubrise.rate_limits = True
    for _ in range(500):
        client.call(connection, "GET", "/callback")

    assert 429 == client.call(connection, "GET", "/callback").status_code


def test_rate_limit_fault_asks_to_wait_100_seconds(client: Client, connection: Connection) -> None:
    client.hubrise.faults.mode = "rate-limit"

    answer = client.call(connection, "GET", "/location")

    assert (429, "100") == (answer.status_code, answer.headers["Retry-After"])


def test_every_request_is_recorded(client: Client, connection: Connection, hops: HopLog) -> None:
    hops.clear()
    client.hubrise.calls.clear()
    client.hubrise.faults.mode = "error"
    client.call(connection, "GET", "/location?x=1")

    (hop,) = hops.since(0)
    assert ["GET /v1/location"] == client.hubrise.calls
    assert ("proxy", "HubRise", "/v1/location", 503) == (
        hop.caller, hop.callee, hop.path, hop.status
    )  # fmt: skip


def test_hops_hold_no_secret(client: Client, hops: HopLog) -> None:
    connection = client.connect(state="secret-state")
    client.order(connection, private_ref="secret-ref")

    logged = json.dumps([repr(hop) for hop in hops.since(0)])

    secrets = ("secret", connection.token, client.hubrise.client_secret)
    assert [] == [secret for secret in secrets if secret in logged]


def test_credentials_are_new_at_every_start(hubrise: HubRise) -> None:
    with HubRise() as other:
        assert (hubrise.client_id, hubrise.client_secret) != (other.client_id, other.client_secret)
    assert hubrise.client_id.endswith(".clients.hubrise.com")
    assert {HERE, ELSEWHERE} == set(hubrise.locations)
