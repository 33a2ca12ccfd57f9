"""Plain OAuth 2.0 (RFC 6749 4.1, RFC 7009) as the example vendors have it: a place, a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    Connection,
    ConnectionLost,
    Grant,
    GrantRefused,
    ReturnPages,
    SettingsReader,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    basic,
    bearer_json,
    display_text,
    is_token,
)

REVOKED = "The vendor no longer takes the token."


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


class PlainOAuth(Connection):
    """A vendor whose users connect one place each."""

    def __init__(self, api: Api, client_id: str, client_secret: str, pages: ReturnPages) -> None:
        self.api = api
        self._client_id = client_id
        self._client_secret = client_secret
        self.pages = pages
        self.upstreams = (api.upstream,)

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the consent page's address."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": request.return_url,
            "state": request.state,
            **request.options,
        }
        return f"{self.api.upstream.base_url}/oauth/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> Grant:
        """Redeem a code; see Connection.exchange."""
        answer = self._post("/oauth/token", {"grant_type": "authorization_code", "code": code})
        if answer.status == 400:
            raise GrantRefused("the code is wrong, expired or used")
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)
        granted = answer.json_object()
        token, place = granted.get("access_token"), granted.get("place")
        if not is_token(token) or not isinstance(place, dict):
            raise UpstreamUnavailable(answer.upstream, "a grant without token or place")
        found = {
            "placeId": display_text(place.get("id")),
            "placeName": display_text(place.get("name")),
        }
        return Grant({"token": token}, {n: text for n, text in found.items() if text is not None})

    def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        headers = {
            "Accept": "application/json",
            "Authorization": basic(self._client_id, self._client_secret),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        return self.api.upstream.request("POST", path, headers=headers, body=body)

    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Revoke a token, which ends its callbacks too; see Connection.release."""
        if kept is not None and kept.secret == grant.secret:
            return
        answer = self._post("/oauth/revoke", {"token": grant.secret["token"]})
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)


def read_api(reader: SettingsReader, upstreams: Upstreams, name: str) -> Api:
    """Return the API of the vendor with this name, at `<NAME>_BASE_URL`."""
    return Api(upstreams.at(name, reader.base_url(f"{name.upper()}_BASE_URL")))


def read_client(reader: SettingsReader, name: str) -> tuple[str, str, ReturnPages]:
    """Return the client's id and secret, and the pages on which trips end."""
    prefix = name.upper()
    pages = ReturnPages(
        reader.page_url(f"{prefix}_SUCCESS_URL"), reader.page_url(f"{prefix}_ERROR_URL")
    )
    return reader.text(f"{prefix}_CLIENT_ID"), reader.text(f"{prefix}_CLIENT_SECRET"), pages
