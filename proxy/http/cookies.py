"""Reading the `Cookie` header as browsers write it and the marketplace's SDK reads it.

Browsers send whatever a page has set, other people's cookies first where their path is longer (RFC
6265 5.4), so nothing in a value may hide the next pair, and a name may stand there twice.
"""

from __future__ import annotations

from collections.abc import Iterator

_BLANK = " \t"


def cookie_values(header: str | None, name: str) -> tuple[str, ...]:
    """Return the values that a `Cookie` header has under `name`, in their order.

    Pairs end at semicolons, whatever stands in a value (RFC 6265 4.2.1); quotation marks around a
    whole value do not belong to it. Names are compared exactly. The text is as WSGI has it:
    Latin-1.
    """
    return tuple(value for key, value in cookie_pairs(header) if key == name)


def cookie_pairs(header: str | None) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a `Cookie` header, in their order, as `cookie_values` reads it.

    Among cookies of one path browsers send the oldest first (RFC 6265 5.4).
    """
    for pair in (header or "").split(";"):
        key, equals, value = pair.partition("=")
        if equals:
            yield key.strip(_BLANK), _unquoted(value.strip(_BLANK))


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
