"""The control API and the page where several vendors check who somebody is."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from sandbox.kit.checks import Session
from tests.sandbox.beacon_simulator import SIMULATOR, SimulatedBeacon
from tests.sandbox.demo import client_of, json_of, stage_with

NOBODY_LISTENS = "http://127.0.0.1:9/callbacks"


def beacon_with(reference: str) -> SimulatedBeacon:
    beacon = SimulatedBeacon()
    beacon.base_url = f"http://127.0.0.1/{reference}"
    beacon.begin(
        Session(
            id=reference,
            reference="r" * 99,
            carrier="reference",
            begun_at=0.0,
            callback_url=NOBODY_LISTENS,
        )
    )
    return beacon


@pytest.fixture
def first() -> Iterator[SimulatedBeacon]:
    with beacon_with("at-the-first") as beacon:
        yield beacon


@pytest.fixture
def second() -> Iterator[SimulatedBeacon]:
    with beacon_with("at-the-second") as beacon:
        yield beacon


@pytest.fixture
def client(first: SimulatedBeacon, second: SimulatedBeacon) -> FlaskClient:
    return client_of(stage_with(SIMULATOR, first, second))


def page_of(client: FlaskClient) -> str:
    with client.get("/") as answer:
        return answer.get_data(as_text=True)


def test_the_page_is_told_of_each_in_their_order(client: FlaskClient) -> None:
    checks = json_of(client, "GET", "config")["checks"]

    assert ["beacon", "beacon2"] == [one["name"] for one in checks]
    assert ["Beacon", "Beacon 2"] == [one["title"] for one in checks]
    assert ["clear", "clear"] == [one["approval"] for one in checks]
    assert ["/cards/beacon/card.js", "/cards/beacon2/card.js"] == [one["script"] for one in checks]


@pytest.mark.parametrize("reference", ["at-the-first", "at-the-second"])
def test_a_check_is_found_at_whichever_has_it(client: FlaskClient, reference: str) -> None:
    before = json_of(client, "GET", f"transactions/{reference}")
    assert ("begun", None) == (before["status"], before["outcome"])
    assert "r" * 99 == before["sealed"]

    json_of(client, "POST", f"transactions/{reference}/finish", {"outcome": "clear"})

    after = json_of(client, "GET", f"transactions/{reference}")
    assert ("clear", "clear") == (after["status"], after["outcome"])


def test_what_is_done_at_one_leaves_the_other_alone(
    client: FlaskClient, first: SimulatedBeacon, second: SimulatedBeacon
) -> None:
    path = "transactions/at-the-second"
    json_of(client, "POST", f"{path}/finish", {"outcome": "clear"})
    json_of(client, "POST", f"{path}/resend", {})
    json_of(client, "POST", f"{path}/forge", {"outcome": "refused"})

    assert 3 == len(second.transactions["at-the-second"].callbacks_sent)
    assert [] == first.transactions["at-the-first"].callbacks_sent


def test_a_check_that_nobody_has_is_not_found(client: FlaskClient) -> None:
    for act in ("finish", "resend", "forge"):
        path = f"/sandbox/transactions/nowhere/{act}"
        assert 404 == client.post(path, json={"outcome": "clear"}).status_code


def test_what_each_has_held_back_is_released(
    client: FlaskClient, first: SimulatedBeacon, second: SimulatedBeacon
) -> None:
    for beacon, reference in ((first, "at-the-first"), (second, "at-the-second")):
        beacon.callbacks = "delay"
        beacon.finish(reference, "clear")

    assert {"callbacks": [None, None]} == json_of(client, "POST", "callbacks/release", {})
    assert {"callbacks": []} == json_of(client, "POST", "callbacks/release", {})


def test_each_has_switches_of_its_own(client: FlaskClient, second: SimulatedBeacon) -> None:
    switches = json_of(client, "PATCH", "switches", {"beacon2Callbacks": "lose"})

    assert ("send", "lose") == (switches["beaconCallbacks"], switches["beacon2Callbacks"])
    assert "lose" == second.callbacks


def test_the_visitor_chooses_and_the_first_is_chosen_already(client: FlaskClient) -> None:
    page = page_of(client)

    assert ["beacon", "beacon2"] == re.findall(r'name="checker"\s+value="(\w+)"', page)
    assert ["beacon"] == re.findall(r'value="(\w+)"[^>]*\bchecked\b', page)


def test_the_page_may_show_each_ones_page_in_its_frame(client: FlaskClient) -> None:
    with client.get("/") as answer:
        policy = answer.headers["Content-Security-Policy"]

    pages = "http://127.0.0.1/at-the-first http://127.0.0.1/at-the-second"
    assert f"frame-src 'self' {pages};" in policy


def test_where_one_checks_there_is_nothing_to_choose(first: SimulatedBeacon) -> None:
    page = page_of(client_of(stage_with(SIMULATOR, first)))

    assert "Verify my identity" in page
    assert "Checked by" not in page


def test_without_any_there_is_nothing_to_check() -> None:
    client = client_of(stage_with(SIMULATOR))

    assert [] == json_of(client, "GET", "config")["checks"]
    assert "Verify my identity" not in page_of(client)
    assert 404 == client.get("/sandbox/transactions/nowhere").status_code
