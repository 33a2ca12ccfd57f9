"""The operator's command `connect`: a connection made by copying a code, without a return URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import click

from proxy.connections.trip import user_tag
from proxy.operating.assembly import connection_trip, operator_of
from proxy.operating.configuration import Configuration
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sharetribe.client import Operator, User
from proxy.vendors.connection import GrantRefused
from proxy.vendors.integration import ConnectionParts


def connect_command(configuration: Callable[[], Configuration]) -> click.Command:
    """Return the command; it reads the configuration when it runs."""

    @click.command("connect")
    @click.argument("vendor")
    @click.argument("user_id", type=click.UUID)
    def connect(vendor: str, user_id: UUID) -> None:
        """Connect USER_ID to VENDOR by a code that its consent page shows.

        For tills and tests that no browser can be sent back to. The Integration API stores the
        connection in the user's private data, sealed, as if the user had come back.
        """
        checked = configuration()
        connected = _find(checked, vendor)
        operator = operator_of(checked)
        if operator is None:
            raise click.ClickException(
                "The Integration API is not configured; it is what stores the connection."
            )
        user = _show(operator, user_id)
        out_of_band = connected.out_of_band
        if out_of_band is None:
            raise click.ClickException(f"{vendor} has no page that shows a code")
        click.echo("Open this address, allow the access, and copy the code that is shown:")
        click.echo(f"\n  {out_of_band.out_of_band_url(user_tag(user_id))}\n")
        code = click.prompt("Code", hide_input=True).strip()
        trip = connection_trip(checked, connected.vendor, operator, time.time)
        try:
            grant = connected.vendor.exchange(code)
            trip.store(operator.user(user_id), user, grant)
        except GrantRefused as error:
            raise click.ClickException(f"{vendor} does not take the code: {error}") from None
        except (UpstreamUnavailable, UpstreamRefused) as error:
            raise click.ClickException(f"Nothing was connected: {error}") from None
        click.echo(f"Connected {user_id} to {vendor}:")
        for name, value in grant.details.items():
            click.echo(f"  {name:<18} {value}")

    return connect


def _find(checked: Configuration, vendor: str) -> ConnectionParts:
    for connected in checked.connections:
        if connected.vendor.name == vendor:
            return connected
    known = ", ".join(connected.vendor.name for connected in checked.connections) or "none"
    raise click.ClickException(f"{vendor!r} is not an enabled connection; enabled: {known}")


def _show(operator: Operator, user_id: UUID) -> User:
    try:
        return operator.user(user_id).show()
    except (UpstreamUnavailable, UpstreamRefused) as error:
        raise click.ClickException(f"The user cannot be read: {error}") from None
