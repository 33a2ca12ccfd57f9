"""The control API's part for the simulated Jumio, and its frame on the demo page."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.jumio import SIMULATOR, Jumio, Transaction
from tests.sandbox.demo import client_of, json_of, stage_with

REFERENCE = "5d0a3b1c-0000-4000-8000-00000000c0de"


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    with Jumio() as jumio:
        jumio.base_url = "http://127.0.0.1:2"
        jumio.transactions[REFERENCE] = Transaction(
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
        yield jumio


@pytest.fixture
def client(jumio: Jumio) -> FlaskClient:
    return client_of(stage_with(SIMULATOR, jumio))


def test_a_finished_transaction_tells_its_outcome(client: FlaskClient) -> None:
    path = f"transactions/{REFERENCE}"

    finished = json_of(client, "POST", f"{path}/finish", {"outcome": "approved"})

    assert {"callbacks": []} == finished  # it has no callback address
    assert {
        "status": "DONE",
        "outcome": "approved",
        "callbacksSent": [],
        "carried": "userReference: 99 of 100 characters",
        "sealed": "r" * 99,
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


def test_held_callbacks_can_be_released(client: FlaskClient) -> None:
    assert {"callbacks": []} == json_of(client, "POST", "callbacks/release", {})


def test_the_vendor_frame_is_in_the_page_from_the_start(client: FlaskClient) -> None:
    with client.get("/") as answer:
        page = answer.get_data(as_text=True)

    assert "<iframe" in page
    assert 'allow="camera;fullscreen;accelerometer;gyroscope;magnetometer"' in page


def test_the_page_may_show_the_vendors_page_in_its_frame(client: FlaskClient) -> None:
    with client.get("/") as answer:
        assert "frame-src 'self' http://127.0.0.1:2;" in answer.headers["Content-Security-Policy"]


def test_a_check_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    assert 404 == client.get("/sandbox/transactions/nothing").status_code
    assert 404 == client.post("/sandbox/transactions/nothing/finish", json={}).status_code
