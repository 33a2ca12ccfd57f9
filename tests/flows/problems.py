"""What every problem answer has in common, checked in one place, and requests in full control."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import requests

from tests.world import World, encode_cookie

PATH = "/api/id-verification"
CALLBACK_PATH = "/api/callbacks/passcheck"
FORM = "application/x-www-form-urlencoded"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
MEMBERS = {"type", "title", "status", "detail", "code", "requestId", "error"}


def send(
    world: World,
    method: str = "GET",
    path: str = PATH,
    *,
    headers: Mapping[str, str] | None = None,
    cookie: str | None = None,
    body: Any = None,
) -> requests.Response:
    """Send one request with these headers only; `cookie` is the session cookie's value."""
    sent = dict(headers or {})
    if cookie is not None:
        sent["Cookie"] = f"st-{world.sharetribe.client_id}-token={cookie}"
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method, world.url + path, headers=sent, data=body, timeout=30, allow_redirects=False
        )


def session_cookie(world: World) -> str:
    """Return the cookie of a new session of the first user."""
    return encode_cookie(world.sharetribe.log_in(world.user.id))


def assert_problem(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Require a problem document (RFC 9457) of this code, whole and harmless; return it."""
    assert (status, code) == (answer.status_code, answer.json().get("code")), answer.text
    assert "application/problem+json" == answer.headers["Content-Type"]
    document: dict[str, Any] = json.loads(answer.content)
    assert MEMBERS == set(document)
    assert document["status"] == status
    assert document["type"] == f"urn:echoseal:problem:{code}"
    assert document["error"] == document["title"]
    assert document["requestId"] == answer.headers["X-Request-Id"]
    assert document["detail"].endswith(".")
    assert "<" not in answer.text
    return document


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
