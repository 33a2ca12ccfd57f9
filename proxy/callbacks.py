"""The one way in for what vendors post: the order of its steps stands here, once, for all of them.

route -> the proof, over the raw bytes -> content type -> read, once (or *ignored*: of another kind)
-> the trip's own steps, which begin with whose it is -> one log line -> the acknowledgement, in the
vendor's words. The vendor's retry is the only queue there is, so the status code says whether to
come again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from proxy.http.answers import JsonAnswer, as_response
from proxy.http.bodies import read_body, without_mark
from proxy.http.guards import client_address
from proxy.http.proofs import Proven, judge
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.outgoing.deadline import deadline
from proxy.problems import Problem
from proxy.vendors.part import CallbackUnreadable, CalledBack
from proxy.vendors.proof import FromNetworks

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came beside the body: the last segment of a longer address, and what the proof says.

    `sent_at` (unix seconds) is a time that the proof covers, None where it covers none.
    `covers_body`: what the body claims is as good as its proof.
    """

    segment: str | None = field(repr=False)
    sent_at: float | None
    covers_body: bool


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of a callback, in one word, and an answer where the vendor waits for more."""

    outcome: str
    status: int = 200
    body: Mapping[str, Any] | None = field(default=None, repr=False)


Take = Callable[[Told, Delivery], Acknowledgement]


def add_callback_route(
    routes: Blueprint, part: CalledBack[Told], kernel: Kernel, take: Take[Told], *suffixes: str
) -> None:
    """Add a vendor's callback route: one rule a suffix, `""` or `"/<reference>"`.

    `take` is the trip's part of the work; it returns only after the write, or when there is nothing
    to write, and raises Problem otherwise.
    """

    def callback(reference: str | None) -> Response:
        body, proven = _proven(part, kernel)
        delivery = Delivery(reference, proven.sent_at, proven.covers_body)
        with deadline(part.answer_seconds) if part.answer_seconds else nullcontext():
            told = _read(part, without_mark(body))
            taken = Acknowledgement("ignored") if told is None else take(told, delivery)
        log_event("callback", trip=part.name, outcome=taken.outcome)
        return _response(part, taken)

    for suffix in suffixes:
        rule = f"/callbacks/{part.name}{suffix}"
        defaults = {} if suffix else {"reference": None}
        routes.add_url_rule(
            rule, f"callback-{part.name}", callback, methods=["POST"], defaults=defaults
        )


def _proven(part: CalledBack[Any], kernel: Kernel) -> tuple[bytes, Proven]:
    """Return the body and what it has proven; a stranger's, told by his address, is not read."""
    if isinstance(part.proof, FromNetworks):
        proven = _judged(part, kernel, b"")
        return read_body(request, part.max_callback_bytes), proven
    body = read_body(request, part.max_callback_bytes)
    return body, _judged(part, kernel, body)


def _judged(part: CalledBack[Any], kernel: Kernel, body: bytes) -> Proven:
    sender = client_address(
        request.headers.get("X-Forwarded-For"),
        request.remote_addr,
        kernel.settings.trusted_proxy_hops,
    )
    proven = judge(part.proof, request.headers, body, sender=sender, now=kernel.clock())
    if proven is None:
        raise _unproven(part)
    content_type = part.callback_content_type
    if content_type is not None and request.mimetype != content_type:
        raise Problem("content-type-unsupported")
    return proven


def _unproven(part: CalledBack[Any]) -> Problem:
    if isinstance(part.proof, FromNetworks):
        return Problem("origin-not-allowed")
    return Problem(
        "signature-invalid",
        part.refusal_detail,
        status=part.refusal_status,
        challenge="HMAC-SHA256",
    )


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
