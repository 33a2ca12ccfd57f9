"""Judges how a callback proves its origin, over the bytes as they came (`proxy.vendors.proof`).

Every header may be rubbish, and anybody may send a body: what does not prove its origin is None, in
bounded work and without an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crypto import Algorithm, Encoding, equal, verify_hmac, within_window
from proxy.http.guards import Address, is_from
from proxy.problems import Problem
from proxy.vendors.part import CallbackUnreadable, CalledBack
from proxy.vendors.proof import (
    WINDOW_SECONDS,
    AlgorithmHeader,
    FromNetworks,
    Hmac,
    Proof,
    RequestHeaders,
    SharedSecret,
    Signatures,
)

# Each costs a hash of the body for every secret; what comes after is not looked at.
MAX_MESSAGES = 8
_TIME = re.compile(r"[0-9]{1,15}")
_PAIR = re.compile(r"([!-<>-~]+)=([!-<>-~]*={0,2})")  # of other schemes perhaps in base64
_FIRST_MILLISECONDS = 10**12  # in seconds that is the year 33658, in milliseconds 2001


@dataclass(frozen=True, slots=True)
class Proven:
    """A callback is the vendor's own.

    `sent_at` (unix seconds) is the time that its signature covers, where there is one.
    `covers_body`: whether what the body claims may count, without asking the vendor's API.
    """

    sent_at: float | None
    covers_body: bool


@dataclass(frozen=True, slots=True)
class _Claim:
    """Signatures that are all said to be made over one message, and the time that it holds."""

    message: bytes
    presented: tuple[str, ...]
    sent_at_ms: int | None


@dataclass(frozen=True, slots=True)
class _Scheme:
    secrets: tuple[str, ...]
    encoding: Encoding
    algorithm: Algorithm
    window_seconds: int


def judge(
    proof: Proof, headers: RequestHeaders, body: bytes, *, sender: Address | None, now: float
) -> Proven | None:
    """Return what a callback has proven, or None where it is not shown to be the vendor's.

    `body` holds the bytes as they came, `sender` the address that `client_address` found, `now`
    unix seconds. Raises nothing, whatever was sent.
    """
    if isinstance(proof, FromNetworks):
        return Proven(None, proof.covers_body) if is_from(sender, proof.networks) else None
    if isinstance(proof, SharedSecret):
        presented = headers.get(proof.header)
        known = presented is not None and _is_one_of(presented, proof.secrets)
        return Proven(None, proof.covers_body) if known else None
    if isinstance(proof, Signatures):
        scheme = _Scheme(proof.secrets, "hex", "sha256", WINDOW_SECONDS)
        claim = _first_that_holds(_claims_read(proof, headers, body), scheme, now)
    else:
        claim = _judge_hmac(proof, headers, body, now)
    if claim is None:
        return None
    sent_at = None if claim.sent_at_ms is None else claim.sent_at_ms / 1000
    return Proven(sent_at, proof.covers_body)


def refusal(part: CalledBack[Any], cause: str) -> Problem:
    """Return the problem of a callback that is not shown to be the vendor's; `cause` is logged."""
    if isinstance(part.proof, FromNetworks):
        return Problem("origin-not-allowed", cause=cause)
    return Problem(
        "signature-invalid",
        part.refusal_detail,
        cause=cause,
        status=part.refusal_status,
        challenge="HMAC-SHA256",
    )


def refusal_cause(
    proof: Hmac | Signatures | SharedSecret, headers: RequestHeaders, body: bytes, *, now: float
) -> str:
    """Return in words why `judge` has refused, for the log; nothing that was sent is in them.

    Costs no hash: who sends rubbish is not served twice.
    """
    if isinstance(proof, SharedSecret):
        return _without_header(headers, (proof.header,)) or f"the secret in {proof.header} differs"
    if isinstance(proof, Signatures):
        claims = list(islice(_claims_read(proof, headers, body), MAX_MESSAGES))
        window, missing = WINDOW_SECONDS, None if claims else "no signature that can be read"
    else:
        of_time = () if proof.time_header is None else (proof.time_header,)
        missing = _without_header(headers, proof.headers) or _without_header(headers, of_time)
        if missing is None and _algorithm(proof, headers) is None:
            missing = "the header that names the algorithm is absent, or names none that is taken"
        claims = list(islice(_claims_signed(proof, headers, body), MAX_MESSAGES))
        window = proof.window_seconds
    if missing is not None:
        return missing
    if not any(claim.presented for claim in claims):
        return "the header of the signature does not have its form"
    times = [claim.sent_at_ms for claim in claims if claim.sent_at_ms is not None]
    late = min((now - time / 1000 for time in times), key=abs, default=0.0)
    if abs(late) > window:
        side = "old" if late > 0 else "early"
        return f"its time is over {window} s {side}: sent again by somebody, or a clock is wrong"
    return "no secret that is set makes this signature: another one, or the body was changed"


