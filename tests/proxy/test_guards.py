"""Who sent a callback, and whether a browser's request was caused by another site."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from proxy.http.guards import client_address, is_cross_site, is_from, source_of

LISTED = frozenset({"https://market.example", "http://localhost:3000"})
PEER = "192.0.2.200"


@pytest.mark.parametrize(
    ("hops", "forwarded_for", "expected"),
    [
        (0, None, PEER),
        (0, "203.0.113.7", PEER),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (1, "spoofed, 203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1,203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1,\t 203.0.113.7 \t", "203.0.113.7"),
        (2, "203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (3, "1.1.1.1, 203.0.113.7, 10.0.0.2, 10.0.0.1", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "2001:DB8:0:0::7", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7:65535", "203.0.113.7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        (1, "2001:db8::7:4711", "2001:db8::7:4711"),
        (2, "203.0.113.7:4711, [2001:db8::1]:443", "203.0.113.7"),
    ],
)
def test_the_outermost_trusted_entry_is_the_sender(
    hops: int, forwarded_for: str | None, expected: str
) -> None:
    assert ip_address(expected) == client_address(forwarded_for, PEER, hops)


@pytest.mark.parametrize(
    ("hops", "forwarded_for"),
    [
        (1, None),
        (1, ""),
        (1, " "),
        (1, "203.0.113.7,"),
        (1, "203.0.113.7, "),
        (1, "unknown"),
        (1, '"203.0.113.7"'),
        (1, "203.0.113.7:"),
        (1, "203.0.113.7:0"),
        (1, "203.0.113.7:65536"),
        (1, "203.0.113.7:123456"),
        (1, "203.0.113.7:x"),
        (1, "203.0.113.7:-1"),
        (1, "203.0.113.7:\u0661"),
        (1, "203.0.113.7:4711:1"),
        (1, "203.0.113.7: 4711"),
        (1, ":4711"),
        (1, "[203.0.113.7]:4711"),
        (1, "[2001:db8::7"),
        (1, "2001:db8::7]"),
        (1, "[2001:db8::7]4711"),
        (1, "[2001:db8::7]:"),
        (1, "[[2001:db8::7]]"),
        (1, "[]:4711"),
        (1, "::ffff:203.0.113.7:4711"),
        (1, "2001:db8::7%eth0"),
        (1, "[fe80::7%1]:4711"),
        (2, "203.0.113.7:4711, 10.0.0.1:x"),
        (1, "203.0.113.007"),
        (1, "203.0.113"),
        (1, "3405803783"),
        (1, "203.0.113.7/32"),
        (1, "for=203.0.113.7"),
        (1, "203.0.113.7;10.0.0.1"),
        (1, "203.0.113.7 10.0.0.1"),
        (1, "\u0662\u0660\u0663.0.113.7"),
        (2, "203.0.113.7"),
        (2, "203.0.113.7, odd"),
        (2, "odd, 10.0.0.1"),
        (3, "203.0.113.7, 10.0.0.1"),
    ],
)
def test_a_chain_that_cannot_be_trusted_gives_no_address(
    hops: int, forwarded_for: str | None
) -> None:
    assert client_address(forwarded_for, PEER, hops) is None


@pytest.mark.parametrize("peer", [None, "", "not-an-address"])
def test_without_a_proxy_an_unknown_peer_gives_no_address(peer: str | None) -> None:
    assert client_address("203.0.113.7", peer, 0) is None


def test_a_dual_stack_peer_counts_as_ipv4() -> None:
    assert ip_address("203.0.113.7") == client_address(None, "::ffff:203.0.113.7", 0)


@given(st.none() | st.text(), st.none() | st.text(), st.integers(0, 10))
def test_any_chain_gives_an_address_or_none(
    forwarded_for: str | None, peer: str | None, hops: int
) -> None:
    address = client_address(forwarded_for, peer, hops)
    assert address is None or ip_address(str(address)) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", True),
        ("198.51.100.9", True),
        ("198.52.0.1", False),
        ("203.0.113.8", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
    ],
)
def test_a_sender_must_lie_in_a_listed_network(address: str, expected: bool) -> None:
    networks = [ip_network(text) for text in ("203.0.113.7", "198.51.100.0/24", "2001:db8::/32")]
    assert expected == is_from(ip_address(address), networks)


def test_an_unknown_sender_lies_in_no_network() -> None:
    assert not is_from(None, [ip_network("0.0.0.0/0")])


@pytest.mark.parametrize(
    ("method", "origin", "fetch_site", "expected"),
    [
        # A listed origin is ours, whatever else is said.
        ("POST", "https://market.example", "cross-site", False),
        ("POST", "https://market.example", None, False),
        ("POST", "HTTPS://Market.Example", "cross-site", False),
        ("GET", "http://localhost:3000", "same-site", False),
        # The browser's own word comes next.
        ("POST", None, "same-origin", False),
        ("POST", None, "none", False),
        ("POST", "https://other.example", "same-origin", False),
        ("POST", None, "same-site", True),
        ("POST", None, "cross-site", True),
        ("GET", None, "cross-site", True),
        ("GET", None, "same-site", True),
        ("POST", None, "", True),
        ("POST", None, "Same-Origin", True),
        ("POST", None, "nonsense", True),
        # Without it, an origin that is not listed is foreign.
        ("POST", "https://other.example", None, True),
        ("GET", "https://other.example", None, True),
        ("POST", "https://market.example.evil.example", None, True),
        ("POST", "http://market.example", None, True),
        ("POST", "https://market.example:8443", None, True),
        ("POST", "null", None, True),
        ("POST", "", None, True),
        # With neither, only reading is allowed.
        ("GET", None, None, False),
        ("HEAD", None, None, False),
        ("POST", None, None, True),
        ("DELETE", None, None, True),
        ("OPTIONS", None, None, True),
    ],
)
def test_a_request_of_another_site_is_recognised(
    method: str, origin: str | None, fetch_site: str | None, expected: bool
) -> None:
    given_headers = {"Origin": origin, "Sec-Fetch-Site": fetch_site}
    headers = Headers([(name, text) for name, text in given_headers.items() if text is not None])
    assert expected == is_cross_site(method, headers, LISTED)


def test_without_listed_origins_only_the_same_origin_is_ours() -> None:
    headers = Headers({"Origin": "https://market.example"})
    assert is_cross_site("POST", headers, frozenset())


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff::", "2001:db8:0:1::/64"),
        ("nobody knows", "unknown"),
    ],
)
def test_requests_are_counted_by_address_and_by_network(address: str, source: str) -> None:
    assert source == source_of(client_address(None, address, 0))
