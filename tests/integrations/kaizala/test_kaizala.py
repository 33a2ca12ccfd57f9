"""Kaizala's answers, its tokens' ends, and its settings."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.kaizala import Kaizala, build
from proxy.vendors import (
    Answer,
    Principal,
    SettingsReader,
    TokenInvalid,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
)
from sandbox import kaizala as simulated
from sandbox.server import Server

SETTINGS = {
    "KAIZALA_BASE_URL": "https://kaizala.example",
    "KAIZALA_ACTION_PACKAGES": f"{simulated.ACTION_PACKAGE}, com.example.second",
}


class FixedUpstream(Upstream):
    """Gives one answer, whatever is asked."""

    def __init__(self, status: int, document: object) -> None:
        self.name = "kaizala"
        self.base_url = "https://kaizala.example"
        self._status = status
        self._body = document if isinstance(document, bytes) else json.dumps(document).encode()

    def request(self, *_: Any, **__: Any) -> Answer:
        """Return the answer."""
        return Answer(self.name, self._status, self._body)


def asking(status: int, document: object) -> Kaizala:
    return kaizala_at(FixedUpstream(status, document))


def kaizala_at(upstream: Upstream) -> Kaizala:
    return Kaizala(
        upstream=upstream,
        token_header="accessToken",
        action_packages=frozenset({simulated.ACTION_PACKAGE}),
        cache_seconds=60,
    )


@pytest.fixture
def service() -> Iterator[tuple[simulated.Kaizala, Kaizala]]:
    """Return a simulated Kaizala, and our client of it over HTTP."""
    vendor = simulated.Kaizala()
    with vendor, Server(vendor.app) as server:
        upstreams = Upstreams("tests", lambda *_: None)
        yield vendor, kaizala_at(upstreams.at("kaizala", server.url))


Service = tuple[simulated.Kaizala, Kaizala]


def test_a_cards_token_gives_all_five_claims(service: Service) -> None:
    vendor, client = service
    person = vendor.people[0]
    claims = {
        "id": person.id,
        "name": person.name,
        "phoneNumber": person.phone_number,
        "pictureUrl": person.picture_url,
        "actionPackageId": simulated.ACTION_PACKAGE,
    }
    expected = Principal(person.id, simulated.ACTION_PACKAGE, claims)
    assert expected == client.introspect(vendor.service_token(person))


def test_a_connectors_token_has_no_audience(service: Service) -> None:
    vendor, client = service
    assert "" == client.introspect(vendor.connector_token(vendor.people[0])).audience


@pytest.mark.parametrize("refusal", ["401", "200"])
def test_an_expired_token_is_invalid_however_it_is_told(service: Service, refusal: Any) -> None:
    vendor, client = service
    token = vendor.service_token(vendor.people[0])
    vendor.expire(token)
    vendor.refusal = refusal
    with pytest.raises(TokenInvalid):
        client.introspect(token)


def test_a_user_who_moved_is_not_followed(service: Service) -> None:
    vendor, client = service
    vendor.refusal = "308"
    with pytest.raises(UpstreamUnavailable):
        client.introspect("unknown")


@pytest.mark.parametrize("mode", ["error", "reset", "rate-limit", "garbage"])
def test_a_broken_service_is_unavailable(service: Service, mode: Any) -> None:
    vendor, client = service
    vendor.faults.mode = mode
    with pytest.raises(UpstreamUnavailable):
        client.introspect(vendor.service_token(vendor.people[0]))


def test_the_wait_that_kaizala_asks_for_is_passed_on(service: Service) -> None:
    vendor, client = service
    vendor.faults.mode = "rate-limit"
    with pytest.raises(UpstreamUnavailable) as caught:
        client.introspect("any")
    assert simulated.vendor.RETRY_AFTER_SECONDS == caught.value.retry_after


@pytest.mark.parametrize(
    "document",
    [
        {"errorCode": "InvalidToken"},
        {"ErrorCode": "Unauthenticated"},
        {"errorcode": "InvalidParameters"},
        {"errorCode": "Anything", "errorCategoryKey": "AuthException"},
        {"id": "user-1", "actionPackageId": simulated.ACTION_PACKAGE, "errorCode": "InvalidToken"},
    ],
)
def test_a_success_with_a_tokens_error_code_is_a_refusal(document: dict[str, str]) -> None:
    with pytest.raises(TokenInvalid):
        asking(200, document).introspect("t")


def test_a_success_with_another_error_code_is_kaizalas_own_failure() -> None:
    with pytest.raises(UpstreamUnavailable):
        asking(200, {"id": "user-1", "errorCode": "InternalError"}).introspect("t")


@pytest.mark.parametrize("user_id", [None, "", 7, ["a"]])
def test_a_user_without_id_vouches_for_nobody(user_id: object) -> None:
    document = {"id": user_id, "actionPackageId": simulated.ACTION_PACKAGE}
    with pytest.raises(UpstreamUnavailable):
        asking(200, document).introspect("t")


def test_an_action_package_of_another_type_is_none() -> None:
    principal = asking(200, {"id": "u", "actionPackageId": [simulated.ACTION_PACKAGE]})
    assert "" == principal.introspect("t").audience


def test_a_phone_number_may_be_missing() -> None:
    principal = asking(200, {"id": "u", "phoneNumber": None}).introspect("t")
    assert {"id": "u"} == principal.claims


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_token_is_invalid_whatever_the_body(status: int) -> None:
    with pytest.raises(TokenInvalid):
        asking(status, b"<html>").introspect("t")


def test_a_missing_route_is_no_judgement_of_the_token() -> None:
    with pytest.raises(UpstreamRefused):
        asking(404, {}).introspect("t")


@given(
    document=st.recursive(
        st.none() | st.text() | st.integers(),
        lambda j: (
            st.lists(j)
            | st.dictionaries(
                st.text() | st.sampled_from(["id", "actionPackageId", "errorCode"]), j
            )
        ),
    )
)
def test_no_answer_makes_a_defect(document: object) -> None:
    try:
        principal = asking(200, document).introspect("t")
    except (TokenInvalid, UpstreamUnavailable):
        return
    assert principal.id


def jwt(claims: object) -> str:
    body = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{body}.c2ln"


def test_the_end_of_a_token_is_read_from_it() -> None:
    assert 1_800_000_000.0 == asking(200, {}).ends_at(jwt({"exp": 1_800_000_000}))


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b",
        "a.!!!.c",
        jwt([]),
        jwt({}),
        jwt({"exp": "soon"}),
        jwt({"exp": True}),
        jwt({"exp": 1e300}),
        "e30." + "W" * 4000 + ".c2ln",
    ],
)
def test_a_token_that_tells_no_end_has_none(token: str) -> None:
    assert None is asking(200, {}).ends_at(token)


@given(st.text(max_size=60))
def test_no_token_makes_a_defect(token: str) -> None:
    end = asking(200, {}).ends_at(token)
    assert end is None or isinstance(end, float)


def problems_of(**changed: str | None) -> list[str]:
    variables = {k: v for k, v in {**SETTINGS, **changed}.items() if v is not None}
    reader = SettingsReader(variables)
    build(reader, Upstreams("tests", lambda *_: None))
    return reader.problems


def test_complete_settings_have_no_problem() -> None:
    assert [] == problems_of()


def test_every_listed_action_package_counts() -> None:
    reader = SettingsReader(SETTINGS)
    (vendor,) = build(reader, Upstreams("tests", lambda *_: None))
    assert frozenset({simulated.ACTION_PACKAGE, "com.example.second"}) == vendor.audiences


@pytest.mark.parametrize("listed", [None, "", " , "])
def test_an_empty_list_of_action_packages_refuses_to_start(listed: str | None) -> None:
    (problem,) = problems_of(KAIZALA_ACTION_PACKAGES=listed)
    assert problem.startswith("KAIZALA_ACTION_PACKAGES ")


def test_there_is_no_default_host() -> None:
    assert ["KAIZALA_BASE_URL is not set"] == problems_of(KAIZALA_BASE_URL=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAIZALA_BASE_URL", "http://kaizala.example"),
        ("KAIZALA_TOKEN_HEADER", "bad header"),
        ("KAIZALA_CACHE_SECONDS", "1800"),
        ("KAIZALA_CACHE_SECONDS", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    (problem,) = problems_of(**{name: value})
    assert name in problem
