"""The control API and the page where vendors have documents signed, and bill."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from tests.sandbox.beacon_simulator import SIMULATOR as BEACON
from tests.sandbox.beacon_simulator import SimulatedBeacon
from tests.sandbox.demo import client_of, json_of, stage_with
from tests.sandbox.test_several_checks import beacon_with

DESK = replace(
    BEACON,
    name="desk",
    title="Desk",
    checks=False,
    signs=("house-rules",),
    bills={"membership": "subscription"},
    framed=lambda desk, link, around: f"{link}?app={desk.title}&parent={around}",
)


@pytest.fixture
def desk() -> Iterator[SimulatedBeacon]:
    with beacon_with("at-the-desk") as desk:
        yield desk


@pytest.fixture
def client(desk: SimulatedBeacon) -> FlaskClient:
    return client_of(stage_with(DESK, desk))


def page_of(client: FlaskClient) -> str:
    with client.get("/") as answer:
        return answer.get_data(as_text=True)


def test_the_page_is_told_who_has_what_signed_and_who_bills(client: FlaskClient) -> None:
    config = json_of(client, "GET", "config")

    assert [] == config["checks"]
    assert [("desk", ["house-rules"])] == [
        (one["name"], one["documents"]) for one in config["signs"]
    ]
    assert [{"membership": "subscription"}] == [one["plans"] for one in config["bills"]]


def test_the_page_has_a_part_for_what_there_is_alone(
    client: FlaskClient, desk: SimulatedBeacon
) -> None:
    parts = ('id="signing"', 'data-document="house-rules"', 'data-plan="membership"')

    assert [True, True, True] == [part in page_of(client) for part in parts]
    without = page_of(client_of(stage_with(BEACON, desk)))
    assert [False, False, False] == [part in without for part in parts]


def test_a_page_to_sign_on_may_stand_in_a_frame(client: FlaskClient, desk: SimulatedBeacon) -> None:
    with client.get("/") as answer:
        assert f"frame-src 'self' {desk.base_url};" in answer.headers["Content-Security-Policy"]


def test_a_link_is_framed_as_the_vendors_library_does(client: FlaskClient) -> None:
    asked = {"link": "http://127.0.0.1:9/sign", "around": "http://127.0.0.1:8/"}

    framed = json_of(client, "POST", "desk/frame", asked)

    assert {"url": "http://127.0.0.1:9/sign?app=Beacon&parent=http://127.0.0.1:8/"} == framed
    asked.pop("around")
    assert 400 == client.post("/sandbox/desk/frame", json=asked).status_code


def test_a_link_is_framed_as_it_is_where_there_is_no_library(desk: SimulatedBeacon) -> None:
    client = client_of(stage_with(BEACON, desk))

    framed = json_of(client, "POST", "beacon/frame", {"link": "http://127.0.0.1:9/", "around": "/"})

    assert {"url": "http://127.0.0.1:9/"} == framed


def test_what_one_has_held_back_is_released(client: FlaskClient, desk: SimulatedBeacon) -> None:
    desk.callbacks = "delay"
    json_of(client, "POST", "transactions/at-the-desk/finish", {"outcome": "clear"})
    assert [] == desk.transactions["at-the-desk"].callbacks_sent

    assert {"callbacks": [None]} == json_of(client, "POST", "desk/release", {})
