"""What Pumble posts to an app: signatures, kinds of requests, and their payloads.

Source: pumble-node-sdk docs (authorization, triggers reference) and `core/types/payloads.ts`,
`AddonHttpListener.ts` (2026-08). Every request goes to one address per app and is told by
`messageType`; events carry their own payload as JSON inside a text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from proxy.vendors import read_whole_object


class Kind(StrEnum):
    """The kinds of requests, by what they are about."""

    SLASH_COMMAND = "slash command"
    GLOBAL_SHORTCUT = "global shortcut"
    MESSAGE_SHORTCUT = "message shortcut"
    BLOCK_INTERACTION = "block interaction"
    DYNAMIC_MENU = "dynamic menu"
    VIEW_SUBMIT = "view submit"
    VIEW_CLOSE = "view close"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A request, read: its kind and name, who and where, and the whole payload.

    `name` is the command, the shortcut, the action, the view's callback id, or the event type. An
    event tells its channel, where it has one, inside its body.
    Texts inside the payload that hold JSON (`body` of events, `payload` of block interactions) are
    read; one that is no JSON object is an empty object.
    """

    kind: Kind
    name: str
    workspace_id: str
    user_id: str = ""
    channel_id: str = ""
    text: str = field(default="", repr=False)
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_trigger(body: bytes) -> Trigger | None:
    """Return what a signed body asks; None for a kind that is unknown here.

    Raises CallbackUnreadable for a body that is not a JSON object.
    """
    document = read_whole_object(body)
    identity = _identity(document)
    if identity is None or not identity[1]:
        return None
    kind, name = identity
    payload = _unfolded(document)
    event = payload.get("body", {}) if kind is Kind.EVENT else {}
    return Trigger(
        kind=kind,
        name=name,
        workspace_id=_text(document, "workspaceId"),
        user_id=_text(document, "userId"),
        channel_id=_text(document, "channelId") or _text(event, "cId"),
        text=_text(document, "text"),
        payload=payload,
    )


def _identity(document: Mapping[str, Any]) -> tuple[Kind, str] | None:
    match document.get("messageType"):
        case "SLASH_COMMAND":
            return Kind.SLASH_COMMAND, _text(document, "slashCommand")
        case "SHORTCUT" if document.get("type") == "GLOBAL":
            return Kind.GLOBAL_SHORTCUT, _text(document, "shortcut")
        case "SHORTCUT" if document.get("type") == "ON_MESSAGE":
            return Kind.MESSAGE_SHORTCUT, _text(document, "shortcut")
        case "BLOCK_INTERACTION":
            return Kind.BLOCK_INTERACTION, _text(document, "onAction")
        case "DYNAMIC_MENU":
            return Kind.DYNAMIC_MENU, _text(document, "onAction")
        case "VIEW_ACTION":
            return _view_action(document)
        case "PUMBLE_EVENT" | "APP_EVENT":
            return Kind.EVENT, _text(document, "eventType")
    return None


def _view_action(document: Mapping[str, Any]) -> tuple[Kind, str] | None:
    kinds = {"SUBMIT": Kind.VIEW_SUBMIT, "CLOSE": Kind.VIEW_CLOSE}
    kind = kinds.get(_text(document, "viewActionType"))
    view = document.get("view")
    return (kind, _text(view, "callbackId")) if kind and isinstance(view, dict) else None


def _unfolded(document: Mapping[str, Any]) -> Mapping[str, Any]:
    folded = {name: document[name] for name in ("body", "payload") if name in document}
    return {**document, **{name: _object(value) for name, value in folded.items()}}


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value.removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
