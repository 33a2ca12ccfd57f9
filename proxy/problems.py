"""Every refusal, as RFC 9457 problem details: one class, one table, stable codes.

A problem holds fixed public text only. What really happened goes to the log (`cause`), because
upstream bodies, tokens and references must never reach an answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the problem table: status, title and the default sentence."""

    status: int
    title: str
    detail: str


KINDS: dict[str, Kind] = {
    "session-missing": Kind(401, "Not logged in", "The request carries no marketplace session."),
    "session-unreadable": Kind(
        401, "Session unreadable", "The marketplace session cookie cannot be read; log in again."
    ),
    "session-anonymous": Kind(
        401, "Not logged in", "The marketplace session is anonymous; log in first."
    ),
    "session-ambiguous": Kind(
        401,
        "Session ambiguous",
        "Several different marketplace sessions came along;"
        " log out, remove this site's cookies and log in again.",
    ),
    "session-expired": Kind(401, "Session expired", "The marketplace session ended; log in again."),
    "session-impersonated": Kind(
        403, "Not possible as an operator", "An operator logged in as a user cannot do this."
    ),
    "session-forbidden": Kind(
        403, "Not permitted", "The marketplace does not let this user do this."
    ),
    "session-unsupported": Kind(
        400, "Session unsupported", "The marketplace session is too long to be carried safely."
    ),
    "cross-site": Kind(
        403, "Cross-site request refused", "The request comes from a site that is not listed."
    ),
    "body-invalid": Kind(400, "Body invalid", "The request body cannot be used."),
    "body-too-large": Kind(413, "Body too large", "The request body is larger than 100 KB."),
    "content-type-unsupported": Kind(
        415,
        "Content type unsupported",
        "The request body has a content type that is not read here.",
    ),
    "origin-not-allowed": Kind(
        403, "Sender not allowed", "The sender's address is not one of the vendor's."
    ),
    "reference-invalid": Kind(
        400, "Reference invalid", "The callback carries no reference that can be used."
    ),
    "signature-invalid": Kind(
        401, "Signature invalid", "The callback is not signed as the vendor signs."
    ),
    "callback-foreign": Kind(
        403, "Callback refused", "The callback is about something that is not connected here."
    ),
    "token-missing": Kind(401, "Token missing", "The request carries no token of the service."),
    "token-invalid": Kind(401, "Token invalid", "The service does not take the token."),
    "token-foreign": Kind(
        403, "Token not for us", "The token was not issued to an app that is listed here."
    ),
    "link-code-invalid": Kind(
        400, "Code invalid", "The code is wrong, expired or used; ask the user for a new one."
    ),
    "credentials-invalid": Kind(
        401, "Credentials invalid", "The request carries no credentials that are accepted here."
    ),
    "too-many-attempts": Kind(
        429, "Too many attempts", "Too many attempts from this address have failed; wait."
    ),
    "too-many-starts": Kind(
        429,
        "Too many starts",
        "The user has begun as many sessions as one may in a day; try again later.",
    ),
    "not-allowed": Kind(403, "Not allowed", "The operator has not allowed this."),
    "app-unknown": Kind(404, "App unknown", "There are no credentials of this app."),
    "not-billed": Kind(
        409, "Nothing to settle", "The user has paid for nothing of this plan; start it first."
    ),
    "not-connected": Kind(409, "Not connected", "The user has not connected this service."),
    "needs-reconnection": Kind(
        409, "Connection lost", "The connection no longer works; connect the service again."
    ),
    "transaction-unknown": Kind(
        404, "Transaction unknown", "The user sells nothing in a transaction with this id."
    ),
    "transaction-not-sold": Kind(
        409, "Not sold", "The transaction is not in a state in which its order can be sent."
    ),
    "amount-unclear": Kind(
        409, "Amount unclear", "An amount of the transaction cannot be told without changing it."
    ),
    "order-unknown": Kind(404, "Order unknown", "No order was made of this transaction."),
    "vendor-refused": Kind(502, "Vendor refused", "The third-party service refused the request."),
    "vendor-unavailable": Kind(
        503, "Vendor unavailable", "The third-party service cannot be used now; try again."
    ),
    "marketplace-refused": Kind(
        502, "Marketplace refused", "The marketplace API refused the request."
    ),
    "marketplace-unavailable": Kind(
        503, "Marketplace unavailable", "The marketplace API cannot be used now; try again."
    ),
    "frontend-unavailable": Kind(
        503, "Frontend unavailable", "The marketplace frontend cannot be reached now; try again."
    ),
    "frontend-loop": Kind(
        508, "Frontend loops", "The address of the marketplace frontend leads back to this proxy."
    ),
    "overloaded": Kind(503, "Too busy", "Too much is under way here now; try again in a moment."),
    "bad-request": Kind(400, "Bad request", "The request cannot be understood."),
    "not-found": Kind(404, "Not found", "Nothing answers at this address."),
    "method-not-allowed": Kind(
        405, "Method not allowed", "This address does not answer this method."
    ),
    "internal-error": Kind(500, "Internal error", "Something went wrong here; it has been logged."),
}

RETRY_AFTER_SECONDS = 5
# No browser shows a prompt for this scheme.
BEARER_CHALLENGE = 'Bearer realm="marketplace"'


class Problem(Exception):
    """A refusal on its way to the caller.

    `code` is a key of KINDS; `detail` (public) replaces the default sentence; `cause` (private)
    is for the log; `retry_after` is seconds, set for every 503; `challenge` is what a 401 asks for
    (`WWW-Authenticate`, RFC 9110 11.6.1). `is_daily`: the cause is nothing that the operator must
    look at. `is_logged` is set once a log line has told the cause.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        cause: str = "",
        retry_after: int | None = None,
        status: int | None = None,
        challenge: str = BEARER_CHALLENGE,
        is_daily: bool = False,
    ) -> None:
        kind = KINDS[code]
        super().__init__(f"{code} {cause}".rstrip())
        self.code = code
        self.title = kind.title
        self.status = status or kind.status
        self.detail = detail or kind.detail
        self.cause = cause
        self.retry_after = retry_after
        self.challenge = challenge
        self.is_daily = is_daily
        self.is_logged = False
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is None:
            self.retry_after = RETRY_AFTER_SECONDS

    def body(self, request_id: str) -> bytes:
        """Return the problem document as JSON.

        `error` repeats the title for frontends that read only that; `type` is a URN because a
        deployment has no page of its own to point to (RFC 9457 3.1.1 allows any URI).
        """
        document = {
            "type": f"urn:echoseal:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "requestId": request_id,
            "error": self.title,
        }
        return json.dumps(document, ensure_ascii=False).encode()