def _without_header(headers: RequestHeaders, names: tuple[str, ...]) -> str | None:
    """Return which header is missing in words, None where all are there."""
    missing = [name for name in names if headers.get(name) is None]
    return f"there is no header {missing[0]}" if names and len(missing) == len(names) else None


def _is_one_of(presented: str, secrets: tuple[str, ...]) -> bool:
    found = False
    for secret in secrets:
        found |= equal(presented, secret)
    return found


def _claims_read(proof: Signatures, headers: RequestHeaders, body: bytes) -> list[_Claim]:
    try:
        signatures = proof.read(headers, body)
    except CallbackUnreadable:
        return []
    return [_Claim(one.message, (one.presented,), one.sent_at_ms) for one in signatures]


def _judge_hmac(proof: Hmac, headers: RequestHeaders, body: bytes, now: float) -> _Claim | None:
    algorithm = _algorithm(proof, headers)
    if algorithm is None:
        return None
    scheme = _Scheme(proof.secrets, proof.encoding, algorithm, proof.window_seconds)
    return _first_that_holds(_claims_signed(proof, headers, body), scheme, now)


def _algorithm(proof: Hmac, headers: RequestHeaders) -> Algorithm | None:
    if isinstance(proof.algorithm, AlgorithmHeader):
        return proof.algorithm.algorithms.get(headers.get(proof.algorithm.name) or "")
    return proof.algorithm


def _claims_signed(proof: Hmac, headers: RequestHeaders, body: bytes) -> Iterator[_Claim]:
    found = [value for name in proof.headers if (value := headers.get(name)) is not None]
    if proof.form == "t=,v1=":
        dated = [one for value in found for one in _read_lists(value)]
    elif proof.form == "t.signature":
        parted = [value.partition(".") for value in found]
        dated = [(time, (signature,)) for time, _, signature in parted]
    elif proof.time_header is not None:
        dated = [(headers.get(proof.time_header) or "", tuple(found))]
    else:
        yield _Claim(body, tuple(found), None)
        return
    prefix = proof.signs.removesuffix("{body}")
    for time, presented in dated:
        if _TIME.fullmatch(time):
            signed = prefix.replace("{t}", time).encode() + body
            yield _Claim(signed, presented, _milliseconds(time))


def _read_lists(value: str) -> list[tuple[str, tuple[str, ...]]]:
    """Read `t=…,v1=…,v1=…`, and any more after a space; a list without one time voids them all."""
    found = []
    for text in value.split(" "):
        pairs = [_PAIR.fullmatch(part) for part in text.split(",")]
        times = [pair[2] for pair in pairs if pair is not None and pair[1] == "t"]
        if None in pairs or len(times) != 1:
            return []
        found.append((times[0], tuple(pair[2] for pair in pairs if pair and pair[1] == "v1")))
    return found


def _milliseconds(time: str) -> int:
    number = int(time)
    return number if number >= _FIRST_MILLISECONDS else number * 1000


def _first_that_holds(claims: Iterable[_Claim], scheme: _Scheme, now: float) -> _Claim | None:
    judged = islice(claims, MAX_MESSAGES)
    return next((claim for claim in judged if _holds(claim, scheme, now)), None)


def _holds(claim: _Claim, scheme: _Scheme, now: float) -> bool:
    sent_at_ms = claim.sent_at_ms
    if sent_at_ms is not None and not within_window(
        sent_at_ms, int(now * 1000), scheme.window_seconds * 1000
    ):
        return False
    return verify_hmac(
        claim.message,
        claim.presented,
        [secret.encode() for secret in scheme.secrets],
        encoding=scheme.encoding,
        algorithm=scheme.algorithm,
    )
