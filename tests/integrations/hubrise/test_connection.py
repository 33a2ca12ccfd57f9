"""HubRise's consent page, the exchange of a code, what is granted, and giving it back.

Of the vendor's own client tests (github.com/HubRise/ruby-client 2.0.15, `spec/hubrise_client/
v1_spec.rb`, read 2026-11) this file covers: the authorize URL with its parameters and extra ones,
the fields of the exchange, 404 as an invalid grant, and the exchange's other failures.
"""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.hubrise.connection import HubRiseConnection
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    Grant,
    GrantRefused,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.integrations.hubrise.fakes import (
    CLIENT_ID,
    CLIENT_SECRET,
    GRANT,
    SCOPE,
    TOKEN,
    StubUpstream,
    answered,
    connection,
    empty,
    exchanging,
    refused,
)
from tests.integrations.stub_upstream import Sent

RETURN_URL = "https://proxy.example/api/connections/hubrise/return"
TAG = "0123456789abcdef0123456789abcdef"
CODE = "7c1d09be58a24f36"
SMALLEST = {"access_token": TOKEN}
TOKEN_ANSWER = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "account_id": "q4z7m",
    "location_id": "q4z7m-2",
    "catalog_id": "x8s1n",
    "customer_list_id": "r6f3w",
    "account_name": "Rhum & Vanille",
    "location_name": "Saint-Pierre",
    "catalog_name": "Midi",
    "customer_list_name": "Fidèles",
}
DETAILS = {
    "accountId": "q4z7m",
    "locationId": "q4z7m-2",
    "catalogId": "x8s1n",
    "customerListId": "r6f3w",
    "accountName": "Rhum & Vanille",
    "locationName": "Saint-Pierre",
    "catalogName": "Midi",
    "customerListName": "Fidèles",
}
OLD_FIELDS = ("access_token", "location_id", "catalog_id", "customer_list_id")
NO_LOCATION = refused(403, "forbidden")
LOCATION = {
    "id": "q4z7m-2",
    "name": "Saint-Pierre",
    "account": {"id": "q4z7m", "name": "Rhum & Vanille", "currency": "EUR"},
}


def query(url: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))


def device_id(url: str) -> str:
    return dict(query(url))["device_id"]


def form(sent: Sent) -> dict[str, str]:
    assert "application/x-www-form-urlencoded" == sent.headers["Content-Type"]
    return dict(parse_qsl((sent.body or b"").decode(), strict_parsing=True))


def exchanged(
    document: dict[str, Any], *api_answers: Answer | Exception, takes_orders: bool = True
) -> Grant:
    manager, api = StubUpstream(answered(document)), StubUpstream(*api_answers)
    return connection(manager, api, takes_orders=takes_orders).exchange(exchanging(CODE))


def test_the_authorize_url_has_every_parameter_once() -> None:
    url = connection().authorize_url(AuthorizeRequest(RETURN_URL, "a state/+=", TAG))
    assert url.startswith("https://hubrise.test/oauth2/v1/authorize?")
    assert [
        ("client_id", CLIENT_ID),
        ("device_id", device_id(url)),
        ("redirect_uri", RETURN_URL),
        ("scope", SCOPE),
        ("state", "a state/+="),
    ] == query(url)


def test_options_prefill_the_sign_up_form() -> None:
    options = {"country": "RE", "accountName": "Rhum & Vanille", "locationName": "Saint-Pierre"}
    url = connection().authorize_url(AuthorizeRequest(RETURN_URL, "state", TAG, options))
    asked = dict(query(url))
    assert ("RE", "Rhum & Vanille", "Saint-Pierre") == (
        asked["country"],
        asked["account_name"],
        asked["location_name"],
    )


def test_nothing_in_the_authorize_url_can_add_a_parameter() -> None:
    options = {"accountName": "x&scope=profile#"}
    asked = query(connection().authorize_url(AuthorizeRequest(RETURN_URL, "s", TAG, options)))
    assert [SCOPE] == [value for name, value in asked if name == "scope"]
    assert ("account_name", "x&scope=profile#") in asked


def test_a_return_url_may_have_a_query_of_its_own() -> None:
    return_url = f"{RETURN_URL}?app=1"
    asked = query(connection().authorize_url(AuthorizeRequest(return_url, "s", TAG)))
    assert ("redirect_uri", return_url) in asked


def copying(vendor: HubRiseConnection, tag: str = TAG) -> str:
    """Return the address of the page that shows the code."""
    return vendor.authorize_url(AuthorizeRequest(vendor.out_of_band or "", "", tag))


def test_the_out_of_band_url_asks_for_a_code_to_copy() -> None:
    url = copying(connection())
    assert [
        ("client_id", CLIENT_ID),
        ("device_id", device_id(url)),
        ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob"),
        ("scope", SCOPE),
    ] == query(url)


