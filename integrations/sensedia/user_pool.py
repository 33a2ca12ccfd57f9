"""Cognito's app clients, as far as they are ours.

Source: docs.aws.amazon.com/cognito (user pools API reference, read 2026-11). A client cannot be
tagged, so its name, `<owner>=<slug> <app name>`, is what it is found and known by. It is made
without OAuth, so that nobody gets a token with it, and works once it has its scopes.

What older versions named for an app without slug could be named for another app's slug, and a name
tells of no developer: such a client is found for the app without slug, and by its id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from integrations.sensedia.aws import UNKNOWN_TIME, Aws, NotFound
from integrations.sensedia.contract import App
from proxy.vendors import UpstreamUnavailable

_PAGE = 60
_MAX_NAME_CHARACTERS = 128
_NOT_IN_NAMES = re.compile(r"[^\w\s+=,.@-]", re.ASCII)
_UPDATE = "UpdateUserPoolClient"
# What a client is made with: nobody signs in, and for machines it does not work yet.
_MADE = {
    "GenerateSecret": True,
    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
}
# What it gets beside its scopes to work: machines come with client credentials.
_WORKING = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["client_credentials"],
}

Client = dict[str, Any]


class ClientMissing(UpstreamUnavailable):
    """AWS does not find a client that it has told us of: it will, or somebody has deleted it."""

    def __init__(self) -> None:
        super().__init__(Aws.name, "does not find a client that was there")


class UserPool:
    """The calls about a pool's clients; they raise what Aws raises, unless said."""

    def __init__(self, aws: Aws, pool_id: str, owner: str) -> None:
        """`owner` begins the names of our clients."""
        self.aws = aws
        self._pool_id = pool_id
        self._owner = owner

    def find(self, app: App) -> list[Client]:
        """Return our clients of an app, with their secrets: the one that counts comes first."""
        return sorted(self.described(self.ids(app)), key=rank)

    def ids(self, app: App) -> list[str]:
        """Return the ids of our clients of an app; no search is offered.

        Where there is none, those of an app without slug that an older version has made.
        """
        listed = self.aws.list_all(
            "list_user_pool_clients",
            "UserPoolClients",
            "NextToken",
            UserPoolId=self._pool_id,
            MaxResults=_PAGE,
        )
        ours = [client for client in listed if self.slug_of(client) == app.slug]
        if not ours and app.former_slug and not app.has_slug:
            ours = [client for client in listed if self.slug_of(client) == app.former_slug]
        if not all(client.get("ClientId") for client in ours):
            raise UpstreamUnavailable(self.aws.name, "a client without id")
        return [client["ClientId"] for client in ours]

    def slug_of(self, client: Client) -> str | None:
        """Return the slug of the app that a client was made for; None for a client of others."""
        owner, _, rest = str(client.get("ClientName")).partition("=")
        return rest.partition(" ")[0] if owner == self._owner and rest else None

    def described(self, client_ids: Iterable[str]) -> list[Client]:
        """Return those of these clients that are there, and ours."""
        described = [self.describe(client_id) for client_id in client_ids]
        return [client for client in described if client is not None]

    def describe(self, client_id: str) -> Client | None:
        """Return a client of ours; None when it is absent, another's, or without a secret."""
        try:
            answer = self.aws.call(
                "describe_user_pool_client", UserPoolId=self._pool_id, ClientId=client_id
            )
        except NotFound as error:
            if _is_about_pool(error):
                raise
            return None
        client: Client = answer.get("UserPoolClient", {})
        is_whole = client.get("ClientId") and client.get("ClientSecret")
        return client if is_whole and self.slug_of(client) is not None else None

    def make(self, app: App) -> Client:
        """Make a client that does not work yet."""
        answer = self.aws.change(
            "create_user_pool_client",
            UserPoolId=self._pool_id,
            ClientName=self.name(app.slug, app.name),
            **_MADE,
        )
        client: Client = answer.get("UserPoolClient", {})
        if not (client.get("ClientId") and client.get("ClientSecret")):
            raise UpstreamUnavailable(self.aws.name, "a client without id or secret")
        return client

    def name(self, slug: str, app_name: str) -> str:
        """Return a client's name, in the characters that AWS takes."""
        allowed = _NOT_IN_NAMES.sub("-", app_name)
        return f"{self._owner}={slug} {allowed}"[:_MAX_NAME_CHARACTERS].strip()

    def let_work(self, client: Client, scopes: list[str]) -> None:
        """Let a client work, with these scopes and no others; raises ClientMissing."""
        self.change(client, **_WORKING, AllowedOAuthScopes=scopes)

    def change(self, client: Client, **changes: Any) -> None:
        """Change what is different; AWS resets every attribute that is not sent, so all are sent.

        What describe tells and update does not take is left out. Raises ClientMissing.
        """
        if all(_is_same(client.get(name), value) for name, value in changes.items()):
            return
        accepted = self.aws.parameters(_UPDATE)
        whole = {name: value for name, value in client.items() if name in accepted}
        try:
            self.aws.change("update_user_pool_client", **{**whole, **changes})
        except NotFound as error:
            if _is_about_pool(error):
                raise
            raise ClientMissing from None

    def delete(self, client_id: str) -> None:
        """Delete a client; an absent one is deleted already."""
        try:
            self.aws.change("delete_user_pool_client", UserPoolId=self._pool_id, ClientId=client_id)
        except NotFound as error:
            if _is_about_pool(error):
                raise


def is_working(client: Client) -> bool:
    """Tell whether tokens are given out for a client."""
    return all(_is_same(client.get(name), value) for name, value in _WORKING.items())


def rank(client: Client) -> tuple[bool, datetime, str]:
    """Return the order in which an app's clients count, should there be several."""
    created_at = client.get("CreationDate") or UNKNOWN_TIME
    return not is_working(client), created_at, client["ClientId"]


def _is_about_pool(error: NotFound) -> bool:
    """Tell whether the pool itself is not there; "User pool client … does not exist." is not."""
    return error.names("user pool") and not error.names("client")


def _is_same(now: Any, wanted: Any) -> bool:
    """Compare attributes; the order of scopes means nothing."""
    if isinstance(wanted, list):
        return set(now or ()) == set(wanted)
    return bool(now == wanted)
