"""Handlers as an operator adds them, for PUMBLE_HANDLERS to name; they remember nothing."""

from __future__ import annotations

from integrations.pumble.handlers import Context, Handlers, message, options, refusal, view
from integrations.pumble.triggers import Kind, Trigger
from proxy.vendors import WorkspaceAnswer

WORDS = "what the handler knows"


def register(handlers: Handlers) -> None:
    """Register one handler for each way to answer."""
    handlers.on(Kind.SLASH_COMMAND, "/echo", _echo)
    handlers.on(Kind.SLASH_COMMAND, "/broken", _break)
    handlers.on(Kind.SLASH_COMMAND, "/refuse", lambda *_: refusal("Not today"))
    handlers.on(Kind.GLOBAL_SHORTCUT, "open_form", _open)
    handlers.on(Kind.DYNAMIC_MENU, "boats", lambda trigger, _: options(trigger, [("Blue", "b1")]))
    handlers.on(Kind.EVENT, "NEW_MESSAGE", _answer_message)
    handlers.on(Kind.EVENT, "CHANNEL_CREATED", _break)


def fail(handlers: Handlers) -> None:
    """Fail while registering."""
    del handlers
    raise RuntimeError(WORDS)


def _echo(trigger: Trigger, context: Context) -> WorkspaceAnswer:
    context.say(f"{trigger.text} ☕", only_to=trigger.user_id)
    return message("said")


def _break(trigger: Trigger, context: Context) -> WorkspaceAnswer:
    del trigger, context
    raise RuntimeError(WORDS)


def _open(trigger: Trigger, context: Context) -> WorkspaceAnswer:
    del context
    return view(trigger, {"type": "MODAL", "callbackId": "form", "blocks": []})


def _answer_message(trigger: Trigger, context: Context) -> None:
    """Answer every message; were it also the bot's own ones, there would be no end."""
    del trigger
    context.say("I heard that")
