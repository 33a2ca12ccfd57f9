"""What a trip answers, before and when it becomes an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer of the trip: HTTP status and JSON body."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


def answer(outcome: Outcome) -> Response:
    """Return the outcome as an HTTP response."""
    response = jsonify(outcome.body)
    response.status_code = outcome.status
    return response
