"""Plain OAuth 2.0 (RFC 6749 4.1, 7009, 7636) as the example vendors have it: a place, a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    ConnectionLost,
    Grant,
    JsonApi,
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    SettingsReader,
    Upstreams,
)

REVOKED = "The vendor no longer takes the token."
_HOST = "https://plain.example"
PLAIN_OAUTH = OAuth2(
    authorize=f"{_HOST}/oauth/authorize",
    token=f"{_HOST}/oauth/token",
    revoke=f"{_HOST}/oauth/revoke",
    pkce=True,
    details={"place_id": "placeId", "place_name": "placeName"},
)


class Api(JsonApi):
    """A vendor's API with one connection's token."""

    def send(
        self, method: str, path: str, grant: Grant, document: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send a request with a grant's token.

        Raises ConnectionLost (401), UpstreamRefused (other 4xx), UpstreamUnavailable.
        """
        headers = {"Authorization": f"Bearer {grant.secret['token']}"}
        return self.call(method, path, document, headers=headers)

    def refusal(self, answer: Answer) -> Exception:
        """Return ConnectionLost for a 401."""
        return ConnectionLost(REVOKED) if answer.status == 401 else super().refusal(answer)


class PlainOAuth(OAuth2Connection):
    """A vendor whose users connect one place each; options go to the consent page as they are."""

    def __init__(self, app: OAuth2App, upstreams: Upstreams) -> None:
        super().__init__(PLAIN_OAUTH, app, upstreams)

    def consent_parameters(self, request: AuthorizeRequest) -> dict[str, str]:
        """Return what was chosen."""
        return dict(request.options)


def read_api(reader: SettingsReader, upstreams: Upstreams, name: str) -> Api:
    """Return the API of the vendor with this name, at `<NAME>_BASE_URL`."""
    return Api(upstreams.at(name, reader.base_url(f"{name.upper()}_BASE_URL")))
