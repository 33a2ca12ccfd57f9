"""The demo marketplace: the page's headers and the control API behind its buttons."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.marketplace import WEB
from sandbox.stage import Stage
from tests.sandbox.acme import SIMULATOR, Acme
from tests.sandbox.demo import client_of, json_of, stage_with


@pytest.fixture
def acme() -> Iterator[Acme]:
    with Acme(None, time.time) as acme:
        yield acme


@pytest.fixture
def stage(acme: Acme) -> Stage:
    return stage_with(SIMULATOR, acme)


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    return client_of(stage)


@pytest.fixture
def user_id(stage: Stage) -> str:
    return next(iter(stage.sharetribe.users))


def test_the_page_allows_only_what_is_at_its_own_address(client: FlaskClient) -> None:
    with client.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "connect-src 'self';" in policy
    assert "frame-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", sorted(file.name for file in WEB.iterdir()))
def test_every_file_of_the_page_is_served(client: FlaskClient, path: str) -> None:
    with client.get(f"/web/{path}") as answer:
        assert 200 == answer.status_code
        assert answer.data == (WEB / path).read_bytes()


def test_the_page_has_no_inline_script_or_style(client: FlaskClient) -> None:
    with client.get("/") as answer:
        page = answer.get_data(as_text=True)

    assert "<style" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert '<script type="module" src="/web/app.js"></script>' in page


def test_config_tells_the_page_where_to_log_in_and_as_whom(
    client: FlaskClient, stage: Stage
) -> None:
    config = json_of(client, "GET", "config")

    assert stage.sharetribe.client_id == config["clientId"]
    assert [user.id for user in stage.sharetribe.users.values()] == [
        user["id"] for user in config["users"]
    ]


def test_a_change_without_json_is_refused(client: FlaskClient, stage: Stage) -> None:
    answer = client.patch("/sandbox/switches", data='{"acmeCallbacks": "lose"}')

    assert 415 == answer.status_code
    assert "send" == stage.acme.callbacks


@pytest.mark.parametrize("path", ["access-tokens/expire", "proxy/restart"])
def test_a_plain_form_of_another_site_changes_nothing(client: FlaskClient, path: str) -> None:
    assert 415 == client.post(f"/sandbox/{path}", data={"a": "b"}).status_code


def test_hops_are_listed_after_a_number_and_can_be_cleared(
    client: FlaskClient, stage: Stage
) -> None:
    stage.hops.add("browser", "Sharetribe", "POST", "/v1/auth/token", 200, 1.5)
    second = stage.hops.add("proxy", "Acme", "POST", "/hello", None, 2.5, "no answer")

    hops = json_of(client, "GET", "hops?after=1")["hops"]
    json_of(client, "DELETE", "hops", {})

    assert [second.number] == [hop["number"] for hop in hops]
    assert hops[0]["status"] is None
    assert [] == json_of(client, "GET", "hops")["hops"]


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "²"])
def test_a_hop_number_that_is_none_is_refused(client: FlaskClient, after: str) -> None:
    assert 400 == client.get("/sandbox/hops", query_string={"after": after}).status_code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("acmeCallbacks", "reorder"),
        ("rotation", "strict"),
        ("sharetribe", "error"),
        ("acme", "rate-limit"),
    ],
)
def test_a_switch_is_set_and_told(client: FlaskClient, name: str, value: str) -> None:
    assert json_of(client, "PATCH", "switches", {name: value})[name] == value
    assert json_of(client, "GET", "switches")[name] == value


@pytest.mark.parametrize(
    "body",
    [{"acmeCallbacks": "maybe"}, {"rotation": None}, {"acme": ["ok"]}, {"nothing": "ok"}, []],
)
def test_a_switch_or_value_that_does_not_exist_is_refused(client: FlaskClient, body: Any) -> None:
    answer = client.patch("/sandbox/switches", json=body)

    assert 400 == answer.status_code
    assert answer.get_json()["error"]


def test_private_data_is_shown_with_the_number_of_writes_of_it_and_of_rights(
    client: FlaskClient, stage: Stage, user_id: str
) -> None:
    stage.sharetribe.updates.append((user_id, {}))
    stage.sharetribe.updates.append(("somebody else", {}))
    stage.sharetribe.access_updates += [(user_id, {}), (user_id, {}), ("somebody else", {})]

    stored = json_of(client, "PUT", f"users/{user_id}/private-data", {"a": 1})

    permissions = stage.sharetribe.users[user_id].permissions
    told = {"privateData": {"a": 1}, "permissions": permissions, "writes": 1, "rights": 2}
    assert told == stored


def test_expiring_access_tokens_ends_their_use(
    client: FlaskClient, stage: Stage, user_id: str
) -> None:
    token = stage.sharetribe.log_in(user_id)["access_token"]
    show = {"path": "/v1/api/current_user/show", "headers": {"Authorization": f"Bearer {token}"}}
    sharetribe = stage.sharetribe.app.test_client()
    assert 200 == sharetribe.get(**show).status_code

    json_of(client, "POST", "access-tokens/expire", {})

    assert 401 == sharetribe.get(**show).status_code


def test_logging_out_ends_the_refresh_token(
    client: FlaskClient, stage: Stage, user_id: str
) -> None:
    form = {
        "client_id": stage.sharetribe.client_id,
        "grant_type": "refresh_token",
        "refresh_token": stage.sharetribe.log_in(user_id)["refresh_token"],
    }

    json_of(client, "POST", f"users/{user_id}/log-out", {})

    answer = stage.sharetribe.app.test_client().post("/v1/auth/token", data=form)
    assert 401 == answer.status_code


@pytest.mark.parametrize("path", ["users/nobody", "users/nobody/log-out", "cards/x", "nowhere"])
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    method = "POST" if path.endswith("out") else "GET"

    assert 404 == client.open(f"/sandbox/{path}", method=method, json={}).status_code


def test_a_sale_is_told_with_its_parties_and_its_price(client: FlaskClient, stage: Stage) -> None:
    (sale,) = stage.sharetribe.transactions.values()
    sale.metadata = {"acmeOrder": {"status": "new"}}

    assert {
        "sales": [
            {
                "id": sale.id,
                "title": "Pizza Margherita",
                "quantity": 2,
                "total": 2020,
                "currency": "EUR",
                "sellerId": sale.provider_id,
                "seller": "Robin R",
                "buyer": "Holly H",
                "metadata": {"acmeOrder": {"status": "new"}},
            }
        ]
    } == json_of(client, "GET", "sales")


def test_the_services_behave_again_all_at_once(client: FlaskClient, stage: Stage) -> None:
    calm = json_of(client, "GET", "switches")
    rude = {"sharetribe": "error", "acme": "error", "acmeCallbacks": "lose"}
    assert calm != json_of(client, "PATCH", "switches", rude)

    stage.behave()

    assert calm == json_of(client, "GET", "switches")


def test_the_proxy_process_is_told(client: FlaskClient) -> None:
    assert {"pid": 0} == json_of(client, "GET", "proxy")


def test_a_vendor_has_routes_of_its_own(client: FlaskClient) -> None:
    assert {"calls": []} == json_of(client, "GET", "acme/calls")


def test_a_vendor_that_is_connected_has_a_card(client: FlaskClient) -> None:
    with client.get("/") as answer:
        page = answer.get_data(as_text=True)

    assert '<section class="card connection" id="acme"' in page
    for switch in ("acme", "acmeCallbacks"):
        assert f'data-switch="{switch}"' in page


def test_what_cannot_be_simulated_is_said(client: FlaskClient) -> None:
    with client.get("/") as answer:
        assert "Nimbus is left out: its parts are not installed." in answer.get_data(as_text=True)


def test_without_a_vendor_that_checks_the_page_offers_no_check(client: FlaskClient) -> None:
    with client.get("/") as answer:
        assert "Verify my identity" not in answer.get_data(as_text=True)
