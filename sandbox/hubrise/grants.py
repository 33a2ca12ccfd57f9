"""From a user's consent to a token: codes are made, spent once, and open connections."""

import secrets

from sandbox.hubrise.connections import Connection, Target
from sandbox.hubrise.tenant import Tenant


def spend_code(tenant: Tenant, code: str) -> Connection | None:
    """Return the connection that `code` opens, or None for a code that is unknown, used or old.

    Authorisation codes "expire after 10 minutes" ("Authentication", read 2026-11-20).
    """
    allowed = tenant.codes.spend(code)
    if allowed is None:
        return None
    with tenant.lock:
        return _connection(tenant, *allowed)


def is_unpaid(tenant: Tenant, target: Target) -> bool:
    """Return whether the account is suspended, so that it cannot be connected."""
    return any(
        connection.dead == "unpaid" and connection.account_id == target.account_id
        for connection in list(tenant.connections.values())
    )


def _connection(tenant: Tenant, target: Target, scope: str) -> Connection:
    """Return the living or blocked connection to `target`, else a new one.

    Not documented: the scope allowed last counts, the callback stays, and a revoked connection is
    followed by one with another token.
    """
    for connection in tenant.connections.values():
        if connection.target == target and connection.dead != "revoked":
            connection.scope = scope
            connection.dead = None if connection.dead == "blocked" else connection.dead
            return connection
    connection = Connection(
        token=secrets.token_hex(16),
        location_id=target.location_id,
        account_id=target.account_id,
        device_id=target.device_id,
        scope=scope,
        app_instance_id=tenant.new_id(),
    )
    tenant.connections[connection.token] = connection
    return connection
