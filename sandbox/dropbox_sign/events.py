"""Events as they travel: multipart with one field, a hash inside, and again where nobody took them.

Source: hellosign-openapi @ad21451f (callbacks, EventCallbackRequest), help.dropbox.com, "Example of
a Dropbox Sign callback event" (2025-12), faq.hellosign.com 115007086247, retries (read 2026-11).
The glossary of developers.hellosign.com says of retries "approximately 3 days" instead.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.dropbox_sign.signature_request import SignatureRequest
from sandbox.kit.checks import Event

ACKNOWLEDGEMENT = b"Hello API Event Received"
RETRIES = 6
FIRST_DELAY_SECONDS = 5 * 60
EACH_DELAY_IS = 3
BOUNDARY = "------------------------4a8f0c6d2e71b359"


@dataclass(frozen=True, slots=True)
class Reporter:
    """Whose event it is: the account and its API app."""

    account_id: str
    client_id: str


def event_of(
    reporter: Reporter,
    kind: str,
    moment: int,
    key: str,
    *,
    signature_id: str | None = None,
    told: dict[str, Any] | None = None,
) -> Event:
    """Return an event of a `kind` and a `moment` (unix seconds), and of nothing else, under `key`.

    `told` is what it is about, which the hash does not cover.
    """
    digest = hmac.digest(key.encode(), f"{moment}{kind}".encode(), "sha256")
    document = {
        "event": {
            "event_type": kind,
            "event_time": str(moment),
            "event_hash": digest.hex(),
            "event_metadata": {
                "related_signature_id": signature_id,
                "reported_for_account_id": reporter.account_id,
                "reported_for_app_id": reporter.client_id,
                "event_message": None,
            },
        },
        "account_guid": reporter.account_id,
        "client_id": reporter.client_id,
        **(told or {}),
    }
    return formed(json.dumps(document), kind)


def formed(text: str, note: str) -> Event:
    """Return a text as the one field of a form (RFC 7578)."""
    lines = (
        f"--{BOUNDARY}",
        'Content-Disposition: form-data; name="json"',
        "",
        text,
        f"--{BOUNDARY}--",
        "",
    )
    body = "\r\n".join(lines).encode()
    return Event(body, note, content_type=f"multipart/form-data; boundary={BOUNDARY}")


@dataclass(slots=True)
class _Waiting:
    failures: int
    due_at: float


class Undelivered:
    """What was not acknowledged, and when it comes again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any; `clock` answers Unix seconds."""
        self._clock = clock
        self._waiting: dict[bytes, tuple[SignatureRequest, Event, _Waiting]] = {}

    def note(self, about: SignatureRequest, event: Event) -> bool:
        """Note a failure; return whether the event comes again."""
        *_, state = self._waiting.setdefault(event.body, (about, event, _Waiting(0, 0.0)))
        state.failures += 1
        if state.failures > RETRIES:
            self.forget(event)
            return False
        delay = FIRST_DELAY_SECONDS * EACH_DELAY_IS ** (state.failures - 1)
        state.due_at = self._clock() + delay
        return True

    def forget(self, event: Event) -> None:
        """Forget an event that was acknowledged."""
        self._waiting.pop(event.body, None)

    def due(self) -> list[tuple[SignatureRequest, Event]]:
        """Return what comes again by now."""
        now = self._clock()
        return [
            (about, event) for about, event, state in self._waiting.values() if state.due_at <= now
        ]

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()
