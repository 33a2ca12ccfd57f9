"""The OAuth server's two endpoints for servers: get a token, revoke a token.

"Get an Access Token" and "Revoke an Access Token" in "Authentication", read 2026-11-20. Three ways
to send a code are accepted: HTTP Basic with the code in a form; the client's id and secret beside
the code in the form ("only supported for backwards compatibility"); the same three in JSON, as the
vendor's own Ruby client sends them. Anything else is refused, also parameters that other OAuth
servers know.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.hubrise.connections import Connection
from sandbox.hubrise.grants import spend_code
from sandbox.hubrise.refusals import bad_request, unauthorized
from sandbox.hubrise.request_body import form_or_json
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.bodies import FORM, same

SELECTED_FIELDS = (
    "account_id",
    "location_id",
    "catalog_id",
    "customer_list_id",
    "account_name",
    "location_name",
    "catalog_name",
    "customer_list_name",
)
SEED_FIELDS = ("access_token", "location_id", "catalog_id", "customer_list_id")


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the routes of the two endpoints for `tenant`."""
    routes = Blueprint("token_endpoint", __name__, url_prefix="/oauth2/v1")

    @routes.post("/token")
    def exchange() -> Response:
        connection = spend_code(tenant, _authenticated(tenant, "code", basic_only=False))
        if connection is None:
            raise bad_request("The authorisation code has expired or has already been used")
        return jsonify(_token_document(tenant, connection))

    @routes.post("/revoke")
    def revoke() -> Response:
        """Answer 200 for unknown tokens too, as RFC 7009, 2.2 wants; HubRise does not say."""
        connection = tenant.connections.get(_authenticated(tenant, "token", basic_only=True))
        if connection is not None:
            connection.revoke()
        return Response(status=200)

    return routes


def _authenticated(tenant: Tenant, name: str, *, basic_only: bool) -> str:
    """Return the parameter `name` of a request that proves to come from the client.

    Raises RefusalError: 401 for wrong or missing credentials, 400 for a wrong set of parameters.
    """
    given = request.authorization
    parameters = form_or_json()
    if given is not None or basic_only:
        if given is None or given.type != "basic":
            raise unauthorized("HTTP Basic authentication is required")
        if request.mimetype != FORM:
            raise bad_request("HTTP Basic authentication goes with a form")
        client_id, client_secret = given.username or "", given.password or ""
        expected = {name}
    else:
        client_id = parameters.get("client_id", "")
        client_secret = parameters.get("client_secret", "")
        expected = {name, "client_id", "client_secret"}
    if not (same(client_id, tenant.client_id) and same(client_secret, tenant.client_secret)):
        raise unauthorized("The client id or secret is incorrect")
    if set(parameters) != expected or request.args:
        raise bad_request(f"Send exactly these parameters: {', '.join(sorted(expected))}")
    return parameters[name]


def _token_document(tenant: Tenant, connection: Connection) -> dict[str, Any]:
    """Return the answer in the shape that is set.

    - `current`: the ten documented fields, null where nothing was selected.
    - `seed`: the four fields that older versions of the page show.
    - `app`: as `current`, with the two ids that Apps get.
    """
    document = {
        "access_token": connection.token,
        "token_type": "Bearer",
        **_selected(tenant, connection),
    }
    if tenant.response_shape == "seed":
        return {name: document[name] for name in SEED_FIELDS}
    if tenant.response_shape == "app":
        document |= {"app_instance_id": connection.app_instance_id, "user_id": tenant.user_id}
    return document


def _selected(tenant: Tenant, connection: Connection) -> dict[str, str | None]:
    """Return the ids and names of what the user has connected.

    Catalog and customer list are selected only where the scope asks for one.
    """
    scope = connection.parsed_scope
    of_account = [
        one for one in tenant.locations.values() if one.account_id == connection.account_id
    ]
    document: dict[str, str | None] = dict.fromkeys(SELECTED_FIELDS)
    for one in of_account[:1]:
        document |= {"account_id": one.account_id, "account_name": one.account_name}
        if scope.names("catalog"):
            document |= {"catalog_id": one.catalog_id, "catalog_name": one.catalog_name}
        if scope.names("customer_list"):
            document["customer_list_id"] = one.customer_list_id
            document["customer_list_name"] = one.customer_list_name
    if connection.location_id is not None:
        location = tenant.locations[connection.location_id]
        document |= {"location_id": location.id, "location_name": location.name}
    return document
