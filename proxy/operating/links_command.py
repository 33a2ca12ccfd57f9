"""`flask --app app links`: the links to set in Sharetribe's Console, and in which of its menus.

Menus and placeholders: sharetribe.com/help, "Using dynamic parameters when linking to external
services in Access control call to actions"; sharetribe.com/docs, "User access control in
Sharetribe" (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from proxy.access.policy import APPROVE
from proxy.links.addresses import link, linked, unlinked
from proxy.links.settings import SWITCH
from proxy.operating.configuration import Configuration
from proxy.vendors.reference import Reference

# Console's names of what a rule opens; the placeholders work in all but the last.
_SETTINGS = {
    APPROVE: "Approve users who want to join",
    "postListings": "Restrict listing posting rights",
    "initiateTransactions": "Restrict transaction rights",
    "read": "Restrict viewing rights",
}
_WITHOUT_PARAMETERS = ("read",)


def links_command(configuration: Callable[[], Configuration]) -> click.Command:
    """Return the command; it reads the configuration when it runs."""

    @click.command("links")
    def links() -> None:
        """Print the links of link pages, to paste into Sharetribe's Console as they are."""
        read = configuration()
        if read.link_pages is None:
            raise click.ClickException(f"there are no link pages: set {SWITCH}=true")
        click.echo(
            "Sharetribe Console, Build, General, Access control: switch on what each link is"
        )
        click.echo("for, choose an external link as its call to action, and paste the link.")
        for line in _lines(read):
            click.echo(line)

    return links


def _lines(read: Configuration) -> Iterator[str]:
    vendors = read.parts.of(Reference)
    for title in linked(vendors):
        yield ""
        yield title
        yield f"  {link(read.settings, title)}"
        rights = read.policy.rules.get(title, ())
        for right in rights:
            yield f"  for: {_SETTINGS[right]}"
            if right in _WITHOUT_PARAMETERS:
                yield "       Console fills in no placeholders there; put the link elsewhere"
        if not rights:
            yield f"  for: nothing; no rule of ACCESS_RULES says what {title} opens"
    for title, vendor in unlinked(vendors):
        yield ""
        yield f"{title} has no link: the page of {vendor} opens inside a marketplace page only"
