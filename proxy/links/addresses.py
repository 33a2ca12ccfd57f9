"""Which subjects have link pages, and the addresses that the operator sets as links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from proxy.references.subject import Subject
from proxy.settings import Settings
from proxy.vendors.reference import Reference

PATH = "/go"
# The web template puts the user's own values there (sharetribe.com/help, "Using dynamic parameters
# when linking to external services in Access control call to actions", read 2026-11).
_PARAMETERS = "user={userId}&email={userEmail}"


def linked(vendors: Iterable[Reference]) -> list[str]:
    """Return the titles of the subjects that have a link page, `signing/rules`, in their order."""
    return list(dict.fromkeys(title for title, one in _served(vendors) if not one.opens_in_frame))


def unlinked(vendors: Sequence[Reference]) -> list[tuple[str, str]]:
    """Return the titles of those that have none, each with the name of its vendor."""
    known = linked(vendors)
    return [(title, one.name) for title, one in _served(vendors) if title not in known]


def _served(vendors: Iterable[Reference]) -> Iterator[tuple[str, Reference]]:
    for vendor in vendors:
        for name in vendor.subjects:
            yield Subject(vendor.matter, name).title, vendor


def page_url(settings: Settings, title: str) -> str:
    """Return the address of a subject's page."""
    return f"{settings.public_url}{settings.api_prefix}{PATH}/{title}"


def done_url(settings: Settings, title: str, trip: str) -> str:
    """Return where the vendor sends the browser back to; `trip` is sealed (`proxy.links.seals`)."""
    return f"{page_url(settings, title)}/done/{trip}"


def link(settings: Settings, title: str) -> str:
    """Return the link to set, with the placeholders that become the user's own values."""
    return f"{page_url(settings, title)}?{_PARAMETERS}"
