"""What the operator registered about the app: where it may redirect, be hooked, and what it asks.

Rules: `docs/manifest.md`, `docs/authorization.md` and the scopes in `docs/api-client.md` of
github.com/CAKE-com/pumble-node-sdk, read 2026-11-20.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

SCOPES = MappingProxyType(
    {
        "messages:read": "See messages",
        "messages:write": "Send messages",
        "messages:edit": "Change messages",
        "messages:delete": "Delete messages",
        "attachments:write": "Change the attachments of messages",
        "user:read": "See the profile of a person",
        "status:write": "Set a status",
        "reaction:read": "See reactions",
        "reaction:write": "React to messages",
        "channels:list": "List channels",
        "channels:read": "See what is in channels",
        "channels:write": "Create and change channels",
        "users:list": "List the people in the workspace",
        "workspace:read": "See the workspace",
        "calls:write": "Create calls",
        "files:write": "Send files",
        "group:read": "See groups",
    }
)
"""Every scope there is, with the words in which the consent page asks for it."""

FIRST_SCOPES = (
    "messages:read",
    "messages:write",
    "channels:list",
    "channels:read",
    "user:read",
    "users:list",
    "workspace:read",
)


@dataclass(slots=True)
class Manifest:
    """The app's registration; tests and the demo page change it at any time.

    `hook_url` receives all triggers and events. Without `bot`, the app has no bot user and answers
    hold neither botToken nor botId.
    """

    name: str = "Tideline Rentals"
    redirect_urls: list[str] = field(default_factory=list)
    hook_url: str = ""
    user_scopes: tuple[str, ...] = FIRST_SCOPES
    bot_scopes: tuple[str, ...] = FIRST_SCOPES
    bot: bool = True

    def admits(self, redirect_url: str) -> bool:
        """Return whether one of the redirect URLs matches: it, or a path below it.

        The documentation's only example lets `/redirect` match `/redirect/other` and not `/`.
        Beyond it the strictest reading holds: whole path segments, no dot segments, the same
        origin letter by letter, no query and no fragment.
        """
        return any(_lies_below(redirect_url, registered) for registered in self.redirect_urls)


def _lies_below(url: str, registered: str) -> bool:
    if url == registered:
        return True
    if not url.startswith(f"{registered.removesuffix('/')}/"):
        return False
    if not (url.isascii() and url.isprintable()) or set(url) & set(' "#?\\'):
        return False
    return not {".", ".."} & set(unquote(urlsplit(url).path).split("/"))