def test_a_device_is_one_user_of_one_client_whichever_way_they_connect() -> None:
    by_return = connection().authorize_url(AuthorizeRequest(RETURN_URL, "state", TAG))
    own = device_id(by_return)
    assert own == device_id(copying(connection()))
    assert own != device_id(copying(connection(), TAG[::-1]))
    assert own != device_id(copying(connection(secret="another")))


def test_a_device_cannot_be_computed_from_what_others_know() -> None:
    own = device_id(copying(connection()))
    assert re.fullmatch(r"[0-9a-f]{32}", own)
    assert TAG not in own


def test_a_code_is_exchanged_by_basic_authentication() -> None:
    manager = StubUpstream(answered(TOKEN_ANSWER))
    connection(manager).exchange(exchanging(CODE))
    (sent,) = manager.sent
    kind, _, encoded = sent.headers["Authorization"].partition(" ")
    assert "POST /oauth2/v1/token" == manager.lines[0]
    assert ("Basic", f"{CLIENT_ID}:{CLIENT_SECRET}") == (kind, base64.b64decode(encoded).decode())
    assert {"code": CODE} == form(sent)


def test_a_code_is_exchanged_by_form() -> None:
    manager = StubUpstream(answered(TOKEN_ANSWER))
    connection(manager, in_form=True).exchange(exchanging(CODE))
    (sent,) = manager.sent
    assert "Authorization" not in sent.headers
    assert {"code": CODE, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET} == form(sent)


def test_a_code_cannot_add_a_field_to_the_form() -> None:
    manager = StubUpstream(answered(TOKEN_ANSWER))
    connection(manager).exchange(exchanging("x&client_id=other"))
    assert {"code": "x&client_id=other"} == form(manager.sent[0])


def test_todays_ten_fields_are_the_details_and_the_token_is_the_secret() -> None:
    assert Grant({"token": TOKEN}, DETAILS) == exchanged(TOKEN_ANSWER)


def test_the_fields_of_apps_and_unknown_ones_are_passed_over() -> None:
    answer = {**TOKEN_ANSWER, "app_instance_id": "a1", "user_id": "u1", "later": {"a": [1]}}
    assert DETAILS == exchanged(answer).details


def test_the_four_fields_of_the_first_version_are_completed_from_the_location() -> None:
    answer = {name: TOKEN_ANSWER[name] for name in OLD_FIELDS}
    assert {
        "locationId": "q4z7m-2",
        "locationName": "Saint-Pierre",
        "accountId": "q4z7m",
        "accountName": "Rhum & Vanille",
        "catalogId": "x8s1n",
        "customerListId": "r6f3w",
    } == exchanged(answer, answered(LOCATION)).details


@pytest.mark.parametrize(
    "failure",
    [
        answered({"error_type": "unauthorized"}, 401),
        answered({"error_type": "forbidden"}, 403),
        answered([]),
        answered({"name": 7, "account": "q4z7m"}),
        answered({"name": None, "account": {"id": None, "name": ["x"]}}),
        UpstreamUnavailable("hubrise", "answered 500"),
    ],
)
def test_names_are_a_courtesy_without_which_a_grant_stands(failure: Answer | Exception) -> None:
    answer = {name: TOKEN_ANSWER[name] for name in OLD_FIELDS}
    expected = {"locationId": "q4z7m-2", "catalogId": "x8s1n", "customerListId": "r6f3w"}
    assert expected == exchanged(answer, failure).details


def test_ids_of_the_token_answer_outweigh_those_of_the_location() -> None:
    answer = {**SMALLEST, "location_id": "q4z7m-2", "account_id": "q4z7m"}
    elsewhere = {**LOCATION, "account": {"id": "other", "name": "Other"}}
    assert "q4z7m" == exchanged(answer, answered(elsewhere)).details["accountId"]


def test_an_account_level_answer_names_no_location() -> None:
    answer = {**TOKEN_ANSWER, "location_id": None, "catalog_id": None, "customer_list_id": None}
    answer |= {"location_name": None, "catalog_name": None, "customer_list_name": None}
    grant = exchanged(answer, NO_LOCATION, takes_orders=False)
    assert {"accountId": "q4z7m", "accountName": "Rhum & Vanille"} == grant.details


def test_a_token_alone_is_a_grant_where_no_orders_are_taken() -> None:
    assert Grant({"token": TOKEN}, {}) == exchanged(SMALLEST, NO_LOCATION, takes_orders=False)


def test_a_token_alone_is_completed_by_the_location_that_it_opens() -> None:
    assert {
        "locationId": "q4z7m-2",
        "locationName": "Saint-Pierre",
        "accountId": "q4z7m",
        "accountName": "Rhum & Vanille",
    } == exchanged(SMALLEST, answered(LOCATION)).details


