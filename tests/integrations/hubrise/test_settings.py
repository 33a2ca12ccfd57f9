"""HubRise as its settings describe it: hosts, scope, authentication, pages, and what is wrong."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from integrations.hubrise import build
from integrations.hubrise.callbacks import HubRiseCallbacks
from integrations.hubrise.connection import HubRiseConnection
from integrations.hubrise.orders import HubRiseOrders
from proxy.vendors import (
    AuthorizeRequest,
    Part,
    ReturnPages,
    SettingsReader,
    Upstream,
    Upstreams,
)
from tests.integrations.hubrise.fakes import (
    GRANT,
    StubUpstream,
    answered,
    exchanging,
    line,
    order,
    sale,
)
from tests.integrations.parts import only, proven

REQUIRED = {"HUBRISE_CLIENT_ID": "73.clients.hubrise.com", "HUBRISE_CLIENT_SECRET": "the secret"}


class StubUpstreams(Upstreams):
    """Makes stub upstreams, which all answer with a token and with an order at once."""

    def __init__(self) -> None:
        self.made: list[StubUpstream] = []

    def at(self, name: str, base_url: str) -> Upstream:
        """Return a stub for `base_url`; `name` is always the vendor's."""
        assert "hubrise" == name
        answer = answered({**order(), "access_token": "token"})
        self.made.append(StubUpstream(answer, base_url=base_url))
        return self.made[-1]


def read(**variables: str) -> tuple[tuple[Part, ...], StubUpstreams, list[str]]:
    reader, upstreams = SettingsReader({**REQUIRED, **variables}), StubUpstreams()
    return build(reader, upstreams), upstreams, reader.problems


def configured(**variables: str) -> tuple[tuple[Part, ...], StubUpstreams]:
    parts, upstreams, problems = read(**variables)
    assert [] == problems
    return parts, upstreams


def asked(parts: tuple[Part, ...]) -> dict[str, str]:
    request = AuthorizeRequest("https://p.example/return", "s", "tag")
    url = only(parts, HubRiseConnection).authorize_url(request)
    return dict(parse_qsl(urlsplit(url).query))


def test_two_settings_are_enough() -> None:
    parts, upstreams = configured()
    assert ({"hubrise"}, "location[orders.write]") == (
        {part.name for part in parts},
        asked(parts)["scope"],
    )
    assert {"https://manager.hubrise.com", "https://api.hubrise.com"} == {
        upstream.base_url for upstream in upstreams.made
    }
    assert ReturnPages(None, None) == only(parts, HubRiseConnection).pages


def test_users_consent_at_the_manager_and_orders_go_to_the_api() -> None:
    parts, upstreams = configured()
    only(parts, HubRiseOrders).create_order(GRANT, sale(line(100)))
    only(parts, HubRiseConnection).exchange(exchanging("code"))
    by_host = {upstream.base_url: upstream.lines for upstream in upstreams.made}
    assert ["POST /oauth2/v1/token"] == by_host["https://manager.hubrise.com"]
    assert "POST /v1/location/orders" == by_host["https://api.hubrise.com"][0]


def test_one_base_url_stands_for_both_hosts() -> None:
    parts, upstreams = configured(HUBRISE_BASE_URL="http://127.0.0.1:8090/")
    assert {"http://127.0.0.1:8090"} == {
        upstream.base_url.rstrip("/") for upstream in upstreams.made
    }
    assert {"hubrise"} == {upstream.name for part in parts for upstream in part.upstreams}


@pytest.mark.parametrize(
    ("how", "fields"),
    [
        ("", {"code"}),
        ("basic", {"code"}),
        ("form", {"code", "client_id", "client_secret"}),
    ],
)
def test_the_exchange_authenticates_as_the_setting_says(how: str, fields: set[str]) -> None:
    parts, upstreams = configured(HUBRISE_TOKEN_AUTH=how)
    only(parts, HubRiseConnection).exchange(exchanging("code"))
    (sent,) = [s for upstream in upstreams.made for s in upstream.sent if s.method == "POST"]
    assert fields == set(dict(parse_qsl((sent.body or b"").decode())))
    assert ("form" != how) == ("Authorization" in sent.headers)


