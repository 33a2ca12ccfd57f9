"""Plain OAuth 2.0 (RFC 6749 4.1, 7009, 7636) as the example vendors have it: a place, a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    ConnectionLost,
    Grant,
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    SettingsReader,
    Upstream,
    UpstreamRefused,
    Upstreams,
    bearer_json,
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


class Api:
    """A vendor's API with one connection's token."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    def send(
        self, method: str, path: str, grant: Grant, document: Mapping[str, Any] | None = None
    ) -> Answer:
        """Send a request with a grant's token.

        Raises ConnectionLost (401), UpstreamRefused (other 4xx), UpstreamUnavailable.
        """
        body = None if document is None else json.dumps(document).encode()
        headers = bearer_json(grant.secret["token"])
        answer = self.upstream.request(method, path, headers=headers, body=body)
        if 200 <= answer.status < 300:
            return answer
        if answer.status == 401:
            raise ConnectionLost(REVOKED)
        raise UpstreamRefused(answer.upstream, answer.status)


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