def test_where_orders_are_taken_a_grant_without_a_location_is_given_back() -> None:
    manager = StubUpstream(answered(SMALLEST), empty())
    api = StubUpstream(NO_LOCATION, empty())
    with pytest.raises(GrantRefused):
        connection(manager, api).exchange(exchanging(CODE))
    assert ["GET /v1/location", "DELETE /v1/callback"] == api.lines
    assert {"token": TOKEN} == form(manager.sent[1])


@pytest.mark.parametrize("odd", [7, True, "", [], {"id": "x"}])
def test_details_that_are_no_texts_are_left_out(odd: object) -> None:
    answer = {**SMALLEST, "account_id": odd, "catalog_name": odd}
    assert {} == exchanged(answer, NO_LOCATION, takes_orders=False).details


def test_a_detail_is_cut_to_what_a_record_should_hold() -> None:
    answer = {**TOKEN_ANSWER, "account_name": "n" * 5000}
    assert "n" * 120 == exchanged(answer).details["accountName"]


@pytest.mark.parametrize("token", [None, "", 7, "two words", "line\nfeed", "a" * 5000, ["x"]])
def test_an_answer_without_a_usable_token_is_no_grant(token: object) -> None:
    with pytest.raises(UpstreamUnavailable):
        exchanged({**TOKEN_ANSWER, "access_token": token})


@pytest.mark.parametrize("nonsense", [b"", b"<html>", b"[]", b"null", b'"token"', b"{"])
def test_an_answer_that_is_no_object_is_no_grant(nonsense: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        connection(StubUpstream(Answer("hubrise", 200, nonsense))).exchange(exchanging(CODE))


@pytest.mark.parametrize("status", [400, 404])
def test_a_wrong_expired_or_used_code_is_a_refused_grant(status: int) -> None:
    answer = refused(status, "unprocessable_entity", f"{CODE} has expired")
    with pytest.raises(GrantRefused) as refusal:
        connection(StubUpstream(answer)).exchange(exchanging(CODE))
    assert CODE not in str(refusal.value)


@pytest.mark.parametrize("status", [401, 403, 415, 422, 204])
def test_other_refusals_are_not_blamed_on_the_code(status: int) -> None:
    with pytest.raises(UpstreamRefused) as refusal:
        connection(StubUpstream(empty(status))).exchange(exchanging(CODE))
    assert status == refusal.value.status


def test_the_callback_goes_before_the_token() -> None:
    hubrise = StubUpstream(empty())
    connection(hubrise, hubrise).release(GRANT, None)
    assert ["DELETE /v1/callback", "POST /oauth2/v1/revoke"] == hubrise.lines
    assert {"token": TOKEN} == form(hubrise.sent[1])


def test_a_token_is_revoked_by_basic_authentication_whatever_the_exchange_uses() -> None:
    manager = StubUpstream(empty())
    connection(manager, StubUpstream(empty()), in_form=True).release(GRANT, None)
    assert manager.sent[0].headers["Authorization"].startswith("Basic ")
    assert {"token": TOKEN} == form(manager.sent[0])


@pytest.mark.parametrize("callback_status", [200, 401, 403, 404, 422])
@pytest.mark.parametrize("revoke_status", [200, 204, 400, 404, 422])
def test_what_is_gone_already_is_disconnected(callback_status: int, revoke_status: int) -> None:
    manager = StubUpstream(empty(revoke_status))
    connection(manager, StubUpstream(empty(callback_status))).release(GRANT, None)
    assert ["POST /oauth2/v1/revoke"] == manager.lines


@pytest.mark.parametrize("status", [401, 403, 415])
def test_a_revocation_that_is_refused_is_told(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        connection(StubUpstream(empty(status)), StubUpstream(empty())).release(GRANT, None)


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_dead_already_need_not_be_revoked(status: int) -> None:
    dead = StubUpstream(refused(401, "unauthorized"))
    connection(StubUpstream(empty(status)), dead).release(GRANT, None)


def test_nothing_of_an_earlier_grant_is_needed_for_a_new_one() -> None:
    new = Grant({"token": "another"}, {"locationId": "q4z7m-3"})
    assert new == connection().merged(GRANT, new) == connection().merged(None, new)


def test_while_the_callback_cannot_be_removed_the_token_is_kept() -> None:
    manager = StubUpstream(empty())
    down = StubUpstream(UpstreamUnavailable("hubrise", "answered 503"))
    with pytest.raises(UpstreamUnavailable):
        connection(manager, down).release(GRANT, None)
    assert [] == manager.sent


def test_another_token_replaces_the_old_one_which_is_revoked() -> None:
    manager = StubUpstream(empty())
    new = Grant({"token": "another"}, GRANT.details)
    connection(manager, StubUpstream(empty())).release(GRANT, new)
    assert {"token": TOKEN} == form(manager.sent[0])


def test_the_same_token_again_is_not_revoked() -> None:
    connection().release(GRANT, Grant({"token": TOKEN}, {"locationId": "q4z7m-3"}))
