"""The workspaces of the simulated Pumble: their people and channels, and how the API shows them.

Field names are those of the SDK's `pumble-sdk/src/api/v1/types.ts` (read 2026-11-20). Only fields
without a question mark there are shown, and those optional ones that tell a reader apart.
"""

import secrets
from dataclasses import dataclass
from typing import Literal

Role = Literal["OWNER", "ADMIN", "MEMBER"]
ChannelKind = Literal["PUBLIC", "PRIVATE", "DIRECT", "SELF"]


@dataclass(frozen=True, slots=True)
class WorkspaceUser:
    """A person in one workspace; `id` is this membership's, 24 hexadecimal digits."""

    id: str
    name: str
    role: Role

    @property
    def is_admin(self) -> bool:
        """Whether this user may do what is left to owners and admins."""
        return self.role in {"OWNER", "ADMIN"}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `members` are user ids. Only admins post where `admins_only` is set."""

    id: str
    name: str
    kind: ChannelKind
    members: tuple[str, ...]
    admins_only: bool = False

    def is_visible_to(self, workspace_user_id: str) -> bool:
        """Return whether a user or bot can see the channel at all."""
        return self.kind == "PUBLIC" or workspace_user_id in self.members


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; the first of `users` is its owner. `bot_id` is the app's bot, if installed."""

    id: str
    name: str
    users: tuple[WorkspaceUser, ...]
    channels: tuple[Channel, ...]
    bot_id: str

    def user(self, user_id: str) -> WorkspaceUser:
        """Return the user with this id; raises KeyError for an unknown one."""
        return {user.id: user for user in self.users}[user_id]

    def channel(self, channel_id: str) -> Channel:
        """Return the channel with this id; raises KeyError for an unknown one."""
        return {channel.id: channel for channel in self.channels}[channel_id]


def new_id() -> str:
    """Return an id as Pumble writes them: 24 hexadecimal digits."""
    return secrets.token_hex(12)


def first_workspaces() -> dict[str, Workspace]:
    """Make the two workspaces that every simulated Pumble starts with, by id."""
    made = (
        _workspace("Riverside Rentals", ("Rosa Reed", "Remy Rook")),
        _workspace("Hilltop Hosts", ("Hana Holt", "Hugo Hart")),
    )
    return {workspace.id: workspace for workspace in made}


def user_resource(workspace: Workspace, user: WorkspaceUser) -> dict[str, object]:
    """Return a person as the API shows one."""
    return _member(workspace, user.id, user.name, user.role, is_bot=False)


def bot_resource(workspace: Workspace, name: str) -> dict[str, object]:
    """Return the app's bot as the API shows one; a bot is a member of its workspace too."""
    return _member(workspace, workspace.bot_id, name, "MEMBER", is_bot=True)


def channel_resource(workspace: Workspace, channel: Channel, reader_id: str) -> dict[str, object]:
    """Return a channel as the API shows it to the user or bot `reader_id`."""
    shown = {
        "id": channel.id,
        "workspaceId": workspace.id,
        "channelType": channel.kind,
        "name": channel.name,
        "isMember": reader_id in channel.members,
        "isArchived": False,
        "postingPermissions": {
            "allowThreads": True,
            "allowMentions": True,
            "postingPermissionsGroup": "ADMINS" if channel.admins_only else "EVERYONE",
        },
        "desktopNotificationPreferences": "DEFAULT",
        "mobileNotificationPreferences": "DEFAULT",
    }
    return {"channel": shown, "users": list(channel.members), "pinnedMessages": []}


def workspace_resource(workspace: Workspace) -> dict[str, object]:
    """Return a workspace as the API shows it."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "uniqueIdentifier": workspace.name.lower().replace(" ", "-"),
        "customStatusDefinitions": [],
    }


def _workspace(name: str, people: tuple[str, str]) -> Workspace:
    owner = WorkspaceUser(new_id(), people[0], "OWNER")
    member = WorkspaceUser(new_id(), people[1], "MEMBER")
    everyone = (owner.id, member.id)
    channels = (
        Channel(new_id(), "general", "PUBLIC", everyone),
        Channel(new_id(), "bookings", "PUBLIC", (member.id,)),
        Channel(new_id(), "announcements", "PUBLIC", everyone, admins_only=True),
        Channel(new_id(), "accounts", "PRIVATE", (owner.id,)),
    )
    return Workspace(new_id(), name, (owner, member), channels, bot_id=new_id())


def _member(
    workspace: Workspace, member_id: str, name: str, role: Role, *, is_bot: bool
) -> dict[str, object]:
    address = f"{name.lower().replace(' ', '.')}@example.com"
    picture = f"https://files.example.com/avatars/{member_id}"
    return {
        "id": member_id,
        "email": "" if is_bot else address,
        "name": name,
        "workspaceId": workspace.id,
        "role": role,
        "status": "ACTIVATED",
        "avatar": {"fullPath": picture, "scaledPath": f"{picture}/48"},
        "timeZoneId": "Etc/UTC",
        "automaticallyTimeZone": True,
        "title": "",
        "phone": "",
        "isPumbleBot": False,
        "isAddonBot": is_bot,
    }
