"""Read and write transit+json, compact and verbose.

Follows the transit format specification, version 0.8 (github.com/cognitect/transit-format, read
2026-11-20). It covers what Sharetribe's JavaScript SDKs send and understand:

| transit                        | Python                                     |
|--------------------------------|--------------------------------------------|
| map, array, string, null, bool | dict, list, str, None, bool                |
| integer of any size, float     | int, float                                 |
| keyword, uuid                  | Keyword, uuid.UUID                         |
| date                           | datetime in UTC with milliseconds          |
| any other tag                  | TaggedValue, for example `mn`, `geo`, `#list` |
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAP_MARK = "^ "
SHORTEST_CACHED = 4
CODE_DIGITS = 44
CODE_ZERO = ord("0")
CACHE_SIZE = CODE_DIGITS * CODE_DIGITS
LARGEST_JSON_INTEGER = 2**53 - 1
LARGEST_LONG = 2**63 - 1


class TransitError(ValueError):
    """The text is not transit, or the value cannot be written as transit."""


class Keyword(str):
    """A transit keyword; equal to the string of the same name, so that lookups stay plain."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TaggedValue:
    """A value under a tag that this module gives no meaning to."""

    tag: str
    value: Any


def read(text: str | bytes) -> Any:
    """Parse a compact or verbose transit document; raises TransitError for anything else."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        return _Reader().value(document)
    except RecursionError as error:
        raise TransitError("nested too deeply") from error
    except TransitError:
        raise
    except (ValueError, OverflowError) as error:
        raise TransitError("malformed transit") from error


def write(value: Any, verbose: bool = False) -> str:
    """Serialize a value; raises TransitError for a type without a place in the table above."""
    writer = _Writer(verbose)
    if not isinstance(value, dict | list | tuple | TaggedValue) or _is_scalar_tag(value):
        value = TaggedValue("'", value)
    return json.dumps(writer.value(value), separators=(",", ":"), allow_nan=False)


class _Reader:
    """One document's reading: the cache of strings that codes refer to."""

    def __init__(self) -> None:
        self._cache: list[Any] = []

    def value(self, node: Any) -> Any:
        if isinstance(node, str):
            return self._untagged(self._string(node, as_key=False))
        if isinstance(node, dict):
            return self._object(node)
        if isinstance(node, list):
            return self._array(node)
        return node

    def _array(self, nodes: list[Any]) -> Any:
        if not nodes:
            return []
        if nodes[0] == MAP_MARK:
            return self._compact_map(nodes[1:])
        if not isinstance(nodes[0], str):
            return [self.value(node) for node in nodes]
        first = self._string(nodes[0], as_key=False)
        if not isinstance(first, _Tag):
            return [first, *(self.value(node) for node in nodes[1:])]
        if len(nodes) != 2:
            raise TransitError("a tag takes exactly one value")
        return _tagged(first.name, self.value(nodes[1]))

    def _compact_map(self, nodes: list[Any]) -> dict[Any, Any]:
        if len(nodes) % 2:
            raise TransitError("a key has no value")
        pairs: dict[Any, Any] = {}
        for index in range(0, len(nodes), 2):
            key = self._key(nodes[index])
            pairs[key] = self.value(nodes[index + 1])
        return pairs

    def _object(self, node: dict[str, Any]) -> Any:
        if len(node) == 1:
            ((name, content),) = node.items()
            key = self._string(name, as_key=True)
            if isinstance(key, _Tag):
                return _tagged(key.name, self.value(content))
            return {key: self.value(content)}
        return {self._key(name): self.value(content) for name, content in node.items()}

    def _key(self, node: Any) -> Any:
        if not isinstance(node, str):
            raise TransitError("a key must be a string")
        return self._untagged(self._string(node, as_key=True))

    def _string(self, text: str, as_key: bool) -> Any:
        if text.startswith("^") and text != MAP_MARK:
            return self._cached(text)
        parsed = _parse(text)
        if _is_cacheable(text, as_key):
            if len(self._cache) == CACHE_SIZE:
                self._cache.clear()
            self._cache.append(parsed)
        return parsed

    def _cached(self, code: str) -> Any:
        index = _index_of(code)
        if index is None or index >= len(self._cache):
            raise TransitError("unknown cache code")
        return self._cache[index]

    @staticmethod
    def _untagged(value: Any) -> Any:
        if isinstance(value, _Tag):
            raise TransitError("a tag stands where a value belongs")
        return value


@dataclass(frozen=True, slots=True)
class _Tag:
    """A `~#name` string: it announces the type of the node after it."""

    name: str


def _tagged(name: str, value: Any) -> Any:
    return value if name == "'" else TaggedValue(name, value)


def _parse(text: str) -> Any:
    if len(text) < 2 or text[0] != "~":
        return text
    kind, rest = text[1], text[2:]
    if kind in "~^`":
        return text[1:]
    if kind == "#":
        return _Tag(rest)
    parse = _PARSERS.get(kind)
    return parse(rest) if parse else TaggedValue(kind, rest)


