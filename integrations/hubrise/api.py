"""HubRise's API with one connection's token: headers, errors, paging.

Source: hubrise.com/developers, general concepts and authentication 6 (read 2026-11); the vendor's
own Ruby client (github.com/HubRise/ruby-client 2.0.15) for `retry-after` and `X-Cursor-Next`.
The token goes into `X-Access-Token`, although the token answer calls it a bearer token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from proxy.vendors import Answer, ConnectionLost, Upstream, UpstreamRefused, UpstreamUnavailable

# HubRise's documented texts of a 401, by what we say of each.
_LOST = {
    "The account/location has been suspended for non payment of the subscription": (
        "HubRise has suspended the account for non-payment."
    ),
    "The connection has been blocked": "The connection has been blocked at HubRise.",
}
_REVOKED = "The connection has been revoked at HubRise."
_MAX_PAGES = 20
_ERROR_TYPES = frozenset(
    {
        "unauthorized",
        "forbidden",
        "not_found",
        "unprocessable_entity",
        "unsupported_media_type",
        "too_many_requests",
        "internal_error",
        "routing_error",
    }
)


class Refusal(UpstreamRefused):
    """HubRise refuses: `code` is its `error_type`, `fields` names the fields that it objects to."""

    def __init__(self, upstream: str, status: int, code: str, fields: tuple[str, ...]) -> None:
        super().__init__(upstream, status, code)
        self.fields = fields


class HubRiseApi:
    """Calls the API; every method takes the connection's token."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    def get(self, path: str, token: str, query: Mapping[str, str] | None = None) -> Answer:
        """Return what is at `path` (below /v1).

        Raises ConnectionLost (401), Refusal (other 4xx), UpstreamUnavailable.
        """
        return self._send("GET", path + (f"?{urlencode(query)}" if query else ""), token)

    def post(self, path: str, token: str, document: Mapping[str, Any]) -> Answer:
        """Send a JSON object; raises as `get`."""
        # In ASCII: a title with a lone surrogate, which JSON can hold, could not be sent otherwise.
        return self._send("POST", path, token, json.dumps(document).encode())

    def delete(self, path: str, token: str) -> Answer:
        """Delete what is at `path`; raises as `get`."""
        return self._send("DELETE", path, token)

    def items(
        self, path: str, token: str, query: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Iterate over a list of objects, page after page; raises as `get`."""
        cursor, seen = "", set[str]()
        for _ in range(_MAX_PAGES):
            answer = self.get(
                path, token, {**(query or {}), **({"cursor": cursor} if cursor else {})}
            )
            yield from (item for item in answer.json_array() if isinstance(item, dict))
            cursor = answer.headers.get("X-Cursor-Next") or ""
            if not cursor or cursor in seen:
                return
            seen.add(cursor)

    def _send(self, method: str, path: str, token: str, body: bytes | None = None) -> Answer:
        headers = {"Accept": "application/json", "X-Access-Token": token}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self.upstream.request(method, f"/v1{path}", headers=headers, body=body)
        if 200 <= answer.status < 300:
            return answer
        error = _error_document(answer)
        if answer.status == 401:
            raise ConnectionLost(_LOST.get(str(error.get("message")), _REVOKED))
        raise Refusal(answer.upstream, answer.status, _error_type(error), _fields(error))


def _error_document(answer: Answer) -> dict[str, Any]:
    try:
        return answer.json_object()
    except UpstreamUnavailable:
        return {}


def _error_type(error: Mapping[str, Any]) -> str:
    """Return the documented error type for the log, "" for any other text."""
    kind = error.get("error_type")
    return kind if isinstance(kind, str) and kind in _ERROR_TYPES else ""


def _fields(error: Mapping[str, Any]) -> tuple[str, ...]:
    errors = error.get("errors")
    if not isinstance(errors, list):
        return ()
    return tuple(str(item.get("field")) for item in errors if isinstance(item, dict))
