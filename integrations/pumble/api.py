"""Pumble's API: tokens in `token`, the app's key in `x-app-token`, never `Authorization`.

Source: pumble-node-sdk docs (api-client, authorization) and `pumble-sdk/src/api` (2026-08).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from proxy.vendors import Answer, ConnectionLost, Upstream, UpstreamRefused, UpstreamUnavailable

MAX_TEXT_CHARACTERS = 100_000
_CODE = re.compile(r"[0-9A-Za-z_.-]{1,60}", re.ASCII)
_LOST = "Pumble no longer takes the connection's token."


class PumbleApi:
    """Calls the API; every method takes a user's or the bot's token.

    All raise ConnectionLost (401), UpstreamRefused and UpstreamUnavailable.
    """

    def __init__(self, upstream: Upstream, app_key: str) -> None:
        self.upstream = upstream
        self._app_key = app_key

    def me(self, token: str) -> dict[str, Any]:
        """Return whose token it is: workspaceId, workspaceName, workspaceUserId, …Name."""
        return self._send("GET", "/oauth2/me", token).json_object()

    def post_message(
        self, token: str, channel_id: str, text: str, *, only_to: str | None = None
    ) -> None:
        """Post a text into a channel, visible to one user alone where `only_to` names one."""
        message: dict[str, Any] = {"text": text[:MAX_TEXT_CHARACTERS]}
        if only_to is not None:
            message["ephemeral"] = {"sendToUsers": [only_to]}
        self._send("POST", f"/v1/channels/{quote(channel_id, safe='')}/messages", token, message)

    def revoke(self, token: str) -> None:
        """Take back what the token's user has granted to the app."""
        self._send("DELETE", "/v1/app/authorization", token)

    def _send(
        self, method: str, path: str, token: str, document: Mapping[str, Any] | None = None
    ) -> Answer:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "token": token,
            "x-app-token": self._app_key,
        }
        body = None if document is None else json.dumps(document, ensure_ascii=False).encode()
        answer = self.upstream.request(method, path, headers=headers, body=body)
        if 200 <= answer.status < 300:
            return answer
        if answer.status == 401:
            raise ConnectionLost(_LOST)
        raise UpstreamRefused(answer.upstream, answer.status, _error_code(answer))


def _error_code(answer: Answer) -> str:
    """Return the error's code for the log; there is no documented list of them."""
    try:
        code = str(answer.json_object().get("code"))
    except UpstreamUnavailable:
        return ""
    return code if _CODE.fullmatch(code) else ""
