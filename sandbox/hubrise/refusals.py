"""How the vendor turns a request away: "Errors" in "General Concepts", read 2026-11-20."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a path such as `items[0].price`."""

    field: str
    message: str


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


def invalid(errors: Iterable[FieldError]) -> RefusalError:
    """Return the 422 that breaks the problem down by field."""
    return RefusalError(422, "unprocessable_entity", VALIDATION_FAILED, tuple(errors))


def invalid_field(field: str, message: str) -> RefusalError:
    """Return the 422 of one wrong field."""
    return invalid([FieldError(field, message)])
