"""What the demo marketplace's own server does at Sharetribe, in the name of who is logged in.

As a server-side page of a marketplace does: with the session cookie of the browser's SDK, and with
a trusted token for what users may not do by themselves (sharetribe.com/api-reference,
Authentication API, "Token exchange"; read 2026-11).
"""

import json
from typing import Any
from urllib.parse import quote, unquote

import requests
from flask import Response, request

from sandbox.stage import Stage

TIMEOUT_SECONDS = 30


class Refused(Exception):
    """Sharetribe refused a call; `code` is its error code, "" where it said none."""

    def __init__(self, status: int, code: str) -> None:
        """Keep what the page does about it."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Member:
    """The visitor of one request; nobody is logged in where its cookie has no session."""

    def __init__(self, stage: Stage) -> None:
        """Read the session of the request that is being answered."""
        self._sharetribe, self._url = stage.sharetribe, stage.sharetribe_url
        self._name = f"st-{self._sharetribe.client_id}-token"
        self._token: dict[str, Any] = _token(request.cookies.get(self._name, ""))
        self._is_renewed = False

    @property
    def is_known(self) -> bool:
        """Whether there is a session, which may have ended."""
        return bool(self._token)

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, trusted: bool = False
    ) -> dict[str, Any]:
        """Call the Marketplace API, renewing the session once, and return the answer's data.

        Raises Refused.
        """
        answer = self._send(method, path, body, trusted=trusted)
        if answer.status_code == 401 and self._renew():
            answer = self._send(method, path, body, trusted=trusted)
        if not answer.ok:
            raise Refused(answer.status_code, _code(answer))
        data: dict[str, Any] = answer.json()["data"]
        return data

    def hand_back(self, response: Response) -> Response:
        """Give the browser the session as it is now."""
        if self._is_renewed:
            text = json.dumps(self._token, separators=(",", ":"))
            response.set_cookie(self._name, quote(text, safe="{}:"))
        return response

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, *, trusted: bool
    ) -> requests.Response:
        token = str(self._token.get("access_token", ""))
        if trusted:
            exchanged = self._grant(
                grant_type="token_exchange",
                client_secret=self._sharetribe.client_secret,
                subject_token=token,
            )
            if not exchanged.ok:
                return exchanged
            token = exchanged.json()["access_token"]
        return self._request(
            method, f"/v1/api/{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )

    def _renew(self) -> bool:
        answer = self._grant(
            grant_type="refresh_token", refresh_token=str(self._token.get("refresh_token", ""))
        )
        if answer.ok:
            self._token, self._is_renewed = answer.json(), True
        return answer.ok

    def _grant(self, **form: str) -> requests.Response:
        return self._request(
            "POST", "/v1/auth/token", data={"client_id": self._sharetribe.client_id, **form}
        )

    def _request(self, method: str, path: str, **options: Any) -> requests.Response:
        # What the page's server does for its visitor is drawn as the visitor's.
        headers = {"X-Sandbox-Caller": "browser", **options.pop("headers", {})}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self._url + path, headers=headers, timeout=TIMEOUT_SECONDS, **options
            )


def _token(cookie: str) -> dict[str, Any]:
    try:
        token = json.loads(unquote(cookie))
    except ValueError:
        return {}
    return token if isinstance(token, dict) else {}


def _code(answer: requests.Response) -> str:
    try:
        return str(answer.json()["errors"][0]["code"])
    except (ValueError, LookupError, TypeError):
        return ""
