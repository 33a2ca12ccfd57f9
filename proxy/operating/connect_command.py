"""The operator's command `connect`: a connection made by copying a code, without a return URL."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import click

from proxy.connections.refresh import FreshGrants
from proxy.connections.trip import ConnectionTrip
from proxy.operating.configuration import Configuration
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sharetribe.client import User
from proxy.sharetribe.operator import Operator
from proxy.vendors.connection import (
    Connection,
    ConnectionCallbacks,
    ConnectionLost,
    GrantRefused,
)


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
        kernel = checked.kernel(time.time)
        connection = _find(checked, vendor)
        if kernel.operator is None:
            raise click.ClickException(
                "The Integration API is not configured; it is what stores the connection."
            )
        user = _show(kernel.operator, user_id)
        callbacks = checked.parts.named(ConnectionCallbacks, vendor)
        trip = ConnectionTrip(connection, callbacks, FreshGrants(connection, kernel), kernel)
        begun = trip.begin_out_of_band(user_id)
        if begun is None:
            raise click.ClickException(f"{vendor} has no page that shows a code")
        click.echo("Open this address, allow the access, and copy the code that is shown:")
        click.echo(f"\n  {begun.authorize_url}\n")
        code = click.prompt("Code", hide_input=True).strip()
        try:
            grant = connection.exchange(begun.redeeming(code))
            trip.keeper.store(trip.keeper.slot(kernel.operator.user(user_id), user), user, grant)
        except GrantRefused as error:
            raise click.ClickException(f"{vendor} does not take the code: {error}") from None
        except (UpstreamUnavailable, UpstreamRefused, ConnectionLost) as error:
            raise click.ClickException(f"Nothing was connected: {error}") from None
        click.echo(f"Connected {user_id} to {vendor}:")
        for name, value in grant.details.items():
            click.echo(f"  {name:<18} {value}")

    return connect


def _find(checked: Configuration, vendor: str) -> Connection:
    found = checked.parts.named(Connection, vendor)
    if found is not None:
        return found
    known = ", ".join(part.name for part in checked.parts.of(Connection)) or "none"
    raise click.ClickException(f"{vendor!r} is not an enabled connection; enabled: {known}")


def _show(operator: Operator, user_id: UUID) -> User:
    try:
        return operator.user(user_id).show()
    except (UpstreamUnavailable, UpstreamRefused) as error:
        raise click.ClickException(f"The user cannot be read: {error}") from None
