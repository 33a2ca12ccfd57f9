"""HubRise's consent, token and revocation (OAuth 2.0 with HubRise's own turns).

Source: hubrise.com/developers, authentication (read 2026-11). A code lives ten minutes and works
once; tokens do not expire. Authorizing the same location again returns the same token, unless
another `device_id` asks: one is sent per marketplace user, so that two users of one location have
connections, and callbacks, of their own.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlencode

from integrations.hubrise.api import HubRiseApi, Refusal
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    Connection,
    ConnectionLost,
    Grant,
    GrantRefused,
    Option,
    ReturnPages,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
    basic,
    deadline,
    display_text,
    is_token,
)

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
_DEVICE_ID_CHARACTERS = 32
# How long the user, who is on the way back, waits for what is only nice to have.
_COURTESY_SECONDS = 4.0
_NAME = r"[^\x00-\x1f\ud800-\udfff]{1,100}"  # a lone surrogate has no place in a URL


class HubRiseConnection(Connection):
    """HubRise as a vendor that sellers connect."""

    name = "hubrise"
    options = (
        Option("country", r"[A-Z]{2}"),
        Option("accountName", _NAME),
        Option("locationName", _NAME),
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
        device = self._device_id(request.user_tag)
        return self._consent(
            request.return_url, {"state": request.state, "device_id": device, **chosen}
        )

    def out_of_band_url(self, user_tag: str) -> str:
        """Return the address of the consent page that shows the code, for a person to copy."""
        return self._consent(OUT_OF_BAND, {"device_id": self._device_id(user_tag)})

    def _device_id(self, user_tag: str) -> str:
        """Return an id that nobody else can compute: it would give him this user's very token."""
        key, message = self._client_secret.encode(), f"device {user_tag}".encode()
        return hmac.digest(key, message, "sha256").hex()[:_DEVICE_ID_CHARACTERS]

    def _consent(self, redirect_uri: str, more: dict[str, str]) -> str:
        query = {
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "scope": self._scope,
            **more,
        }
        return f"{self._manager.base_url}/oauth2/v1/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> Grant:
        """Redeem a code; see Connection.exchange."""
        answer = self._post("/oauth2/v1/token", {"code": code}, in_form=self._sends_secret_in_form)
        if answer.status in (400, 404):
            raise GrantRefused("the code is wrong, expired or used")
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)
        grant = self._completed(_read_grant(answer))
        if self._takes_orders and "locationId" not in grant.details:
            self.release(grant, None)
            raise GrantRefused("no location was granted")
        return grant

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

    def _completed(self, grant: Grant) -> Grant:
        """Add the location's id and names where the token answer lacks them, as older ones do."""
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
        return Grant(grant.secret, {**_texts(found), **grant.details})

    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Remove the callback while the token still lives, then revoke the token.

        HubRise may have given the same token again; then all of it is needed.
        """
        if kept is not None and kept.secret == grant.secret:
            return
        token = grant.secret["token"]
        is_dead = False
        try:
            self._api.delete("/callback", token)
        except ConnectionLost:
            is_dead = True
        except Refusal:
            pass  # the token may not remove it, or there is none
        answer = self._post("/oauth2/v1/revoke", {"token": token}, in_form=False)
        # What revoking a dead token gets is not said.
        if answer.status not in (200, 204, 400, 404, 422) and not is_dead:
            raise UpstreamRefused(answer.upstream, answer.status)


def _read_grant(answer: Answer) -> Grant:
    """Read a token answer: any subset of the ids and names, from four fields to ten and more."""
    document = answer.json_object()
    token = document.get("access_token")
    if not is_token(token):
        raise UpstreamUnavailable(answer.upstream, "a token answer without access_token")
    return Grant({"token": token}, _texts({ours: document.get(t) for t, ours in _DETAILS.items()}))


def _texts(values: dict[str, Any]) -> dict[str, str]:
    """Return the values that are texts, as a record can hold them."""
    texts = {name: display_text(value, _MAX_DETAIL_CHARACTERS) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text is not None}
