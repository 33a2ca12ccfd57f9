"""Upstream failures as problems: whose fault it was, and whether trying again can help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.sharetribe.client import AccessForbidden, TokenRejected

_FORBIDDEN = "Sharetribe answered 403: the user is banned, or may not do this"


@contextmanager
def marketplace_problems() -> Iterator[None]:
    """Translate what the marketplace client raises for a logged-in user's request."""
    try:
        with _upstream_problems("marketplace"):
            yield
    except TokenRejected as error:
        raise Problem("session-expired", cause=str(error), is_daily=True) from None
    except AccessForbidden as error:
        raise Problem("session-forbidden", cause=str(error) or _FORBIDDEN) from None


@contextmanager
def marketplace_callback_problems() -> Iterator[None]:
    """The same for a vendor's callback, where a dead session is not the sender's problem.

    TokenRejected and AccessForbidden pass through: there may be another way to write.
    """
    with _upstream_problems("marketplace"):
        yield


@contextmanager
def vendor_problems() -> Iterator[None]:
    """Translate what a vendor's API calls raise."""
    with _upstream_problems("vendor"):
        yield


@contextmanager
def _upstream_problems(whose: str) -> Iterator[None]:
    try:
        yield
    except UpstreamUnavailable as error:
        raise Problem(
            f"{whose}-unavailable", cause=str(error), retry_after=error.retry_after
        ) from error
    except UpstreamRefused as error:
        raise Problem(f"{whose}-refused", cause=str(error)) from error
