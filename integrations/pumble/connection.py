"""Pumble's consent, exchange and revocation.

Source: pumble-node-sdk docs/authorization.md and `pumble-sdk/src/auth` (2026-08). The exchange is
multipart/form-data with names in kebab-case. Tokens do not expire; a reinstallation by anybody in
the workspace gives the bot a new token and ends the old one. Whether `state` is echoed is not
documented, but a return URL may be longer than the registered one: the state travels there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from integrations.pumble.api import PumbleApi
from integrations.pumble.token_store import PrivateDataTokenStore, Tokens, TokenStore
from proxy.vendors import (
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
    deadline,
    display_text,
    is_token,
    multipart,
)

_MAX_NAME_CHARACTERS = 120
# How long the user, who is on the way back, waits for what is only nice to have.
_COURTESY_SECONDS = 4.0
_ID = r"[0-9A-Za-z_-]{1,60}"


class PumbleConnection(Connection):
    """Pumble as a vendor that users connect."""

    name = "pumble"
    state_in_path = True
    options = (Option("defaultWorkspaceId", _ID), Option("isReinstall"))

    def __init__(
        self,
        *,
        consent: Upstream,
        api: PumbleApi,
        app_id: str,
        client_secret: str,
        scopes: tuple[str, ...],
        extra_store: TokenStore | None,
        pages: ReturnPages,
    ) -> None:
        """`extra_store` keeps the tokens instead of the private data, where there is one."""
        self._consent = consent
        self._api = api
        self._app_id = app_id
        self._client_secret = client_secret
        self._scopes = scopes
        self._extra_store = extra_store
        self.pages = pages
        self.upstreams = (api.upstream,)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the consent page's address; a preset workspace is only a suggestion there."""
        query = {
            "redirectUrl": request.return_url,
            "clientId": self._app_id,
            "state": request.state,
            **request.options,
            "scopes": ",".join(self._scopes),
        }
        return f"{self._consent.base_url}/access-request?{urlencode(query)}"

    def exchange(self, code: str) -> Grant:
        """Redeem a code, and have the tokens say whose they are; see Connection.exchange."""
        fields = {
            "client-id": self._app_id,
            "client-secret": self._client_secret,
            "code": code,
        }
        content_type, body = multipart(fields)
        headers = {"Accept": "application/json", "Content-Type": content_type}
        upstream = self._api.upstream
        answer = upstream.request("POST", "/oauth2/access", headers=headers, body=body)
        if 400 <= answer.status < 500:
            raise GrantRefused(f"the code is refused with {answer.status}")
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)
        tokens = read_tokens(answer.json_object())
        if tokens is None:
            raise UpstreamUnavailable(answer.upstream, "a token answer without its tokens")
        return self._granted(replace(tokens, names=self._names(tokens)))

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
            with suppress(UpstreamUnavailable):
                self._revoke(tokens.access_token)
            raise GrantRefused("the token belongs to another workspace")
        names = {
            "workspaceName": display_text(me.get("workspaceName"), _MAX_NAME_CHARACTERS),
            "userName": display_text(me.get("workspaceUserName"), _MAX_NAME_CHARACTERS),
        }
        return {name: text for name, text in names.items() if text is not None}

    def _granted(self, tokens: Tokens) -> Grant:
        """Return the tokens as a grant; where a developer keeps them elsewhere, without them."""
        grant = _grant(tokens)
        if self._extra_store is None:
            return grant
        self._extra_store.save_tokens(tokens)
        return Grant({}, grant.details)

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
            self._revoke(token)
        if self._extra_store is not None:
            self._extra_store.delete_for_user(user_id, workspace_id)

    def _revoke(self, token: str) -> None:
        """Revoke; a token that Pumble does not take has nothing left to give back.

        What it answers to a dead one is not documented.
        """
        with suppress(ConnectionLost, UpstreamRefused):
            self._api.revoke(token)


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
