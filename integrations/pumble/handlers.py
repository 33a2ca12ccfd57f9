"""Handlers: functions that answer what Pumble posts, ours and those that an operator adds.

A handler takes the trigger and a context, and returns an answer or None (all is well, nothing to
say). Pumble waits three seconds for one answer: an acknowledgement, a refusal (both with a message
for the person who asked), a view, or a menu's options. What a handler raises goes to the `on_error`
hook and, by its type, to the log; the person sees a fixed sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.pumble.triggers import Kind, Trigger
from proxy.vendors import (
    ConnectionLost,
    Standing,
    UpstreamRefused,
    UpstreamUnavailable,
    WorkspaceAnswer,
    log_event,
)

FAILED = "That did not work. The error has been logged."


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler may do.

    `say(text)` posts into the trigger's channel as the bot, `say(text, only_to=user_id)` for one
    user (raises NotSaid); `standing(user)` tells how a marketplace user's verification stands (by
    uuid or email); `is_operators` tells whether the trigger comes from the operator's workspace.
    """

    is_operators: bool
    say: Callable[..., None] = field(repr=False)
    standing: Callable[[str], Standing | None] = field(repr=False)


Handler = Callable[[Trigger, Context], WorkspaceAnswer | None]
ErrorHook = Callable[[Exception, Trigger], None]


class NotSaid(Exception):
    """Pumble did not take a message; the cause is chained."""


class Handlers:
    """Functions by kind and name of what they answer; the last one registered wins."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[Kind, str], Handler] = {}
        self._on_error: ErrorHook | None = None

    def on(self, kind: Kind, name: str, handler: Handler) -> None:
        """Register a handler, such as `handlers.on(Kind.SLASH_COMMAND, "/stock", stock)`."""
        self._handlers[kind, name] = handler

    def on_error(self, hook: ErrorHook) -> None:
        """Register the function that is told what a handler raised."""
        self._on_error = hook

    def has(self, trigger: Trigger) -> bool:
        """Tell whether anything answers a trigger."""
        return (trigger.kind, trigger.name) in self._handlers

    def answer(self, trigger: Trigger, context: Context) -> WorkspaceAnswer:
        """Return the handler's answer; a failing marketplace or Pumble passes through.

        Raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
        """
        handler = self._handlers.get((trigger.kind, trigger.name))
        if handler is None:
            return silence(trigger)
        try:
            answer = handler(trigger, context)
            if answer is not None and not isinstance(answer, WorkspaceAnswer):
                raise TypeError("a handler returns a WorkspaceAnswer or None")
            answer = answer or silence(trigger)
            json.dumps(answer.body)  # what cannot be sent has to fail here
            return answer
        except (ConnectionLost, UpstreamUnavailable, UpstreamRefused):
            raise
        except Exception as error:
            self._report(error, trigger)
            return silence(trigger) if trigger.kind is Kind.EVENT else refusal(FAILED)

    def _report(self, error: Exception, trigger: Trigger) -> None:
        log_event("handler", trip="pumble", outcome="failed", error=type(error).__name__)
        if self._on_error is None:
            return
        try:
            self._on_error(error, trigger)
        except Exception as second:
            log_event("handler", trip="pumble", outcome="hook", error=type(second).__name__)


def silence(trigger: Trigger) -> WorkspaceAnswer:
    """Acknowledge without words: "ok" for an event, an empty object for a person's request."""
    return WorkspaceAnswer(200) if trigger.kind is Kind.EVENT else WorkspaceAnswer(200, {})


def message(text: str) -> WorkspaceAnswer:
    """Acknowledge with a message for the person who asked."""
    return WorkspaceAnswer(200, {"message": text})


def refusal(text: str) -> WorkspaceAnswer:
    """Refuse with a message for the person who asked."""
    return WorkspaceAnswer(400, {"message": text})


def view(trigger: Trigger, content: Mapping[str, Any], action: str = "OPEN") -> WorkspaceAnswer:
    """Show a view: `action` is OPEN, UPDATE or PUSH, `content` Pumble's view object."""
    body = {
        "triggerId": trigger.payload.get("triggerId"),
        "view": dict(content),
        "viewType": "NATIVE",
        "action": action,
    }
    return WorkspaceAnswer(200, body)


def options(trigger: Trigger, choices: Sequence[tuple[str, str]]) -> WorkspaceAnswer:
    """Answer a dynamic menu with (text, value) pairs; Pumble takes values up to 100 characters."""
    listed = [
        {"text": {"type": "plain_text", "text": text}, "value": value} for text, value in choices
    ]
    body = {
        "onAction": trigger.name,
        "options": listed,
        "triggerId": trigger.payload.get("triggerId"),
    }
    return WorkspaceAnswer(200, body)
