"""How many proxies append to X-Forwarded-For, told by a test that came in through all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.operating.doctor.finding import Finding, bad, good, left_open, note

HOPS = "TRUSTED_PROXY_HOPS"
_MOST = 10
_INSIDE = ("private", "loopback")


def proposed_hops(route: Mapping[str, Any]) -> int | None:
    """Return the number that fits how a test came in (`proxy.http.callback_tests`).

    The test's own entry stood first, so what is behind it was appended by proxies, one each. Where
    it is gone, a proxy puts its own list in the place of the sender's, and all of it counts. None
    where there are more than there can be.
    """
    appended = route.get("appended")
    number = appended if isinstance(appended, int) else int(route.get("entries") or 0)
    return number if 0 <= number <= _MOST else None


def hops_finding(route: Mapping[str, Any], *, is_local: bool) -> Finding:
    """Return whether the number that the running app has fits, and the one that does."""
    fitting, hops = proposed_hops(route), route.get("hops")
    if fitting is None:
        return left_open(HOPS, f"{route.get('entries')} entries came in, more than any router adds")
    found = [str(kind) for kind in route.get("kinds") or ()]
    appended = found[-fitting:] if fitting else []
    told = f"{fitting} appended" + (f" ({', '.join(appended)})" if appended else "")
    if route.get("appended") is None and fitting:
        told = f"a router writes the whole list anew, {told}"
    if fitting == hops:
        return good(HOPS, f"{hops} fits: a test came in with {told}")
    words = f"the running app has {hops}, and a test came in with {told}: set it to {fitting}"
    if route.get("sender") == "test":
        words += "; as it is, whoever calls chooses the address that counts as theirs"
    else:
        words += "; as it is, all callers count as one of the routers, or as nobody"
    if appended and appended[0] in _INSIDE:
        words += " (the test came from inside: look again from another network)"
        return note(HOPS, words)
    return (note if is_local else bad)(HOPS, words)
