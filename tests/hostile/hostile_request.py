"""Whole hostile requests: to every route, to what lies near, and the genuine ones among them."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import strategies as st

from tests.hostile import connected_ingredients as connected
from tests.hostile.ingredients import (
    DEEP,
    GENUINE_FORM,
    MARKER,
    READ_TYPES,
    SESSION,
    START_FIELDS,
    bodies,
    content_lengths,
    content_types,
    form,
    headers,
    path_texts,
)

Signer = Literal["hubrise", "pumble"]
EVENT_PATH = "/api/callbacks/hubrise/@@connection@@"
WORKSPACE_PATH = "/api/callbacks/pumble"
WORST_BODIES = [
    *(text.encode() for text in DEEP),
    *(f'{{"locale":{number}}}'.encode() for number in ("NaN", "1e999", "9" * 5000, "-0")),
    *(f'{{"{name}":"{MARKER}"}}'.encode() for name in START_FIELDS),
    rb'{"locale":"\ud800","\udfff":1}',
    rb'{"accountName":"\ud800","locationName":"\udfff"}',
    b'{"transactionId":"@@sale@@","transactionId":[]}',
    b'{"transactionId":"@@sale@@"}',
    b'{"isReinstall":"true"}',
    b'{"defaultWorkspaceId":"@@workspace@@\\n"}',
    b'{"restart":true,"restart":"x"}',
    b'["^ ","^0",1]',
    b'["^ ","~:locale"]',
    b'{"workflowExecution":{"status":"PROCESSED","id":[]},"account":[],"userReference":{}}',
    b'{"workflowExecution":{"status":"PROCESSED","id":"%b"}}' % (b"z" * 36),
    b'[{"workflowExecution":1}]',
    form([*GENUINE_FORM.items(), ("verificationStatus", "APPROVED_VERIFIED")]).encode(),
    b"callBackType=NETVERIFYID&rejectReason=" + b"[" * 20_000,
    b"callBackType=NETVERIFYID&customerId=%ff%fe",
    b"a=1&" * 20_000,
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
]
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "M-X")


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """A request as it goes to the app, still with placeholders.

    One with a `signer` gets the headers by which that vendor is known, made of its own secret.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    content_length: str | None = None
    peer: str = "127.0.0.2"
    query: str = ""
    signer: Signer | None = None


def genuine_callback(*, is_kyx: bool) -> HostileRequest:
    """Return the callback that the vendor would send at the end of the verification under way."""
    kyx = (
        '{"userReference":"@@reference@@","account":{"id":"@@account@@"},'
        '"workflowExecution":{"id":"@@transaction@@","status":"PROCESSED"}}'
    )
    return HostileRequest(
        "POST",
        "/api/callbacks/jumio",
        body=(kyx if is_kyx else form(list(GENUINE_FORM.items()))).encode(),
        content_type="application/json" if is_kyx else "application/x-www-form-urlencoded",
    )


def signature_headers(signer: Signer, secret: str, body: bytes) -> dict[str, str]:
    """Return the headers with which a vendor signs `body` now, as its documentation says."""
    if signer == "hubrise":
        return {"X-HubRise-Hmac-SHA256": _hex_hmac(secret, body)}
    timestamp = str(int(time.time() * 1000))
    return {
        "x-pumble-request-timestamp": timestamp,
        "x-pumble-request-signature": _hex_hmac(secret, timestamp.encode() + b":" + body),
    }


def _hex_hmac(secret: str, message: bytes) -> str:
    return hmac.digest(secret.encode(), message, hashlib.sha256).hex()


def event(body: str, path: str = EVENT_PATH) -> HostileRequest:
    """Return a signed HubRise callback, to the genuine address unless told otherwise."""
    return _signed(path, body, "hubrise")


def workspace_request(body: str) -> HostileRequest:
    """Return a signed request of a Pumble workspace."""
    return _signed(WORKSPACE_PATH, body, "pumble")


def _signed(path: str, body: str, signer: Signer) -> HostileRequest:
    encoded = body.encode("utf-8", "surrogatepass")
    return HostileRequest("POST", path, {}, encoded, "application/json", signer=signer)


_TEXTS_AS_BODIES = connected.bodies.map(lambda text: text.encode("utf-8", "surrogatepass"))
_EVERY_BODY = st.one_of(bodies, _TEXTS_AS_BODIES)
_EVERY_HEADER = st.builds(lambda some, more: {**some, **more}, headers, connected.signatures)
_QUERIES = st.one_of(connected.queries, connected.genuine_returns)
_SIGNERS: st.SearchStrategy[Signer | None] = st.sampled_from([None, "hubrise", "pumble"])


def hostile_requests(rules: list[tuple[str, str]]) -> st.SearchStrategy[HostileRequest]:
    """Return requests to `rules` (path with `{name}` parts, method) and to what lies near."""
    known = st.sampled_from(rules)
    answered = st.sampled_from([rule for rule in rules if rule[1] in ("GET", "POST", "DELETE")])
    paths = st.one_of(
        st.tuples(known, path_texts).map(lambda drawn: _filled(drawn[0][0], drawn[1])),
        st.tuples(known, path_texts).map(lambda drawn: f"{drawn[0][0]}/{drawn[1]}"),
        path_texts.map(lambda text: f"/{text}"),
    )
    near = st.builds(
        HostileRequest,
        method=st.sampled_from(_METHODS),
        path=paths,
        headers=_EVERY_HEADER,
        body=_EVERY_BODY,
        content_type=content_types,
        content_length=content_lengths,
        query=_QUERIES,
        peer=st.sampled_from(["127.0.0.2", "127.0.0.1", "", "nowhere"]),
    )
    return st.one_of(near, answered.flatmap(_to_route))


def _to_route(rule: tuple[str, str]) -> st.SearchStrategy[HostileRequest]:
    """Return requests that get past the first checks of one route."""
    path, method = rule
    return st.builds(
        HostileRequest,
        method=st.just(method),
        path=path_texts.map(lambda text: _filled(path, text)),
        headers=st.one_of(_EVERY_HEADER, headers.map(lambda drawn: {**drawn, **SESSION})),
        body=_EVERY_BODY,
        content_type=st.sampled_from(READ_TYPES),
        query=_QUERIES,
        signer=_SIGNERS,
    )


def _filled(path: str, text: str) -> str:
    start, opened, rest = path.partition("{")
    return start + (text + rest.partition("}")[2] if opened else "")
