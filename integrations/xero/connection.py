"""Xero's consent, grants and organisations (OAuth 2.0 with PKCE; refresh tokens that rotate).

Source: developer.xero.com, OAuth 2.0 (auth flow and FAQ, read 2026-11) and XeroAPI/Xero-OpenAPI
(xero-identity.yaml 16.1.0, 2026-07). Access tokens live 30 minutes, refresh tokens 60 days, and are
replaced by each renewal; an old one works for 30 minutes more where the answer was lost. A
confidential app may use PKCE besides its secret (osodevops/xero-cli 0.5.0, 2026-03).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.vendors import (
    Answer,
    ConnectionLost,
    Grant,
    GrantRefused,
    JsonApi,
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    as_details,
    as_object,
    as_text,
    as_uuid,
)

_LOST = "Xero no longer takes the connection's token, or the organisation was disconnected there."
_DETAILS = {"id": "connectionId", "tenantId": "tenantId", "tenantName": "tenantName"}
XERO_OAUTH = OAuth2(
    authorize="https://login.xero.com/identity/connect/authorize",
    token="https://identity.xero.com/connect/token",  # noqa: S106 - an address
    revoke="https://identity.xero.com/connect/revocation",
    pkce=True,
    refreshes=True,
    revokes_all=True,
    # developer.xero.com, OAuth 2.0, troubleshooting: invalid_client, or invalid_grant.
    shows_client="developer.xero.com, My Apps, the app's Configuration",
)


class XeroApi(JsonApi):
    """Xero's APIs with one connection's token."""

    def refusal(self, answer: Answer) -> Exception:
        """Return ConnectionLost for a dead token, and for an organisation that left in Xero."""
        try:
            detail = as_text(answer.agreed_object().get("Detail")) or ""
        except UpstreamUnavailable:
            detail = ""
        if answer.status == 401 or (answer.status == 403 and "AuthenticationUnsucc" in detail):
            return ConnectionLost(_LOST)
        return UpstreamRefused(answer.upstream, answer.status)


class XeroConnection(OAuth2Connection):
    """Xero as a vendor that sellers connect: one organisation each."""

    name = "xero"

    def __init__(self, oauth: OAuth2, app: OAuth2App, upstreams: Upstreams, api: XeroApi) -> None:
        super().__init__(oauth, app, upstreams)
        self._api = api
        self.upstreams = (*self.upstreams, api.upstream)

    def complete(self, grant: Grant) -> Grant:
        """Add the organisation that was just authorized; of several, the first."""
        event_id = _event_id(grant.secret["token"])
        tenants = self._tenants(grant, {"authEventId": event_id}) if event_id else []
        if not tenants:
            # An organisation that was connected before may stand under an earlier authorization.
            tenants = self._tenants(grant, {})
            if len(tenants) > 1:
                raise GrantRefused("which organisation was authorized cannot be told")
        if not tenants:
            raise GrantRefused("no organisation was authorized")
        found = as_details({ours: tenants[0].get(theirs) for theirs, ours in _DETAILS.items()})
        return replace(grant, details=found)

    def _tenants(self, grant: Grant, query: Mapping[str, str]) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {grant.secret['token']}"}
        listed = self._api.call("GET", "/connections", query=query, headers=headers).json_array()
        found = [as_object(one) for one in listed]
        return [
            one
            for one in found
            if one.get("tenantType") == "ORGANISATION"
            and as_uuid(one.get("id"))
            and as_uuid(one.get("tenantId"))
        ]

    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Disconnect the organisation, unless it is kept.

        Where nothing is kept, revoke too, which disconnects all that this person at Xero has.
        """
        connection_id = grant.details.get("connectionId")
        if connection_id and (kept is None or kept.details.get("connectionId") != connection_id):
            headers = {"Authorization": f"Bearer {grant.secret['token']}"}
            try:
                self._api.call("DELETE", f"/connections/{connection_id}", headers=headers)
            except ConnectionLost:
                pass  # the revocation ends it
            except UpstreamRefused as refused:
                if refused.status != 404:
                    raise
        super().release(grant, kept)


def _event_id(token: str) -> str | None:
    """Return what an access token, which Xero has just answered, says of its authorization."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, LookupError, RecursionError):
        return None
    return as_uuid(as_object(claims).get("authentication_event_id"))
