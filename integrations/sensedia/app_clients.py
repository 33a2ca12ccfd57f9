"""Cognito app clients as an app's credentials.

A client is made so that it does not work, and gets its scopes last: whatever breaks on the way
leaves one that nobody gets a token with, and the next create takes it over. Nothing of this is
taken back, since another process may be doing just that. Tokens that a client has been given live
on until they expire.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

from integrations.sensedia.aws import Aws
from integrations.sensedia.contract import CLIENT_CREDENTIALS, App, is_ambiguous
from integrations.sensedia.serialized_work import taking_turns
from integrations.sensedia.user_pool import Client, ClientMissing, UserPool, is_working, rank
from proxy.vendors import KeyedLocks, PortalRefused, UpstreamUnavailable

_ROUNDS = 4


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
        self._pool = UserPool(cognito, pool_id, owner)
        self._scopes = scopes
        self._token_url = token_url
        self._locks = KeyedLocks()

    def create(self, app: App) -> dict[str, Any]:
        """Return the app's client, made where there is none yet: repeated, it returns the same.

        Raises PortalRefused, UpstreamUnavailable, UpstreamRefused.
        """
        scopes = self._allowed(app)
        with taking_turns(self._pool.aws, self._locks, lambda: app.slugs):
            # Where another process has removed the client, there is another to find or to make.
            once = partial(self._create, app, scopes)
            client = self._pool.aws.retries.until_done(once, ClientMissing, tries=_ROUNDS)
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

    def _create(self, app: App, scopes: list[str]) -> Client:
        """Bring the client that counts to where it works, and remove all others of the app.

        The last call shows that the client is still there. Raises ClientMissing.
        """
        client, *others = self._pool.find(app) or self._make(app)
        for other in others:
            self._pool.delete(other["ClientId"])
        if others:
            still_there = self._pool.describe(client["ClientId"])
            if still_there is None:
                raise ClientMissing
            client = still_there
        self._pool.let_work(client, scopes)
        return client

    def _make(self, app: App) -> list[Client]:
        """Make a client; return it among those of other processes, the one that counts first.

        Two that make one look after that, so the later one sees both.
        """
        try:
            made = self._pool.make(app)
        except UpstreamUnavailable:
            # The answer may have been lost on its way from a client that was made.
            clients = self._pool.find(app)
            if not clients:
                raise
            return clients
        others = [client_id for client_id in self._pool.ids(app) if client_id != made["ClientId"]]
        return sorted([made, *self._pool.described(others)], key=rank)

    def update(self, app: App) -> None:
        """Bring an app's client to the scopes and the name that it is to have; never makes one.

        Raises PortalRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        changes: dict[str, Any] = {}
        if app.has_apis:
            changes["AllowedOAuthScopes"] = self._allowed(app)
        with self._taking_turns(app):
            client = self._working(app)
            if client is None:
                raise PortalRefused("app-unknown", "There is no client of this app.")
            if app.name:
                changes["ClientName"] = self._pool.name(self._slug_of(client), app.name)
            self._pool.change(client, **changes)

    def _taking_turns(self, app: App) -> AbstractContextManager[None]:
        """An order that names a client alone takes turns with those that name the client's app."""

        def slugs() -> tuple[str, ...]:
            if app.has_slug or app.client_id is None:
                return app.slugs
            named = self._pool.describe(app.client_id)
            return (*app.slugs, self._slug_of(named)) if named else app.slugs

        return taking_turns(self._pool.aws, self._locks, slugs)

    def _slug_of(self, client: Client) -> str:
        return self._pool.slug_of(client) or ""

    def _working(self, app: App) -> Client | None:
        """Return the client that an order names, by its id or else by the app's slug."""
        if app.client_id is None:
            return next(filter(is_working, self._pool.find(app)), None)
        return self._named(app.client_id, app)

    def _named(self, client_id: str, app: App) -> Client | None:
        client = self._pool.describe(client_id)
        is_of_app = client and (not app.has_slug or self._slug_of(client) in app.slugs)
        return client if is_of_app else None

    def revoke(self, app: App) -> None:
        """Remove the app's clients; what is absent or not ours is left alone.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        with self._taking_turns(app):
            for client_id in self._revocable(app):
                self._pool.delete(client_id)

    def _revocable(self, app: App) -> list[str]:
        """Return the ids of what a revoke is about, in the order in which to remove it.

        A client that is named comes last, so that the order, sent again, finds it as long as others
        are there. Where it is gone, what the app has now is of a newer approval, and stays.
        """
        if app.client_id is None:
            return [client["ClientId"] for client in self._pool.find(app)]
        named = self._named(app.client_id, app)
        if named is None:
            return []
        others = [client_id for client_id in self._beside(named, app) if client_id != app.client_id]
        return [*(client["ClientId"] for client in self._pool.described(others)), app.client_id]

    def _beside(self, named: Client, app: App) -> list[str]:
        """Return all clients of the app that a client belongs to, by whatever the order names."""
        if app.has_slug:
            return self._pool.ids(app)
        slug = self._slug_of(named)
        return [] if is_ambiguous(slug) else self._pool.ids(replace(app, slug=slug, has_slug=True))
