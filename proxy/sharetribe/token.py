"""Tokens of the Authentication API (sharetribe.com/api-reference/authentication, read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the Authentication API, and the whole object that it came in.

    `stored` is what the SDK keeps in the cookie; keys that we do not know survive in it.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    stored: Mapping[str, Any] = field(default_factory=dict, repr=False)
