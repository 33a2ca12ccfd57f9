"""Who has let the app in: authorization codes, installations, and user and bot tokens.

`docs/authorization.md` (github.com/CAKE-com/pumble-node-sdk, read 2026-11-20): tokens do not
expire; a user takes theirs back by unauthorizing the app; a reinstallation makes a new bot token
and invalidates the old one. What follows is undocumented and chosen here:

- A code works once and for ten minutes. Tokens are made when it is exchanged, not before.
- A user who authorizes again gets a fresh token; earlier ones live on until the user unauthorizes.
- Bot scopes are those of the (re)installation; later authorizations return the same bot token.
- Unauthorizing and uninstalling void codes that were not yet exchanged.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kit.codes import Codes
from sandbox.kit.tokens import signed_token
from sandbox.pumble.workspaces import new_id


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user has allowed on the consent page."""

    workspace_id: str
    user_id: str
    bot_id: str
    user_scopes: tuple[str, ...]
    bot_scopes: tuple[str, ...]
    reinstall: bool


@dataclass(frozen=True, slots=True)
class Access:
    """What a token stands for; `workspace_user_id` is the user's id, or the bot's."""

    workspace_id: str
    workspace_user_id: str
    scopes: tuple[str, ...]
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one workspace; without a bot, `bot_token` is None."""

    id: str
    installed_by: str
    bot_token: str | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one exchange yields."""

    grant: Grant
    user_token: str
    bot_token: str | None


class Installations:
    """Issues and revokes codes and tokens; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with the app installed nowhere; `clock` answers Unix seconds."""
        self._clock = clock
        self._lock = threading.RLock()
        self._signing_key = secrets.token_bytes(32)
        self._codes: Codes[Grant] = Codes(clock)
        self._accesses: dict[str, Access] = {}
        self._installed: dict[str, Installation] = {}

    def issue_code(self, grant: Grant) -> str:
        """Return a one-time code for what the user allowed."""
        return self._codes.issue(grant)

    def redeem(self, code: str, *, with_bot: bool) -> Tokens | None:
        """Exchange a code for tokens, installing the app where need be; None for a dead code."""
        with self._lock:
            grant = self._codes.spend(code)
            if grant is None:
                return None
            user_token = self._issue(
                Access(grant.workspace_id, grant.user_id, grant.user_scopes, is_bot=False)
            )
            installed = self._install(grant)
            bot_token = self._bot_token(installed, grant) if with_bot else None
            return Tokens(grant, user_token, bot_token)

    def access(self, token: str) -> Access | None:
        """Return what a token stands for, or None for a dead or unknown one."""
        with self._lock:
            return self._accesses.get(token)

    def installation(self, workspace_id: str) -> Installation | None:
        """Return the app's installation in a workspace, or None."""
        with self._lock:
            return self._installed.get(workspace_id)

    def authorized_users(self, workspace_id: str) -> tuple[str, ...]:
        """Return the ids of the users who have authorized the app, earliest first."""
        with self._lock:
            holders = [
                access.workspace_user_id
                for access in self._accesses.values()
                if access.workspace_id == workspace_id and not access.is_bot
            ]
        return tuple(dict.fromkeys(holders))

    def unauthorize(self, workspace_id: str, user_id: str) -> tuple[str, ...]:
        """Revoke a user's tokens and return the scopes they had; () for a user without any."""
        with self._lock:
            scopes: dict[str, None] = {}
            for token, access in list(self._accesses.items()):
                owner = (access.workspace_id, access.workspace_user_id)
                if owner == (workspace_id, user_id) and not access.is_bot:
                    scopes |= dict.fromkeys(access.scopes)
                    del self._accesses[token]
            self._void_codes(workspace_id, user_id)
            return tuple(scopes)

    def uninstall(self, workspace_id: str) -> Installation | None:
        """Revoke every token of a workspace and return what was installed; None for nothing."""
        with self._lock:
            self._accesses = {
                token: access
                for token, access in self._accesses.items()
                if access.workspace_id != workspace_id
            }
            self._void_codes(workspace_id)
            return self._installed.pop(workspace_id, None)

    def _void_codes(self, workspace_id: str, user_id: str | None = None) -> None:
        def is_void(grant: Grant) -> bool:
            return grant.workspace_id == workspace_id and user_id in {None, grant.user_id}

        self._codes.void(is_void)

    def _install(self, grant: Grant) -> Installation:
        installed = self._installed.get(grant.workspace_id)
        if installed is None:
            installed = Installation(new_id(), grant.user_id, bot_token=None)
            self._installed[grant.workspace_id] = installed
        return installed

    def _bot_token(self, installed: Installation, grant: Grant) -> str:
        if installed.bot_token is not None and not grant.reinstall:
            return installed.bot_token
        if installed.bot_token is not None:
            self._accesses.pop(installed.bot_token, None)
        token = self._issue(Access(grant.workspace_id, grant.bot_id, grant.bot_scopes, is_bot=True))
        self._installed[grant.workspace_id] = Installation(installed.id, grant.user_id, token)
        return token

    def _issue(self, access: Access) -> str:
        """Make a token: a JSON Web Token, whose length a client has to cope with."""
        claims = {
            "sub": access.workspace_user_id,
            "workspaceUser": access.workspace_user_id,
            "workspace": access.workspace_id,
            "iat": int(self._clock()),
            "jti": new_id(),
        }
        token = signed_token(claims, self._signing_key)
        self._accesses[token] = access
        return token
