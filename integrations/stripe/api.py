"""Stripe's API as all of its products use it: forms in, JSON out, one pinned version.

Source: docs.stripe.com/api (authentication, versioning, idempotent requests, errors; read 2026-11),
and `stripe` 16.1.0 for Python, whose version is pinned here.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.vendors import (
    Answer,
    JsonApi,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
    as_object,
    as_word,
)

# Without one, the account's default decides how answers look, and its owner may change that.
VERSION = "2026-10-28.endive"
KEY = r"[rs]k_(live|test)_[0-9A-Za-z]{1,200}"


class KeyUsed(UpstreamRefused):
    """An idempotency key has been used for another body: what was asked for was begun before."""


class StripeApi(JsonApi):
    """Calls Stripe with one key; `is_live` tells of which of the account's two modes it is."""

    def __init__(self, upstream: Upstream, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": VERSION}
        super().__init__(upstream, headers, code_at=("error", "code"))
        self.is_live = key.startswith(("sk_live_", "rk_live_"))

    def make(self, path: str, form: Mapping[str, str], key: str) -> Answer:
        """Make something once for each idempotency `key` (255 characters), for a day at least.

        The first answer comes again for the same form, marked so (`is_repeated`). Raises KeyUsed
        for another form, and as `call`.
        """
        return self.call("POST", path, form=form, headers={"Idempotency-Key": key})

    def refusal(self, answer: Answer) -> Exception:
        """Return what is raised for a status that is not 2xx; see JsonApi.refusal."""
        if answer.status == 409:
            # The same key at the same moment: whoever came first has it soon.
            return UpstreamUnavailable(answer.upstream, "another request holds the key", 1)
        if answer.status != 400:
            return super().refusal(answer)
        error = as_object(answer.json_object().get("error"))
        is_used = error.get("type") == "idempotency_error"
        kind = KeyUsed if is_used else UpstreamRefused
        # Its message may repeat what was sent; the code is a word of Stripe's.
        return kind(answer.upstream, answer.status, as_word(error.get("code") or error.get("type")))


def is_repeated(answer: Answer) -> bool:
    """Tell whether an answer was given before, to an earlier request with the same key."""
    return answer.headers.get("Idempotent-Replayed") == "true"
