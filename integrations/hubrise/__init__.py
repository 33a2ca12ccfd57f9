"""HubRise: sellers connect their till (EPOS), and the marketplace's sales become its orders.

Source: hubrise.com/developers (authentication, orders, callbacks; read 2026-11).
"""

from __future__ import annotations

from pathlib import Path

from integrations.hubrise.api import HubRiseApi
from integrations.hubrise.callbacks import HubRiseCallbacks
from integrations.hubrise.connection import HubRiseConnection, hubrise_oauth
from integrations.hubrise.orders import HubRiseOrders
from integrations.hubrise.scopes import Scope, ScopeError, parse_scope
from proxy.vendors import Integration, Part, SettingsReader, Upstreams, read_app

_API = "https://api.hubrise.com"
_DEFAULT_SCOPE = "location[orders.write]"
# Of Sharetribe's default processes: paid for (purchase, negotiation), and accepted (booking).
_SALE_TRANSITIONS = "transition/confirm-payment,transition/accept,transition/operator-accept"
_SERVICE_TYPES = ("collection", "delivery", "eat_in")


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return HubRise as the settings `HUBRISE_…` describe it."""
    app = read_app(reader, "hubrise")
    how = reader.choice("HUBRISE_TOKEN_AUTH", ("basic", "form"), "basic")
    service_type = reader.choice("HUBRISE_SERVICE_TYPE", _SERVICE_TYPES, "collection")
    scope_text = reader.text("HUBRISE_SCOPE", _DEFAULT_SCOPE)
    takes_orders = _read_scope(reader, scope_text).takes_orders
    api = HubRiseApi(upstreams.at("hubrise", app.base_url or _API))
    oauth = hubrise_oauth(scope_text, "form" if how == "form" else "basic")
    connection = HubRiseConnection(oauth, app, upstreams, api, takes_orders=takes_orders)
    transitions = frozenset(reader.names("HUBRISE_SALE_TRANSITIONS", _SALE_TRANSITIONS))
    if not takes_orders:
        return (connection,)
    orders = HubRiseOrders(api, service_type, transitions)
    return (connection, HubRiseCallbacks(api, app.client_secret), orders)


def _read_scope(reader: SettingsReader, text: str) -> Scope:
    try:
        return parse_scope(text)
    except ScopeError as error:
        reader.report(f"HUBRISE_SCOPE: {error}")
        return Scope(None, (), ())


HUBRISE = Integration("hubrise", build, Path(__file__).with_name("contract.json"))
