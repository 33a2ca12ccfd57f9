"""The simulated vendor's customer account: credentials, switches and memory."""

import itertools
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator

from flask import Response, jsonify

from sandbox.jumio.transactions import Transaction, written_time
from sandbox.kit.router import STRANGER, VENDOR
from sandbox.kit.rudeness import CallsBack
from sandbox.kit.vendor import SimulatedVendor

ACCESS_TOKEN_SECONDS = 3600
"""Lifetime of a KYX bearer token ("Access Token Timeout", KYX API guide, 2023-07-05)."""


class Tenant(SimulatedVendor, CallsBack):
    """What the two APIs, the hosted page and the callbacks of one customer share.

    Tests read and set the public attributes at any time. `retrieval_lag` counts the retrieval
    answers that still hide a result after it is finished: a callback can be faster than the store
    behind the retrieval API. `accepted_ids` are documents that the portal is set to: a country's
    code and name, and the kind. `retries` is how often a callback that was not answered with 200 is
    sent again, `retry_delay` seconds later; Jumio documents no retries.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Make fresh random credentials; `clock` answers Unix seconds."""
        super().__init__(clock, _too_many_requests)
        self.api_token = str(uuid.uuid4())
        self.api_secret = secrets.token_urlsafe(24)
        self.workflow_key = "10011"
        self.proxy_callback_override: str | None = None
        self.callback_address = VENDOR
        self.forge_address = STRANGER
        self.retries = 0
        self.retry_delay = 0.2
        self.retrieval_lag = 0
        self.accepted_ids = [("SGP", "Singapore", "ID_CARD"), ("GAB", "Gabon", "PASSPORT")]
        self.transactions: dict[str, Transaction] = {}
        self.lock = threading.RLock()
        self.page_key = secrets.token_bytes(64)
        self.company_id = str(uuid.uuid4())
        self._access_tokens: dict[str, float] = {}
        self._digits: Iterator[int] = itertools.cycle((3, 0, 2, 1))

    @property
    def initiations(self) -> int:
        """How many checks were accepted, that is billed, on both APIs."""
        return len(self.transactions)

    def written(self, at: float) -> str:
        """Return Unix seconds in the vendor's notation; the number of digits changes every time."""
        with self.lock:
            digits = next(self._digits)
        return written_time(at, digits)

    def issue_access_token(self) -> str:
        """Return a new KYX bearer token, good for an hour."""
        token = secrets.token_urlsafe(48)
        with self.lock:
            self._access_tokens[token] = self.clock() + ACCESS_TOKEN_SECONDS
        return token

    def accepts_access_token(self, token: str) -> bool:
        """Return whether `token` was issued here and has not expired."""
        with self.lock:
            return self._access_tokens.get(token, 0.0) > self.clock()

    def expire_tokens(self) -> None:
        """Let every KYX bearer token expire now; the next call with one is answered 401."""
        with self.lock:
            self._access_tokens.clear()


def _too_many_requests() -> Response:
    """The answer over the limit: "Rate Limits", docs.jumio.com."""
    answer = jsonify(title="Too Many Requests", status=429, detail="Request limit exceeded")
    answer.status_code = 429
    return answer
