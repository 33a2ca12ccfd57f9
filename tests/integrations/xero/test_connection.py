"""Which organisation is connected, and what is given back when it is not wanted any more."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.xero.connection import _event_id
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    ConnectionLost,
    ExchangeRequest,
    Grant,
    GrantRefused,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.integrations.xero.fakes import (
    CONNECTION_ID,
    DETAILS,
    EVENT_ID,
    answered,
    connection,
    grant,
    tenant,
    token,
)

REQUEST = ExchangeRequest("code-1", "https://proxy.example/return", "verifier-1")
LISTED = f"GET /connections?authEventId={EVENT_ID}"
DELETED = f"DELETE /connections/{CONNECTION_ID}"
REVOKED = "POST /connect/revocation"
GONE = Answer("xero", 204, b"")
ELSEWHERE = Grant({"token": "t2", "refreshToken": "r2"}, {"connectionId": str(uuid4())})


def token_answer(**changes: object) -> Answer:
    document = {
        "access_token": token(authentication_event_id=EVENT_ID),
        "expires_in": 1800,
        "token_type": "Bearer",
        "refresh_token": "r1",
        "scope": "offline_access accounting.invoices",
    }
    return answered({n: v for n, v in (document | changes).items() if v is not None})


def test_the_consent_page_is_asked_with_pkce() -> None:
    asked = AuthorizeRequest("https://proxy.example/return", "state-1", "tag", {}, "challenge-1")
    address = urlsplit(connection()[0].authorize_url(asked))
    expected = {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "https://proxy.example/return",
        "scope": "offline_access accounting.invoices",
        "state": "state-1",
        "code_challenge": "challenge-1",
        "code_challenge_method": "S256",
    }
    assert expected == dict(parse_qsl(address.query))


def test_the_organisation_of_this_very_authorization_is_connected() -> None:
    vendor, upstream = connection(token_answer(), answered([tenant()]))
    granted = vendor.exchange(REQUEST)
    assert ["POST /connect/token", LISTED] == upstream.lines
    assert (DETAILS, 1800) == (granted.details, granted.lives_seconds)


def test_of_several_organisations_the_first_is_connected() -> None:
    listed = [tenant(), tenant(id=str(uuid4()), tenantName="Other")]
    vendor, _ = connection(token_answer(), answered(listed))
    assert DETAILS == vendor.exchange(REQUEST).details


def test_an_organisation_that_was_connected_before_is_told_by_being_the_only_one() -> None:
    vendor, upstream = connection(token_answer(), answered([]), answered([tenant()]))
    assert DETAILS == vendor.exchange(REQUEST).details
    assert "GET /connections" == upstream.lines[-1]


def test_a_token_that_says_nothing_of_its_authorization_leaves_the_only_organisation() -> None:
    vendor, upstream = connection(token_answer(access_token="opaque"), answered([tenant()]))
    assert DETAILS == vendor.exchange(REQUEST).details
    assert "GET /connections" == upstream.lines[-1]


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [tenant(), tenant(id=str(uuid4()))],
        [tenant(tenantType="PRACTICE")],
        [tenant(tenantId="../x")],
        [tenant(id=None), "x", None],
    ],
)
def test_an_organisation_that_cannot_be_told_is_not_connected(listed: list[Any]) -> None:
    """Nothing is revoked: an older connection of this person would end with it."""
    vendor, upstream = connection(token_answer(), answered([]), answered(listed))
    with pytest.raises(GrantRefused):
        vendor.exchange(REQUEST)
    assert REVOKED not in upstream.lines


@given(st.text() | st.text("abc.=-_", max_size=30))
def test_any_token_says_an_authorization_or_nothing(text: str) -> None:
    assert _event_id(text) is None


@pytest.mark.parametrize("claim", [None, 7, "", "../connections", [EVENT_ID], EVENT_ID[:-1]])
def test_an_authorization_is_an_id_or_nothing(claim: object) -> None:
    assert _event_id(token(authentication_event_id=claim)) is None


def test_disconnecting_ends_the_connection_and_then_the_tokens() -> None:
    vendor, upstream = connection(GONE, answered({}))
    vendor.release(grant(), None)
    assert [DELETED, REVOKED] == upstream.lines


@pytest.mark.parametrize("status", [401, 404])
def test_a_connection_that_is_gone_is_no_error(status: int) -> None:
    vendor, upstream = connection(answered({}, status), answered({}))
    vendor.release(grant(), None)
    assert [DELETED, REVOKED] == upstream.lines


def test_another_organisation_is_disconnected_and_nothing_revoked() -> None:
    vendor, upstream = connection(GONE)
    vendor.release(grant(), ELSEWHERE)
    assert [DELETED] == upstream.lines


def test_the_same_organisation_stays_connected() -> None:
    connection()[0].release(grant(), Grant({"token": "t2"}, DETAILS))


def test_a_refusal_to_disconnect_is_told() -> None:
    vendor, _ = connection(answered({}, 400))
    with pytest.raises(UpstreamRefused):
        vendor.release(grant(), None)


def test_while_xero_is_down_nothing_is_given_back() -> None:
    vendor, upstream = connection(UpstreamUnavailable("xero", "answered 503"))
    with pytest.raises(UpstreamUnavailable):
        vendor.release(grant(), None)
    assert [DELETED] == upstream.lines


def test_a_renewed_grant_is_of_the_same_organisation() -> None:
    vendor, _ = connection(token_answer(access_token="t2", refresh_token="r2"))
    renewed = vendor.refresh(grant())
    assert Grant({"token": "t2", "refreshToken": "r2"}, DETAILS, 1800) == renewed


def test_an_organisation_that_left_is_a_lost_connection_and_other_refusals_are_not() -> None:
    gone = answered({"Title": "Forbidden", "Detail": "AuthenticationUnsuccessful"}, 403)
    vendor, _ = connection(gone)
    with pytest.raises(ConnectionLost):
        vendor.complete(grant())
    vendor, _ = connection(answered({"Title": "Forbidden", "Detail": "else"}, 403))
    with pytest.raises(UpstreamRefused):
        vendor.complete(grant())
