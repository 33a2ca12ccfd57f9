"""Redirects lead where visitors can go, and nobody but a trusted router says where that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxy.passthrough.fields import (
    Address,
    Asked,
    Trust,
    answer_fields,
    asked_for,
    public_location,
    request_head,
)
from proxy.wire.answer_reader import AnswerReader, Field
from proxy.wire.exchange import Head

ASKED = Asked(b"https", b"market.example", b"id-1", b"ours", b"/l?x")
ORIGINS = frozenset({"https://market.example", "https://[2001:db8::1]:8443"})


@pytest.mark.parametrize(
    ("frontend", "told", "shown"),
    [
        ("http://front:3000", "http://front:3000/l?x=1#y", "https://market.example/l?x=1#y"),
        ("http://front:3000", "http://front:3000", "https://market.example"),
        ("http://front:3000", "http://front:3000?x", "https://market.example?x"),
        ("http://front:3000", "HTTP://Front:3000/L", "https://market.example/L"),
        ("http://front:3000", "//front:3000/l", "//market.example/l"),
        ("http://front:3000", "https://front:3000/l", "https://market.example/l"),
        ("http://front", "http://front:80/l", "https://market.example/l"),
        ("http://front:80", "http://front/l", "https://market.example/l"),
        ("https://front", "https://front:443/l", "https://market.example/l"),
        ("http://[::1]:3000", "http://[::1]:3000/l", "https://market.example/l"),
        ("http://[::1]", "http://[::1]:80/l", "https://market.example/l"),
        ("http://front/shop", "http://front/shop/l", "https://market.example/l"),
        ("http://front/shop/", "http://front/shop", "https://market.example/"),
        ("http://front/shop", "/shop/l?x", "/l?x"),
        ("http://front/shop", "/shop?x", "?x"),
        # What is a path below another one would be another host's address without that.
        ("http://front/shop", "/shop//evil.example/l", "/.//evil.example/l"),
        ("http://front/shop", "/shop/\\evil.example/l", "/./\\evil.example/l"),
        ("http://front/shop", "/shop/\t/evil.example/l", "/./\t/evil.example/l"),
    ],
)
def test_the_frontends_own_address_becomes_the_public_one(
    frontend: str, told: str, shown: str
) -> None:
    assert shown.encode() == public_location(told.encode(), ASKED, Address.of(frontend))


@pytest.mark.parametrize(
    ("frontend", "told", "shown"),
    [
        # As express-enforces-ssl builds it: its own Host, and what was asked for.
        ("http://front:4000", "https://front:4000/l?x", "https://market.example/l?x"),
        ("https://front", "https://front/l?x", "https://market.example/l?x"),
        ("http://front:4000", "https://front:4000/en", "https://market.example/en"),
        # Its own address, and no wish: back to how the visitor came.
        ("https://front", "https://front/en", "http://market.example/en"),
        ("http://front:4000", "http://front:4000/l?x", "http://market.example/l?x"),
        ("https://front", "//front/l?x", "//market.example/l?x"),
    ],
)
def test_a_frontend_that_wants_tls_gets_it(frontend: str, told: str, shown: str) -> None:
    asked = replace(ASKED, scheme=b"http")
    assert shown.encode() == public_location(told.encode(), asked, Address.of(frontend))


@pytest.mark.parametrize("host", ["market.example", "market.example:80"])
def test_who_is_sent_to_tls_takes_no_port_of_http_along(host: str) -> None:
    asked = replace(ASKED, scheme=b"http", host=host.encode())
    shown = public_location(b"https://front/l?x", asked, Address.of("http://front"))
    assert b"https://market.example/l?x" == shown


@pytest.mark.parametrize("base", ["", "/shop"])
@pytest.mark.parametrize(
    "told",
    [
        "https://elsewhere.example/http://front:3000/",
        "http://front/l",
        "http://front:3001/l",
        "http://front:3000.elsewhere.example/",
        "http://user@front:3000/l",
        "http://user:pass@front:3000/l",
        "http://front:3000@elsewhere.example/",
        "http://[::1/l",
        "ftp://front:3000/l",
        "http:/front:3000/l",
        "/login?next=http://front:3000/",
        "relative/path",
        "",
        "/\u00e9",
    ],
)
def test_every_other_address_stays_as_it_is(told: str, base: str) -> None:
    location = told.encode("latin-1")
    assert location == public_location(location, ASKED, Address.of(f"http://front:3000{base}"))


@pytest.mark.parametrize("told", ["http://front/l", "/l", "/shopping", "http://front/shopping"])
def test_what_lies_outside_the_frontends_path_stays_as_it_is(told: str) -> None:
    assert told.encode() == public_location(told.encode(), ASKED, Address.of("http://front/shop"))


def _trust(hops: int) -> Trust:
    return Trust(hops, ORIGINS, b"ours")


def _head(*fields: tuple[str, str]) -> Head:
    found: list[Field] = [(name.encode(), value.encode()) for name, value in fields]
    return Head("GET", b"/", None, [(b"host", b"inner:5000"), *found], "1.1", keeps_alive=True)


@pytest.mark.parametrize(
    ("told", "scheme"),
    [
        ("https", b"https"),
        ("HTTPS", b"https"),
        ('"https"', b"https"),
        ("http, https", b"https"),
        ("https ,\thttp", b"http"),
        ("gopher", b"http"),
        ("", b"http"),
        ("https\u00a0", b"http"),
    ],
)
def test_the_router_tells_the_scheme(told: str, scheme: bytes) -> None:
    asked = asked_for(_head(("x-forwarded-proto", told)), _trust(1), "id")
    assert scheme == asked.scheme


@pytest.mark.parametrize(
    ("hops", "told", "scheme"),
    [(0, "https", b"http"), (2, "https, http", b"https"), (2, "https", b"https")],
)
def test_as_many_routers_are_believed_as_there_are(hops: int, told: str, scheme: bytes) -> None:
    asked = asked_for(_head(("x-forwarded-proto", told)), _trust(hops), "id")
    assert scheme == asked.scheme


@pytest.mark.parametrize(
    ("told", "host"),
    [
        ("market.example", b"market.example"),
        ("Market.Example", b"market.example"),
        ('"market.example"', b"market.example"),
        ("market.example:443", b"market.example:443"),
        ("evil.example, market.example", b"market.example"),
        ("[2001:db8::1]:8443", b"[2001:db8::1]:8443"),
        ("market.example, evil.example", b"inner:5000"),
        ("evil.example", b"inner:5000"),
        ("market.example:8443", b"inner:5000"),
        ("market.example.evil.example", b"inner:5000"),
        ("market.example/x", b"inner:5000"),
        ("user@market.example", b"inner:5000"),
        ("[2001:db8::1]", b"inner:5000"),
        ("market.example:", b"market.example:"),
        ("", b"inner:5000"),
    ],
)
def test_a_host_is_believed_when_it_is_the_marketplaces_own(told: str, host: bytes) -> None:
    head = _head(("x-forwarded-proto", "https"), ("x-forwarded-host", told))
    assert host == asked_for(head, _trust(1), "id").host


def test_without_a_router_no_host_is_believed() -> None:
    head = _head(("x-forwarded-proto", "https"), ("x-forwarded-host", "market.example"))
    assert b"inner:5000" == asked_for(head, _trust(0), "id").host


def test_what_the_connection_field_names_goes_no_further() -> None:
    head = _head(
        ("connection", "close, X-Secret"),
        ("connection", "x-other"),
        ("x-secret", "1"),
        ("x-other", "2"),
        ("x-kept", "3"),
    )
    sent = request_head(head, b"", b"front", ASKED, "192.0.2.1", ()).lower()
    assert (False, False, True) == (b"x-secret" in sent, b"x-other" in sent, b"x-kept" in sent)


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "x-forwarded-host", "x-request-id", "host", "cdn-loop"]
)
def test_the_connection_field_takes_nothing_away_that_we_tell(name: str) -> None:
    sent = request_head(_head(("connection", name)), b"", b"front", ASKED, "192.0.2.1", ()).lower()
    assert f"\r\n{name}: ".encode() in sent


def _answered(*lines: str) -> list[Field]:
    reader = AnswerReader("GET")
    reader.feed("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode())
    return answer_fields(reader, ASKED, Address.of("http://front"))


def test_the_frontends_own_date_and_request_id_are_kept() -> None:
    fields = [(b"Date", b"yesterday"), (b"X-Request-Id", b"its own")]
    assert fields == _answered("Date: yesterday", "X-Request-Id: its own")


@pytest.mark.parametrize("lines", [(), ("Date: ", "X-Request-Id: ")], ids=["none", "empty"])
def test_an_answer_without_date_and_request_id_gets_ours(lines: tuple[str, ...]) -> None:
    """RFC 9110 6.6.1: whoever has a clock adds the date."""
    (first, _), second = _answered(*lines)
    assert (b"date", (b"X-Request-Id", b"id-1")) == (first, second)


def test_what_is_for_one_connection_only_stands_for_nothing() -> None:
    private = ("Connection: Date, X-Request-Id", "Date: yesterday", "X-Request-Id: its own")
    (date, when), number = _answered(*private)
    assert (b"date", False, (b"X-Request-Id", b"id-1")) == (date, when == b"yesterday", number)


def test_the_frontends_framing_is_replaced() -> None:
    assert b"content-length" not in [name.lower() for name, _ in _answered("Content-Length: 0")]
