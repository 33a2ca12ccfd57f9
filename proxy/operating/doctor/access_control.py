"""Whether the marketplace's access control fits ACCESS_RULES.

A rule allows what Console restricts, and the button that Console shows to those whom it refuses
leads to where they get it. Neither can be set from here: each finding says where to set it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

from proxy.access.policy import RULES
from proxy.display_text import display_text
from proxy.links.addresses import link, linked
from proxy.operating.configuration import Configuration
from proxy.operating.console import PLACE, SETTINGS, WITHOUT_PARAMETERS
from proxy.operating.doctor.finding import Finding, bad, good
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sharetribe.access_control import AccessControl, Restriction, read_access_control
from proxy.vendors.reference import Reference

_SECONDS = 5.0
_MAX_SHOWN = 100


def access_rule_findings(checked: Configuration) -> Iterator[Finding]:
    """Ask Sharetribe what Console restricts, and compare; nothing without rules."""
    if not checked.policy.rules:
        return
    found = _asked(checked)
    for sentence in found:
        yield bad("access control", sentence)
    if not found:
        yield good("access control", f"fits {RULES}")


def _asked(checked: Configuration) -> list[str]:
    """Return a sentence for each thing that does not fit."""
    try:
        with deadline(_SECONDS):
            control = read_access_control(checked.assets, checked.settings.client_id)
    except UpstreamUnavailable as error:
        return [_unread(error.cause)]
    except UpstreamRefused as error:
        return [_unread(f"answered {error.status}; is SHARETRIBE_CLIENT_ID the marketplace's?")]
    return list(_misfits(checked, control))


def _unread(cause: str) -> str:
    return f"the settings cannot be read ({cause}); whether they fit {RULES} is not known"


def _misfits(checked: Configuration, control: AccessControl) -> Iterator[str]:
    titles: dict[str, list[str]] = {}
    for title, rights in checked.policy.rules.items():
        for right in rights:
            titles.setdefault(right, []).append(title)
    has_pages = checked.link_pages is not None
    pages = linked(checked.parts.of(Reference)) if has_pages else []
    for right, openers in titles.items():
        restriction, setting = control.restrictions[right], f'"{SETTINGS[right]}"'
        if not restriction.is_on:
            yield (
                f"{right} of {RULES} opens nothing, since nobody lacks it; switch on {setting} in"
                f" {PLACE}"
            )
            continue
        if right == "read" and not control.is_private:
            yield (
                f"{right} of {RULES} opens nothing, since everybody may look; make the marketplace"
                f" private in {PLACE}"
            )
        links = [link(checked.settings, title) for title in openers if title in pages]
        yield from _of_button(right, setting, restriction, links)


def _of_button(
    right: str, setting: str, restriction: Restriction, links: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with a setting's button; `links` are those that open it, if any."""
    fills_in = right not in WITHOUT_PARAMETERS
    if restriction.link is None:
        way = f"paste {' or '.join(links)}" if links and fills_in else _OWN_PAGE
        yield f"{setting} has no call to action, so whom it refuses is told no way; {way}"
        return
    leads_there = any(_leads_to(restriction.link, page) for page in links)
    if links and fills_in and not leads_there:
        shown = display_text(restriction.link, _MAX_SHOWN) or "what cannot be shown"
        yield (
            f"the call to action of {setting} leads to {shown}, which is not the page for it;"
            f" paste {' or '.join(links)}"
        )
    elif leads_there and not fills_in:
        yield (
            f"the call to action of {setting} is a link page, whose user Console does not fill in"
            f" there; {_OWN_PAGE}"
        )


_OWN_PAGE = "let it lead to a page of the marketplace that says where users get it"


def _leads_to(address: str, page: str) -> bool:
    """Tell whether an address is a page's, with its placeholders, each once; it may say more."""
    try:
        given, wanted = urlsplit(address), urlsplit(page)
    except ValueError:
        return False
    is_host = given.netloc.lower() == wanted.netloc.lower()
    is_there = is_host and (given.scheme, given.path) == (wanted.scheme, wanted.path)
    asked = dict(parse_qsl(wanted.query))
    said = [(name, value) for name, value in parse_qsl(given.query) if name in asked]
    return is_there and sorted(said) == sorted(asked.items())
