"""HubRise's consent, token and revocation (OAuth 2.0 with HubRise's own turns).

Source: hubrise.com/developers, authentication (read 2026-11). A code lives ten minutes and works
once; tokens do not expire. Authorizing the same location again returns the same token, unless
another `device_id` asks: one is sent per marketplace user, so that two users of one location have
connections, and callbacks, of their own.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from integrations.hubrise.api import HubRiseApi, Refusal
from proxy.authorization import basic, is_token
from proxy.connection import (
    AuthorizeRequest,
    ConnectionLost,
    Grant,
    GrantRefused,
    Option,
    ReturnPages,
    Slot,
)
from proxy.outgoing import Answer, Upstream, UpstreamRefused, UpstreamUnavailable

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
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
_MAX_DETAIL_CHARACTERS = 120


class HubRiseAuthorization:
    """HubRise as a vendor of the connection trip."""

    name = "hubrise"
    state_in_path = False
    options = (
        Option("country", r"[A-Z]{2}"),
        Option("accountName", r"[^\x00-\x1f]{1,100}"),
        Option("locationName", r"[^\x00-\x1f]{1,100}"),
    )

    def __init__(
        self,
        *,
        manager: Upstream,
        api: HubRiseApi,
        client_id: str,
        client_secret: str,
        sends_secret_in_form: bool,
        scope: str,
        takes_orders: bool,
        pages: ReturnPages,
    ) -> None:
        self._manager = manager
        self._api = api
        self._client_id = client_id
        self._client_secret = client_secret
        self._sends_secret_in_form = sends_secret_in_form
        self._scope = scope
        self._takes_orders = takes_orders
        self.pages = pages
        self.upstreams = (manager, api.upstream)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the consent page's address; the options prefill HubRise's sign-up form."""
        chosen = {_OPTIONS[name]: value for name, value in request.options.items()}
        return self._consent(
            request.return_url, {"state": request.state, "device_id": request.user_tag, **chosen}
        )

    def out_of_band_url(self, user_tag: str) -> str:
        """Return the address of the consent page that shows the code, for a person to copy."""
        return self._consent(OUT_OF_BAND, {"device_id": user_tag})

    def _consent(self, redirect_uri: str, more: dict[str, str]) -> str:
        query = {
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "scope": self._scope,
            **more,
        }
        return f"{self._manager.base_url}/oauth2/v1/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> Grant:
        """Redeem a code; see ConnectionVendor.exchange."""
        answer = self._post("/oauth2/v1/token", {"code": code}, in_form=self._sends_secret_in_form)
        if answer.status in (400, 404):
            raise GrantRefused("the code is wrong, expired or used")
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)
        return self._named(_read_grant(answer))

    def _post(self, path: str, form: dict[str, str], *, in_form: bool) -> Answer:
        """Send a form with the client's credentials, in its fields or by basic authentication."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if in_form:
            form = {**form, "client_id": self._client_id, "client_secret": self._client_secret}
        else:
            headers["Authorization"] = basic(self._client_id, self._client_secret)
        return self._manager.request("POST", path, headers=headers, body=urlencode(form).encode())

    def _named(self, grant: Grant) -> Grant:
        """Add names where the token answer has none, as older ones do; they are a courtesy."""
        if "locationId" not in grant.details or "locationName" in grant.details:
            return grant
        try:
            location = self._api.get("/location", grant.secret["token"]).json_object()
        except (ConnectionLost, UpstreamRefused, UpstreamUnavailable):
            return grant
        names = {"locationName": location.get("name")}
        account = location.get("account")
        if isinstance(account, dict):
            names |= {"accountId": account.get("id"), "accountName": account.get("name")}
        return Grant(grant.secret, {**_texts(names), **grant.details})

    def keep(self, slot: Slot, grant: Grant) -> None:
        """Store the grant as it is."""
        slot.save(grant)

    def connected(self, grant: Grant, callback_url: str | None) -> None:
        """Have order updates sent to `callback_url`, or kept for us to fetch (a passive callback).

        A connection has one callback, and setting it again replaces it. See
        hubrise.com/developers, callbacks (read 2026-11).
        """
        if self._takes_orders:
            document = {"url": callback_url, "events": {"order": ["update"]}}
            self._api.post("/callback", grant.secret["token"], document)

    def replaced(self, old: Grant, new: Grant) -> None:
        """Revoke the old token; HubRise may have given the same one again."""
        if old.secret != new.secret:
            self.disconnect(old)

    def disconnect(self, grant: Grant) -> None:
        """Remove the callback while the token still lives, then revoke the token."""
        token = grant.secret["token"]
        with suppress(ConnectionLost, Refusal):  # there is none, or the token is dead already
            self._api.delete("/callback", token)
        answer = self._post("/oauth2/v1/revoke", {"token": token}, in_form=False)
        if answer.status not in (200, 204, 400, 404, 422):  # what a dead token gets is not said
            raise UpstreamRefused(answer.upstream, answer.status)


def _read_grant(answer: Answer) -> Grant:
    """Read a token answer: any subset of the ids and names, from four fields to ten and more."""
    document = answer.json_object()
    token = document.get("access_token")
    if not is_token(token):
        raise UpstreamUnavailable(answer.upstream, "a token answer without access_token")
    return Grant({"token": token}, _texts({ours: document.get(t) for t, ours in _DETAILS.items()}))


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Return the values that are texts, cut to what a record should hold."""
    return {
        name: value[:_MAX_DETAIL_CHARACTERS]
        for name, value in values.items()
        if isinstance(value, str) and value
    }
