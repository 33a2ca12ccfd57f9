"""Whether people come back to the marketplace, and to a page that is there."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.addresses import origin_of
from proxy.operating.configuration import Configuration
from proxy.operating.doctor.finding import Finding, bad, good, left_open, note, unreachable
from proxy.operating.return_pages import RETURN_PAGE, return_advice
from proxy.outgoing.upstream import UpstreamUnavailable

_GONE = (404, 410)


def return_page_findings(checked: Configuration, *, is_deployed: bool) -> Iterator[Finding]:
    """Say who would not come back, and open the page as a visitor would, who is not logged in."""
    settings = checked.settings
    has_link_pages = checked.link_pages is not None
    for advice in return_advice(settings, checked.parts, has_link_pages=has_link_pages):
        yield note(RETURN_PAGE, advice.removeprefix(f"{RETURN_PAGE} "))
    page = settings.return_page
    origin = origin_of(page) if page else None
    if page is None or origin is None or not is_deployed:
        return
    upstream = checked.upstreams.at("return page", origin)
    path = "/" + page.partition("//")[2].partition("/")[2]
    try:
        answer = upstream.look("GET", path, headers={"Accept": "text/html"})
    except UpstreamUnavailable as error:
        yield left_open(RETURN_PAGE, f"{page}: {unreachable(error)}")
        return
    if answer.status in _GONE:
        yield bad(
            RETURN_PAGE,
            f"{page} is no page ({answer.status}): set it to one that the marketplace has",
        )
    elif answer.status >= 500:
        yield bad(RETURN_PAGE, f"{page} fails by itself (answered {answer.status})")
    else:
        yield good(RETURN_PAGE, f"{page} is there (answered {answer.status})")
