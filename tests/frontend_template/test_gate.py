"""The gate: who lacks what the marketplace asks for is refused, whichever way they take."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from sandbox import transit
from sandbox.sharetribe import User
from sandbox.sharetribe.catalogue import offer_catalogue
from sandbox.sharetribe.listings import Listing
from tests.flows.steps import started
from tests.frontend_template.beside import (
    INITIATE,
    PAY,
    PAY_AFTER_INQUIRY,
    REFUSED,
    TRANSIT,
    TRANSITION,
    StartServer,
    TemplateServer,
    keyed,
    order,
    outcome,
    send,
    verify,
)
from tests.kit.world import KitWorld
from tests.source_tree import ROOT

pytestmark = pytest.mark.node

# Texts that no marketplace has as a name, and things that are no text.
ODD: list[Any] = [
    None,
    7,
    True,
    "",
    [PAY],
    [["~#'", PAY]],
    {"toString": PAY},
    {"name": PAY, "length": 26},
    PAY.upper(),
    f" {PAY}",
    f"{PAY}\n",
    f":{PAY}",
    PAY.replace("q", "ｑ"),  # noqa: RUF001 - a full-width letter is what is tried
    PAY.replace("a", "а"),  # noqa: RUF001 - and one of another alphabet
    PAY.replace("-", "\u00ad-"),
    f"{PAY}\u200b",
]


@pytest.mark.parametrize("is_speculative", [True, False], ids=["speculative", "for good"])
@pytest.mark.parametrize(
    ("endpoint", "transition"), [(INITIATE, PAY), (TRANSITION, PAY_AFTER_INQUIRY)]
)
def test_who_is_verified_orders_and_who_is_not_is_refused(
    server: TemplateServer, endpoint: str, transition: str, is_speculative: bool
) -> None:
    browser = server.browser()
    refused = order(browser, endpoint, transition, is_speculative=is_speculative)
    verify(server.world)
    ordered = order(browser, endpoint, transition, is_speculative=is_speculative)

    assert REFUSED == outcome(refused)
    assert (200, transition) == outcome(ordered)
    assert server.user.id == ordered.json()["user"]


def test_an_inquiry_at_sharetribe_becomes_no_order_of_who_is_not_verified(
    server: TemplateServer,
) -> None:
    world, holly = server.world, server.world.other_user
    vest = offer_catalogue(world.sharetribe)[-1]
    alias = {"processAlias": "default-purchase/release-1"}
    params = {"params": {"listingId": UUID(vest.id)}}
    inquiry = inquire(world, holly, {**alias, "transition": "transition/inquire", **params})
    goods, browser = {"quantity": 1}, server.browser(holly)
    buying = {"bodyParams": {**alias, "transition": PAY, **params}, "orderData": goods}
    going_on = {"id": UUID(inquiry), "transition": PAY_AFTER_INQUIRY, "params": {}}

    def tried(*, is_speculative: bool) -> list[tuple[int, str]]:
        ways = ((TRANSITION, {"bodyParams": going_on, "orderData": goods}), (INITIATE, buying))
        return [
            outcome(order(browser, endpoint, is_speculative=is_speculative, **body))
            for endpoint, body in ways
        ]

    assert [REFUSED] * 4 == [*tried(is_speculative=True), *tried(is_speculative=False)]
    assert ["transition/inquire"] == last_transitions(world, vest)

    assert [200] == world.checks.finish(started(world.browser(holly)))
    done = [(200, PAY_AFTER_INQUIRY), (200, PAY)]
    assert [*done, *done] == [*tried(is_speculative=True), *tried(is_speculative=False)]
    assert [PAY_AFTER_INQUIRY, PAY] == last_transitions(world, vest)


def inquire(world: KitWorld, user: User, asked: dict[str, object]) -> str:
    """Begin a transaction at Sharetribe directly, as the template's page does; return its id."""
    token = world.sharetribe.log_in(user.id)["access_token"]
    answered = requests.post(
        f"{world.settings['SHARETRIBE_BASE_URL']}/v1/api/transactions/initiate",
        data=transit.write(keyed(asked)),
        headers={"Authorization": f"Bearer {token}", "Content-Type": TRANSIT},
        timeout=10,
    )
    assert 200 == answered.status_code, answered.text
    return str(transit.read(answered.text)["data"]["id"])


