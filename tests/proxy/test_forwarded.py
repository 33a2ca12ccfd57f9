"""Which kinds of entries stand in `X-Forwarded-For`, and which number of proxies fits them."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http.forwarded import MOST_ENTRIES, described, fitting_hops, kinds
from proxy.http.guards import client_address, is_from

VENDORS = (ip_network("203.0.113.0/28"), ip_network("2001:db8:7::/48"))
VENDOR, CDN, PRIVATE, OTHER = "203.0.113.7", "104.16.0.9", "10.0.0.1", "198.51.100.1"


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (VENDOR, "vendor"),
        ("2001:db8:7::1", "vendor"),
        ("[2001:db8:7::1]:443", "vendor"),
        ("::ffff:203.0.113.7", "vendor"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("10.1.2.3:5000", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("169.254.1.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("fe80::1", "private"),
        ("173.245.48.1", "cdn"),
        ("2606:4700::1", "cdn"),
        ("151.101.1.1", "cdn"),
        ("2a04:4e42::1", "cdn"),
        (OTHER, "other"),
        ("2a00:1450::1", "other"),
        ("", "unreadable"),
        ("unknown", "unreadable"),
        ("fe80::1%eth0", "unreadable"),
    ],
)
def test_an_entry_is_of_one_kind(entry: str, kind: str) -> None:
    assert (kind,) == kinds(entry, VENDORS)


def test_a_vendor_inside_the_house_is_the_vendor() -> None:
    assert ("vendor",) == kinds("127.0.0.2", [ip_network("127.0.0.2/32")])


def test_without_the_header_there_are_no_kinds() -> None:
    assert () == kinds(None, VENDORS)


def test_of_many_entries_the_last_are_told() -> None:
    many = ", ".join([OTHER] * 5_000 + ["10.0.0.1"] * (MOST_ENTRIES - 1))
    assert ("other", *["private"] * (MOST_ENTRIES - 1)) == kinds(many, VENDORS)


@pytest.mark.parametrize(
    ("entries", "hops"),
    [
        ([VENDOR], 1),
        ([OTHER, VENDOR], 1),
        ([VENDOR, CDN], 2),
        ([VENDOR, CDN, PRIVATE], 3),
        ([VENDOR, "127.0.0.1"], 2),
        ([VENDOR, OTHER], None),
        ([VENDOR, OTHER, CDN], None),
        ([VENDOR, "nonsense"], None),
        ([OTHER], None),
        ([], None),
    ],
)
def test_the_number_that_fits_trusts_nothing_but_proxies(
    entries: list[str], hops: int | None
) -> None:
    assert hops == fitting_hops(kinds(", ".join(entries) if entries else None, VENDORS))


@given(st.lists(st.sampled_from([VENDOR, CDN, PRIVATE, OTHER, "?", ""]), max_size=6))
def test_the_number_that_fits_finds_the_vendor(entries: list[str]) -> None:
    header = ",".join(entries)
    hops = fitting_hops(kinds(header, VENDORS))
    assert hops is None or is_from(client_address(header, None, hops), VENDORS)


@pytest.mark.parametrize(
    ("forwarded_for", "hops", "words"),
    [
        (
            f"{VENDOR}, {CDN}",
            1,
            (
                "X-Forwarded-For has 2 entries (vendor, cdn);"
                " TRUSTED_PROXY_HOPS=1 took entry 2 (cdn);"
                " 2 would take the vendor's, if those behind it are your own proxies"
            ),
        ),
        (
            OTHER,
            1,
            "X-Forwarded-For has 1 entry (other); TRUSTED_PROXY_HOPS=1 took entry 1 (other)",
        ),
        (
            VENDOR,
            2,
            (
                "X-Forwarded-For has 1 entry (vendor);"
                " TRUSTED_PROXY_HOPS=2 took none: there are fewer;"
                " 1 would take the vendor's, if those behind it are your own proxies"
            ),
        ),
        (
            None,
            1,
            "X-Forwarded-For has 0 entries; TRUSTED_PROXY_HOPS=1 took none: there are fewer",
        ),
        (
            VENDOR,
            0,
            (
                "X-Forwarded-For has 1 entry (vendor);"
                " TRUSTED_PROXY_HOPS=0 took the connection's own"
                " address (private); 1 would take the vendor's, if those behind it are your own"
                " proxies"
            ),
        ),
        (
            f"{OTHER}, ?",
            1,
            (
                "X-Forwarded-For has 2 entries (other, unreadable); TRUSTED_PROXY_HOPS=1 took none:"
                " entry 2 (unreadable) or one behind it cannot be read"
            ),
        ),
    ],
)
def test_what_came_and_what_was_taken_is_told_in_words(
    forwarded_for: str | None, hops: int, words: str
) -> None:
    assert words == described(forwarded_for, "10.0.0.9", hops, VENDORS)


@given(st.text() | st.none(), st.text() | st.none(), st.integers(0, 10))
def test_no_address_and_no_text_of_the_sender_is_in_the_words(
    forwarded_for: str | None, peer: str | None, hops: int
) -> None:
    known = {
        "X-Forwarded-For", "has", "entry", "entries", "took", "none", "there", "are", "fewer",
        "or", "one", "behind", "it", "cannot", "be", "read", "the", "connection's", "own",
        "address", "would", "take", "vendor's", "if", "those", "your", "proxies", "vendor",
        "loopback", "private", "cdn", "other", "unreadable", "...",
    }  # fmt: skip
    words = described(forwarded_for, peer, hops, VENDORS).replace(f"TRUSTED_PROXY_HOPS={hops}", "")
    left = {word.strip("();,:") for word in words.split()} - known
    assert all(word.isdigit() or not word for word in left), left
