"""The one way in for what vendors post: the order of its steps stands here, once, for all of them.

route -> the proof, over the raw bytes -> content type -> read, once (or *ignored*: of another kind)
-> the trip's own steps, which begin with whose it is -> one log line -> the acknowledgement, in the
vendor's words. The vendor's retry is the only queue there is, so the status code says whether to
come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from flask import Blueprint, Response, request

from proxy.http.answers import JsonAnswer, as_response
from proxy.http.bodies import read_body, without_mark
from proxy.http.callback_tests import TEST_HEADER, tested
from proxy.http.forwarded import described
from proxy.http.guards import client_address
from proxy.http.proofs import Proven, judge, refusal, refusal_cause
from proxy.kernel import Kernel
from proxy.log_lines import Line
from proxy.outgoing.deadline import deadline
from proxy.problems import Problem
from proxy.vendors.part import CallbackUnreadable, CalledBack
from proxy.vendors.proof import FromNetworks

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came beside the body: the last segment of a longer address, and what the proof says.

    `sent_at` (unix seconds) is a time that the proof covers, None where it covers none.
    `covers_body`: what the body claims is as good as its proof. `line` is the log's, to which the
    trip adds what it finds out; an `outcome` there is finer than the one that the vendor is told.
    """

    segment: str | None = field(repr=False)
    sent_at: float | None
    covers_body: bool
    line: Line = field(default_factory=lambda: Line("callback"), repr=False)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of a callback, in one word, and an answer where the vendor waits for more."""

    outcome: str
    status: int = 200
    body: Mapping[str, Any] | None = field(default=None, repr=False)


Take = Callable[[Told, Delivery], Acknowledgement]


@dataclass(frozen=True, slots=True)
class Taker(Generic[Told]):
    """A part that is called back, and the trip's share of the work.

    `take` returns only after the write, or when there is nothing to write, and raises Problem
    otherwise.
    """

    part: CalledBack[Told]
    take: Take[Told]


def add_callback_route(
    routes: Blueprint, takers: Sequence[Taker[Any]], kernel: Kernel, *suffixes: str
) -> None:
    """Add a vendor's callback route: one rule a suffix, `""` or `"/<reference>"`.

    A vendor may be several parts, all with one proof. Each of `takers` is asked in turn whether a
    body is of its kind. Raises ValueError for parts that are proven in different ways.
    """
    first = takers[0].part
    if any(taker.part.proof != first.proof for taker in takers):
        raise ValueError(f"the parts of {first.name} are not proven alike")

    def callback(reference: str | None) -> Response:
        if TEST_HEADER in request.headers:
            return as_response(JsonAnswer(200, tested(first, kernel.settings, kernel.clock())))
        line = Line("callback", trip=first.name)
        with line.telling():
            body, proven = _proven(first, kernel)
            delivery = Delivery(reference, proven.sent_at, proven.covers_body, line)
            with deadline(first.answer_seconds) if first.answer_seconds else nullcontext():
                taken = _taken(takers, without_mark(body), delivery)
            line.add_missing(outcome=taken.outcome)
        return _response(first, taken)

    for suffix in suffixes:
        rule = f"/callbacks/{first.name}{suffix}"
        defaults = {} if suffix else {"reference": None}
        routes.add_url_rule(
            rule, f"callback-{first.name}", callback, methods=["POST"], defaults=defaults
        )


def _proven(part: CalledBack[Any], kernel: Kernel) -> tuple[bytes, Proven]:
    """Return the body and what it has proven; a stranger's, told by the address, is not read."""
    if isinstance(part.proof, FromNetworks):
        proven = _judged(part, kernel, b"")
        return read_body(request, part.max_callback_bytes), proven
    body = read_body(request, part.max_callback_bytes)
    return body, _judged(part, kernel, body)


def _judged(part: CalledBack[Any], kernel: Kernel, body: bytes) -> Proven:
    hops, now = kernel.settings.trusted_proxy_hops, kernel.clock()
    sender = client_address(request.headers.get("X-Forwarded-For"), request.remote_addr, hops)
    proven = judge(part.proof, request.headers, body, sender=sender, now=now)
    if proven is None:
        raise _unproven(part, hops, now, body)
    content_type = part.callback_content_type
    if content_type is not None and request.mimetype != content_type:
        raise Problem("content-type-unsupported")
    return proven


def _unproven(part: CalledBack[Any], hops: int, now: float, body: bytes) -> Problem:
    if isinstance(part.proof, FromNetworks):
        told = request.headers.get("X-Forwarded-For")
        cause = described(told, request.remote_addr, hops, part.proof.networks)
    else:
        cause = refusal_cause(part.proof, request.headers, body, now=now)
    return refusal(part, cause)


def _taken(takers: Sequence[Taker[Any]], body: bytes, delivery: Delivery) -> Acknowledgement:
    """Return what the first part does whose kind of body it is."""
    for taker in takers:
        told = _read(taker.part, body)
        if told is not None:
            return taker.take(told, delivery)
    delivery.line.add(cause="it is of a kind that is not acted upon")
    return Acknowledgement("ignored")


def _read(part: CalledBack[Told], body: bytes) -> Told | None:
    try:
        return part.read_callback(request.headers, body)
    except CallbackUnreadable as error:
        raise Problem("body-invalid", str(error)) from None


def _response(part: CalledBack[Any], taken: Acknowledgement) -> Response:
    if taken.body is not None:
        return as_response(JsonAnswer(taken.status, taken.body))
    if part.acknowledgement is not None:
        return Response(part.acknowledgement, status=taken.status, content_type="text/plain")
    return as_response(JsonAnswer(taken.status, {"status": taken.outcome}))
