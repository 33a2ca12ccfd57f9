"""The address that an app sends users to for their consent, read strictly.

Parameters and rules: `docs/authorization.md` and, for `state`, `docs/basic-concepts.md`
(github.com/CAKE-com/pumble-node-sdk, read 2026-11-20). What the real page does about a wrong one is
not documented; here it is an error page, and the user stays.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.kit.bodies import parameters, same
from sandbox.pumble.manifest import Manifest
from sandbox.pumble.registration import Registration

BOT_PREFIX = "bot:"
REQUIRED = ("redirectUrl", "clientId", "scopes")
OPTIONAL = ("defaultWorkspaceId", "isReinstall", "state")


class AccessRefusedError(Exception):
    """An access request that ends on an error page with `status` and an English `message`."""

    def __init__(self, status: int, message: str) -> None:
        """Remember what to show."""
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What an app asks of a user; bot scopes are without their prefix."""

    redirect_url: str
    user_scopes: tuple[str, ...]
    bot_scopes: tuple[str, ...]
    default_workspace_id: str | None
    reinstall: bool
    state: str | None


def read_access_request(registration: Registration, query: str) -> AccessRequest:
    """Return what the query string of an access request asks for.

    Raises AccessRefusedError (400) that says which parameter is wrong.
    """
    given = _parameters(query)
    if not same(given["clientId"], registration.app_id):
        raise AccessRefusedError(400, "clientId is not the id of an app")
    if not registration.manifest.admits(given["redirectUrl"]):
        raise AccessRefusedError(400, "redirectUrl matches none of the app's redirectUrls")
    user_scopes, bot_scopes = _scopes(given["scopes"], registration.manifest)
    default = given.get("defaultWorkspaceId")
    if default is not None and default not in registration.workspaces:
        raise AccessRefusedError(400, "defaultWorkspaceId is not a workspace of yours")
    if given.get("isReinstall", "true") != "true":
        raise AccessRefusedError(400, "isReinstall can only be true")
    return AccessRequest(
        redirect_url=given["redirectUrl"],
        user_scopes=user_scopes,
        bot_scopes=bot_scopes,
        default_workspace_id=default,
        reinstall="isReinstall" in given,
        state=given.get("state"),
    )


def _parameters(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
        return parameters(pairs, REQUIRED, OPTIONAL)
    except ValueError as problem:
        raise AccessRefusedError(400, str(problem)) from problem


def _scopes(text: str, manifest: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split `messages:read,bot:messages:write` into user scopes and bot scopes."""
    names = text.split(",")
    if len(set(names)) != len(names):
        raise AccessRefusedError(400, "scopes names a scope twice")
    bot_scopes = tuple(
        name.removeprefix(BOT_PREFIX) for name in names if name.startswith(BOT_PREFIX)
    )
    user_scopes = tuple(name for name in names if not name.startswith(BOT_PREFIX))
    if not set(user_scopes) <= set(manifest.user_scopes):
        raise AccessRefusedError(400, "scopes has a user scope that is not in the app's manifest")
    if not set(bot_scopes) <= set(manifest.bot_scopes):
        raise AccessRefusedError(400, "scopes has a bot scope that is not in the app's manifest")
    if bot_scopes and not manifest.bot:
        raise AccessRefusedError(400, "scopes has a bot scope, and the app has no bot")
    return user_scopes, bot_scopes
