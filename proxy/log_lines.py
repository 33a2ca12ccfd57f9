"""One event, one line: a line is begun when something begins, and written when that has ended.

What is found out meanwhile is added, so that whatever went wrong, the line says whose it was and
how far it came.

    outcome    what we did: stored, repeated, deferred, refused …
    result     how it stands, in the words of `proxy.vendors.matters.Status`
    reason     a code: why a result is not good, or the problem for which something was refused
    subject    the word of the user, `case` that of the vendor's session (`crypto.LogWords`)
    matter     what it is about: identity, signing/<document>, billing/<plan>
    cause      the same in words, for the operator
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from proxy.logs import log_event
from proxy.problems import Problem

_ORDER = ("trip", "matter", "outcome", "result", "reason", "rights", "subject", "case", "cause")
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)


class Line:
    """The line of one event; nothing is written before `write`, or the end of `telling`."""

    def __init__(self, event: str, **fields: object) -> None:
        """`fields` are known from the beginning (`proxy.logs.ALLOWED_KEYS`); None for unknown."""
        self._event = event
        self._fields = dict(fields)
        self._level = logging.INFO

    def add(self, **fields: object) -> None:
        """Add what has become known; what was said of it before gives way."""
        self._fields |= fields

    def add_missing(self, **fields: object) -> None:
        """Add what nothing was said of before."""
        self._fields = {**fields, **self._fields}

    def warn(self) -> None:
        """Make it a warning: it is the operator's business."""
        self._level = logging.WARNING

    def write(self) -> None:
        """Write the line."""
        known = {name: self._fields[name] for name in _ORDER if name in self._fields}
        log_event(self._event, self._level, **known | self._fields)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Write the line at the end of the block, with the problem that ends it where one does."""
        try:
            yield
        except Exception as error:
            self.warn()
            self._add_failure(error)
            self.write()
            raise
        self.write()

    def _add_failure(self, error: Exception) -> None:
        if not isinstance(error, Problem):
            self._add_other_failure(getattr(error, "code", None))
            return
        is_theirs = error.status < HTTPStatus.INTERNAL_SERVER_ERROR
        outcome = "refused" if is_theirs else "failed"
        self.add(outcome=outcome, reason=error.code, cause=error.cause or None)
        error.is_logged = True

    def _add_other_failure(self, status: object) -> None:
        """Add what is no problem of ours: refusals by the framework have a status."""
        is_theirs = isinstance(status, int) and status < HTTPStatus.INTERNAL_SERVER_ERROR
        self.add(
            outcome="refused" if is_theirs else "failed",
            reason="bad-request" if is_theirs else "internal-error",
        )


def reason_code(code: str | None) -> str | None:
    """Return a vendor's reason code as logs may have it: none of them is a text."""
    if not code:
        return None
    return code if _CODE.fullmatch(code) else "other"
