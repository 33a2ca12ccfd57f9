"""Test callbacks: the operator's own, which the running app recognizes and answers without a trip.

A test bears a mark, a MAC (RFC 2104) under a key of the seal keys. Whoever runs the command with
the deployment's keys can make one, and nobody else; what bears a false or an old one is refused as
a stranger's is. A mark holds for one vendor and a few minutes, and may come again: all that it
opens is what its sender's own request was like, and no address is in the answer.

The answer bears a MAC in its turn, so that it is known to come from an app with the same keys.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from flask import request

from crypto import KeyRing, equal, subkey
from proxy.http.bodies import read_body
from proxy.http.forwarded import kind_of, kinds
from proxy.http.guards import Address, Network, client_address, read_address, read_entry
from proxy.http.proofs import judge, refusal
from proxy.logs import log_event
from proxy.settings import Settings
from proxy.vendors.part import CalledBack
from proxy.vendors.proof import FromNetworks

TEST_HEADER = "Echoseal-Test"
WINDOW_SECONDS = 300
_LABEL = "echoseal test callback"
_FORM = re.compile(r"1;([0-9]{1,3});([0-9]{1,12});([0-9a-f]{32});([0-9.]{7,15});([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a test says of itself: its time (unix seconds), its nonce, and the sender's own entry.

    `entry` is an address of documentation (RFC 5737), which nobody has: it is the first one of
    `X-Forwarded-For` as the test is sent, so that what comes after it is what proxies appended.
    """

    sent_at: int
    nonce: str
    entry: IPv4Address

    def sealed(self, keys: KeyRing, vendor: str) -> str:
        """Return the header's value for a callback of one vendor."""
        key_id, key = keys.first
        told = f"1;{key_id};{self.sent_at};{self.nonce};{self.entry}"
        return f"{told};{_mac(key, 'mark', vendor, told)}"

    def is_answered(self, keys: KeyRing, vendor: str, answer: Mapping[str, Any]) -> bool:
        """Tell whether an answer is an app's that has our keys, to this very test."""
        presented = answer.get("answer")
        expected = _mac(keys.first[1], "answer", vendor, self.nonce)
        return isinstance(presented, str) and equal(presented, expected)


def open_mark(text: str, keys: KeyRing, vendor: str, now: float) -> tuple[Mark, str] | None:
    """Return a header's mark and the answer to it; None for one that is not ours, or is old."""
    found = _FORM.fullmatch(text)
    key = None if found is None else keys.get(int(found[1]))
    if found is None or key is None:
        return None
    told, presented = text.rpartition(";")[::2]
    if not equal(presented, _mac(key, "mark", vendor, told)):
        return None
    entry = read_address(found[4])
    if abs(now - int(found[2])) > WINDOW_SECONDS or not isinstance(entry, IPv4Address):
        return None
    mark = Mark(int(found[2]), found[3], entry)
    return mark, _mac(key, "answer", vendor, mark.nonce)


def _mac(key: bytes, use: str, vendor: str, told: str) -> str:
    made = subkey(key, label=f"{_LABEL} {use}")
    return hmac.digest(made, f"{vendor}\n{told}".encode(), "sha256").hex()


def tested(part: CalledBack[Any], settings: Settings, now: float) -> dict[str, Any]:
    """Return how the test that is being answered came in, and whether its proof holds.

    Nothing else is done. Raises Problem, as for a callback without proof, where it is no test of
    this deployment's.
    """
    opened = open_mark(request.headers[TEST_HEADER], settings.seal_keys, part.name, now)
    if opened is None:
        raise refusal(part, "the mark of a test is false, old, or of other seal keys")
    mark, answer = opened
    body = read_body(request, part.max_callback_bytes)
    hops = settings.trusted_proxy_hops
    forwarded_for, peer = request.headers.get("X-Forwarded-For"), request.remote_addr
    sender = client_address(forwarded_for, peer, hops)
    proven = judge(part.proof, request.headers, body, sender=sender, now=now)
    log_event("callback", trip=part.name, outcome="tested")
    networks = part.proof.networks if isinstance(part.proof, FromNetworks) else ()
    return {
        "answer": answer,
        "proof": "fails" if proven is None else "holds",
        **told_of_route(mark, forwarded_for, peer, hops, networks),
    }


def told_of_route(
    mark: Mark, forwarded_for: str | None, peer: str | None, hops: int, networks: Iterable[Network]
) -> dict[str, Any]:
    """Return how a test came in, by numbers and kinds (`proxy.http.forwarded`): no address.

    `appended` counts the entries behind the test's own, None where that did not arrive; `sender` is
    whom TRUSTED_PROXY_HOPS=`hops` takes for the sender.
    """
    known = tuple(networks)
    entries = [] if forwarded_for is None else forwarded_for.split(",")
    places = [place for place, entry in enumerate(entries) if read_entry(entry) == mark.entry]
    sender = client_address(forwarded_for, peer, hops)
    return {
        "entries": len(entries),
        "kinds": list(kinds(forwarded_for, known)),
        "appended": len(entries) - 1 - places[0] if places else None,
        "connection": kind_of(read_address(peer or ""), known),
        "hops": hops,
        "sender": "test" if sender == mark.entry else _sender_kind(sender, known),
    }


def _sender_kind(sender: Address | None, networks: tuple[Network, ...]) -> str:
    return "unknown" if sender is None else kind_of(sender, networks)
