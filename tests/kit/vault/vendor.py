"""Vault, an example of a portal: it orders keys by a contract of its own, with a password.

It does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from proxy.vendors import (
    BasicPair,
    Integration,
    PortalAnswer,
    PortalDoor,
    PortalRefused,
    SettingsReader,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    bearer_json,
    display_text,
    parse_pairs,
)

KEYS, HEALTH = "v1/keys", "v1/health"


class Vault(PortalDoor):
    """Vault as a vendor of a portal."""

    name = "vault"
    operations: Mapping[str, str] = {KEYS: "POST", HEALTH: "GET"}

    def __init__(self, upstream: Upstream, token: str, credentials: tuple[BasicPair, ...]) -> None:
        self._upstream = upstream
        self._token = token
        self.credentials = credentials
        self.upstreams = (upstream,)

    def handle(self, operation: str, document: Mapping[str, Any]) -> PortalAnswer:
        """Do one operation; see PortalDoor.handle."""
        if operation == HEALTH:
            cause = self._upstream.why_unreachable()
            if cause is not None:
                raise UpstreamUnavailable(self._upstream.name, f"the probe failed: {cause}")
            return PortalAnswer(204)
        app = display_text(document.get("app"), 60)
        if app is None or set(document) != {"app"}:
            raise PortalRefused("body-invalid", "The body has the field app and no other.")
        sent = json.dumps({"app": app}).encode()
        answer = self._upstream.request(
            "POST", "/keys", headers=bearer_json(self._token), body=sent
        )
        if answer.status != 201:
            raise UpstreamRefused(answer.upstream, answer.status)
        key = display_text(answer.json_object().get("key"))
        if key is None:
            raise UpstreamUnavailable(answer.upstream, "a key without text")
        return PortalAnswer(200, {"key": key})


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Vault, ...]:
    """Return Vault as the settings `VAULT_…` describe it."""
    upstream = upstreams.at("vault", reader.base_url("VAULT_BASE_URL"))
    pairs = parse_pairs(reader.text("VAULT_BASIC_AUTH"))
    return (Vault(upstream, reader.text("VAULT_TOKEN"), pairs),)


VAULT = Integration("vault", build)
