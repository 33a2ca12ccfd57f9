"""Messages as the app posts them, as the simulator keeps them and as the API shows them.

Fields and the limit are those of `MessagePostRequestBody` and `Message` in the SDK's
`pumble-sdk/src/api/v1/types.ts`, the kinds of block those of `docs/blocks.md`
(github.com/CAKE-com/pumble-node-sdk, read 2026-11-20).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.kit.shapes import (
    FieldError,
    Shape,
    any_object,
    list_of,
    nothing,
    one_of,
    short_text,
)
from sandbox.pumble.refusal import RefusalError
from sandbox.pumble.workspaces import Workspace

LONGEST_TEXT = 100_000
BLOCK_TYPES = ("rich_text", "actions", "divider")
"""The top-level blocks that a message may hold; modals and home views have more."""


@dataclass(frozen=True, slots=True)
class Message:
    """A posted message; `ephemeral_to` holds the only users who see it, () if everyone does."""

    workspace_id: str
    channel_id: str
    author_id: str
    text: str
    ephemeral_to: tuple[str, ...] = ()


def read_message(
    body: dict[str, Any], workspace: Workspace, channel_id: str, author_id: str
) -> Message:
    """Return the message that a request body asks to post.

    Raises RefusalError (400) for a field that is unknown or has a wrong value. Files are refused
    too: nothing can be uploaded here, so no id of one can be right.
    """
    for error in _shape(workspace)(body):
        raise RefusalError(400, 1, str(error))
    recipients = body.get("ephemeral", {}).get("sendToUsers", [])
    return Message(workspace.id, channel_id, author_id, body["text"], tuple(recipients))


def message_resource(message: Message, message_id: str, at: float) -> dict[str, object]:
    """Return a message as the API shows it; `at` is in Unix seconds."""
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {
        "id": message_id,
        "workspaceId": message.workspace_id,
        "channelId": message.channel_id,
        "author": message.author_id,
        "text": message.text,
        "timestamp": moment.replace("+00:00", "Z"),
        "timestampMilli": int(at * 1000),
        "subtype": "",
        "reactions": [],
        "linkPreviews": [],
        "isFollowing": False,
        "files": [],
        "deleted": False,
        "edited": False,
    }


def _shape(workspace: Workspace) -> Shape:
    recipient = one_of(*(user.id for user in workspace.users))
    return Shape(
        {"text": short_text(LONGEST_TEXT, least=0)},
        {
            "blocks": list_of(_block),
            "attachments": list_of(any_object()),
            "files": list_of(nothing("is unknown")),
            "ephemeral": Shape({"sendToUsers": list_of(recipient, least=1)}),
        },
        null_is_unset=False,
    )


def _block(value: object, path: str) -> Iterator[FieldError]:
    kind = value.get("type") if isinstance(value, dict) else None
    yield from one_of(*BLOCK_TYPES)(kind, f"{path}.type")
