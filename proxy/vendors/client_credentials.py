"""An access token of our own at a vendor, by client credentials (RFC 6749 4.4)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from proxy.outgoing.headers import basic, is_token
from proxy.outgoing.upstream import Answer, Upstream, UpstreamRefused, UpstreamUnavailable

# A token is renewed this long before its end, so that it does not end on the way.
_RENEW_EARLY_SECONDS = 60
# RFC 6749 5.2: what else a refusal says is not for the log.
_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)


class ClientCredentials:
    """Keeps the access token in this process's memory until shortly before its end."""

    def __init__(
        self,
        upstream: Upstream,
        path: str,
        client_id: str,
        client_secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`path` is the token endpoint's; `clock` gives seconds since any moment."""
        self._upstream = upstream
        self._path = path
        self._authorization = basic(client_id, client_secret)
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    def token(self, refused: str | None = None) -> str:
        """Return a token, a new one when the kept one ends soon or was `refused`.

        A burst of callers makes one request. Raises UpstreamUnavailable, UpstreamRefused.
        """
        with self._upstream.alone(self._lock):
            if self._token and self._token != refused and self._clock() < self._ends_at:
                return self._token
            answer = self._upstream.request(
                "POST",
                self._path,
                headers={
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Authorization": self._authorization,
                },
                body=b"grant_type=client_credentials",
            )
            if answer.status != 200:
                raise UpstreamRefused(answer.upstream, answer.status, oauth_error(answer))
            return self._keep(answer)

    def _keep(self, answer: Answer) -> str:
        document = answer.json_object()
        token, seconds = document.get("access_token"), document.get("expires_in")
        if not is_token(token):
            raise UpstreamUnavailable(answer.upstream, "a token answer without access_token")
        lives = seconds if isinstance(seconds, int) else 0
        self._token = token
        self._ends_at = self._clock() + max(0, lives - _RENEW_EARLY_SECONDS)
        return token


def oauth_error(answer: Answer) -> str:
    """Return the error of RFC 6749 5.2 that a refusal names, "" for any other text."""
    try:
        error = answer.agreed_object().get("error")
    except UpstreamUnavailable:
        return ""
    return error if isinstance(error, str) and error in _ERRORS else ""
