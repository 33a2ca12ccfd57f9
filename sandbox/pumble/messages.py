"""Messages as the app posts them, as the simulator keeps them and as the API shows them.

Fields and the limit are those of `MessagePostRequestBody` and `Message` in the SDK's
`pumble-sdk/src/api/v1/types.ts`, the kinds of block those of `docs/blocks.md`
(github.com/CAKE-com/pumble-node-sdk, read 2026-11-20).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.pumble.refusal import RefusalError
from sandbox.pumble.workspaces import Workspace

LONGEST_TEXT = 100_000
KNOWN_FIELDS = frozenset({"text", "blocks", "attachments", "files", "ephemeral"})
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
    body: dict[str, object], workspace: Workspace, channel_id: str, author_id: str
) -> Message:
    """Return the message that a request body asks to post.

    Raises RefusalError (400) for a field that is unknown or has a wrong value. Files are refused
    too: nothing can be uploaded here, so no id of one can be right.
    """
    for name in body:
        if name not in KNOWN_FIELDS:
            raise RefusalError(400, 1, f"Unknown field: {name[:50]!r}")
    text = body.get("text")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise RefusalError(400, 2, f"text must be a string of at most {LONGEST_TEXT} characters")
    for block in _objects(body, "blocks"):
        if block.get("type") not in BLOCK_TYPES:
            raise RefusalError(400, 3, "A block in blocks has a type that messages do not have")
    _objects(body, "attachments")
    if body.get("files", []) != []:
        raise RefusalError(400, 4, "files holds an unknown file")
    recipients = _recipients(body, workspace)
    return Message(workspace.id, channel_id, author_id, text, recipients)


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


def _objects(body: dict[str, object], name: str) -> list[dict[str, object]]:
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RefusalError(400, 5, f"{name} must be an array of objects")
    return value


def _recipients(body: dict[str, object], workspace: Workspace) -> tuple[str, ...]:
    if "ephemeral" not in body:
        return ()
    ephemeral = body["ephemeral"]
    if not isinstance(ephemeral, dict) or set(ephemeral) != {"sendToUsers"}:
        raise RefusalError(400, 6, "ephemeral must be an object with sendToUsers")
    users = ephemeral["sendToUsers"]
    known = {user.id for user in workspace.users}
    if not isinstance(users, list) or not users:
        raise RefusalError(400, 7, "sendToUsers must be a non-empty array")
    if not all(isinstance(user, str) and user in known for user in users):
        raise RefusalError(400, 8, "sendToUsers names someone who is not in the workspace")
    return tuple(users)
