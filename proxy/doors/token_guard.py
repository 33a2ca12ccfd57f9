"""A guard for routes: who stands behind a vendor's token, asked of the vendor.

An answer is remembered, which only saves a round trip: by the token's digest, for seconds, never
beyond what is known of the token's end, and for a thousand tokens at most. Refused tokens count as
failed attempts of whoever sent them, since each costs a question.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from proxy.http.attempts import Attempts
from proxy.http.upstream_problems import vendor_problems
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.problems import Problem
from proxy.vendors.doors import Principal, TokenDoor, TokenInvalid
from proxy.vendors.proof import RequestHeaders

MAX_REMEMBERED = 1_000
_REFUSAL_SECONDS = 10.0
_LOCK_SECONDS = 8.0
_MOST_WAITING = 500
# More than for passwords: nobody guesses a signed token, and many cards share an office's address.
_FREE_REFUSALS = 20
# What can be sent on as a header; a token of the vendor's is a JWT of at most some kilobytes. Where
# a comma stands, the header came twice (RFC 9110 5.3).
_TOKEN = re.compile(r"[!-+\--~]{1,4096}", re.ASCII)


class TokenGuard:
    """Checks the tokens of one vendor."""

    def __init__(
        self,
        vendor: TokenDoor,
        clock: Callable[[], float],
        attempts: Attempts | None = None,
    ) -> None:
        self._vendor = vendor
        self._clock = clock
        self._attempts = attempts or Attempts(_FREE_REFUSALS)
        self._asking = KeyedLocks(_MOST_WAITING)
        self._guard = threading.Lock()
        # By digest: until when it counts, and the principal, or None for a refused token.
        self._remembered: OrderedDict[bytes, tuple[float, Principal | None]] = OrderedDict()

    def principal(
        self, headers: RequestHeaders, document: Mapping[str, Any], source: str
    ) -> Principal:
        """Return who is calling, for a token that was issued to one of the vendor's audiences.

        Raises Problem: `token-missing`, `token-invalid` (401), `token-foreign` (403), and
        `vendor-unavailable`, `vendor-refused` while nobody can be asked. `too-many-attempts` for a
        source that has to wait: then nobody is asked.
        """
        principal = self._introspected(self._token(headers, document), source)
        if principal is None:
            raise Problem("token-invalid", cause=f"{self._vendor.name} does not take the token")
        if principal.audience not in self._vendor.audiences:
            raise Problem("token-foreign", cause="its audience is none of those that are set")
        return principal

    def _token(self, headers: RequestHeaders, document: Mapping[str, Any]) -> str:
        in_header = headers.get(self._vendor.token_header)
        in_body = document.get(self._vendor.token_field)
        token = in_header if in_header is not None else in_body
        if token is None or token == "":
            raise Problem("token-missing", cause=f"no header {self._vendor.token_header}")
        if in_header is not None and in_body is not None and in_header != in_body:
            raise Problem("token-invalid", cause="two tokens")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise Problem("token-invalid", cause="not a token")
        return token

    def _introspected(self, token: str, source: str) -> Principal | None:
        """Return the token's principal, None for a refused one; a burst of calls asks once."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._recall(digest)
        if known is not None:
            return known[1]
        with self._asking.hold(digest.hex(), _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("vendor-unavailable", cause="an earlier question still waits")
            known = self._recall(digest)
            return self._ask(token, digest, source) if known is None else known[1]

    def _ask(self, token: str, digest: bytes, source: str) -> Principal | None:
        principal = None
        with self._attempts.judging(source) as attempt, vendor_problems():
            try:
                principal = self._vendor.introspect(token)
            except TokenInvalid:
                attempt.failed()
                seconds = min(_REFUSAL_SECONDS, self._vendor.cache_seconds)
            else:
                if principal.audience in self._vendor.audiences:
                    attempt.succeeded()
                seconds = self._vendor.cache_seconds
        now = self._clock()
        until = now + seconds
        ends_at = self._vendor.ends_at(token)
        if principal is not None and ends_at is not None:
            until = min(until, ends_at)
        self._remember(digest, until, principal)
        return principal

    def _recall(self, digest: bytes) -> tuple[float, Principal | None] | None:
        with self._guard:
            known = self._remembered.get(digest)
            if known is None or known[0] <= self._clock():
                return None
            self._remembered.move_to_end(digest)
            return known

    def _remember(self, digest: bytes, until: float, principal: Principal | None) -> None:
        with self._guard:
            self._remembered[digest] = (until, principal)
            self._remembered.move_to_end(digest)
            while len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)
