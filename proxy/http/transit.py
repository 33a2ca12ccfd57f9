"""Reader for transit+json request bodies, compact and verbose.

The Sharetribe Web Template sends every `/api` body as transit (`src/util/api.js`, v12.2.0):
compact in production, verbose in development. Only what such a body can hold is understood: maps,
arrays, scalars, keywords, symbols, UUIDs, instants and the cache codes of the compact form.
Format: github.com/cognitect/transit-format (read 2026-11).
"""

from __future__ import annotations

import json
from typing import Any

from proxy.lenient_json import unrepeated

_CACHE_BASE = ord("0")
_CACHE_DIGITS = 44
_CACHE_SIZE = _CACHE_DIGITS * _CACHE_DIGITS
_MAP_MARKER = "^ "
_MAX_DEPTH = 32


class TransitError(ValueError):
    """The text is not transit+json, or holds something that a request body never holds."""


def read_transit(text: str | bytes) -> Any:
    """Return the value of a transit+json text as plain Python values.

    Keywords, symbols, UUIDs and instants become strings; map keys become strings. Raises
    TransitError for everything else, RecursionError never.
    """
    try:
        document = json.loads(text, object_pairs_hook=unrepeated)
    except (ValueError, RecursionError) as error:
        raise TransitError("not JSON, or a key stands twice") from error
    return _Reader().read(document, depth=0)


class _Reader:
    """Reads one document: the cache of the compact form lives as long as the document."""

    def __init__(self) -> None:
        self._cache: list[str] = []

    def read(self, value: Any, depth: int, *, is_key: bool = False) -> Any:
        if depth > _MAX_DEPTH:
            raise TransitError("nested too deeply")
        if isinstance(value, str):
            return self._plain(self._uncached(value, is_key=is_key))
        if isinstance(value, list):
            return self._read_list(value, depth)
        if isinstance(value, dict):
            return self._read_verbose_map(value, depth)
        return value

    def _uncached(self, text: str, *, is_key: bool) -> str:
        """Resolve a cache code, or remember a string that the writer will have cached."""
        if text.startswith("^") and text != _MAP_MARKER:
            return self._cached(text[1:])
        if len(text) > 3 and (is_key or text[:2] in ("~:", "~$", "~#")):
            if len(self._cache) == _CACHE_SIZE:
                self._cache.clear()
            self._cache.append(text)
        return text

    def _cached(self, digits: str) -> str:
        index = 0
        for digit in digits:
            position = ord(digit) - _CACHE_BASE
            if not 0 <= position < _CACHE_DIGITS:
                raise TransitError("unknown cache code")
            index = index * _CACHE_DIGITS + position
        if not 1 <= len(digits) <= 2 or index >= len(self._cache):
            raise TransitError("unknown cache code")
        return self._cache[index]

    def _plain(self, text: str) -> Any:
        """Turn an encoded string into a plain value."""
        if not text.startswith("~"):
            return text
        tag, rest = text[1:2], text[2:]
        if tag in ("~", "^", "`"):
            return text[1:]
        if tag in (":", "$", "u", "t", "m", "r", "c"):
            return rest
        if tag == "_" and not rest:
            return None
        if tag == "?" and rest in ("t", "f"):
            return rest == "t"
        if tag in ("i", "n"):
            return _integer(rest)
        raise TransitError("a tagged value that is not understood here")

    def _read_list(self, items: list[Any], depth: int) -> Any:
        if not items:
            return []
        if items[0] == _MAP_MARKER:
            return self._read_map(items[1:], depth)
        first = items[0]
        if isinstance(first, str) and len(items) == 2:
            tag = self._uncached(first, is_key=False)
            if tag == "~#'":
                return self.read(items[1], depth + 1)
            if tag.startswith("~#"):
                raise TransitError("a tagged value that is not understood here")
            return [self._plain(tag), self.read(items[1], depth + 1)]
        return [self.read(item, depth + 1) for item in items]

    def _read_map(self, items: list[Any], depth: int) -> dict[str, Any]:
        if len(items) % 2:
            raise TransitError("a map with a key but no value")
        result: dict[str, Any] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            name = self.read(key, depth + 1, is_key=True)
            if not isinstance(name, str) or name in result:
                raise TransitError("a map key that is not text, or stands twice")
            result[name] = self.read(value, depth + 1)
        return result

    def _read_verbose_map(self, value: dict[str, Any], depth: int) -> Any:
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key == "~#'":
                return self.read(inner, depth + 1)
            if key.startswith("~#"):
                raise TransitError("a tagged value that is not understood here")
        return self._read_map([part for pair in value.items() for part in pair], depth)


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 40:
        raise TransitError("not a whole number")
    return int(text)
