"""Cognito app clients as an app's credentials.

Source: docs.aws.amazon.com/cognito (user pools API reference, read 2026-11). A client is complete
with the call that makes it. It cannot be tagged, so its name, `<owner>=<slug> <app name>`, is what
it is found and known by. Tokens that it has been given live on until they expire.

What older versions named for an app without slug could be named for another app's slug, and a name
tells of no developer: such a client is found for the app without slug, and by its id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from integrations.sensedia.aws import UNKNOWN_TIME, Aws, NotFound
from integrations.sensedia.contract import CLIENT_CREDENTIALS, App
from integrations.sensedia.serialized_work import Undo, taking_turns, undone_on_failure
from proxy.vendors import KeyedLocks, PortalRefused, UpstreamUnavailable

_PAGE = 60
_MAX_NAME_CHARACTERS = 128
_DELETE_TRIES = 4
_NOT_IN_NAMES = re.compile(r"[^\w\s+=,.@-]", re.ASCII)
_UPDATE = "UpdateUserPoolClient"
# What a client gets beside its scopes: machines come with client credentials, nobody signs in.
_MACHINE = {
    "GenerateSecret": True,
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
}

Client = dict[str, Any]


class AppClients:
    """Makes, changes and removes app clients; touches only those that carry our name."""

    credential_type = CLIENT_CREDENTIALS

    def __init__(
        self,
        cognito: Aws,
        pool_id: str,
        scopes: Mapping[str, tuple[str, ...]],
        owner: str,
        token_url: str | None = None,
    ) -> None:
        """`scopes` are the OAuth scopes by API id; `owner` begins the names of our clients.

        `token_url`, where the clients get their tokens, is told along with the credentials.
        """
        self._cognito = cognito
        self._pool_id = pool_id
        self._scopes = scopes
        self._owner = owner
        self._token_url = token_url
        self._locks = KeyedLocks()

    def create(self, app: App) -> dict[str, Any]:
        """Return the app's client, made where there is none yet: repeated, it returns the same.

        Raises PortalRefused, UpstreamUnavailable, UpstreamRefused.
        """
        scopes = self._allowed(app)
        with (
            taking_turns(self._cognito, self._locks, lambda: app.slugs),
            undone_on_failure(self._cognito.retries) as undo,
        ):
            clients = self._find(app)
            client = clients[0] if clients else self._make(app, scopes, undo)
            self._change(client, AllowedOAuthScopes=scopes)
        told = {"customCredentials": {"tokenUrl": self._token_url}} if self._token_url else {}
        return {
            "credentialType": self.credential_type,
            "clientId": client["ClientId"],
            "clientSecret": client["ClientSecret"],
            **told,
        }

    def _allowed(self, app: App) -> list[str]:
        """Return the scopes of the app's APIs; the order itself carries none."""
        if not app.api_ids:
            raise PortalRefused("body-invalid", "The body names no API.")
        for api_id in app.api_ids:
            if api_id not in self._scopes:
                raise PortalRefused("not-allowed", f"The API {api_id} is not allowed.")
        return sorted({scope for api_id in app.api_ids for scope in self._scopes[api_id]})

    def _find(self, app: App) -> list[Client]:
        """Return our clients of an app, with their secrets, oldest first; no search is offered.

        Where there is none, those of an app without slug that an older version has made.
        """
        listed = self._cognito.list_all(
            "list_user_pool_clients",
            "UserPoolClients",
            "NextToken",
            UserPoolId=self._pool_id,
            MaxResults=_PAGE,
        )
        ours = [client for client in listed if self._slug_of(client) == app.slug]
        if not ours and app.former_slug and not app.has_slug:
            ours = [client for client in listed if self._slug_of(client) == app.former_slug]
        if not all(client.get("ClientId") for client in ours):
            raise UpstreamUnavailable(self._cognito.name, "a client without id")
        described = [self._describe(client["ClientId"]) for client in ours]
        found = [client for client in described if client is not None]
        return sorted(found, key=_age)

    def _slug_of(self, client: Client) -> str | None:
        """Return the slug of the app that a client was made for; None for a client of others."""
        owner, _, rest = str(client.get("ClientName")).partition("=")
        return rest.partition(" ")[0] if owner == self._owner and rest else None

    def _describe(self, client_id: str) -> Client | None:
        """Return a client of ours; None when it is absent, another's, or without a secret."""
        try:
            answer = self._cognito.call(
                "describe_user_pool_client", UserPoolId=self._pool_id, ClientId=client_id
            )
        except NotFound as error:
            if _is_about_pool(error):
                raise
            return None
        client: Client = answer.get("UserPoolClient", {})
        is_whole = client.get("ClientId") and client.get("ClientSecret")
        return client if is_whole and self._slug_of(client) is not None else None

    def _make(self, app: App, scopes: list[str], undo: list[Undo]) -> Client:
        """Make a client, unless another process is faster: then the first one counts.

        Only the client that is made here is ever removed: another may have been handed out.
        """
        try:
            made = self._create(app, scopes)
        except UpstreamUnavailable:
            # The answer may have been lost on its way from a client that was made.
            clients = self._find(app)
            if not clients:
                raise
            return clients[0]
        undo.append(partial(self._delete, made["ClientId"], tries=_DELETE_TRIES))
        first = min([made, *self._find(app)], key=_age)
        if first["ClientId"] != made["ClientId"]:
            self._delete(made["ClientId"], tries=_DELETE_TRIES)
            undo.pop()
        return first

    def _create(self, app: App, scopes: list[str]) -> Client:
        answer = self._cognito.change(
            "create_user_pool_client",
            UserPoolId=self._pool_id,
            ClientName=self._name(app.slug, app.name),
            AllowedOAuthScopes=scopes,
            **_MACHINE,
        )
        client: Client = answer.get("UserPoolClient", {})
        if not (client.get("ClientId") and client.get("ClientSecret")):
            raise UpstreamUnavailable(self._cognito.name, "a client without id or secret")
        return client

    def _name(self, slug: str, app_name: str) -> str:
        allowed = _NOT_IN_NAMES.sub("-", app_name)
        return f"{self._owner}={slug} {allowed}"[:_MAX_NAME_CHARACTERS].strip()

    def _change(self, client: Client, **changes: Any) -> None:
        """Change what is different; AWS resets every attribute that is not sent, so all are sent.

        What describe tells and update does not take is left out.
        """
        if all(_is_same(client.get(name), value) for name, value in changes.items()):
            return
        accepted = self._cognito.parameters(_UPDATE)
        whole = {name: value for name, value in client.items() if name in accepted}
        try:
            self._cognito.change("update_user_pool_client", **{**whole, **changes})
        except NotFound as error:
            if _is_about_pool(error):
                raise
            raise UpstreamUnavailable(
                self._cognito.name, "does not find a client that was there"
            ) from None

    def update(self, app: App) -> None:
        """Bring an app's client to the scopes and the name that it is to have; never makes one.

        Raises PortalRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        changes: dict[str, Any] = {}
        if app.has_apis:
            changes["AllowedOAuthScopes"] = self._allowed(app)
        with self._taking_turns(app):
            client = next(iter(self._named(app)), None)
            if client is None:
                raise PortalRefused("app-unknown", "There is no client of this app.")
            if app.name:
                changes["ClientName"] = self._name(self._slug_of(client) or app.slug, app.name)
            self._change(client, **changes)

    def _taking_turns(self, app: App) -> AbstractContextManager[None]:
        """An order that names a client alone takes turns with those that name the client's app."""

        def slugs() -> tuple[str, ...]:
            named = self._describe(app.client_id) if app.client_id and not app.has_slug else None
            slug = self._slug_of(named) if named else None
            return (*app.slugs, slug) if slug else app.slugs

        return taking_turns(self._cognito, self._locks, slugs)

    def _named(self, app: App) -> list[Client]:
        """Return the clients that an order names, by an id or else by the app's slug."""
        if app.client_id is None:
            return self._find(app)
        client = self._describe(app.client_id)
        if client is None or (app.has_slug and self._slug_of(client) not in app.slugs):
            return []
        return [client]

    def revoke(self, app: App) -> None:
        """Remove the app's clients; what is absent or not ours is left alone.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        with self._taking_turns(app):
            for client in self._named(app):
                self._delete(client["ClientId"])

    def _delete(self, client_id: str, tries: int = 1) -> None:
        """Delete a client; an absent one is deleted already, if it is not too new to be found."""
        delete = partial(
            self._cognito.change,
            "delete_user_pool_client",
            UserPoolId=self._pool_id,
            ClientId=client_id,
        )
        try:
            self._cognito.retries.until_done(delete, NotFound, tries=tries)
        except NotFound as error:
            if _is_about_pool(error):
                raise


def _is_about_pool(error: NotFound) -> bool:
    """Tell whether the pool itself is not there; "User pool client … does not exist." is not."""
    return error.names("user pool") and not error.names("client")


def _age(client: Client) -> tuple[datetime, str]:
    return client.get("CreationDate") or UNKNOWN_TIME, client["ClientId"]


def _is_same(now: Any, wanted: Any) -> bool:
    """Compare attributes; the order of scopes means nothing."""
    if isinstance(wanted, list):
        return set(now or ()) == set(wanted)
    return bool(now == wanted)
