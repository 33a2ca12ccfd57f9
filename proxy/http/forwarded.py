"""What stands in `X-Forwarded-For`, told by kinds: addresses are people's, and are in no log.

It explains why a sender was taken for a stranger. Which proxies stand in front of an app cannot be
seen from inside, so a number is proposed only where all that would be trusted looks like a proxy,
and whoever reads it decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from proxy.http.guards import Address, Network, is_from, read_address, read_entry

Kind = Literal["vendor", "loopback", "private", "cdn", "other", "unreadable"]
# Anybody can send thousands; those that proxies have added stand on the right.
MOST_ENTRIES = 10
_OF_PROXIES: Collection[Kind] = ("loopback", "private", "cdn")
# Inside somebody's own network (RFC 1918, 3927, 6598, 4193, 4291). What Python calls private is
# another set in every version, and holds what examples are written with.
_PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
            "fc00::/7", "fe80::/10",
        ),
    )
)  # fmt: skip


def _cdn_networks() -> tuple[Network, ...]:
    """Return the networks from which content delivery networks call, as they publish them."""
    text = Path(__file__).with_name("cdn_networks.json").read_text(encoding="utf-8")
    listed = [one for one in json.loads(text).values() if isinstance(one, dict)]
    return tuple(ip_network(network) for one in listed for network in one["networks"])


_CDN_NETWORKS = _cdn_networks()


def kinds(forwarded_for: str | None, networks: Iterable[Network]) -> tuple[Kind, ...]:
    """Return of which kind each entry of `X-Forwarded-For` is, in their order.

    `networks` are the vendor's. Of many entries the last MOST_ENTRIES are told; none where there is
    no such header.
    """
    if forwarded_for is None:
        return ()
    known = tuple(networks)
    entries = forwarded_for.rsplit(",", MOST_ENTRIES)[-MOST_ENTRIES:]
    return tuple(kind_of(read_entry(entry), known) for entry in entries)


def kind_of(address: Address | None, networks: Iterable[Network]) -> Kind:
    """Return of which kind an address is; None is one that cannot be read."""
    if address is None:
        return "unreadable"
    if is_from(address, networks):
        return "vendor"
    if address.is_loopback:
        return "loopback"
    if is_from(address, _PRIVATE):
        return "private"
    return "cdn" if is_from(address, _CDN_NETWORKS) else "other"


def fitting_hops(found: Iterable[Kind]) -> int | None:
    """Return the number of trusted proxies with which the vendor's entry would be the sender.

    `found` are the kinds of all entries. None where it is not there, or where one that would be
    trusted is no proxy's: whoever sends a header writes its left end.
    """
    for hops, kind in enumerate(reversed(tuple(found)), start=1):
        if kind == "vendor":
            return hops
        if kind not in _OF_PROXIES:
            return None
    return None


def described(
    forwarded_for: str | None, peer: str | None, hops: int, networks: Iterable[Network]
) -> str:
    """Return in words what came, what TRUSTED_PROXY_HOPS=`hops` took of it, and a better number.

    `peer` is the address of the connection itself; no address is in the words.
    """
    known = tuple(networks)
    found = kinds(forwarded_for, known)
    number = 0 if forwarded_for is None else forwarded_for.count(",") + 1
    plural = "y" if number == 1 else "ies"
    told = f"X-Forwarded-For has {number} entr{plural}"
    if found:
        left_out = "..., " if number > len(found) else ""
        told += f" ({left_out}{', '.join(found)})"
    fitting = fitting_hops(found)
    if hops == 0:
        taken = f"the connection's own address ({kind_of(read_address(peer or ''), known)})"
    elif number < hops:
        taken = "none: there are fewer"
    else:
        taken = f"entry {number - hops + 1}"
        taken += f" ({found[-hops]})" if hops <= len(found) else ""
        if "unreadable" in found[-hops:]:
            taken = f"none: {taken} or one behind it cannot be read"
    told += f"; TRUSTED_PROXY_HOPS={hops} took {taken}"
    if fitting is not None and fitting != hops:
        told += f"; {fitting} would take the vendor's, if those behind it are your own proxies"
    return told
