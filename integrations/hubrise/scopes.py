"""HubRise's OAuth scopes: their grammar, and what one of them allows.

    scope    = set [ "," general ] | general
    set      = ("location" | "account") "[" permission *("," permission) "]"
    permission = resource "." ("read" | "write")

Source: hubrise.com/developers, authentication 2 (read 2026-11). The commas inside the brackets
belong to the set. Whether general permissions may come first is not said there; both orders are
taken. HubRise itself refuses a resource that is named twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LEVELS = ("location", "account")
RESOURCES = (
    "orders",
    "customer_list",
    "all_customer_lists",
    "catalog",
    "all_catalogs",
    "inventory",
)
RIGHTS = ("read", "write")
GENERAL = ("profile", "profile_with_email")
_WORD = re.compile(r"[A-Za-z_]*")


class ScopeError(ValueError):
    """A text is not a scope; the message names the place (characters count from 1)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope, taken apart: rights by resource at one level, and general permissions."""

    level: str | None
    rights: tuple[tuple[str, str], ...]
    general: tuple[str, ...]

    @property
    def takes_orders(self) -> bool:
        """Whether orders can be made at the one location that is connected."""
        return self.level == "location" and ("orders", "write") in self.rights


def parse_scope(text: str) -> Scope:
    """Return the scope that `text` spells; raises ScopeError."""
    return _Parser(text).scope()


class _Parser:
    """Reads one scope from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._level: str | None = None
        self._rights: dict[str, str] = {}
        self._general: list[str] = []

    def scope(self) -> Scope:
        self._part()
        while self._at < len(self._text):
            self._expect(",")
            self._part()
        return Scope(self._level, tuple(self._rights.items()), tuple(self._general))

    def _part(self) -> None:
        start, word = self._word((*LEVELS, *GENERAL), "an access level or a general permission")
        if word in LEVELS:
            if self._level is not None:
                raise _error("a second access level", start)
            self._level = word
            self._set()
        elif word in self._general:
            raise _error(f"{word} is named twice", start)
        else:
            self._general.append(word)

    def _set(self) -> None:
        self._expect("[")
        self._permission()
        while self._next() == ",":
            self._expect(",")
            self._permission()
        self._expect("]")

    def _permission(self) -> None:
        start, resource = self._word(RESOURCES, "a resource")
        if resource in self._rights:
            raise _error(f"{resource} is named twice", start)
        self._expect(".")
        _, self._rights[resource] = self._word(RIGHTS, "an access right")

    def _word(self, known: tuple[str, ...], what: str) -> tuple[int, str]:
        start = self._at
        match = _WORD.match(self._text, start)
        word = match[0] if match else ""
        if word not in known:
            raise _error(f"{what} is expected ({', '.join(known)})", start)
        self._at += len(word)
        return start, word

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _expect(self, character: str) -> None:
        if self._next() != character:
            raise _error(f"{character!r} is expected", self._at)
        self._at += 1


def _error(problem: str, at: int) -> ScopeError:
    return ScopeError(f"at character {at + 1}: {problem}")
