"""Netverify's form, field by field: what nobody needs cannot spoil the rest.

The names and addresses of people stand in it in whatever their documents and Jumio's systems made
of them. Format: url.spec.whatwg.org, 5.1; which fields there are: callback.md of Jumio's guides.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from proxy.vendors import CallbackUnreadable

# A byte order mark that was escaped along with the first name.
_ESCAPED_MARK = re.compile(rb"%EF%BB%BF", re.IGNORECASE)


class Form:
    """The fields of one body, undecoded until somebody asks for them.

    How many there may be is bounded by the size of a body alone: Jumio adds some every year.
    """

    def __init__(self, body: bytes) -> None:
        escaped = _ESCAPED_MARK.match(body)
        self._fields: dict[bytes, list[bytes]] = {}
        for pair in body[escaped.end() if escaped else 0 :].split(b"&"):
            name, _, value = pair.partition(b"=")
            self._fields.setdefault(_unescaped(name), []).append(value)

    def __contains__(self, name: str) -> bool:
        """Tell whether a field of this name stands in the body, however often."""
        return name.encode() in self._fields

    def used(self, name: str) -> str | None:
        """Return a field on which something depends, None where it is absent.

        Raises CallbackUnreadable where it stands twice, even with one value, or is not UTF-8.
        """
        values = self._fields.get(name.encode(), [])
        if len(values) > 1:
            raise CallbackUnreadable(f"The body repeats the field {name}.")
        try:
            return _unescaped(values[0]).decode("utf-8") if values else None
        except UnicodeDecodeError:
            raise CallbackUnreadable(f"The field {name} is not UTF-8.") from None

    def kept(self, name: str) -> str | None:
        """Return a field that is nice to have.

        None where it is absent, is not UTF-8 (Latin-1, Java's modified UTF-8), or contradicts
        itself.
        """
        values = {_unescaped(value) for value in self._fields.get(name.encode(), [])}
        try:
            return values.pop().decode("utf-8") if len(values) == 1 else None
        except UnicodeDecodeError:
            return None


def _unescaped(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))
