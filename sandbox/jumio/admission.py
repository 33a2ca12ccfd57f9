"""Who may call, and with which headers: the checks in front of both simulated APIs.

Netverify's guides: "missing or suspicious headers, suspicious parameter values, or without HTTP
Basic Authentication" give 403. Which headers are suspicious is not documented; here those are a
User-Agent that is only an HTTP library's own name, and an Accept or Content-Type that is not the
documented one. A wrong token or secret gives 401 on both APIs.
"""

from flask import request

from sandbox.jumio.tenant import Tenant
from sandbox.kit.bodies import json_object, same

LIBRARY_NAMES = (
    "python-requests/",
    "python-urllib",
    "python-httpx/",
    "urllib3/",
    "aiohttp/",
    "werkzeug/",
    "curl/",
    "wget/",
    "go-http-client/",
    "java/",
    "okhttp/",
    "axios/",
    "node",
    "undici",
)


class RefusalError(Exception):
    """A request that the vendor turns away with `status` and an English `message`."""

    def __init__(self, status: int, message: str) -> None:
        """Remember what to answer."""
        super().__init__(message)
        self.status = status
        self.message = message


def check_headers(content_type: str | None = None) -> None:
    """Check User-Agent and Accept of the current request, and its Content-Type where one is due.

    Raises RefusalError (403).
    """
    user_agent = request.headers.get("User-Agent", "").strip()
    if not user_agent or user_agent.lower().startswith(LIBRARY_NAMES):
        raise RefusalError(403, "User-Agent must name your company and application")
    if _media_type("Accept") != "application/json":
        raise RefusalError(403, "Accept must be application/json")
    if content_type is None:
        return
    if _media_type("Content-Type") != content_type:
        raise RefusalError(403, f"Content-Type must be {content_type}")
    if request.content_length is None:
        raise RefusalError(403, "Content-Length is missing")


def check_basic(tenant: Tenant, missing: int) -> None:
    """Check the HTTP Basic credentials of the current request.

    Raises RefusalError: `missing` where there are none, 401 where they are wrong.
    """
    given = request.authorization
    if given is None or given.type != "basic":
        raise RefusalError(missing, "HTTP Basic Authentication is required")
    token_fits = same(given.username or "", tenant.api_token)
    secret_fits = same(given.password or "", tenant.api_secret)
    if not (token_fits and secret_fits):
        raise RefusalError(401, "API token or secret is wrong")


def check_bearer(tenant: Tenant) -> None:
    """Check the OAuth2 bearer token of the current request; raises RefusalError (401)."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise RefusalError(401, "A bearer token is required")
    if not tenant.accepts_access_token(given.token):
        raise RefusalError(401, "The bearer token is invalid or has expired")


def json_body() -> dict[str, object]:
    """Return the JSON object in the body of the current request; refuses (400) what is none."""
    try:
        return json_object(request.get_data())
    except ValueError as problem:
        raise RefusalError(400, str(problem)) from problem


def _media_type(header: str) -> str:
    return request.headers.get(header, "").partition(";")[0].strip().lower()
