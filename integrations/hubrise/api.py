"""HubRise's API with one connection's token: headers, errors, paging.

Source: hubrise.com/developers, general concepts and authentication 6 (read 2026-11); the vendor's
own Ruby client (github.com/HubRise/ruby-client 2.0.15) for `retry-after` and `X-Cursor-Next`.
The token goes into `X-Access-Token`, although the token answer calls it a bearer token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.vendors import (
    Answer,
    ConnectionLost,
    JsonApi,
    UpstreamRefused,
    UpstreamUnavailable,
    pages,
)

# HubRise's documented texts of a 401, by what we say of each.
_LOST = {
    "The account/location has been suspended for non payment of the subscription": (
        "HubRise has suspended the account for non-payment."
    ),
    "The connection has been blocked": "The connection has been blocked at HubRise.",
}
_REVOKED = "The connection has been revoked at HubRise."
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


class HubRiseApi(JsonApi):
    """Calls the API; every method takes the connection's token, and a path below /v1.

    All raise ConnectionLost (401), Refusal (other 4xx) and UpstreamUnavailable.
    """

    def get(self, path: str, token: str, query: Mapping[str, str] | None = None) -> Answer:
        """Return what is at `path`."""
        return self.call("GET", f"/v1{path}", query=query, headers=_with(token))

    def post(self, path: str, token: str, document: Mapping[str, Any]) -> Answer:
        """Send a JSON object."""
        return self.call("POST", f"/v1{path}", document, headers=_with(token))

    def delete(self, path: str, token: str) -> Answer:
        """Delete what is at `path`."""
        return self.call("DELETE", f"/v1{path}", headers=_with(token))

    def items(
        self, path: str, token: str, query: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Iterate over a list of objects, page after page."""

        def fetch(cursor: str) -> tuple[list[dict[str, Any]], str]:
            at = {"cursor": cursor} if cursor else {}
            answer = self.get(path, token, {**(query or {}), **at})
            found = [item for item in answer.json_array() if isinstance(item, dict)]
            return found, answer.headers.get("X-Cursor-Next") or ""

        return pages(fetch)

    def refusal(self, answer: Answer) -> Exception:
        """Return ConnectionLost for a 401, Refusal for the rest."""
        error = _error_document(answer)
        if answer.status == 401:
            return ConnectionLost(_LOST.get(str(error.get("message")), _REVOKED))
        return Refusal(answer.upstream, answer.status, _error_type(error), _fields(error))


def _with(token: str) -> dict[str, str]:
    return {"X-Access-Token": token}


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
