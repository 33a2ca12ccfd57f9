"""Undoes the content coding of an answer (RFC 9110 8.4.1), within a limit."""

from __future__ import annotations

import zlib

# What the window bits of zlib mean by the coding's name. Deflate is the zlib format, but some send
# it without its wrapping.
_GZIP = (16 + zlib.MAX_WBITS,)
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}


class CodingInvalid(Exception):
    """The content is not what its coding says, or breaks off."""


def decoded(content: bytes, coding: str, max_bytes: int) -> bytes:
    """Return `content` without its coding (a `Content-Encoding`).

    No more than `max_bytes` and one more byte is ever unpacked, and returned: whoever gets more
    than `max_bytes` knows that there is too much. A coding that is not known (none is asked for)
    leaves the content as it is. Raises CodingInvalid.
    """
    for window in _WINDOWS.get(coding.strip().lower(), ()):
        try:
            return _inflated(content, window, max_bytes + 1)
        except zlib.error as error:
            failure = error
    if coding.strip().lower() in _WINDOWS:
        raise CodingInvalid("not in the coding that it names") from failure
    return content


def _inflated(content: bytes, window: int, limit: int) -> bytes:
    """Return at most `limit` bytes of all the members of `content`, one after the other."""
    found: list[bytes] = []
    while content and limit > 0:
        member = zlib.decompressobj(window)
        found.append(member.decompress(content, limit))
        limit -= len(found[-1])
        if limit > 0 and not member.eof:
            raise CodingInvalid("it breaks off")
        content = member.unused_data
    return b"".join(found)
