"""The connection trip put together from the configuration, for the app and its commands."""

from __future__ import annotations

from collections.abc import Callable

from crypto import Sealer, SecretSealer
from proxy.connections.callback_reference import ConnectionReferences
from proxy.connections.record import ConnectionRecords
from proxy.connections.state import States
from proxy.connections.trip import ConnectionTrip
from proxy.operating.configuration import Configuration
from proxy.sharetribe.client import Operator
from proxy.vendors.connection import ConnectionVendor


def operator_of(configuration: Configuration) -> Operator | None:
    """Return the Integration API's client, None where it is not configured."""
    credentials, upstream = configuration.settings.integration, configuration.integration_api
    if credentials is None or upstream is None:
        return None
    return Operator(upstream, credentials)


def connection_trip(
    configuration: Configuration,
    vendor: ConnectionVendor,
    operator: Operator | None,
    clock: Callable[[], float],
) -> ConnectionTrip:
    """Return one vendor's connection trip, with its records and its callbacks' references."""
    keys, client_id = configuration.settings.seal_keys, configuration.settings.client_id
    callback_url = configuration.callback_url(vendor.name)
    return ConnectionTrip(
        vendor,
        ConnectionRecords(vendor.name, SecretSealer(keys, client_id), clock),
        States(keys, client_id, vendor.name, clock),
        ConnectionReferences(Sealer(keys, client_id), vendor.name, callback_url, clock),
        operator,
        configuration.return_url(vendor.name),
    )
