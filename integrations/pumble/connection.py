"""Pumble's consent, exchange and revocation.

Source: pumble-node-sdk docs/authorization.md and `pumble-sdk/src/auth` (2026-08). The exchange is
multipart/form-data with names in kebab-case, which the data tells; two tokens of one answer, which
a store keeps together, are Pumble's own steps. Tokens do not expire; a reinstallation by anybody in
the workspace gives the bot a new token and ends the old one. Whether `state` is echoed is not
documented, but a return URL may be longer than the registered one: the state travels there too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from integrations.pumble.api import PumbleApi
from integrations.pumble.token_store import PrivateDataTokenStore, Tokens, TokenStore
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
    Probe,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    as_details,
    deadline,
    is_token,
)

API = "https://api-ga.pumble.com"
# How long the user, who is on the way back, waits for what is only nice to have.
_COURTESY_SECONDS = 4.0
_ID = r"[0-9A-Za-z_-]{1,60}"


def pumble_oauth(scopes: tuple[str, ...]) -> OAuth2:
    """Return Pumble's OAuth 2.0; revoking has no endpoint of OAuth."""
    return OAuth2(
        authorize="https://app.pumble.com/access-request",
        token=f"{API}/oauth2/access",
        scopes=scopes,
        scope_separator=",",
        client_auth="form",
        encoding="multipart",
        sends_redirect_uri=False,
        names_flow=False,
        consent_names={"client_id": "clientId", "redirect_uri": "redirectUrl", "scope": "scopes"},
        token_names={"client_id": "client-id", "client_secret": "client-secret"},
    )


class PumbleConnection(OAuth2Connection):
    """Pumble as a vendor that users connect."""

    name = "pumble"
    state_in_path = True
    options = (Option("defaultWorkspaceId", _ID), Option("isReinstall"))

    def __init__(
        self,
        oauth: OAuth2,
        app: OAuth2App,
        upstreams: Upstreams,
        api: PumbleApi,
        extra_store: TokenStore | None,
    ) -> None:
        """`extra_store` keeps the tokens instead of the private data, where there is one."""
        super().__init__(oauth, app, upstreams)
        self._api = api
        self._extra_store = extra_store

    def probes(self) -> Sequence[Probe]:
        """Return that nothing can be asked; see Part.probes.

        Every call wants a user's token, and what the exchange answers to an unknown app is not
        documented.
        """
        app = "PUMBLE_APP_ID", "PUMBLE_APP_CLIENT_SECRET", "PUMBLE_APP_KEY"
        unproven = "Pumble answers no app by itself; the first workspace connected proves it"
        return (Probe(app, "the app's page at Pumble", None, unproven),)

    def consent_parameters(self, request: AuthorizeRequest) -> dict[str, str]:
        """Return what was chosen; a preset workspace is only a suggestion there."""
        return dict(request.options)

    def is_refused(self, answer: Answer) -> bool:
        """Tell whether a code is refused: there is no documented list of errors."""
        return 400 <= answer.status < 500

    def read_grant(self, answer: Answer, document: Mapping[str, Any]) -> Grant:
        """Read the tokens of a user and of the bot."""
        tokens = read_tokens(document)
        if tokens is None:
            raise UpstreamUnavailable(answer.upstream, "a token answer without its tokens")
        return _grant(tokens)

    def complete(self, grant: Grant) -> Grant:
        """Have the tokens say whose they are; a store elsewhere takes them, if there is one."""
        tokens = _tokens(grant)
        named = replace(tokens, names=self._names(tokens))
        grant = _grant(named)
        if self._extra_store is None:
            return grant
        self._extra_store.save_tokens(named)
        return Grant({}, grant.details)

    def _names(self, tokens: Tokens) -> dict[str, str]:
        """Return readable names, none where they cannot be had now.

        Raises GrantRefused where the token turns out to be of another workspace.
        """
        try:
            with deadline(_COURTESY_SECONDS):
                me = self._api.me(tokens.access_token)
        except (ConnectionLost, UpstreamRefused, UpstreamUnavailable):
            return {}
        if me.get("workspaceId") != tokens.workspace_id:
            raise GrantRefused("the token belongs to another workspace")
        return as_details(
            {"workspaceName": me.get("workspaceName"), "userName": me.get("workspaceUserName")}
        )

    def merged(self, known: Grant | None, new: Grant) -> Grant:
        """Return the new tokens, with the earlier bot where the new ones brought none."""
        if self._extra_store is not None:
            return new
        store = PrivateDataTokenStore(known)
        store.save_tokens(_tokens(new))
        return store.grant or new

    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Take back the user's authorization, unless it is also the one that is kept.

        It is one per user and workspace, whatever token it is taken back with. The bot stays in
        the workspace until somebody there uninstalls the app.
        """
        if kept is not None and _identity(kept) == _identity(grant):
            return
        workspace_id, user_id = _identity(grant)
        token = grant.secret.get("accessToken")
        if token is None and self._extra_store is not None:
            token = self._extra_store.get_user_token(workspace_id, user_id)
        if token is not None:
            self.revoke(Grant({"accessToken": token}))
        if self._extra_store is not None:
            self._extra_store.delete_for_user(user_id, workspace_id)

    def revoke(self, grant: Grant) -> None:
        """Revoke a user's token; one that Pumble does not take has nothing left to give back.

        What it answers to a dead one is not documented.
        """
        with suppress(ConnectionLost, UpstreamRefused):
            self._api.revoke(grant.secret["accessToken"])


def _identity(grant: Grant) -> tuple[str, str]:
    return grant.details.get("workspaceId", ""), grant.details.get("userId", "")


def read_tokens(document: Mapping[str, Any]) -> Tokens | None:
    """Read an exchange answer; the bot's part may be absent. None where the user's part is."""
    token, workspace_id, user_id = (
        document.get(name) for name in ("accessToken", "workspaceId", "userId")
    )
    if not is_token(token) or not is_token(workspace_id) or not is_token(user_id):
        return None
    bot_id, bot_token = document.get("botId"), document.get("botToken")
    has_bot = is_token(bot_id) and is_token(bot_token)
    return Tokens(
        workspace_id=workspace_id,
        user_id=user_id,
        access_token=token,
        bot_id=bot_id if has_bot else None,
        bot_token=bot_token if has_bot else None,
    )


def _grant(tokens: Tokens) -> Grant:
    store = PrivateDataTokenStore()
    store.save_tokens(tokens)
    return store.grant or Grant({})


def _tokens(grant: Grant) -> Tokens:
    details = grant.details
    return Tokens(
        workspace_id=details["workspaceId"],
        user_id=details["userId"],
        access_token=grant.secret["accessToken"],
        bot_id=details.get("botId"),
        bot_token=grant.secret.get("botToken"),
        names={n: details[n] for n in ("workspaceName", "userName") if n in details},
    )