def last_transitions(world: KitWorld, listing: Listing) -> list[str]:
    """Return how far each transaction of a listing has gone."""
    held = world.sharetribe.transactions.values()
    return [one.last_transition for one in held if one.listing_id == listing.id]


def test_a_refusal_is_what_the_templates_pages_understand(asking: TemplateServer) -> None:
    answer = order(asking.browser())

    told = answer.json()
    message = "The marketplace asks for something of you before you can order."
    meta = {"matter": "id-verification", "standing": "none"}
    assert "application/json; charset=utf-8" == answer.headers["Content-Type"]
    assert {
        "name": "LocalAPIError",
        "message": message,
        "status": 403,
        "statusText": "Forbidden",
        "code": "echoseal-required",
        **meta,
        "data": {
            "errors": [{"status": 403, "code": "echoseal-required", "title": message, "meta": meta}]
        },
    } == told


@pytest.mark.parametrize("word", ["refused", "unclear", "lapsed"])
def test_a_check_that_did_not_end_well_is_none(server: TemplateServer, word: str) -> None:
    verify(server.world, word)

    assert REFUSED == outcome(order(server.browser()))


def test_other_transitions_pass(server: TemplateServer) -> None:
    answer = order(server.browser(), TRANSITION, "transition/update-offer")

    assert (200, "transition/update-offer") == outcome(answer)


@pytest.mark.parametrize("endpoint", [INITIATE, TRANSITION])
@pytest.mark.parametrize("transition", ODD, ids=ascii)
def test_a_transition_in_an_odd_form_is_held_up(
    reading: TemplateServer, endpoint: str, transition: object
) -> None:
    assert REFUSED == outcome(order(reading.browser(), endpoint, transition))


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (transit.write(keyed({"bodyParams": {"transition": PAY}})).encode(), f"{TRANSIT};a=b"),
        (transit.write(keyed({"bodyParams": PAY})).encode(), TRANSIT),
        (transit.write([PAY]).encode(), TRANSIT),
        (json.dumps({"bodyParams": {"transition": PAY}}).encode(), "application/json"),
        (json.dumps({"bodyParams": {"transition": [PAY]}}).encode(), "application/json"),
        (
            json.dumps({"bodyParams": {"__proto__": {"transition": PAY}}}).encode(),
            "application/json",
        ),
        (b'{"bodyParams":{"transition":"transition/update-offer","transition":"%s"}}'
         % PAY.encode(), "application/json"),
        (f"bodyParams[transition]={PAY}".encode(), "application/x-www-form-urlencoded"),
        (PAY.encode(), "text/plain"),
    ],
)  # fmt: skip
def test_a_body_in_an_odd_form_is_held_up(
    reading: TemplateServer, data: bytes, content_type: str
) -> None:
    for endpoint in (INITIATE, TRANSITION, INITIATE.upper(), f"{TRANSITION}/"):
        assert REFUSED == outcome(send(reading.browser(), endpoint, data, content_type))


@pytest.mark.parametrize("where", ["bodyParams", "queryParams"])
@pytest.mark.parametrize("field", ["Transition", "trans_ition", ":transition", "x/transition"])
def test_a_second_field_that_may_be_read_as_the_transition_is_held_up(
    reading: TemplateServer, where: str, field: str
) -> None:
    free = {"transition": "transition/update-offer", "params": {}}
    asked: dict[str, Any] = {"bodyParams": free, "queryParams": {}}
    asked[where] = {**asked[where], field: PAY}

    for endpoint in (INITIATE, TRANSITION):
        assert REFUSED == outcome(order(reading.browser(), endpoint, **asked))


