"""The simulated Netverify v4: what it accepts when a check is started."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hops import HopLog
from sandbox.jumio import Jumio
from tests.sandbox.jumio_callers import (
    NETVERIFY_BODY,
    Headers,
    NetverifyCaller,
)

NOW = 1_790_000_000.25


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(HopLog(), clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> NetverifyCaller:
    return NetverifyCaller(jumio)


def test_initiate_answers_with_the_three_documented_members(caller: NetverifyCaller) -> None:
    answer = caller.initiate().get_json()

    assert {"timestamp", "redirectUrl", "transactionReference"} == set(answer)
    assert "2026-09-21T14:13:20.250Z" == answer["timestamp"]
    assert 36 == len(answer["transactionReference"])


def test_redirect_url_has_token_and_locale(caller: NetverifyCaller) -> None:
    caller.jumio.base_url = "http://127.0.0.1:8123"

    address = caller.initiate(NETVERIFY_BODY | {"locale": "pt-BR"}).get_json()["redirectUrl"]

    assert address.startswith("http://127.0.0.1:8123/web/v4/app?authorizationToken=eyJ")
    assert address.endswith("&locale=pt-BR")


def test_every_documented_field_is_accepted_at_its_limit(caller: NetverifyCaller) -> None:
    loopback = "http://127.0.0.1:5000/"
    preset = {"index": 1, "country": "XKX", "type": "ID_CARD"}

    reference = caller.start(
        customerInternalReference="c" * 100,
        userReference="u" * 100,
        reportingCriteria="r" * 100,
        successUrl=loopback.ljust(2047, "s"),
        errorUrl=loopback.ljust(255, "e"),
        callbackUrl=loopback.ljust(255, "c"),
        workflowId=202,
        presets=[preset],
        locale="zh-CN",
        tokenLifetimeInMinutes=86_400,
    )

    transaction = caller.jumio.transactions[reference]
    assert transaction.user_reference == "u" * 100
    assert transaction.token_expires_at == NOW + 86_400 * 60


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customerInternalReference", "c" * 101),
        ("customerInternalReference", ""),
        ("customerInternalReference", None),
        ("userReference", "u" * 101),
        ("userReference", 12),
        ("userReference", "line\nbreak"),
        ("reportingCriteria", "r" * 101),
        ("successUrl", "https://shop.example/".ljust(2048, "s")),
        ("errorUrl", "https://shop.example/".ljust(256, "s")),
        ("callbackUrl", "https://shop.example/".ljust(256, "s")),
        ("workflowId", 300),
        ("workflowId", "200"),
        ("workflowId", True),
        ("presets", []),
        ("presets", {"index": 1}),
        ("presets", [{"index": 1, "country": "AUT"}]),
        ("presets", [{"index": 2, "country": "AUT", "type": "PASSPORT"}]),
        ("presets", [{"index": True, "country": "AUT", "type": "PASSPORT"}]),
        ("presets", [{"index": 1, "country": "AT", "type": "PASSPORT"}]),
        ("presets", [{"index": 1, "country": "AUT", "type": "VISA"}]),
        ("locale", "english"),
        ("locale", "EN"),
        ("tokenLifetimeInMinutes", 4),
        ("tokenLifetimeInMinutes", 86_401),
        ("tokenLifetimeInMinutes", 30.5),
        ("tokenLifetimeInMinutes", "30"),
        ("userreference", "misspelt"),
        ("merchantIdScanReference", "of version 3"),
    ],
)
def test_wrong_field_is_400_and_named(caller: NetverifyCaller, field: str, value: object) -> None:
    answer = caller.initiate(NETVERIFY_BODY | {field: value})

    assert (400, "400") == (answer.status_code, answer.get_json()["httpStatus"])
    message = answer.get_json()["message"]
    assert any(name in message for name in (field, "index", "country", "type"))
    assert 0 == caller.jumio.initiations


@pytest.mark.parametrize("field", ["customerInternalReference", "userReference"])
def test_missing_reference_is_400(caller: NetverifyCaller, field: str) -> None:
    body = {name: value for name, value in NETVERIFY_BODY.items() if name != field}

    assert f"{field} is missing" == caller.initiate(body).get_json()["message"]


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/api/callbacks/jumio",
        "https://xn--bcher-kva.example/a/b~c_d.e",
        "http://127.0.0.1:5000/callback",
        "http://localhost:5000/callback",
        "http://[::1]:5000/callback",
    ],
)
def test_callback_url_is_accepted(caller: NetverifyCaller, url: str) -> None:
    reference = caller.start(callbackUrl=url)

    assert url == caller.jumio.transactions[reference].callback_url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/callback",
        "ftp://shop.example/callback",
        "https://shop.example:8443/callback",
        "https://shop.example:/callback",
        "https://shop.example/callback?token=1",
        "https://shop.example/callback?",
        "https://shop.example/callback#part",
        "https://203.0.113.5/callback",
        "https://[2001:db8::5]/callback",
        "https://user:pass@shop.example/callback",
        "https://user@shop.example/callback",
        "https://bücher.example/callback",
        "https://shop.example/rückruf",
        "https://shop.example/call back",
        "https://shop_1.example/callback",
        "https://intranet/callback",
        "https:///callback",
        "https://[broken/callback",
        "/callback",
        "http://127.0.0.1:5000/callback?token=1",
        "http://127.0.0.1:99999/callback",
    ],
)
@pytest.mark.parametrize("field", ["callbackUrl", "successUrl", "errorUrl"])
def test_url_outside_the_portal_rules_is_400(caller: NetverifyCaller, field: str, url: str) -> None:
    answer = caller.initiate(NETVERIFY_BODY | {field: url})

    assert 400 == answer.status_code
    assert answer.get_json()["message"].startswith(field)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{",
        b"\xff{}",
        b"[" * 50_000,
    ],
)
def test_body_that_is_no_json_object_is_400(caller: NetverifyCaller, body: bytes) -> None:
    assert 400 == caller.initiate(body).status_code


@pytest.mark.parametrize("member", ['"userReference": "again"', '"workflowId": NaN'])
def test_repeated_member_and_nan_are_no_json(caller: NetverifyCaller, member: str) -> None:
    answer = caller.initiate(f"{json.dumps(NETVERIFY_BODY)[:-1]}, {member}}}")

    assert "The body is not valid JSON" == answer.get_json()["message"]


@given(
    body=st.binary(min_size=1, max_size=200) | st.dictionaries(st.text(), st.text()).map(json.dumps)
)
def test_no_body_breaks_the_vendor(body: str | bytes) -> None:
    caller = NetverifyCaller(Jumio())

    assert 400 == caller.initiate(body).status_code


@given(value=st.text(max_size=300))
def test_any_url_is_accepted_or_refused(value: str) -> None:
    caller = NetverifyCaller(Jumio())

    assert caller.initiate(NETVERIFY_BODY | {"callbackUrl": value}).status_code in {200, 400}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": None},
        {"User-Agent": " "},
        {"User-Agent": "python-requests/2.32.4"},
        {"User-Agent": "curl/8.5.0"},
        {"Accept": None},
        {"Accept": "*/*"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_missing_or_suspicious_header_is_403(caller: NetverifyCaller, headers: Headers) -> None:
    assert 403 == caller.initiate(headers=headers).status_code


def test_no_basic_authentication_is_403(caller: NetverifyCaller) -> None:
    answer = caller.http.post(
        "/api/v4/initiate",
        json=NETVERIFY_BODY,
        headers={"Accept": "application/json", "User-Agent": "Example Shop/1.0"},
    )

    assert 403 == answer.status_code


def test_wrong_credentials_are_401(caller: NetverifyCaller) -> None:
    token, secret = caller.jumio.api_token, caller.jumio.api_secret

    assert 401 == caller.initiate(auth=(token, "wrong")).status_code
    assert 401 == caller.initiate(auth=("wröng", secret)).status_code


def test_calls_and_hops_are_recorded() -> None:
    hops = HopLog()
    caller = NetverifyCaller(Jumio(hops))

    caller.initiate(NETVERIFY_BODY | {"userReference": "u" * 99})

    assert ["POST /api/v4/initiate"] == caller.jumio.calls
    [hop] = hops.since(0)
    assert ("proxy", "Jumio", 200) == (hop.caller, hop.callee, hop.status)
    assert "userReference 99 characters" == hop.note


def test_rate_limit_uses_the_documented_body(caller: NetverifyCaller) -> None:
    caller.jumio.faults.mode = "rate-limit"

    answer = caller.initiate()

    assert 429 == answer.status_code
    assert {
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Request limit exceeded",
    } == answer.get_json()


def test_unknown_path_and_wrong_method_are_refused_in_json(caller: NetverifyCaller) -> None:
    assert "404" == caller.http.get("/api/netverify/v3").get_json()["httpStatus"]
    assert "405" == caller.http.get("/api/v4/initiate").get_json()["httpStatus"]
