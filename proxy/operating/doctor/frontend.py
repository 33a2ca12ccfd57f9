"""Whether the frontend answers, and does not lead back here."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from proxy.addresses import origin_of, redirect_target
from proxy.operating.configuration import Configuration
from proxy.operating.doctor.finding import Finding, bad, good, left_open, unreachable
from proxy.outgoing.upstream import Answer, Upstream, UpstreamUnavailable

FRONTEND = "FRONTEND_URL"


def frontend_findings(checked: Configuration, *, is_deployed: bool) -> Iterator[Finding]:
    """Ask the frontend for its front page, as a visitor's request is passed on, and for ours.

    From another machine than the app's it may not be reached; what the app serves tells then.
    """
    settings = checked.settings
    if settings.frontend_url is None:
        return
    upstream = checked.upstreams.at("frontend", settings.frontend_url)
    public = urlsplit(settings.public_url)
    headers = {
        "Accept": "text/html",
        "X-Forwarded-Host": public.netloc,
        "X-Forwarded-Proto": public.scheme,
    }
    try:
        page = upstream.look("GET", "/", headers=headers)
    except UpstreamUnavailable as error:
        words = f"{settings.frontend_url}: {unreachable(error)}"
        if is_deployed and _is_served(checked):
            words = f"not reached from this machine ({error.cause}); PUBLIC_URL serves its pages"
            yield left_open(FRONTEND, words)
        else:
            yield bad(FRONTEND, words)
        return
    if _is_this_app(upstream):
        yield bad(
            FRONTEND,
            "it leads to this app itself, so that each page would come back here; set it to where"
            " the frontend listens, inside",
        )
    elif page.status >= 500:
        yield bad(FRONTEND, f"the frontend fails by itself (answered {page.status}): see its logs")
    elif _leads_round(page, settings.frontend_url, settings.public_url):
        yield bad(
            FRONTEND,
            "the frontend sends its own front page on to PUBLIC_URL, from where it is asked again:"
            " browsers go round; turn that redirect off in the frontend (TLS ends before us)",
        )
    else:
        yield good(FRONTEND, f"the frontend answers (with {page.status})")


def _is_served(checked: Configuration) -> bool:
    """Tell whether there is a front page at PUBLIC_URL."""
    public = checked.upstreams.at("public", checked.settings.public_url)
    try:
        page = public.look("GET", "/", headers={"Accept": "text/html"})
    except UpstreamUnavailable:
        return False
    is_page = (page.headers.get("Content-Type") or "").startswith("text/html")
    return page.status < 400 and (is_page or page.status >= 300)


def _is_this_app(upstream: Upstream) -> bool:
    """Tell whether our own routes are there, which no frontend has."""
    try:
        told = upstream.look("GET", "/healthz", headers={"Accept": "application/json"})
        return told.status == 200 and told.json_object() == {"status": "alive"}
    except UpstreamUnavailable:
        return False


def _leads_round(page: Answer, frontend: str, public: str) -> bool:
    if not 300 <= page.status < 400:
        return False
    target = redirect_target(f"{frontend}/", page.headers.get("Location"))
    is_public = target is not None and origin_of(target) == origin_of(public)
    return is_public and urlsplit(target or "").path in ("", "/")
