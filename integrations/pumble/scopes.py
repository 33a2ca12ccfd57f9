"""Pumble's scopes as its consent page takes them: user scopes, and bot scopes after `bot:`.

Source: pumble-node-sdk (github.com/CAKE-com/pumble-node-sdk, docs, 2026-08).
"""

from __future__ import annotations

SCOPES = (
    "messages:read",
    "messages:write",
    "messages:edit",
    "messages:delete",
    "attachments:write",
    "user:read",
    "status:write",
    "reaction:read",
    "reaction:write",
    "channels:list",
    "channels:read",
    "channels:write",
    "users:list",
    "workspace:read",
    "calls:write",
    "files:write",
    "group:read",
)
_BOT = "bot:"


def parse_scopes(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return scopes in the consent page's order: the user's, then the bot's.

    Raises ValueError, naming the entry (they count from 1), for one that is unknown or repeated.
    """
    for position, text in enumerate(texts, start=1):
        if text.removeprefix(_BOT) not in SCOPES:
            raise ValueError(f"entry {position}: {text!r} is not a scope")
        if text in texts[: position - 1]:
            raise ValueError(f"entry {position}: {text!r} is named twice")
    return tuple(sorted(texts, key=lambda text: text.startswith(_BOT)))
