"""Pumble's API: tokens in `token`, the app's key in `x-app-token`, never `Authorization`.

Source: pumble-node-sdk docs (api-client, authorization) and `pumble-sdk/src/api` (2026-08).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from proxy.vendors import (
    Answer,
    ConnectionLost,
    JsonApi,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
)

MAX_TEXT_CHARACTERS = 100_000
_CODE = re.compile(r"[0-9A-Za-z_.-]{1,60}", re.ASCII)
_LOST = "Pumble no longer takes the connection's token."


class PumbleApi(JsonApi):
    """Calls the API; every method takes a user's or the bot's token.

    All raise ConnectionLost (401), UpstreamRefused and UpstreamUnavailable.
    """

    def __init__(self, upstream: Upstream, app_key: str) -> None:
        super().__init__(upstream, {"x-app-token": app_key})

    def me(self, token: str) -> dict[str, Any]:
        """Return whose token it is: workspaceId, workspaceName, workspaceUserId, …Name."""
        return self.call("GET", "/oauth2/me", headers={"token": token}).json_object()

    def post_message(
        self, token: str, channel_id: str, text: str, *, only_to: str | None = None
    ) -> None:
        """Post a text into a channel, visible to one user alone where `only_to` names one."""
        message: dict[str, Any] = {"text": text[:MAX_TEXT_CHARACTERS]}
        if only_to is not None:
            message["ephemeral"] = {"sendToUsers": [only_to]}
        path = f"/v1/channels/{quote(channel_id, safe='')}/messages"
        self.call("POST", path, message, headers={"token": token})

    def revoke(self, token: str) -> None:
        """Take back what the token's user has granted to the app."""
        self.call("DELETE", "/v1/app/authorization", headers={"token": token})

    def refusal(self, answer: Answer) -> Exception:
        """Return ConnectionLost for a 401, UpstreamRefused with the error's code for the rest."""
        if answer.status == 401:
            return ConnectionLost(_LOST)
        return UpstreamRefused(answer.upstream, answer.status, _error_code(answer))


def _error_code(answer: Answer) -> str:
    """Return the error's code for the log; there is no documented list of them."""
    try:
        code = str(answer.json_object().get("code"))
    except UpstreamUnavailable:
        return ""
    return code if _CODE.fullmatch(code) else ""