def _parse_boolean(text: str) -> bool:
    if text not in {"t", "f"}:
        raise TransitError("not a boolean")
    return text == "t"


def _parse_integer(text: str) -> int:
    if not re.fullmatch("-?[0-9]+", text):
        raise TransitError("not an integer")
    return int(text)


def _parse_special_number(text: str) -> float:
    numbers = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}
    if text not in numbers:
        raise TransitError("not a number")
    return numbers[text]


def _parse_milliseconds(text: str) -> datetime:
    return EPOCH + timedelta(milliseconds=_parse_integer(text))


def _parse_date(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise TransitError("a date needs its time zone")
    return moment.astimezone(UTC)


_PARSERS: dict[str, Callable[[str], Any]] = {
    ":": Keyword,
    "_": lambda _: None,
    "?": _parse_boolean,
    "i": _parse_integer,
    "n": _parse_integer,
    "d": float,
    "z": _parse_special_number,
    "u": UUID,
    "m": _parse_milliseconds,
    "t": _parse_date,
}


class _Writer:
    """One document's writing: the codes of the strings that were written before."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._codes: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._map(value)
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, TaggedValue) and not _is_scalar_tag(value):
            return self._tagged(value)
        if _is_plain(value):
            return value
        return self._cached(self._text(value), as_key=False)

    def _map(self, pairs: dict[Any, Any]) -> Any:
        if self._verbose:
            return {self._text(key): self.value(item) for key, item in pairs.items()}
        nodes: list[Any] = [MAP_MARK]
        for key, item in pairs.items():
            nodes.append(self._cached(self._text(key), as_key=True))
            nodes.append(self.value(item))
        return nodes

    def _tagged(self, value: TaggedValue) -> Any:
        tag = f"~#{value.tag}"
        if self._verbose:
            return {tag: self.value(value.value)}
        return [self._cached(tag, as_key=False), self.value(value.value)]

    def _text(self, value: Any) -> str:
        if isinstance(value, datetime):
            return self._date(value)
        if _is_scalar_tag(value):
            return f"~{value.tag}{value.value}"
        return _scalar_text(value)

    def _date(self, moment: datetime) -> str:
        moment = moment.astimezone(UTC)
        if self._verbose:
            return f"~t{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
        return f"~m{(moment - EPOCH) // timedelta(milliseconds=1)}"

    def _cached(self, text: str, as_key: bool) -> str:
        if self._verbose or not _is_cacheable(text, as_key):
            return text
        if len(self._codes) == CACHE_SIZE:
            self._codes.clear()
        if text in self._codes:
            return self._codes[text]
        self._codes[text] = _code_of(len(self._codes))
        return text


def _is_plain(value: Any) -> bool:
    """Tell whether JSON holds the value as it is, with nothing to escape."""
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return abs(value) <= LARGEST_JSON_INTEGER
    return isinstance(value, float) and math.isfinite(value)


def _is_scalar_tag(value: Any) -> bool:
    """Tell whether the tag is of the short kind, `~x…`, which fits into one string."""
    return (
        isinstance(value, TaggedValue)
        and len(value.tag) == 1
        and value.tag not in "'#"
        and isinstance(value.value, str)
    )


def _scalar_text(value: Any) -> str:
    if isinstance(value, Keyword):
        return f"~:{value}"
    if isinstance(value, str):
        return f"~{value}" if value[:1] in {"~", "^", "`"} else value
    if isinstance(value, UUID):
        return f"~u{value}"
    if value is None:
        return "~_"
    if isinstance(value, bool):
        return "~?t" if value else "~?f"
    if isinstance(value, int):
        return f"~i{value}" if -LARGEST_LONG <= value <= LARGEST_LONG else f"~n{value}"
    if isinstance(value, float):
        return _float_text(value)
    raise TransitError(f"{type(value).__name__} has no place in transit here")


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "~zNaN"
    if math.isinf(value):
        return "~zINF" if value > 0 else "~z-INF"
    return f"~d{value!r}"


def _is_cacheable(text: str, as_key: bool) -> bool:
    return len(text) >= SHORTEST_CACHED and (as_key or text[:2] in {"~:", "~#", "~$"})


def _code_of(index: int) -> str:
    high, low = divmod(index, CODE_DIGITS)
    digits = chr(CODE_ZERO + low)
    return f"^{chr(CODE_ZERO + high)}{digits}" if high else f"^{digits}"


def _index_of(code: str) -> int | None:
    digits = [ord(character) - CODE_ZERO for character in code[1:]]
    if len(digits) not in {1, 2} or not all(0 <= digit < CODE_DIGITS for digit in digits):
        return None
    return digits[0] if len(digits) == 1 else digits[0] * CODE_DIGITS + digits[1]


def _refuse_constant(name: str) -> NoReturn:
    raise TransitError(f"{name} is not JSON")
