"""Cognito app clients as an app's credentials.

Source: docs.aws.amazon.com/cognito (user pools API reference, read 2026-11). A client is complete
with the call that makes it. It cannot be tagged, so its name, `<owner> <slug> <app name>`, is what
it is found and known by. Tokens that it has been given live on until they expire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.sensedia.aws import Aws, NotFound
from integrations.sensedia.contract import App
from proxy.door import WebhookRefused
from proxy.logs import log_event
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable

_PAGE = 60
_MAX_PAGES = 50
_MAX_NAME_CHARACTERS = 128
_NOT_IN_NAMES = re.compile(r"[^\w\s+=,.@-]")
# What describe tells and update does not take.
_READ_ONLY = frozenset({"ClientSecret", "CreationDate", "LastModifiedDate"})

Client = dict[str, Any]


class AppClients:
    """Makes, changes and removes app clients; touches only those that carry our name."""

    credential_type = "CLIENT_CREDENTIALS"

    def __init__(
        self, cognito: Aws, pool_id: str, scopes: Mapping[str, tuple[str, ...]], owner: str
    ) -> None:
        """`scopes` are the OAuth scopes by API id; `owner` begins the names of our clients."""
        self._cognito = cognito
        self._pool_id = pool_id
        self._scopes = scopes
        self._owner = owner

    def create(self, app: App) -> dict[str, str]:
        """Return the app's client, made where there is none yet: repeated, it returns the same.

        Raises WebhookRefused, UpstreamUnavailable, UpstreamRefused.
        """
        scopes = self._allowed(app)
        known = self._find(app.slug)
        if not known:
            known = self._make(app, scopes)
        elif set(known[0].get("AllowedOAuthScopes", ())) != set(scopes):
            self._change(known[0], AllowedOAuthScopes=scopes)
        return {
            "credentialType": self.credential_type,
            "clientId": known[0]["ClientId"],
            "clientSecret": known[0]["ClientSecret"],
        }

    def _allowed(self, app: App) -> list[str]:
        """Return the scopes of the app's APIs; the order itself carries none."""
        if not app.api_ids:
            raise WebhookRefused("body-invalid", "The body names no API.")
        for api_id in app.api_ids:
            if api_id not in self._scopes:
                raise WebhookRefused("not-allowed", f"The API {api_id} is not allowed.")
        return sorted({scope for api_id in app.api_ids for scope in self._scopes[api_id]})

    def _find(self, slug: str) -> list[Client]:
        """Return our clients of an app, with their secrets, oldest first."""
        prefix = f"{self._owner} {slug} "
        query: dict[str, Any] = {"UserPoolId": self._pool_id, "MaxResults": _PAGE}
        ids: list[str] = []
        for _ in range(_MAX_PAGES):
            page = self._cognito.call("list_user_pool_clients", **query)
            listed = page.get("UserPoolClients", [])
            ids += [c["ClientId"] for c in listed if f"{c['ClientName']} ".startswith(prefix)]
            if not page.get("NextToken"):
                break
            query["NextToken"] = page["NextToken"]
        found = [client for client in map(self._describe, ids) if client is not None]
        return sorted(found, key=lambda client: (client["CreationDate"], client["ClientId"]))

    def _describe(self, client_id: str) -> Client | None:
        try:
            answer = self._cognito.call(
                "describe_user_pool_client", UserPoolId=self._pool_id, ClientId=client_id
            )
        except NotFound:
            return None
        client: Client = answer["UserPoolClient"]
        return client

    def _make(self, app: App, scopes: list[str]) -> list[Client]:
        """Make a client; an answer that was lost is looked for, and doubles are removed."""
        try:
            self._cognito.call(
                "create_user_pool_client",
                UserPoolId=self._pool_id,
                ClientName=self._name(app.slug, app.name),
                GenerateSecret=True,
                AllowedOAuthFlowsUserPoolClient=True,
                AllowedOAuthFlows=["client_credentials"],
                AllowedOAuthScopes=scopes,
                SupportedIdentityProviders=["COGNITO"],
            )
        except UpstreamUnavailable:
            clients = self._find(app.slug)
            if not clients:
                raise
        else:
            clients = self._find(app.slug)
        if not clients:
            raise UpstreamUnavailable(self._cognito.name, "a new client cannot be found yet")
        for double in clients[1:]:
            self._remove_double(double)
        return clients[:1]

    def _remove_double(self, client: Client) -> None:
        try:
            self._delete(client)
        except (UpstreamUnavailable, UpstreamRefused) as error:
            log_event("cleanup", trip="sensedia", outcome="failed", cause=str(error))

    def _name(self, slug: str, app_name: str) -> str:
        allowed = _NOT_IN_NAMES.sub("-", app_name)
        return f"{self._owner} {slug} {allowed}".strip()[:_MAX_NAME_CHARACTERS].strip()

    def update(self, app: App) -> None:
        """Bring an app's client to the scopes and the name that it is to have; never makes one.

        Raises WebhookRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        scopes = self._allowed(app)
        client = self._known(app)
        if client is None:
            raise WebhookRefused("app-unknown", "There is no client of this app.")
        slug = client["ClientName"].removeprefix(f"{self._owner} ").partition(" ")[0]
        name = self._name(slug, app.name) if app.name else client["ClientName"]
        if set(client.get("AllowedOAuthScopes", ())) != set(scopes) or client["ClientName"] != name:
            self._change(client, AllowedOAuthScopes=scopes, ClientName=name)

    def _known(self, app: App) -> Client | None:
        """Return our client that an order names, by its id or else by the app's slug."""
        if app.client_id is None:
            clients = self._find(app.slug)
            return clients[0] if clients else None
        client = self._describe(app.client_id)
        prefix = f"{self._owner} {app.slug} " if app.has_slug else f"{self._owner} "
        is_ours = client is not None and f"{client['ClientName']} ".startswith(prefix)
        return client if is_ours else None

    def _change(self, client: Client, **changes: Any) -> None:
        """Change some attributes; AWS resets every one that is not sent, so all are sent."""
        whole = {name: value for name, value in client.items() if name not in _READ_ONLY}
        try:
            self._cognito.call("update_user_pool_client", **{**whole, **changes})
        except NotFound:
            raise WebhookRefused("app-unknown", "There is no client of this app.") from None

    def revoke(self, app: App) -> None:
        """Remove the app's clients; what is absent or not ours is left alone.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        if app.client_id is not None:
            client = self._known(app)
            clients = [] if client is None else [client]
        else:
            clients = self._find(app.slug)
        for client in clients:
            self._delete(client)

    def _delete(self, client: Client) -> None:
        try:
            self._cognito.call(
                "delete_user_pool_client", UserPoolId=self._pool_id, ClientId=client["ClientId"]
            )
        except NotFound:
            return
