"""How the vendor turns a request away: "Errors" in "General Concepts", read 2026-11-20."""

from collections.abc import Iterable
from typing import Literal

from flask import Response, jsonify

from sandbox.kit.shapes import FieldError

ErrorType = Literal[
    "unauthorized",
    "forbidden",
    "not_found",
    "unprocessable_entity",
    "unsupported_media_type",
    "too_many_requests",
    "internal_error",
    "routing_error",
]
VALIDATION_FAILED = "Validation failed"


class RefusalError(Exception):
    """A request that is answered with `status` and the documented error body.

    `retry_after` (seconds) becomes the header of that name where it is not None.
    """

    def __init__(
        self,
        status: int,
        error_type: ErrorType,
        message: str | None = None,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        """Remember what to answer."""
        super().__init__(message or error_type)
        self.status = status
        self.error_type = error_type
        self.message = message
        self.errors = errors
        self.retry_after = retry_after

    def body(self) -> dict[str, object]:
        """Return the error document: only `error_type` is always there."""
        body: dict[str, object] = {"error_type": self.error_type}
        if self.message is not None:
            body["message"] = self.message
        if self.errors:
            body["errors"] = [{"field": e.field, "message": e.message} for e in self.errors]
        return body


def bad_request(message: str) -> RefusalError:
    """Return the 400 of a request that cannot be read.

    No error type is documented for it; this is the one that the Ruby client's tests pair with 400.
    """
    return RefusalError(400, "unprocessable_entity", message)


def unauthorized(message: str) -> RefusalError:
    """Return the 401 of wrong credentials or of a token that no longer works."""
    return RefusalError(401, "unauthorized", message)


def not_found() -> RefusalError:
    """Return the 404 of a resource that does not exist, or not for this connection."""
    return RefusalError(404, "not_found")


def too_many_requests(retry_after: int) -> RefusalError:
    """Return the 429 that asks to wait `retry_after` seconds."""
    return RefusalError(429, "too_many_requests", retry_after=retry_after)


def invalid(errors: Iterable[FieldError]) -> RefusalError:
    """Return the 422 that breaks the problem down by field."""
    return RefusalError(422, "unprocessable_entity", VALIDATION_FAILED, tuple(errors))


def invalid_field(field: str, message: str) -> RefusalError:
    """Return the 422 of one wrong field."""
    return invalid([FieldError(field, message)])


def refusal_answer(refusal: RefusalError) -> Response:
    """Return the documented error answer."""
    answer = jsonify(refusal.body())
    answer.status_code = refusal.status
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer
