"""The pages: what is told of how a matter stands, in the browser's language, as HTML.

Templates escape whatever they are given; no page has a script, a style or a frame in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, render_template

from proxy.addresses import origin_of
from proxy.display_text import display_text
from proxy.links.languages import texts
from proxy.links.settings import LinkPages
from proxy.references.subject import Subject

# How often a page of what has not ended looks again by itself, and in how many seconds.
LOOKS = (3, 3, 4, 5, 5, 8, 10, 15, 20, 30, 30, 30)
_NOTICE_TONES = {"finished": "good", "invalid": "bad", "refused": "bad"}
_ASKS = ("none", "invalid")
_OPENING = "opening"
_WAITS = ("pending", "waiting", _OPENING)


@dataclass(frozen=True, slots=True)
class Look:
    """The next look that a page takes by itself: in how many seconds, where, and where not."""

    seconds: int
    url: str = field(repr=False)
    stop_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as the template has it.

    `tone` is `ask`, `wait`, `good` or `bad`. `form` is the seal that its button is sent with, to
    `action` ("" for where it stands), `way` what the button says, `again_url` where the page is to
    be had anew.
    """

    tone: str
    heading: str
    paragraphs: tuple[str, ...]
    title: str = ""
    account: str = field(default="", repr=False)
    reason: str = ""
    form: str = field(default="", repr=False)
    way: str = ""
    action: str = ""
    again_url: str | None = field(default=None, repr=False)
    look: Look | None = None
    status: int = 200
    retry_after: int | None = None


class Pages:
    """Makes the pages of one marketplace."""

    def __init__(self, links: LinkPages, style_url: str, *, is_local: bool) -> None:
        """`style_url` is the stylesheet's; on one's own machine vendors are not https."""
        self._links = links
        self._style_url = style_url
        images = origin_of(links.logo_url) if links.logo_url else None
        # Browsers hold the redirect that answers a form to its policy too, and it leads to vendors.
        schemes = "https: http:" if is_local else "https:"
        self._policy = (
            f"default-src 'none'; style-src 'self'; img-src {images or chr(39) + 'none' + chr(39)};"
            f" form-action 'self' {schemes}; base-uri 'none'; frame-ancestors 'none'"
        )

    def standing(
        self, language: str, subject: Subject, told: Mapping[str, Any], *, is_back: bool = False
    ) -> Page:
        """Return the page of how a subject stands; who renders it adds what leads on.

        `is_back`: the vendor has just sent the browser back.
        """
        words = texts(language)
        said = words[subject.matter.name]
        word = _word(told, subject)
        names = self._names(subject)
        if word == _OPENING or (is_back and word == "pending"):
            lines = words[_OPENING if word == _OPENING else "returned"]
        else:
            lines = said[word]
        heading, *paragraphs = (text.format_map(names) for text in lines)
        return Page(
            _tone(word, subject),
            heading,
            tuple(paragraphs),
            title=said["title"].format_map(names),
            way=said["start"] if word == "ask" else words[_way(word, subject)],
        )

    def notice(self, language: str, name: str, *, hours: int = 0, **fields: Any) -> Page:
        """Return a page that says why something cannot be done; `fields` are Page's."""
        names = {"marketplace": self._links.marketplace, "hours": hours}
        heading, *paragraphs = (text.format_map(names) for text in texts(language)[name])
        return Page(_NOTICE_TONES.get(name, "wait"), heading, tuple(paragraphs), **fields)

    def _names(self, subject: Subject) -> dict[str, str]:
        name = subject.name.replace("-", " ")
        return {"marketplace": self._links.marketplace, "subject": name[:1].upper() + name[1:]}

    def response(self, language: str, page: Page) -> Response:
        """Return a page as an answer."""
        html = render_template(
            "link-page.html",
            page=page,
            links=self._links,
            words=texts(language),
            language=language,
            style_url=self._style_url,
        )
        response = Response(html, page.status, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = self._policy
        response.headers["Content-Language"] = language
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Robots-Tag"] = "noindex"
        response.headers.add("Vary", "Accept-Language, Cookie")
        if page.retry_after is not None:
            response.headers["Retry-After"] = str(page.retry_after)
        if page.look is not None:
            response.headers["Refresh"] = f"{page.look.seconds}; url={page.look.url}"
        return response


def _word(told: Mapping[str, Any], subject: Subject) -> str:
    """Return under which name the texts of an answer stand.

    What was paid for until a time that has passed is asked for again, as far as is known here. What
    is good and has not opened its rights yet is no end: who begins is let in.
    """
    status, matter = str(told["status"]), subject.matter
    if told[matter.flag] and "access" in told:
        return _OPENING
    if status == "pending" and "reason" in told:
        return "waiting"
    has_lapsed = matter.is_good(status) and not told[matter.flag]
    return "ask" if status in _ASKS or has_lapsed else status


def _tone(word: str, subject: Subject) -> str:
    if word == "ask":
        return "ask"
    if word in _WAITS:
        return "wait"
    return "good" if subject.matter.is_good(word) else "bad"


def _way(word: str, subject: Subject) -> str:
    """Return which button leads on; `nowhere`: none, a page is the end, or waits for others."""
    matter = subject.matter
    if word == "waiting" or matter.is_good(word) or matter.is_living(word):
        return "nowhere"
    return "continue" if word in ("pending", _OPENING) else "try_again"


def reason_of(told: Mapping[str, Any]) -> str:
    """Return why it has not ended well, in the vendor's words; "" where it does not say."""
    reason = told.get("reason") or {}
    return display_text(reason.get("description")) or ""