@pytest.mark.parametrize(
    ("scope", "takes_orders"),
    [
        ("location[orders.write,catalog.read],profile", True),
        ("location[orders.read]", False),
        ("account[orders.write]", False),
        ("profile_with_email", False),
    ],
)
def test_the_scope_says_whether_orders_are_taken(scope: str, takes_orders: bool) -> None:
    parts, _ = configured(HUBRISE_SCOPE=scope)
    assert scope == asked(parts)["scope"]
    of_orders = {HubRiseCallbacks, HubRiseOrders} if takes_orders else set()
    assert {HubRiseConnection, *of_orders} == {type(part) for part in parts}


def test_callbacks_are_signed_with_the_client_secret() -> None:
    # printf '{"id":"e1"}' | openssl dgst -sha256 -hmac 'the secret'
    signature = "2fa2764f3077ab464b160f1fe6a2a6361ea89f88916e2994e85dcf976952be55"
    callbacks = only(configured()[0], HubRiseCallbacks)
    assert proven(callbacks, b'{"id":"e1"}', {"X-HubRise-Hmac-SHA256": signature}) is not None


@pytest.mark.parametrize("service_type", ["collection", "delivery", "eat_in"])
def test_orders_are_of_the_service_type_that_is_set(service_type: str) -> None:
    parts, upstreams = configured(HUBRISE_SERVICE_TYPE=service_type)
    only(parts, HubRiseOrders).create_order(GRANT, sale(line(100)))
    (sent,) = [sent for upstream in upstreams.made for sent in upstream.sent]
    assert service_type == sent.document["service_type"]


def test_pages_of_the_operators_own_end_the_trip() -> None:
    parts, _ = configured(
        HUBRISE_SUCCESS_URL="https://market.example/till?a=1",
        HUBRISE_ERROR_URL="https://market.example/oops",
    )
    expected = ReturnPages("https://market.example/till?a=1", "https://market.example/oops")
    assert expected == only(parts, HubRiseConnection).pages


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"HUBRISE_CLIENT_ID": ""}, "HUBRISE_CLIENT_ID is not set"),
        ({"HUBRISE_CLIENT_SECRET": " "}, "HUBRISE_CLIENT_SECRET is not set"),
        ({"HUBRISE_TOKEN_AUTH": "jwt"}, "HUBRISE_TOKEN_AUTH must be one of basic, form"),
        (
            {"HUBRISE_SERVICE_TYPE": "drone"},
            "HUBRISE_SERVICE_TYPE must be one of collection, delivery, eat_in",
        ),
        ({"HUBRISE_SCOPE": "location[orders.admin]"}, "HUBRISE_SCOPE: at character 17:"),
        ({"HUBRISE_SCOPE": "location[orders.read,orders.write]"}, "HUBRISE_SCOPE: at character 22"),
        ({"HUBRISE_BASE_URL": "http://hubrise.example"}, "HUBRISE_BASE_URL: must start with https"),
        ({"HUBRISE_BASE_URL": "https://h.example/?a"}, "HUBRISE_BASE_URL: must be an address"),
        ({"HUBRISE_SUCCESS_URL": "/till"}, "HUBRISE_SUCCESS_URL: must start with https://"),
        ({"HUBRISE_ERROR_URL": "https://m.example/#x"}, "HUBRISE_ERROR_URL: must be an address"),
    ],
)
def test_a_wrong_setting_is_one_problem_that_names_it(
    variables: dict[str, str], problem: str
) -> None:
    (told,) = read(**variables)[2]
    assert told.startswith(problem)


def test_all_problems_are_told_at_once_and_no_secret_in_them() -> None:
    problems = read(
        HUBRISE_CLIENT_ID="",
        HUBRISE_TOKEN_AUTH="the secret",
        HUBRISE_SCOPE="shop[]",
        HUBRISE_BASE_URL="https://u:the-secret@h.example",
    )[2]
    assert 4 == len(problems)
    assert "secret" not in " ".join(problems)


@pytest.mark.parametrize(
    ("setting", "transitions"),
    [
        ("", {"transition/confirm-payment", "transition/accept", "transition/operator-accept"}),
        ("transition/pay", {"transition/pay"}),
        ("transition/pay, transition/approve,", {"transition/pay", "transition/approve"}),
    ],
)
def test_the_setting_says_after_which_transitions_something_is_sold(
    setting: str, transitions: set[str]
) -> None:
    parts, _ = configured(HUBRISE_SALE_TRANSITIONS=setting)
    assert transitions == only(parts, HubRiseOrders).sale_transitions
