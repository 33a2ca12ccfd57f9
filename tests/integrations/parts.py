"""What a vendor is made of, and whether a request proves to one of its parts whom it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from werkzeug.datastructures import Headers

from proxy.http.proofs import Proven, judge
from proxy.vendors import Part
from proxy.vendors.part import CalledBack, Kind, Parts

NO_HEADERS: Mapping[str, str] = {}


def only(parts: Iterable[Part], kind: type[Kind]) -> Kind:
    """Return the one part of a kind."""
    (part,) = Parts(parts).of(kind)
    return part


def proven(
    part: CalledBack[Any],
    body: bytes,
    headers: Mapping[str, str] = NO_HEADERS,
    *,
    sender: str = "192.0.2.1",
    now: float = 0.0,
) -> Proven | None:
    """Return what a request proves, as the kernel judges it; `now` is in unix seconds."""
    return judge(part.proof, Headers(headers), body, sender=ip_address(sender), now=now)
