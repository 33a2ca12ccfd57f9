"""Whole hostile requests: to every route, to what lies near, and the genuine ones among them."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote

from hypothesis import strategies as st

from proxy.vendors.proof import Hmac, Proof, SharedSecret
from sandbox.kit.router import HOST, VENDOR
from tests.hostile.ingredients import (
    DEEP,
    DOORS,
    MARKER,
    READ_TYPES,
    SESSION,
    START_FIELDS,
    WORDS,
    bodies,
    content_lengths,
    content_types,
    genuine,
    header_texts,
    headers,
    marked,
    path_texts,
)
from tests.kit.examples import CONNECTIONS

WORST_BODIES = [
    *(text.encode() for text in DEEP),
    *(f'{{"locale":{number}}}'.encode() for number in ("NaN", "1e999", "9" * 5000, "-0")),
    *(f'{{"{name}":"{MARKER}"}}'.encode() for name in START_FIELDS),
    rb'{"locale":"\ud800","\udfff":1}',
    b'{"transactionId":"@@sale@@","transactionId":[]}',
    b'{"transactionId":"@@sale@@"}',
    b'{"isNew":"true"}',
    b'{"restart":true,"restart":"x"}',
    b'["^ ","^0",1]',
    b'["^ ","~:locale"]',
    b'{"type":"check.finished","checkId":[],"subjectId":{},"reference":7}',
    b'{"kind":"order","id":"e","place":"@@place@@","order":{"id":[],"status":{}}}',
    b'{"kind":"left","guild":"@@place@@","at":1e999}',
    b'{"code":"@@code@@","badge":["@@badge@@"]}',
    b"kind=finished&kind=finished",
    b"kind=finished&reference=%ff%fe&check=@@transaction@@",
    b"a=1&" * 20_000,
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x00" * 100,
]
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "M-X")


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """A request as it goes to the app, still with placeholders.

    The router tells that it comes from `peer`. One with a `signer` gets what proves it, by the
    proof of the vendor with this name.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    content_length: str | None = None
    peer: str = VENDOR
    query: str = ""
    signer: str | None = None


def signature_headers(proof: Proof, body: bytes) -> dict[str, str]:
    """Return the headers that prove `body` now; none for a proof by the sender's address."""
    if isinstance(proof, SharedSecret):
        return {proof.header: proof.secrets[0]}
    if not isinstance(proof, Hmac):
        return {}
    now = int(time.time())
    shown = str(now * 1000) if proof.time_header is not None else str(now)
    message = proof.signs.replace("{t}", shown).removesuffix("{body}").encode() + body
    algorithm = proof.algorithm if isinstance(proof.algorithm, str) else "sha256"
    digest = hmac.digest(proof.secrets[0].encode(), message, getattr(hashlib, algorithm))
    text = digest.hex() if proof.encoding == "hex" else b64encode(digest).decode()
    forms = {"signature": text, "t=,v1=": f"t={shown},v1={text}", "t.signature": f"{shown}.{text}"}
    dated = {} if proof.time_header is None else {proof.time_header: shown}
    return {proof.headers[0]: forms[proof.form], **dated}


def told(vendor: str, body: str, path: str = "") -> HostileRequest:
    """Return a proven callback of a vendor, at its plain address unless told otherwise."""
    encoded = body.encode("utf-8", "surrogatepass")
    where = path or f"/api/callbacks/{vendor}"
    return HostileRequest("POST", where, {}, encoded, "application/json", signer=vendor)


_QUERY_VALUES = st.one_of(
    genuine,
    st.sampled_from(["access_denied", "expired", "", "%ff%fe", "%00", "A" * 3000, "%", "&", "@@"]),
    marked(st.text(max_size=20)).map(lambda text: quote(text, safe="@", errors="replace")),
)
_QUERY_PAIRS = st.tuples(st.sampled_from(["code", "state", "error", "state[]", "a"]), _QUERY_VALUES)
_GENUINE_RETURNS = st.builds(
    lambda vendor, code, more: f"state=@@{vendor}-state@@&code={code}{more}",
    st.sampled_from(CONNECTIONS),
    _QUERY_VALUES,
    st.sampled_from(["", "", "&state=x", "&error=", "&error=expired", "&code=z"]),
)
_QUERIES = st.one_of(
    st.just(""),
    st.lists(_QUERY_PAIRS, max_size=4).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
    st.sampled_from(["?", "&&=&", "=", "%", "code", "a&" * 2000, "code=x&code=y"]),
    _GENUINE_RETURNS,
)
_PROOFS = [word for word in WORDS if "-" in word]
_SIGNATURES = st.dictionaries(
    st.sampled_from(_PROOFS),
    st.one_of(
        st.sampled_from(
            ["", "0" * 64, "g" * 64, "0" * 63, "1" * 400, "-1", "1e12", " 1 ", "t=1,v1="]
        ),
        header_texts,
    ),
    max_size=3,
)
_EVERY_HEADER = st.builds(lambda some, more: {**some, **more}, headers, _SIGNATURES)
# Refused tokens and passwords count against their sender's address, who is not judged for long.
_PEERS = st.one_of(st.just(VENDOR), st.ip_addresses(v=4).map(str))


# Another name is of nothing, and gets no further.
_SUBJECTS = {"{document}": "provider-agreement", "{plan}": "membership"}


def hostile_requests(
    rules: list[tuple[str, str]], signers: list[str]
) -> st.SearchStrategy[HostileRequest]:
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
        body=bodies,
        content_type=content_types,
        content_length=content_lengths,
        query=_QUERIES,
        peer=st.sampled_from([VENDOR, HOST, "", "nowhere"]),
    )
    return st.one_of(near, answered.flatmap(lambda rule: _to_route(rule, signers)))


def _to_route(rule: tuple[str, str], signers: list[str]) -> st.SearchStrategy[HostileRequest]:
    """Return requests that get past the first checks of one route."""
    path, method = rule
    own = [name for name in signers if name in path.split("/")]
    return st.builds(
        HostileRequest,
        method=st.just(method),
        path=path_texts.map(lambda text: _filled(named(path), text)),
        headers=st.one_of(
            _EVERY_HEADER,
            headers.map(lambda drawn: {**drawn, **SESSION}),
            headers.map(lambda drawn: {**drawn, **DOORS}),
        ),
        body=bodies,
        content_type=st.sampled_from(READ_TYPES),
        query=_QUERIES,
        signer=st.sampled_from([None, *(own or signers)]),
        peer=_PEERS,
    )


def named(path: str) -> str:
    """Return a path with the names of subjects that the examples serve, where it has such parts."""
    for part, name in _SUBJECTS.items():
        path = path.replace(part, name)
    return path


def _filled(path: str, text: str) -> str:
    start, opened, rest = path.partition("{")
    return start + (text + rest.partition("}")[2] if opened else "")
