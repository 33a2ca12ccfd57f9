"""Whether what stands at PUBLIC_URL is this app, and takes callbacks: by tests that it recognizes.

A test (`proxy.http.callback_tests`) is signed as the vendor would sign it, and ends before anything
is read or written. Whoever only answers 200, or has other keys, cannot answer it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from proxy.addresses import origin_of, redirect_target
from proxy.http.callback_tests import TEST_HEADER, Mark
from proxy.operating.callback_addresses import REFERENCE, CallbackAddress, callback_addresses
from proxy.operating.configuration import Configuration
from proxy.operating.doctor.finding import Finding, bad, good, left_open, note, unreachable
from proxy.operating.doctor.forging import Forged, forged
from proxy.operating.doctor.hops import hops_finding, proposed_hops
from proxy.operating.doctor.marketplace import clock_findings
from proxy.outgoing.upstream import Answer, Upstream, UpstreamUnavailable
from proxy.settings import Settings
from proxy.vendors.connection import Connection
from proxy.vendors.proof import FromNetworks

PUBLIC = "PUBLIC_URL"
_PROBLEM = "urn:echoseal:problem:"
# Addresses of documentation (RFC 5737): nobody sends from there.
_ENTRIES = (IPv4Address("192.0.2.0"), IPv4Address("198.51.100.0"), IPv4Address("203.0.113.0"))


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test: the findings, and how it came in, where it reached this app."""

    findings: tuple[Finding, ...]
    route: Mapping[str, Any] | None = None


def deployment_findings(
    checked: Configuration, clock: Callable[[], float], only: str | None = None
) -> Iterator[Finding]:
    """Test every callback address, or one vendor's, and the pages that consents return to."""
    settings = checked.settings
    public = checked.upstreams.at("public", settings.public_url)
    try:
        answer = public.look("GET", "/healthz", headers={"Accept": "application/json"})
    except UpstreamUnavailable as error:
        yield bad(
            PUBLIC,
            f"{settings.public_url}: {unreachable(error)} Not deployed yet? Then all that is said"
            " elsewhere counts, and --not-deployed leaves this out",
        )
        return
    yield from clock_findings(PUBLIC, answer.headers, clock())
    route: Mapping[str, Any] | None = None
    for address in callback_addresses(settings, checked.parts):
        if only in (None, address.vendor):
            tested = _tested(checked, public, address, int(clock()))
            route = route or tested.route
            yield from tested.findings
    if only is None:
        for connection in checked.parts.of(Connection):
            yield _of_return(checked, public, connection)
    if route is not None:
        yield hops_finding(route, is_local=settings.is_local)
    elif only is None:
        yield left_open("TRUSTED_PROXY_HOPS", "no test came in, so nothing tells the number")


def _tested(checked: Configuration, public: Upstream, address: CallbackAddress, now: int) -> Tested:
    settings = checked.settings
    place = f"{address.url} ({address.vendor})"
    path = address.url.removeprefix(settings.public_url).replace(REFERENCE, "/test")
    test = forged(address.part, now)
    # A secret goes to nobody who has not shown before that they are this app.
    unproven = (Forged({}, test.body),) if test.holds_secret else ()
    told: Mapping[str, Any] = {}
    for sent in (*unproven, test):
        mark = Mark(now, secrets.token_hex(16), _entry())
        headers = {
            **sent.headers,
            TEST_HEADER: mark.sealed(settings.seal_keys, address.vendor),
            "X-Forwarded-For": str(mark.entry),
        }
        try:
            answer = public.look("POST", path, headers=headers, body=sent.body)
        except UpstreamUnavailable as error:
            return Tested((bad(PUBLIC, f"{place}: {unreachable(error)}"),))
        told = _document(answer)
        is_answered = mark.is_answered(settings.seal_keys, address.vendor, told)
        if answer.status != 200 or not is_answered:
            return Tested((bad(PUBLIC, f"{place}: {_stranger(answer, told, settings)}"),))
    return Tested(
        (good(PUBLIC, f"{place} reaches this app"), *_of_proof(address, test.is_signed, told)), told
    )


def _entry() -> IPv4Address:
    return secrets.choice(_ENTRIES) + secrets.randbelow(254) + 1


def _document(answer: Answer) -> Mapping[str, Any]:
    try:
        return answer.json_object()
    except UpstreamUnavailable:
        return {}


def _of_proof(
    address: CallbackAddress, is_signed: bool, told: Mapping[str, Any]
) -> Iterator[Finding]:
    vendor = address.vendor
    if isinstance(address.part.proof, FromNetworks):
        known = "its callbacks are known by their sender's address, which a test cannot have"
        if proposed_hops(told) == told.get("hops"):
            yield good(vendor, f"{known}; the one that counts is the one that the router saw")
        else:
            yield note(vendor, f"{known}; the wrong address counts now: see TRUSTED_PROXY_HOPS")
    elif not is_signed:
        yield left_open(
            vendor, "its form of signature cannot be made here: only its own call tells"
        )
    elif told.get("proof") == "holds":
        yield good(vendor, "a test that is signed with the secret set here is taken")
    else:
        yield bad(
            vendor,
            "the running app refuses what the secret set here signs: it runs with another one; set"
            " the same in both places, and start it anew",
        )


def _stranger(answer: Answer, told: Mapping[str, Any], settings: Settings) -> str:
    """Return what answers instead of this app, and what to do."""
    status, kind, prefix = answer.status, str(told.get("type") or ""), settings.api_prefix
    if settings.public_url.endswith(prefix):
        return (
            f"this app is not there ({status}): PUBLIC_URL ends in {prefix}, and API_PREFIX puts it"
            " there again: take it away"
        )
    code = kind.removeprefix(_PROBLEM)
    if code == "not-found" and kind.startswith(_PROBLEM):
        return (
            "an Echoseal answers, and has no such route: it runs with other INTEGRATIONS or another"
            " API_PREFIX, or the router cuts the prefix off"
        )
    if kind.startswith(_PROBLEM):
        return (
            f"an Echoseal answers ({status} {code[:40]}), and does not know the test: it runs with"
            " other SEAL_KEYS, an older version, or a clock that is five minutes off"
        )
    if 300 <= status < 400:
        target = redirect_target(f"{settings.public_url}/", answer.headers.get("Location"))
        to = origin_of(target) if target is not None else None
        return (
            f"it redirects ({status}, to {to or 'what is no address'}), and vendors do not follow:"
            " set PUBLIC_URL to the address that it leads to"
        )
    if status in (401, 403, 429):
        return (
            f"a firewall or proxy refuses it before this app ({status}): let POST through there,"
            " without a check for browsers"
        )
    if status in (502, 503, 504):
        return f"the router finds no app behind it ({status}): is it running, on the PORT expected?"
    return (
        f"something else answers there ({status}): have the router lead {settings.api_prefix}/ to"
        " this app, or set PUBLIC_URL to where it is"
    )


def _of_return(checked: Configuration, public: Upstream, connection: Connection) -> Finding:
    """Look at the page that a consent returns to, which we answer to nothing but GET."""
    settings = checked.settings
    url = settings.return_url(connection.name)
    try:
        answer = public.look("HEAD", url.removeprefix(settings.public_url), headers={})
    except UpstreamUnavailable as error:
        return bad(PUBLIC, f"{url}: {unreachable(error)}")
    is_problem = (answer.headers.get("Content-Type") or "").startswith("application/problem+json")
    if answer.status == 405 and is_problem:
        return good(PUBLIC, f"{url} reaches this app")
    return bad(PUBLIC, f"{url}: {_stranger(answer, _document(answer), settings)}")
