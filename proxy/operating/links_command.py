"""`flask --app app links`: the links to set in Sharetribe's Console, and in which of its menus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from proxy.links.addresses import link, linked, unlinked
from proxy.links.settings import SWITCH
from proxy.operating.configuration import Configuration
from proxy.operating.console import PLACE, SETTINGS, WITHOUT_PARAMETERS
from proxy.vendors.reference import Reference


def links_command(configuration: Callable[[], Configuration]) -> click.Command:
    """Return the command; it reads the configuration when it runs."""

    @click.command("links")
    def links() -> None:
        """Print the links of link pages, to paste into Sharetribe's Console as they are."""
        read = configuration()
        if read.link_pages is None:
            raise click.ClickException(f"there are no link pages: set {SWITCH}=true")
        click.echo(f"{PLACE}: switch on what each link is")
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
            yield f"  for: {SETTINGS[right]}"
            if right in WITHOUT_PARAMETERS:
                yield "       Console fills in no placeholders there; put the link elsewhere"
        if not rights:
            yield f"  for: nothing; no rule of ACCESS_RULES says what {title} opens"
    for title, vendor in unlinked(vendors):
        yield ""
        yield f"{title} has no link: the page of {vendor} opens inside a marketplace page only"
