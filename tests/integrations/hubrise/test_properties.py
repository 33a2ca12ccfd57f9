"""Whatever HubRise or a forger sends, its parsers answer, and what they keep can be stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.hubrise.orders import RANKS, read_state
from proxy.vendors import (
    FINAL_RANK,
    Answer,
    CallbackUnreadable,
    ConnectionEvent,
    ConnectionLost,
    GrantRefused,
    OrderEvent,
    OrderState,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.integrations.hubrise.fakes import (
    GRANT,
    SALE_ID,
    StubUpstream,
    callbacks,
    connection,
    exchanging,
    line,
    orders,
    sale,
)
from tests.integrations.parts import NO_HEADERS

# Lone surrogates are no text that could be stored, but JSON can spell them.
UNSTORABLE = st.sampled_from(["\ud800", "closed \udfff", "\udc00" * 300])
TEXTS = st.text(max_size=40) | UNSTORABLE
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)
ODDS = st.integers(0, 9)
IDS = st.from_regex(r"[0-9a-z]{5}", fullmatch=True)
# How long an example takes says nothing on a machine that does other work.
unhurried = settings(deadline=None)
FAILURES = (ConnectionLost, UpstreamRefused, UpstreamUnavailable)


@st.composite
def shaped(draw: st.DrawFn, /, **fields: st.SearchStrategy[Any]) -> Any:
    """Draw an object with `fields`; one in ten is missing, one in ten is anything."""
    return {
        name: draw(usual if draw(ODDS) else ANY_JSON)
        for name, usual in fields.items()
        if draw(ODDS)
    }


REASONS = shaped(epos=shaped(rejection=shaped(cause=TEXTS)))
ORDERS = shaped(
    id=st.just("w3k8p") | IDS,
    status=st.sampled_from([*RANKS, "later"]) | TEXTS,
    private_ref=st.none() | st.just(str(SALE_ID)) | TEXTS,
    custom_fields=REASONS,
)
EVENTS = shaped(
    id=IDS,
    resource_type=st.just("order") | TEXTS,
    event_type=st.sampled_from(["create", "update", "patch"]),
    account_id=IDS,
    location_id=IDS,
    order_id=st.just("w3k8p") | IDS,
    resource_id=IDS,
    previous_state=ORDERS,
    new_state=ORDERS,
)
NAMES = ("account_id", "account_name", "location_id", "location_name", "catalog_name")
TOKEN_ANSWERS = shaped(
    access_token=st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    **dict.fromkeys(NAMES, st.none() | TEXTS),
)
LOCATIONS = shaped(name=TEXTS, account=shaped(id=IDS, name=TEXTS))
REFUSALS = shaped(message=TEXTS, error_type=TEXTS, errors=st.lists(shaped(field=TEXTS)))


def sent(document: object, status: int = 200) -> Answer:
    """Return an answer with `document`, which may hold NaN and lone surrogates."""
    return Answer("hubrise", status, json.dumps(document).encode())


def assert_storable(state: OrderState | None) -> None:
    """Require a state that metadata can hold: UTF-8 text, bounded, with the rank of its status."""
    if state is None:
        return
    assert state.status in {*RANKS, "unknown"}
    assert RANKS.get(state.status, -1) == state.rank <= FINAL_RANK
    assert 1 <= len(state.order_id.encode()) <= 60
    assert state.reason is None or 1 <= len(state.reason.encode()) <= 800


def assert_sound(event: ConnectionEvent) -> None:
    assert isinstance(event, OrderEvent)
    assert event.order_id.isascii()
    assert event.event_id.isascii()
    assert event.place is None or event.place.isascii()
    assert event.state is None or event.order_id == event.state.order_id
    assert_storable(event.state)


def read(body: bytes) -> None:
    try:
        event = callbacks().read_callback(NO_HEADERS, body)
    except CallbackUnreadable:
        return
    if event is not None:
        assert_sound(event)


@unhurried
@given(st.binary())
def test_any_bytes_are_an_event_or_unreadable(body: bytes) -> None:
    read(body)


@unhurried
@given(EVENTS | ANY_JSON)
def test_any_json_is_an_event_or_unreadable(document: object) -> None:
    read(json.dumps(document).encode())


@unhurried
@given(ORDERS | st.dictionaries(TEXTS, ANY_JSON))
def test_any_order_is_a_state_or_none(document: dict[str, Any]) -> None:
    assert_storable(read_state(document))


@unhurried
@given(ORDERS | ANY_JSON, st.sampled_from([200, 201, 400, 401, 404, 422]))
def test_any_answer_about_an_order_is_a_state_or_a_failure(document: object, status: int) -> None:
    vendor = orders(sent(document, status))
    try:
        assert_storable(vendor.read_order(GRANT, "w3k8p"))
        created = vendor.create_order(GRANT, sale(line(100)))
    except FAILURES:
        return
    assert SALE_ID == created.transaction_id
    assert_storable(created)


@unhurried
@given(st.lists(EVENTS | ANY_JSON, max_size=4) | ANY_JSON)
def test_any_list_of_events_is_read_or_an_outage(document: object) -> None:
    try:
        events = callbacks(sent(document)).pending_events(GRANT)
    except UpstreamUnavailable:
        assert not isinstance(document, list)
        return
    for event in events:
        assert event.event_id
        assert_sound(event)


@unhurried
@given(st.lists(ORDERS, max_size=4) | ANY_JSON)
def test_a_search_finds_the_order_of_the_transaction_or_none(document: object) -> None:
    try:
        found = orders(sent(document)).find_order(GRANT, SALE_ID)
    except UpstreamUnavailable:
        return
    assert found is None or SALE_ID == found.transaction_id


@unhurried
@given(TOKEN_ANSWERS | ANY_JSON, LOCATIONS | ANY_JSON)
def test_any_token_answer_is_a_grant_that_can_be_stored_or_a_failure(
    document: object, location: object
) -> None:
    vendor = connection(StubUpstream(sent(document)), StubUpstream(sent(location)))
    try:
        grant = vendor.exchange(exchanging("code"))
    except (GrantRefused, UpstreamUnavailable):
        return
    assert {"token"} == set(grant.secret)
    assert grant.details["locationId"]
    for text in (*grant.secret.values(), *grant.details.values()):
        assert text.encode()  # UTF-8 takes it
    assert all(len(text) <= 120 for text in grant.details.values())


@unhurried
@given(REFUSALS | ANY_JSON)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 415, 422])
def test_any_refusal_is_told_without_the_words_of_hubrise(status: int, document: object) -> None:
    manager = StubUpstream(sent(document, status))
    with pytest.raises((GrantRefused, UpstreamRefused)):
        connection(manager).exchange(exchanging("code"))
    with pytest.raises((ConnectionLost, UpstreamRefused)) as refusal:
        orders(sent(document, status)).find_order(GRANT, SALE_ID)
    assert str(refusal.value).isascii()
    assert len(str(refusal.value)) < 100