def test_nobody_is_verified_by_what_users_write_themselves(server: TemplateServer) -> None:
    world = server.world
    verify(world)
    genuine = json.loads(json.dumps(world.user.private_data))
    key = next(name for name in genuine if name.startswith("idVerification-"))
    forgeries = {
        "without a checksum": {"idVerification": genuine["idVerification"]},
        "edited": {key: {**genuine[key], "provider": "facecheck"}},
        "another user's": genuine,
    }

    found = {}
    for how, forged in forgeries.items():
        world.other_user.private_data.clear()
        world.other_user.private_data.update(forged)
        found[how] = outcome(order(server.browser(world.other_user)))
    assert dict.fromkeys(forgeries, REFUSED) == found


def test_an_approval_that_was_taken_back_and_put_back_counts_for_the_reader_alone(
    asking: TemplateServer, reading: TemplateServer
) -> None:
    world = asking.world
    reference = started(world.browser())
    world.checks.finish(reference)
    approved = json.loads(json.dumps(world.user.private_data))
    world.checks.finish(reference, "refused")
    world.user.private_data.clear()
    world.user.private_data.update(approved)

    # verifier/README.md, "What this cannot see"; to be asked puts the records right
    assert (200, PAY) == outcome(order(reading.browser()))
    assert REFUSED == outcome(order(asking.browser()))
    assert REFUSED == outcome(order(reading.browser()))


def test_a_result_whose_callback_was_lost_is_fetched_in_time(asking: TemplateServer) -> None:
    asking.world.checks.finish(started(asking.world.browser()), told=False)

    assert (200, PAY) == outcome(order(asking.browser()))


@pytest.mark.parametrize(
    ("by", "who"), [("product", "sharetribe"), ("records", "sharetribe"), ("product", None)]
)
def test_nobody_passes_while_nobody_can_tell(
    world: KitWorld, start_server: StartServer, by: str, who: str | None
) -> None:
    verify(world)
    address = world.url if who else "http://127.0.0.1:9"
    keys = world.settings["CHECKSUM_KEYS"]
    server = start_server(world, ECHOSEAL_URL=address, CHECKSUM_KEYS=keys, ECHOSEAL_GATE_BY=by)
    if who:
        world.sharetribe.faults.mode = "error"

    answer = order(server.browser())

    assert (503, "echoseal-unavailable") == outcome(answer)
    assert "5" == answer.headers["Retry-After"]
    assert world.settings["CHECKSUM_KEYS"] not in server.logged()


def test_keys_that_cannot_be_used_let_nobody_pass_and_the_log_names_the_entry(
    world: KitWorld, start_server: StartServer
) -> None:
    verify(world)
    server = start_server(world, ECHOSEAL_URL=None, CHECKSUM_KEYS="1:c2VjcmV0")

    assert (503, "echoseal-unavailable") == outcome(order(server.browser()))
    assert "keys: entry 1: key 1 is not 32 bytes" in server.logged()
    assert "c2VjcmV0" not in server.logged()


def test_everything_that_is_asked_for_must_be_good(
    world: KitWorld, start_server: StartServer
) -> None:
    required = "id-verification,signings/provider-agreement,billing/membership"
    keys = world.settings["CHECKSUM_KEYS"]
    servers = [
        start_server(world, ECHOSEAL_GATE=required, CHECKSUM_KEYS=keys, ECHOSEAL_GATE_BY=by)
        for by in ("product", "records")
    ]

    def lacking() -> list[str | None]:
        return [order(server.browser()).json().get("matter") for server in servers]

    assert ["id-verification"] * 2 == lacking()
    verify(world)
    assert ["signings/provider-agreement"] * 2 == lacking()
    signing = world.browser().call("POST", "/api/signings/provider-agreement").json()
    world.inkwell.finish(signing["transactionReference"], "signed")
    assert ["billing/membership"] * 2 == lacking()
    payment = world.browser().call("POST", "/api/billing/membership").json()
    world.tollgate.finish(payment["transactionReference"], "running")
    assert [None] * 2 == lacking()


