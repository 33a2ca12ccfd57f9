"""A marketplace frontend as the pass-through meets one, in a process of its own.

`/pages/<bytes>` is a page of that size; `/quiet` begins an answer, and then sends a byte every so
often; `/rude/<act>` does one of `RUDE_ACTS`. `python -m bench.frontend`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

from bench.answering import Caller, response, run

_QUIET_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n11\r\n: the first chunk\r\n"
)
_QUIET_BYTE = b"1\r\n.\r\n"


class Frontend:
    """The frontend: how often a quiet stream says something, and what was asked of it."""

    def __init__(self) -> None:
        self._quiet_seconds = 20.0
        self._asked = 0

    def obey(self, order: Mapping[str, Any]) -> Mapping[str, int]:
        """Take `quiet_seconds`, where given; return what was `asked` since the last order."""
        self._quiet_seconds = order.get("quiet_seconds", self._quiet_seconds)
        asked, self._asked = self._asked, 0
        return {"asked": asked}

    def answer(self, caller: Caller) -> None:
        """Answer one request by its path."""
        self._asked += 1
        _, _, rest = caller.target.partition(b"/")
        kind, _, argument = rest.partition(b"/")
        if kind == b"quiet":
            caller.send(_QUIET_HEAD)
            self._whisper_later(caller)
        elif kind == b"rude":
            caller.misbehave(argument.decode(), page(20_000))
        elif kind == b"pages":
            caller.send(page(int(argument)))
        else:
            caller.send(response("404 Not Found", "text/plain", b"There is no such page."))

    def _whisper_later(self, caller: Caller) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._quiet_seconds, self._whisper, caller)

    def _whisper(self, caller: Caller) -> None:
        if caller.is_open():
            caller.send(_QUIET_BYTE)
            self._whisper_later(caller)


@cache
def page(size: int) -> bytes:
    """Return an answer whose body has `size` bytes."""
    line = b"<p>The quick brown fox jumps over the lazy dog, and nobody minds.</p>\n"
    body = (line * (size // len(line) + 1))[:size]
    return response("200 OK", "text/html; charset=utf-8", body, 'ETag: "bench"')


def main() -> None:
    """Serve until standard input ends."""
    frontend = Frontend()
    run(frontend.answer, frontend.obey)


if __name__ == "__main__":
    main()
