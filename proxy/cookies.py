"""Reading the `Cookie` header as browsers write it and the marketplace's SDK reads it.

Browsers send whatever a page has set, other people's cookies first where their path is longer (RFC
6265 5.4), so nothing in a value may hide the next pair, and a name may stand there twice.
"""

from __future__ import annotations

_BLANK = " \t"


def cookie_values(header: str | None, name: str) -> tuple[str, ...]:
    """Return the values that a `Cookie` header has under `name`, in their order.

    Pairs end at semicolons, whatever stands in a value (RFC 6265 4.2.1); quotation marks around a
    whole value do not belong to it. Names are compared exactly.
    The text is as WSGI has it: Latin-1.
    """
    values = []
    for pair in (header or "").split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip(_BLANK) == name:
            values.append(_unquoted(value.strip(_BLANK)))
    return tuple(values)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