def test_other_names_are_guarded_where_they_are_listed(
    world: KitWorld, start_server: StartServer
) -> None:
    listed = "transition/book, transition/offer*"
    server = start_server(world, ECHOSEAL_GATE_TRANSITIONS=listed)
    names = ("transition/book-now", "transition/offer", "transition/request-payment")

    found = [order(server.browser(), INITIATE, name).status_code for name in names]
    assert [403, 403, 200] == found


def test_all_are_guarded_where_it_says_so(world: KitWorld, start_server: StartServer) -> None:
    server = start_server(world, ECHOSEAL_GATE_TRANSITIONS="*")

    assert REFUSED == outcome(order(server.browser(), TRANSITION, "transition/update-offer"))


def test_without_its_settings_it_refuses_and_the_log_says_what_is_missing(
    world: KitWorld, start_server: StartServer
) -> None:
    server = start_server(world, ECHOSEAL_URL=None)
    verify(world)

    assert (503, "echoseal-gate-unset") == outcome(order(server.browser()))
    assert "set ECHOSEAL_URL or CHECKSUM_KEYS, or ECHOSEAL_GATE=off" in server.logged()


def test_without_the_verifier_it_refuses_and_the_log_says_what_to_copy(
    world: KitWorld, start_server: StartServer
) -> None:
    keys = world.settings["CHECKSUM_KEYS"]
    server = start_server(world, ECHOSEAL_URL=None, CHECKSUM_KEYS=keys, has_verifier=False)
    verify(world)

    assert (503, "echoseal-gate-unset") == outcome(order(server.browser()))
    assert "copy echoseal-records.mjs and echoseal-checksum.mjs of verifier/" in server.logged()


def test_it_is_off_where_it_is_switched_off(world: KitWorld, start_server: StartServer) -> None:
    server = start_server(world, ECHOSEAL_GATE="off")

    assert (200, PAY) == outcome(order(server.browser()))
    assert "the gate is off" in server.logged()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ECHOSEAL_GATE": "identity"}, "ECHOSEAL_GATE: identity is none of id-verification,"),
        ({"ECHOSEAL_GATE": "signings/../x"}, "ECHOSEAL_GATE: signings/../x is none of"),
        ({"ECHOSEAL_GATE": ","}, "ECHOSEAL_GATE: names nothing"),
        ({"ECHOSEAL_GATE_TRANSITIONS": ","}, "ECHOSEAL_GATE_TRANSITIONS: names nothing"),
        ({"ECHOSEAL_GATE_TRANSITIONS": "request-*-now"}, "TRANSITIONS: not a name: request-*-now"),
        ({"ECHOSEAL_GATE_TRANSITIONS": "a;b"}, "ECHOSEAL_GATE_TRANSITIONS: not a name: a;b"),
        ({"ECHOSEAL_GATE_BY": "hope"}, "ECHOSEAL_GATE_BY: hope is neither product nor records"),
        ({"ECHOSEAL_URL": "https://echoseal.example/api"}, "ECHOSEAL_URL: not like"),
    ],
)
def test_settings_that_cannot_be_meant_end_the_start(
    world: KitWorld, start_server: StartServer, settings: dict[str, str], message: str
) -> None:
    server = start_server(world, **settings)

    assert message in server.logged()
    assert "listening" not in server.logged()


def test_the_payments_that_no_gate_sees_are_those_that_the_docs_name() -> None:
    named = os.environ.get("ECHOSEAL_TEMPLATE")
    if not named:
        pytest.skip(
            "no checkout of the Web Template in ECHOSEAL_TEMPLATE: its payments are not read"
        )
    processes = [*Path(named).glob("ext/transaction-processes/*/process.edn")]
    steps = [
        step
        for process in processes
        for step in process.read_text().split("{:name :transition/")[1:]
        if "-create-payment-intent" in step and ":actor.role/customer" in step
    ]
    unseen = {step.partition(",")[0] for step in steps if ":privileged? true" not in step}

    assert len(steps) > len(unseen)
    assert {"request-payment-to-accept-offer"} == unseen
    docs = (ROOT / "docs/web-template.md").read_text()
    assert "sees no payment of `default-negotiation`**: `transition/request-payment-to-" in docs
