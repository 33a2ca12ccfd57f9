"""A problem as an answer of bytes, for where Flask has not been asked or has nothing to say."""

from __future__ import annotations

from proxy.problems import CONTENT_TYPE, Problem

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-site",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


def refusal_fields(problem: Problem, request_id: str) -> list[tuple[bytes, bytes]]:
    """Return the header fields of the answer that tells `problem`, without its length."""
    fields = {"Content-Type": CONTENT_TYPE, "X-Request-Id": request_id, **SECURITY_HEADERS}
    if problem.retry_after is not None:
        fields["Retry-After"] = str(problem.retry_after)
    return [(name.encode(), value.encode()) for name, value in fields.items()]
