"""An example vendor whose settings hold all that can be dangerous: no part of it is ever used."""

from __future__ import annotations

from ipaddress import ip_network

from proxy.vendors import (
    Integration,
    Part,
    SettingsReader,
    Upstreams,
    lets_anyone_in,
    parse_pairs,
    password_dangers,
)

ENTRY = "tests.proxy.shop:SHOP"
SETTINGS = {
    "INTEGRATIONS": ENTRY,
    "SHOP_CLIENT_ID": "shop-client",
    "SHOP_API_SECRET": "shop-secret",
    "SHOP_BASIC_AUTH": "portal:k3Wz-0pQv_7t",
}


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:  # noqa: ARG001
    """Read the settings `SHOP_…`."""
    reader.text("SHOP_CLIENT_ID")
    reader.text("SHOP_API_SECRET")
    reader.override_url("SHOP_BASE_URL")
    pairs = parse_pairs(reader.optional("SHOP_BASIC_AUTH") or "")
    for danger in password_dangers("SHOP_BASIC_AUTH", pairs):
        reader.danger(danger)
    for number, pair in enumerate(pairs, start=1):
        place = f"the password in line {number}"
        reader.own_secret("SHOP_BASIC_AUTH", pair.password.encode(), place=place)
    if lets_anyone_in(tuple(map(ip_network, reader.names("SHOP_NETWORKS")))):
        reader.danger("SHOP_NETWORKS lets nearly everybody in; list the vendor's own")
    return ()


SHOP = Integration("shop", build)
