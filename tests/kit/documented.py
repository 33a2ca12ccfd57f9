"""What each route of a part may answer, for vendors that the contract does not name."""

from __future__ import annotations

from collections.abc import Mapping

Codes = frozenset[str]

_BAD = {400: "bad-request"}
_SESSION = {
    401: "session-ambiguous session-anonymous session-expired session-missing session-unreadable",
    403: "cross-site session-forbidden session-impersonated",
    429: "too-many-attempts",
    502: "marketplace-refused",
    503: "marketplace-unavailable",
}
_VENDOR = {502: "vendor-refused", 503: "vendor-unavailable"}
_BODY = {400: "body-invalid", 413: "body-too-large", 415: "content-type-unsupported"}
_SIGNED = {401: "signature-invalid", 403: "signature-invalid origin-not-allowed"}
_TOLD = {**_BODY, 502: "marketplace-refused", 503: "marketplace-unavailable"}
_TOKEN = {401: "token-invalid token-missing", 403: "token-foreign", 429: "too-many-attempts"}
_CONNECTED = {409: "needs-reconnection not-connected"}
_NEW = {400: "session-unsupported"}

Answers = Mapping[int, str]
# By method and path, where `*` is a vendor's name: which statuses are no problem, and the problems.
_ROUTES: dict[tuple[str, str], tuple[tuple[int, ...], tuple[Answers, ...]]] = {
    ("GET", "/api/id-verification"): ((200,), (_SESSION,)),
    ("POST", "/api/id-verification"): ((200, 201), (_SESSION, _BODY, _VENDOR, _NEW)),
    ("POST", "/api/connections/*"): ((200,), (_SESSION, _BODY, _NEW)),
    ("DELETE", "/api/connections/*"): ((200,), (_SESSION, _VENDOR)),
    ("GET", "/api/connections/*/return"): ((303,), ()),
    ("GET", "/api/connections/*/return/{state}"): ((303,), ()),
    ("POST", "/api/*/orders"): (
        (200, 201),
        (
            _SESSION,
            _BODY,
            _VENDOR,
            _CONNECTED,
            {404: "transaction-unknown", 409: "amount-unclear transaction-not-sold"},
        ),
    ),
    ("GET", "/api/*/orders/{transaction_id}"): (
        (200,),
        (_SESSION, _VENDOR, _CONNECTED, {404: "transaction-unknown order-unknown"}),
    ),
    ("POST", "/api/*/orders/catch-up"): ((200,), (_SESSION, _VENDOR, _CONNECTED)),
    # A callback: of a reference trip, of a connection, of a workspace.
    ("POST", "/api/callbacks/*"): ((200,), (_SIGNED, _TOLD, _VENDOR, {400: "reference-invalid"})),
    ("POST", "/api/callbacks/*/{overflow}"): (
        (200,),
        (_SIGNED, _TOLD, _VENDOR, {400: "reference-invalid"}),
    ),
    ("POST", "/api/callbacks/*/{reference}"): (
        (200,),
        (
            _SIGNED,
            _TOLD,
            _VENDOR,
            {
                400: "reference-invalid",
                403: "callback-foreign",
                503: "needs-reconnection reference-invalid",
            },
        ),
    ),
    ("GET", "/api/*/me"): ((200,), (_TOKEN, _VENDOR)),
    ("POST", "/api/*/link-codes"): ((201,), (_SESSION, _NEW)),
    ("POST", "/api/*/link"): (
        (200,),
        (_TOKEN, _BODY, _VENDOR, _TOLD, {400: "link-code-invalid"}),
    ),
    ("POST", "/api/*/v1/keys"): (
        (200,),
        (_BODY, _VENDOR, {401: "credentials-invalid", 429: "too-many-attempts"}),
    ),
    ("GET", "/api/*/v1/health"): (
        (204,),
        (_BODY, _VENDOR, {401: "credentials-invalid", 429: "too-many-attempts"}),
    ),
}


def documented(method: str, path: str, vendors: frozenset[str]) -> Mapping[int, Codes] | None:
    """Return the problem codes by status of a route of one of `vendors`; none for an answer.

    None where no part has such a route.
    """
    segments = ["*" if part in vendors else part for part in path.split("/")]
    known = _ROUTES.get((method, "/".join(segments)))
    if known is None:
        return None
    fine, problems = known
    answers: dict[int, Codes] = dict.fromkeys(fine, frozenset())
    for one in (_BAD, *problems):
        for status, codes in one.items():
            answers[status] = answers.get(status, frozenset()) | frozenset(codes.split())
    return answers
