"""What the operator sets for link pages: that there are any, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.addresses import is_loopback
from proxy.display_text import display_text
from proxy.languages import DEFAULT, LANGUAGES
from proxy.links.addresses import unlinked
from proxy.settings import Settings
from proxy.settings_reader import SettingsReader
from proxy.vendors.reference import Reference, Signing

SWITCH = "LINK_PAGES"
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class LinkPages:
    """How the pages look: the marketplace's name, perhaps its logo, and where they lead back to.

    `language` is for browsers that ask for none of ours.
    """

    marketplace: str
    logo_url: str | None
    language: str
    return_url: str


def read_link_pages(
    reader: SettingsReader, settings: Settings, vendors: Sequence[Reference]
) -> LinkPages | None:
    """Return the settings of link pages, None where there are none. Reports every problem.

    `vendors` are those that are enabled; what they cannot do by a link is advice.
    """
    is_on = reader.flag(SWITCH, default=False)
    told = reader.text("MARKETPLACE_NAME", "", pattern=r"(?s:.*)", form="any text")
    name = display_text(told, _MAX_NAME)
    logo_url = _read_logo_url(reader)
    language = reader.choice("LINK_PAGES_LANGUAGE", LANGUAGES, DEFAULT)
    return_url = reader.return_page("LINK_PAGES_RETURN_URL")
    if not is_on:
        return None
    has_page = any(reader.optional(one) for one in ("LINK_PAGES_RETURN_URL", "RETURN_URL"))
    if name is None and (told or not reader.optional("MARKETPLACE_NAME")):
        reader.report(f"{SWITCH} needs MARKETPLACE_NAME: the pages say who sends the user")
    if not reader.names("MARKETPLACE_ORIGINS") and not has_page:
        reader.report(f"{SWITCH} needs MARKETPLACE_ORIGINS: the pages lead back to the first")
    if settings.integration is None:
        reader.report(
            f"{SWITCH} needs the Integration API: set SHARETRIBE_INTEGRATION_CLIENT_ID and"
            " SHARETRIBE_INTEGRATION_CLIENT_SECRET"
        )
    for title, framed in unlinked(vendors):
        reader.advise(
            f"{title} has no link page: the page of {framed} opens inside a page of the"
            " marketplace only; serve it with another vendor too, or with a frontend of your own"
        )
    for vendor in vendors:
        if isinstance(vendor, Signing) and not vendor.opens_in_frame:
            reader.advise(
                f"a link proves nobody: who knows a user's id and e-mail address can sign in that"
                f" user's name; have {vendor.name} ask its signers for a code that only they get"
            )
    return LinkPages(name or "", logo_url, language, return_url)


def _read_logo_url(reader: SettingsReader) -> str | None:
    url = reader.page_url("MARKETPLACE_LOGO_URL")
    parts = urlsplit(url or "")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        reader.report("MARKETPLACE_LOGO_URL must start with https://: browsers show no other logo")
    return url
