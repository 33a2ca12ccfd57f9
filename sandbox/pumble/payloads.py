"""What Pumble says in its hooks: triggers by people, and events.

Shapes: `docs/triggers-reference.md` and `pumble-sdk/src/core/types/payloads.ts` of
github.com/CAKE-com/pumble-node-sdk, read 2026-11-20. `payload` and an event's `body` are JSON
within a JSON string. Spellings of `actionType` differ there; this is that of the reference.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from sandbox.pumble.installations import Installation
from sandbox.pumble.workspaces import Workspace, new_id

Payload = dict[str, object]
EnteredValues = dict[str, tuple[str, str]]
"""What was entered into a modal: block ids to the element's onAction and its value."""
Source = Literal["MESSAGE", "EPHEMERAL_MESSAGE", "VIEW"]
ViewAction = Literal["SUBMIT", "CLOSE"]
EventKind = Literal["PUMBLE_EVENT", "APP_EVENT"]


@dataclass(frozen=True, slots=True)
class Place:
    """Who did something, and where."""

    workspace_id: str
    user_id: str
    channel_id: str


def slash_command(place: Place, command: str, text: str, thread_root_id: str | None) -> Payload:
    """Return what a typed slash command sends; `text` is what stands behind the command."""
    thread: Payload = {} if thread_root_id is None else {"threadRootId": thread_root_id}
    return {
        "messageType": "SLASH_COMMAND",
        "slashCommand": command,
        "text": text,
        "blocks": [_rich_text(text)],
        **_somewhere(place),
        **thread,
    }


def shortcut(place: Place, name: str, message_id: str | None) -> Payload:
    """Return what a chosen shortcut sends: a message's, or a global one without `message_id`."""
    kind: Payload = (
        {"type": "GLOBAL"}
        if message_id is None
        else {"type": "ON_MESSAGE", "messageId": message_id}
    )
    return {"messageType": "SHORTCUT", "shortcut": name, **kind, **_somewhere(place)}


def block_interaction(place: Place, action: str, source: Source, value: str) -> Payload:
    """Return what a click on a button sends; `value` is what the app put into the button.

    Raises ValueError for another `source` than the documented ones.
    """
    _check(source, get_args(Source))
    origin: Payload = {"sourceType": source, "sourceId": new_id(), **_somewhere(place)}
    if source == "VIEW":
        del origin["channelId"]
        origin |= {"view": _view("example_modal")}
    return {
        "messageType": "BLOCK_INTERACTION",
        "actionType": "BUTTON",
        "onAction": action,
        "payload": _json({"value": value}),
        "loadingTimeout": 0,
        **origin,
    }


def dynamic_menu(place: Place, action: str, query: str) -> Payload:
    """Return what typing into a dynamic select menu sends; `query` is what was typed."""
    origin = _somewhere(place)
    del origin["channelId"]
    return {
        "messageType": "DYNAMIC_MENU",
        "onAction": action,
        "query": query,
        "sourceType": "MESSAGE",
        "sourceId": new_id(),
        **origin,
    }


def view_action(place: Place, kind: ViewAction, callback_id: str, values: EnteredValues) -> Payload:
    """Return what submitting or closing a modal sends; only what is submitted has values.

    Raises ValueError for another `kind`.
    """
    _check(kind, get_args(ViewAction))
    sent: Payload = {
        "messageType": "VIEW_ACTION",
        "viewActionType": kind,
        "view": _view(callback_id),
        **_somewhere(place),
    }
    if kind == "CLOSE":
        del sent["channelId"]
        return sent
    state = {
        block: {action: {"type": "plain_text_input", "value": value}}
        for block, (action, value) in values.items()
    }
    return sent | {"view": _view(callback_id) | {"state": {"values": state}}}


def event(
    workspace_id: str,
    recipients: tuple[str, ...],
    event_type: str,
    body: Payload,
    kind: EventKind,
) -> Payload:
    """Return an event; `recipients` are the ids of all for whom this one copy is meant.

    Raises ValueError for another `kind`.
    """
    _check(kind, get_args(EventKind))
    return {
        "messageType": kind,
        "eventType": event_type,
        "body": _json(body),
        "workspaceId": workspace_id,
        "workspaceUserIds": list(recipients),
    }


def uninstalled(workspace: Workspace, installed: Installation, app_id: str, at: float) -> Payload:
    """Return the body of APP_UNINSTALLED; `at` is in Unix seconds."""
    return {
        "id": installed.id,
        "app": app_id,
        "workspace": workspace.id,
        "installedBy": installed.installed_by,
        "botUser": None if installed.bot_token is None else workspace.bot_id,
        "uninstalledAt": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def unauthorized(
    workspace_id: str, user_id: str, installed: Installation, app_id: str, scopes: tuple[str, ...]
) -> Payload:
    """Return the body of APP_UNAUTHORIZED; `scopes` are those that the user had granted."""
    return {
        "id": new_id(),
        "app": app_id,
        "appInstallation": installed.id,
        "workspaceUser": user_id,
        "workspace": workspace_id,
        "grantedScopes": list(scopes),
        "accessGranted": False,
    }


def _rich_text(text: str) -> Payload:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _somewhere(place: Place) -> Payload:
    return {
        "userId": place.user_id,
        "channelId": place.channel_id,
        "workspaceId": place.workspace_id,
        "triggerId": f"trg-{secrets.token_hex(8)}",
    }


def _view(callback_id: str) -> Payload:
    return {
        "id": new_id(),
        "type": "MODAL",
        "callbackId": callback_id,
        "title": {"type": "plain_text", "text": "Example"},
        "notifyOnClose": True,
        "blocks": [],
    }


def _json(value: Payload) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _check(value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
