"""What a trip answers, before it is an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer of the trip: HTTP status and JSON body."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
