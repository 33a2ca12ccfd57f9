"""HubRise's consent, token and revocation (OAuth 2.0 with HubRise's own turns).

Source: hubrise.com/developers, authentication (read 2026-11). A code lives ten minutes and works
once; tokens do not expire. Authorizing the same location again returns the same token, unless
another `device_id` asks: one is sent per marketplace user, so that two users of one location have
connections, and callbacks, of their own.
"""

from __future__ import annotations

import hmac
from typing import Literal

from integrations.hubrise.api import HubRiseApi, Refusal
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    ConnectionLost,
    Grant,
    GrantRefused,
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    Option,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    as_details,
    deadline,
)

_MANAGER = "https://manager.hubrise.com/oauth2/v1"
_OPTIONS = {"country": "country", "accountName": "account_name", "locationName": "location_name"}
_DETAILS = {
    "account_id": "accountId",
    "account_name": "accountName",
    "location_id": "locationId",
    "location_name": "locationName",
    "catalog_id": "catalogId",
    "catalog_name": "catalogName",
    "customer_list_id": "customerListId",
    "customer_list_name": "customerListName",
}
_DEVICE_ID_CHARACTERS = 32
# How long the user, who is on the way back, waits for what is only nice to have.
_COURTESY_SECONDS = 4.0
_NAME = r"[^\x00-\x1f\ud800-\udfff]{1,100}"  # a lone surrogate has no place in a URL


def hubrise_oauth(scope: str, client_auth: Literal["basic", "form"]) -> OAuth2:
    """Return HubRise's OAuth 2.0; a scope is one text with a grammar of its own."""
    return OAuth2(
        authorize=f"{_MANAGER}/authorize",
        token=f"{_MANAGER}/token",
        revoke=f"{_MANAGER}/revoke",
        scopes=(scope,),
        client_auth=client_auth,
        revoke_auth="basic",
        sends_redirect_uri=False,
        names_flow=False,
        details=_DETAILS,
        # What revoking a dead token gets is not said.
        revoked=frozenset({200, 204, 400, 404, 422}),
        shows_client="manager.hubrise.com, Settings > Developer",
        out_of_band="urn:ietf:wg:oauth:2.0:oob",
    )


class HubRiseConnection(OAuth2Connection):
    """HubRise as a vendor that sellers connect."""

    name = "hubrise"
    options = (
        Option("country", r"[A-Z]{2}"),
        Option("accountName", _NAME),
        Option("locationName", _NAME),
    )

    def __init__(
        self,
        oauth: OAuth2,
        app: OAuth2App,
        upstreams: Upstreams,
        api: HubRiseApi,
        *,
        takes_orders: bool,
    ) -> None:
        super().__init__(oauth, app, upstreams)
        self._api = api
        self._takes_orders = takes_orders
        self.upstreams = (*self.upstreams, api.upstream)

    def consent_parameters(self, request: AuthorizeRequest) -> dict[str, str]:
        """Return the user's device, and what prefills HubRise's sign-up form."""
        chosen = {_OPTIONS[name]: value for name, value in request.options.items()}
        return {"device_id": self._device_id(request.user_tag), **chosen}

    def _device_id(self, user_tag: str) -> str:
        """Return an id that nobody else can compute: it would give them this user's very token."""
        key, message = self.app.client_secret.encode(), f"device {user_tag}".encode()
        return hmac.digest(key, message, "sha256").hex()[:_DEVICE_ID_CHARACTERS]

    def is_refused(self, answer: Answer) -> bool:
        """Tell whether a code is refused: HubRise has statuses for that, and no words."""
        return answer.status in (400, 404)

    def complete(self, grant: Grant) -> Grant:
        """Add what older token answers lack; where orders are taken, a location must be there."""
        completed = self._located(grant)
        if self._takes_orders and "locationId" not in completed.details:
            raise GrantRefused("no location was granted")
        return completed

    def _located(self, grant: Grant) -> Grant:
        if grant.details.keys() >= {"locationId", "locationName"}:
            return grant
        try:
            with deadline(_COURTESY_SECONDS):
                location = self._api.get("/location", grant.secret["token"]).json_object()
        except (ConnectionLost, UpstreamRefused, UpstreamUnavailable):
            return grant
        found = {"locationId": location.get("id"), "locationName": location.get("name")}
        account = location.get("account")
        if isinstance(account, dict):
            found |= {"accountId": account.get("id"), "accountName": account.get("name")}
        return Grant(grant.secret, {**as_details(found), **grant.details})

    def revoke(self, grant: Grant) -> None:
        """Remove the callback while the token still lives, then revoke the token."""
        is_dead = False
        try:
            self._api.delete("/callback", grant.secret["token"])
        except ConnectionLost:
            is_dead = True
        except Refusal:
            pass  # the token may not remove it, or there is none
        try:
            super().revoke(grant)
        except UpstreamRefused:
            if not is_dead:
                raise
