"""Where Pumble's tokens are kept: a small interface, and three ways to implement it.

The interface is that of Pumble's own SDK (docs, "Token Store", and the two deletes of 2025-11), in
Python's spelling. All stores keep the same rules: a bot is saved only with both its id and its
token, so an answer without them never erases a bot; a user's token always replaces the older one;
deleting what is not there is no error.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol

from proxy.vendors import Grant

_PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an authorization answers: tokens of a user, and of the bot where there is one."""

    workspace_id: str
    user_id: str
    access_token: str = field(repr=False)
    bot_id: str | None = None
    bot_token: str | None = field(default=None, repr=False)
    names: Mapping[str, str] = field(default_factory=dict)


class TokenStore(Protocol):
    """Pumble's CredentialsStore; reads answer None for what is unknown."""

    def initialize(self) -> None:
        """Make ready; raises OSError when the store cannot be used."""

    def get_bot_token(self, workspace_id: str) -> str | None:
        """Return the token of our bot in a workspace."""

    def get_bot_user_id(self, workspace_id: str) -> str | None:
        """Return the user id of our bot in a workspace."""

    def get_user_token(self, workspace_id: str, workspace_user_id: str) -> str | None:
        """Return the token of a user who has authorized us."""

    def save_tokens(self, tokens: Tokens) -> None:
        """Keep what an authorization answered."""

    def delete_for_workspace(self, workspace_id: str) -> None:
        """Forget everything of a workspace, as after APP_UNINSTALLED."""

    def delete_for_user(self, workspace_user_id: str, workspace_id: str) -> None:
        """Forget a user, not the bot, as after APP_UNAUTHORIZED (the SDK's order of arguments)."""


class PrivateDataTokenStore:
    """The tokens of one connection, which lies sealed in a user's private data: the default.

    It reads and changes `grant`, what is stored there; None is nothing. It knows one workspace and
    one user at a time: a save for another one replaces both.
    """

    def __init__(self, grant: Grant | None = None) -> None:
        self.grant = grant

    def initialize(self) -> None:
        """Nothing has to be made ready."""

    def get_bot_token(self, workspace_id: str) -> str | None:
        """Return the bot's token; see TokenStore."""
        return self._of(workspace_id).secret.get("botToken")

    def get_bot_user_id(self, workspace_id: str) -> str | None:
        """Return the bot's id; see TokenStore."""
        return self._of(workspace_id).details.get("botId")

    def get_user_token(self, workspace_id: str, workspace_user_id: str) -> str | None:
        """Return the user's token; see TokenStore."""
        grant = self._of(workspace_id)
        if grant.details.get("userId") != workspace_user_id:
            return None
        return grant.secret.get("accessToken")

    def _of(self, workspace_id: str) -> Grant:
        """Return the grant if it is of this workspace, else an empty one."""
        if self.grant is None or self.grant.details.get("workspaceId") != workspace_id:
            return Grant({})
        return self.grant

    def save_tokens(self, tokens: Tokens) -> None:
        """Keep an authorization's answer; see TokenStore."""
        secret = {"accessToken": tokens.access_token}
        details = {"workspaceId": tokens.workspace_id, "userId": tokens.user_id, **tokens.names}
        bot_id, bot_token = tokens.bot_id, tokens.bot_token
        if not (bot_id and bot_token):
            bot_id = self.get_bot_user_id(tokens.workspace_id)
            bot_token = self.get_bot_token(tokens.workspace_id)
        if bot_id and bot_token:
            secret["botToken"], details["botId"] = bot_token, bot_id
        self.grant = Grant(secret, details)

    def delete_for_workspace(self, workspace_id: str) -> None:
        """Forget the connection; see TokenStore."""
        if self.grant is not None and self.grant.details.get("workspaceId") == workspace_id:
            self.grant = None

    def delete_for_user(self, workspace_user_id: str, workspace_id: str) -> None:
        """Forget the user's token, and the whole connection where no bot is left of it."""
        if self.grant is None or self.get_user_token(workspace_id, workspace_user_id) is None:
            return
        left = {key: value for key, value in self.grant.secret.items() if key != "accessToken"}
        self.grant = Grant(left, self.grant.details) if left else None


class MemoryTokenStore:
    """Tokens in memory, for tests: gone with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workspaces: dict[str, dict[str, Any]] = {}

    def initialize(self) -> None:
        """Nothing has to be made ready."""

    def get_bot_token(self, workspace_id: str) -> str | None:
        """Return the bot's token; see TokenStore."""
        return self._read(lambda known: known.get(workspace_id, {}).get("botToken"))

    def get_bot_user_id(self, workspace_id: str) -> str | None:
        """Return the bot's id; see TokenStore."""
        return self._read(lambda known: known.get(workspace_id, {}).get("botId"))

    def get_user_token(self, workspace_id: str, workspace_user_id: str) -> str | None:
        """Return the user's token; see TokenStore."""
        return self._read(
            lambda known: known.get(workspace_id, {}).get("userTokens", {}).get(workspace_user_id)
        )

    def save_tokens(self, tokens: Tokens) -> None:
        """Keep an authorization's answer; see TokenStore."""

        def save(known: dict[str, dict[str, Any]]) -> None:
            workspace = known.setdefault(tokens.workspace_id, {})
            workspace.setdefault("userTokens", {})[tokens.user_id] = tokens.access_token
            if tokens.bot_id and tokens.bot_token:
                workspace |= {"botId": tokens.bot_id, "botToken": tokens.bot_token}

        self._change(save)

    def delete_for_workspace(self, workspace_id: str) -> None:
        """Forget a workspace; see TokenStore."""
        self._change(lambda known: known.pop(workspace_id, None))

    def delete_for_user(self, workspace_user_id: str, workspace_id: str) -> None:
        """Forget a user; see TokenStore."""
        self._change(
            lambda known: (
                known.get(workspace_id, {}).get("userTokens", {}).pop(workspace_user_id, None)
            )
        )

    def _read(self, look: Callable[[dict[str, dict[str, Any]]], Any]) -> str | None:
        with self._lock:
            found = look(self._load())
        return found if isinstance(found, str) else None

    def _change(self, change: Callable[[dict[str, dict[str, Any]]], Any]) -> None:
        with self._lock:
            known = self._load()
            change(known)
            self._store(known)

    def _load(self) -> dict[str, dict[str, Any]]:
        return self._workspaces

    def _store(self, workspaces: dict[str, dict[str, Any]]) -> None:
        self._workspaces = workspaces


class JsonFileTokenStore(MemoryTokenStore):
    """Tokens in a JSON file, in the clear, in the form of Pumble's own SDK: for development only.

    The file is written whole and moved into place; one that cannot be read counts as empty.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def initialize(self) -> None:
        """Make sure that the file can be written; raises OSError.

        A device, such as /dev/null, or whatever else is no file stays as it is.
        """
        if self._path.exists() and not self._path.is_file():
            raise FileExistsError(self._path)
        self._change(len)

    def _load(self) -> dict[str, dict[str, Any]]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {key: value for key, value in known.items() if _is_workspace(value)}

    def _store(self, workspaces: dict[str, dict[str, Any]]) -> None:
        draft = self._path.with_name(f"{self._path.name}.{token_hex(4)}")
        draft.touch(_PRIVATE_FILE)
        draft.write_text(json.dumps(workspaces, indent=2), encoding="utf-8")
        draft.replace(self._path)


def _is_workspace(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("userTokens", {}), dict)
