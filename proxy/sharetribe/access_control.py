"""What a marketplace restricts, and where the buttons lead that it shows to those whom it refuses.

The asset is public, and read with the client id alone. Sources: sharetribe.com/api-reference (Asset
Delivery API), sharetribe.com/docs (user access control; the asset's fields); read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.outgoing.upstream import Upstream, UpstreamRefused, UpstreamUnavailable

_ASSET = "general/access-control.json"
_UNREADABLE = "an access control asset of another form"
# What a rule opens, and the name of its switch in the asset.
_SWITCHES = {
    "approve": "requireApprovalToJoin",
    "postListings": "requirePermissionToPostListings",
    "initiateTransactions": "requirePermissionToInitiateTransactions",
    "read": "requirePermissionToRead",
}


@dataclass(frozen=True, slots=True)
class Restriction:
    """One setting of Console's: whether it is on, and where its button leads, None for nowhere."""

    is_on: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Console's access control: the restrictions by what opens them (`approve`, `read`, …)."""

    is_private: bool
    restrictions: Mapping[str, Restriction]


def read_access_control(upstream: Upstream, client_id: str) -> AccessControl:
    """Return how a marketplace's access control is set.

    The Asset Delivery API may tell an older state for up to five minutes. Raises
    UpstreamUnavailable, also for an asset that cannot be read; UpstreamRefused, with 404 where the
    client id has no such asset.
    """
    answer = upstream.request(
        "GET",
        f"/v1/assets/pub/{client_id}/a/latest/{_ASSET}",
        headers={"Accept": "application/json"},
    )
    if answer.status != 200:
        raise UpstreamRefused(upstream.name, answer.status)
    document = answer.agreed_object()
    try:
        data = document["data"]
        users = data["users"]
        is_private = data["marketplace"]["private"]
        restrictions = {right: _restriction(users, name) for right, name in _SWITCHES.items()}
    except (LookupError, TypeError, AttributeError):
        raise UpstreamUnavailable(upstream.name, _UNREADABLE) from None
    if any(type(flag) is not bool for flag in (is_private, *_flags(restrictions))):
        raise UpstreamUnavailable(upstream.name, _UNREADABLE)
    return AccessControl(is_private, restrictions)


def _restriction(users: Mapping[str, Any], name: str) -> Restriction:
    """Return a setting; marketplaces that are older than it do not have it."""
    button = (users.get(f"{name}Options") or {}).get("callToAction") or {}
    href = button.get("href") if button.get("type") in ("internal", "external") else None
    link = href.strip() if isinstance(href, str) else ""
    return Restriction(users.get(name, False), link or None)


def _flags(restrictions: Mapping[str, Restriction]) -> list[object]:
    return [restriction.is_on for restriction in restrictions.values()]
