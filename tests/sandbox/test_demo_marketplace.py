"""The demo marketplace: the page's headers and the control API behind its buttons."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox import hubrise, jumio, kaizala, pumble
from sandbox.hops import HopLog
from sandbox.jumio import Transaction
from sandbox.marketplace import WEB, create_marketplace
from sandbox.proxy_process import ProxyProcess
from sandbox.pumble import Message
from sandbox.sharetribe import Sharetribe
from sandbox.stage import Options, Running, Stage
from tests.sandbox.demo import json_of

REFERENCE = "5d0a3b1c-0000-4000-8000-00000000c0de"


@pytest.fixture
def stage() -> Iterator[Stage]:
    hops = HopLog()
    running = [
        Running(jumio.SIMULATOR, jumio.Jumio(hops)),
        Running(hubrise.SIMULATOR, hubrise.HubRise(hops)),
        Running(pumble.SIMULATOR, pumble.Pumble(hops)),
        Running(kaizala.SIMULATOR, kaizala.Kaizala(hops)),
    ]
    running[0].vendor.base_url = "http://127.0.0.1:2"
    running[0].vendor.transactions[REFERENCE] = Transaction(
        reference=REFERENCE,
        api="netverify",
        status="PENDING",
        customer_internal_reference="check",
        user_reference="r" * 99,
        started_at=0.0,
        token_expires_at=9e9,
        workflow="200",
        face_check=True,
    )
    left_out = {"Sensedia": "moto is not installed"}
    yield Stage(Options(), hops, Sharetribe(hops), "http://127.0.0.1:1", tuple(running), left_out)
    for one in running:
        one.vendor.close()


@pytest.fixture
def client(stage: Stage) -> FlaskClient:
    return create_marketplace(stage, ProxyProcess(0)).test_client()


@pytest.fixture
def user_id(stage: Stage) -> str:
    return next(iter(stage.sharetribe.users))


def test_the_page_allows_only_its_own_files_sharetribe_and_jumio(client: FlaskClient) -> None:
    with client.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "connect-src 'self' http://127.0.0.1:1;" in policy
    assert "frame-src http://127.0.0.1:2;" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", sorted(file.name for file in WEB.iterdir()))
def test_every_file_of_the_page_is_served(client: FlaskClient, path: str) -> None:
    with client.get(f"/web/{path}") as answer:
        assert 200 == answer.status_code
        assert answer.data == (WEB / path).read_bytes()


def test_the_vendor_frame_is_in_the_page_from_the_start(client: FlaskClient) -> None:
    with client.get("/") as answer:
        page = answer.get_data(as_text=True)

    assert "<iframe" in page
    assert 'allow="camera;fullscreen;accelerometer;gyroscope;magnetometer"' in page


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
    answer = client.patch("/sandbox/switches", data='{"jumioCallbacks": "lose"}')

    assert 415 == answer.status_code
    assert "send" == stage.jumio.callbacks


@pytest.mark.parametrize("path", ["access-tokens/expire", "callbacks/release", "proxy/restart"])
def test_a_plain_form_of_another_site_changes_nothing(client: FlaskClient, path: str) -> None:
    assert 415 == client.post(f"/sandbox/{path}", data={"a": "b"}).status_code


def test_hops_are_listed_after_a_number_and_can_be_cleared(
    client: FlaskClient, stage: Stage
) -> None:
    stage.hops.add("browser", "Sharetribe", "POST", "/v1/auth/token", 200, 1.5)
    second = stage.hops.add("proxy", "Jumio", "POST", "/api/v4/initiate", None, 2.5, "no answer")

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
        ("jumioCallbacks", "reorder"),
        ("rotation", "strict"),
        ("sharetribe", "error"),
        ("jumio", "rate-limit"),
        ("hubrise", "garbage"),
        ("hubriseCallbacks", "lose"),
        ("pumble", "reset"),
        ("kaizala", "error"),
    ],
)
def test_a_switch_is_set_and_told(client: FlaskClient, name: str, value: str) -> None:
    assert json_of(client, "PATCH", "switches", {name: value})[name] == value
    assert json_of(client, "GET", "switches")[name] == value


@pytest.mark.parametrize(
    "body",
    [{"jumioCallbacks": "maybe"}, {"rotation": None}, {"jumio": ["ok"]}, {"nothing": "ok"}, []],
)
def test_a_switch_or_value_that_does_not_exist_is_refused(client: FlaskClient, body: Any) -> None:
    answer = client.patch("/sandbox/switches", json=body)

    assert 400 == answer.status_code
    assert answer.get_json()["error"]


def test_private_data_is_shown_with_the_number_of_writes(
    client: FlaskClient, stage: Stage, user_id: str
) -> None:
    stage.sharetribe.updates.append((user_id, {}))
    stage.sharetribe.updates.append(("somebody else", {}))

    stored = json_of(client, "PUT", f"users/{user_id}/private-data", {"a": 1})

    assert {"privateData": {"a": 1}, "writes": 1} == stored


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


def test_a_finished_transaction_tells_its_outcome(client: FlaskClient) -> None:
    path = f"transactions/{REFERENCE}"

    finished = json_of(client, "POST", f"{path}/finish", {"outcome": "approved"})

    assert {"callbacks": []} == finished  # it has no callback address
    assert {
        "status": "DONE",
        "outcome": "approved",
        "callbacksSent": [],
        "carried": "userReference: 99 of 100 characters",
    } == json_of(client, "GET", path)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("finish", {"outcome": "nonsense"}),
        ("finish", {"outcome": 7}),
        ("finish", {}),
        ("forge", {"outcome": "nonsense"}),
        ("resend", {}),
    ],
)
def test_what_a_transaction_cannot_do_is_refused(
    client: FlaskClient, action: str, body: dict[str, Any]
) -> None:
    answer = client.post(f"/sandbox/transactions/{REFERENCE}/{action}", json=body)

    assert 400 == answer.status_code


@pytest.mark.parametrize(
    "path", ["users/nobody", "transactions/nothing", "transactions/nothing/finish", "nowhere"]
)
def test_what_does_not_exist_is_not_found(client: FlaskClient, path: str) -> None:
    method = "POST" if path.endswith("finish") else "GET"

    assert 404 == client.open(f"/sandbox/{path}", method=method, json={}).status_code


def test_held_callbacks_can_be_released(client: FlaskClient) -> None:
    assert {"callbacks": []} == json_of(client, "POST", "callbacks/release", {})


@pytest.fixture
def order_id(stage: Stage) -> str:
    """Return the id of an order that somebody made at the till."""
    return stage.hubrise.place_order(next(iter(stage.hubrise.locations)))


def test_a_sale_is_told_with_its_parties_and_its_price(client: FlaskClient, stage: Stage) -> None:
    (sale,) = stage.sharetribe.transactions.values()
    sale.metadata = {"hubriseOrder": {"status": "new"}}

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
                "metadata": {"hubriseOrder": {"status": "new"}},
            }
        ]
    } == json_of(client, "GET", "sales")


def test_the_till_changes_an_order(client: FlaskClient, stage: Stage, order_id: str) -> None:
    path = f"hubrise/orders/{order_id}"

    told = json_of(client, "POST", f"{path}/status", {"status": "rejected", "cause": "Sold out"})

    assert {"callbacks": []} == told  # nobody has asked for any
    assert {"status": "rejected"} == json_of(client, "GET", path)
    assert "Sold out" in str(stage.hubrise.orders[order_id])


@pytest.mark.parametrize("body", [{"status": "eaten"}, {"status": 7}, {}])
def test_a_status_that_is_none_is_refused(
    client: FlaskClient, order_id: str, body: dict[str, Any]
) -> None:
    assert 400 == client.post(f"/sandbox/hubrise/orders/{order_id}/status", json=body).status_code


def test_what_hubrise_holds_back_can_be_released(client: FlaskClient) -> None:
    assert {"callbacks": []} == json_of(client, "POST", "hubrise/callbacks/release", {})


def test_only_known_reasons_end_hubrises_connections(client: FlaskClient) -> None:
    path = "hubrise/connections/block"

    assert {"connections": 0} == json_of(client, "POST", path, {"reason": "unpaid"})
    assert 400 == client.post(f"/sandbox/{path}", json={"reason": "mood"}).status_code


def test_the_channel_is_told_with_its_messages(client: FlaskClient, stage: Stage) -> None:
    workspace = next(iter(stage.pumble.workspaces.values()))
    person, channel = workspace.users[0], workspace.channels[0]
    said = Message(workspace.id, channel.id, workspace.bot_id, "Hello", (person.id,))
    elsewhere = Message(workspace.id, workspace.channels[1].id, person.id, "Psst")
    stage.pumble.messages += [said, elsewhere]

    assert {
        "workspace": workspace.name,
        "channel": channel.name,
        "person": person.name,
        "messages": [{"author": "the app", "text": "Hello", "onlyFor": [person.name]}],
    } == json_of(client, "GET", "pumble/channel")


def test_a_command_that_nobody_answers_is_told(client: FlaskClient, stage: Stage) -> None:
    stage.pumble.manifest.hook_url = "http://127.0.0.1:1/api/callbacks/pumble"
    typed = {"command": "/verified", "text": "robin@example.com"}

    answer = json_of(client, "POST", "pumble/slash-command", typed)

    assert (None, "", False) == (answer["status"], answer["body"], answer["inTime"])


def test_an_app_that_is_not_installed_cannot_be_removed(client: FlaskClient) -> None:
    assert 400 == client.post("/sandbox/pumble/uninstall", json={}).status_code


def test_the_services_behave_again_all_at_once(client: FlaskClient, stage: Stage) -> None:
    calm = json_of(client, "GET", "switches")
    rude = {
        **dict.fromkeys(("sharetribe", "jumio", "hubrise", "pumble", "kaizala"), "error"),
        **dict.fromkeys(("jumioCallbacks", "hubriseCallbacks"), "lose"),
    }
    assert calm != json_of(client, "PATCH", "switches", rude)

    stage.behave()

    assert calm == json_of(client, "GET", "switches")


def test_without_aws_there_is_no_portal(client: FlaskClient, stage: Stage) -> None:
    assert "sensedia" not in stage.integrations
    assert 404 == client.post("/sandbox/sensedia/health", json={}).status_code
    assert 400 == client.patch("/sandbox/switches", json={"aws": "ok"}).status_code


def test_the_proxy_process_is_told(client: FlaskClient) -> None:
    assert {"pid": 0} == json_of(client, "GET", "proxy")
