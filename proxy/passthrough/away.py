"""The page for visitors of a frontend that is away: in their language, and it looks again itself.

Only a browser that opens a page gets it; whoever else asks gets the problem as JSON. It needs no
script, no cookie and no other address. All pages of an outage look again at about the same pace,
which slows down as the outage goes on, so that nothing has to be remembered of any visitor.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from proxy.display_text import display_text
from proxy.languages import DEFAULT, chosen
from proxy.problems import RETRY_AFTER_SECONDS, Problem
from proxy.refusals import SECURITY_HEADERS
from proxy.settings_reader import SettingsReader
from proxy.wire.answer_reader import Field
from proxy.wire.exchange import Head, date_field

_AWAY = (502, 503, 504)
_METHODS = ("GET", "HEAD")
_HTML = "text/html"
_MAX_NAME = 80
_SLOWEST_SECONDS = 60
# Bytes. Browsers send less than 200.
_MOST_ACCEPTED = 512
_FOLDER = Path(__file__).parent
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Outage:
    """How long the frontend has been away, and so how soon it is worth asking again."""

    def __init__(self) -> None:
        self._since: float | None = None

    def failed(self, now: float) -> int:
        """Note a failure, and return in how many seconds to ask again: from 5 to 60.

        `now` is any clock's time in seconds. After a quarter of what the outage has lasted: nobody
        waits much longer than it takes.
        """
        if self._since is None:
            self._since = now
        return min(_SLOWEST_SECONDS, max(RETRY_AFTER_SECONDS, int((now - self._since) / 4)))

    def is_over(self) -> None:
        """Note that the frontend has answered."""
        self._since = None


class AwayPage:
    """Makes the page of one marketplace."""

    def __init__(self, marketplace: str | None = None, language: str = DEFAULT) -> None:
        """`marketplace` is its name, `language` for browsers that ask for none of ours."""
        self._marketplace = marketplace
        self._language = language
        self._page = Template((_FOLDER / "away.html").read_text(encoding="utf-8"))
        style = _STYLE.search(self._page.template)
        digest = hashlib.sha256(style[1].encode() if style else b"").digest()
        self._policy = (
            f"default-src 'none'; style-src 'sha256-{b64encode(digest).decode()}';"
            " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def is_for(self, head: Head, problem: Problem) -> bool:
        """Tell whether `problem` is told by the page: somebody opens one, and it may come back.

        A browser says so (W3C Fetch Metadata); what an older one accepts names HTML.
        """
        if problem.status not in _AWAY or head.method not in _METHODS or head.upgrade is not None:
            return False
        destination = head.value(b"sec-fetch-dest")
        if destination is not None:
            return destination.strip().lower() == b"document"
        accepted = parse_accept_header(_text(head, b"accept"), MIMEAccept)
        return any(quality > 0 and kind.lower() == _HTML for kind, quality in accepted)

    def answer(self, head: Head, problem: Problem, request_id: str) -> tuple[list[Field], bytes]:
        """Return fields and body of the answer; the status is the problem's."""
        language = chosen(_text(head, b"accept-language"), self._language)
        words = _texts()[language]
        # Spread, so that all of an outage's visitors do not come in the same second.
        pause = problem.retry_after or RETRY_AFTER_SECONDS
        seconds = pause + random.randint(0, pause // 2)  # noqa: S311 - nothing secret
        name = self._marketplace
        told = {
            "language": language,
            "title": words["heading"] + (f" | {name}" if name else ""),
            "name": name or "",
            "heading": words["heading"],
            "away": words["away"].format(marketplace=name) if name else words["away_unnamed"],
            "again_in": words["again_in"].format(seconds=seconds),
            "again": words["again"],
            "number": words["number"],
            "request_id": request_id,
        }
        body = self._page.substitute({key: escape(text) for key, text in told.items()})
        fields = {
            **SECURITY_HEADERS,
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": language,
            "Content-Security-Policy": self._policy,
            "Refresh": str(seconds),
            "Retry-After": str(pause),
            "Vary": "Accept, Accept-Language, Sec-Fetch-Dest",
            "X-Request-Id": request_id,
            "X-Robots-Tag": "noindex",
        }
        sent = [(key.encode(), value.encode()) for key, value in fields.items()]
        return [*sent, date_field()], body.encode()


def read_away_page(reader: SettingsReader) -> AwayPage:
    """Return the page with the marketplace's name, if that is set, as link pages have it."""
    name = display_text(reader.optional("MARKETPLACE_NAME"), _MAX_NAME)
    language = reader.optional("LINK_PAGES_LANGUAGE") or DEFAULT
    return AwayPage(name, language if language in _texts() else DEFAULT)


def _text(head: Head, name: bytes) -> str:
    """Return what a browser accepts; more than any sends would hold up the event loop."""
    return (head.value(name) or b"")[:_MOST_ACCEPTED].decode("latin-1")


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """Return the texts by language."""
    read: dict[str, dict[str, str]] = json.loads((_FOLDER / "away.json").read_text("utf-8"))
    return read
