"""Whether Sharetribe takes the client id and the Integration API's pair, and how the clock stands.

Sources: sharetribe.com/api-reference (authentication, marketplace, integration; read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from proxy.operating.configuration import Configuration
from proxy.operating.doctor.finding import Finding, bad, good, left_open, note, unreachable
from proxy.outgoing.headers import bearer_json, is_token
from proxy.outgoing.upstream import Answer, Upstream, UpstreamUnavailable

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_ID, _PAIR = "SHARETRIBE_CLIENT_ID", "SHARETRIBE_INTEGRATION_CLIENT_ID and _SECRET"
_BASE, _INTEGRATION_BASE = "SHARETRIBE_BASE_URL", "SHARETRIBE_INTEGRATION_BASE_URL"
# Vendors' windows are five minutes, both ways.
_MOST_SECONDS_OFF, _NOTED_SECONDS_OFF = 240, 20


def marketplace_findings(checked: Configuration, clock: Callable[[], float]) -> Iterator[Finding]:
    """Ask for an anonymous token, then for one of the Integration API, and whose they are."""
    settings = checked.settings
    form = {
        "client_id": settings.client_id,
        "grant_type": "client_credentials",
        "scope": "public-read",
    }
    try:
        answer = _ask(checked.marketplace, form)
    except UpstreamUnavailable as error:
        yield bad(_BASE, f"{settings.marketplace_url}: {unreachable(error)}")
        answer = None
    anonymous = None
    if answer is not None:
        yield from clock_findings("Sharetribe", answer.headers, clock())
        anonymous = _token(answer)
        yield _of_client_id(answer, anonymous)
    if settings.integration is None:
        yield note(_PAIR, "not set: what no session of a user can write is deferred")
        return
    yield from _of_integration(checked, anonymous)


def _ask(upstream: Upstream, form: Mapping[str, str]) -> Answer:
    """Return the answer of the token endpoint; raises UpstreamUnavailable for 429 and 5xx too."""
    body = urlencode(form).encode()
    return upstream.request("POST", "/v1/auth/token", headers=_FORM, body=body)


def _token(answer: Answer) -> str | None:
    try:
        token = answer.json_object().get("access_token")
    except UpstreamUnavailable:
        return None
    return token if answer.status == 200 and is_token(token) else None


def _of_client_id(answer: Answer, token: str | None) -> Finding:
    if token is not None:
        return good(_ID, "Sharetribe knows it (an anonymous token was given)")
    if _refuses(answer):
        return bad(
            _ID,
            f"Sharetribe does not know it (answered {answer.status}): it must be the client id of a"
            " Marketplace API application, the frontend's own (Console, Build, Applications)",
        )
    return bad(_BASE, _strange(answer))


def _refuses(answer: Answer) -> bool:
    """Tell whether Sharetribe refuses a grant: with JSON, or the bare word `Unauthorized`."""
    is_page = "html" in answer.headers.get("Content-Type", "").lower()
    return answer.status in (400, 401, 403) and not is_page


def _strange(answer: Answer) -> str:
    return (
        f"answered {answer.status} without a token and not as Sharetribe does: is that address"
        " Sharetribe's, or does a firewall on the way answer in its place?"
    )


def _of_integration(checked: Configuration, anonymous: str | None) -> Iterator[Finding]:
    credentials, upstream = checked.settings.integration, checked.integration_api
    if credentials is None or upstream is None:
        return
    form = {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "grant_type": "client_credentials",
        "scope": "integ",
    }
    try:
        answer = _ask(upstream, form)
    except UpstreamUnavailable as error:
        yield bad(_INTEGRATION_BASE, f"{credentials.base_url}: {unreachable(error)}")
        return
    token = _token(answer)
    if token is not None:
        yield good(_PAIR, "the Integration API takes them")
        yield from _of_one_marketplace(checked.marketplace, anonymous, upstream, token)
    elif _refuses(answer):
        yield bad(
            _PAIR,
            f"the Integration API refuses them (answered {answer.status}): id and secret must be of"
            " one Integration API application (Console, Build, Applications); a new secret replaces"
            " the old one there",
        )
    else:
        yield bad(_INTEGRATION_BASE, _strange(answer))


def _of_one_marketplace(
    marketplace: Upstream, anonymous: str | None, integration_api: Upstream, token: str
) -> Iterator[Finding]:
    if anonymous is None:
        return
    theirs = _shown(integration_api, "/v1/integration_api/marketplace/show", token)
    ours = _shown(marketplace, "/v1/api/marketplace/show", anonymous)
    if ours is None or theirs is None:
        yield left_open(
            _PAIR,
            "whether they are of the client id's marketplace was not told (a private marketplace"
            " shows itself to nobody)",
        )
    elif ours != theirs:
        yield bad(
            _PAIR,
            f"they are of another marketplace than {_ID}: take both from one Console, live, test or"
            " development",
        )
    else:
        yield good(_PAIR, f"they are of the marketplace of {_ID}")


def _shown(upstream: Upstream, path: str, token: str) -> str | None:
    """Return the id of a marketplace, None where it is not told."""
    try:
        answer = upstream.request("GET", path, headers=bearer_json(token))
        document: Any = answer.json_object() if answer.status == 200 else {}
        return str(document["data"]["id"])
    except (UpstreamUnavailable, LookupError, TypeError):
        return None


def clock_findings(whose: str, headers: Mapping[str, str], now: float) -> Iterator[Finding]:
    """Compare this machine's clock with a `Date` (RFC 9110 6.6.1); nothing without a usable one."""
    try:
        theirs = parsedate_to_datetime(headers.get("Date") or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return
    off = round(now - theirs)
    told = f"{abs(off)} seconds {'ahead of' if off > 0 else 'behind'} {whose}'s"
    if abs(off) > _MOST_SECONDS_OFF:
        yield bad(
            "clock",
            f"this machine's is {told}: signed callbacks are refused (their time may be five"
            " minutes off), and so are seals and OAuth returns; set it by NTP",
        )
    elif abs(off) > _NOTED_SECONDS_OFF:
        yield note("clock", f"this machine's is {told}; from five minutes on callbacks are refused")
    else:
        yield good("clock", f"this machine's agrees with {whose}'s")
