"""What a trip answers, before and when it becomes an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """An answer of a trip: HTTP status and JSON body."""

    status: int
    body: Mapping[str, Any] = field(repr=False)


def as_response(answer: JsonAnswer) -> Response:
    """Return the answer as an HTTP response."""
    response = jsonify(answer.body)
    response.status_code = answer.status
    return response
