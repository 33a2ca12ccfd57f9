"""The API for users' and bots' tokens: who am I, workspace, people, channels, messages, leaving.

Paths and scopes: `docs/api-client.md` and `pumble-sdk/src/api/v1/` of
github.com/CAKE-com/pumble-node-sdk, read 2026-11-20. Of what is not documented this is chosen: a
private channel is unknown (404) to who is not in it, people post where they are members, DELETE is
answered with an empty 200, and no event follows what the app itself removes.
"""

from typing import get_args

from flask import Blueprint, Response, g, jsonify, request

from sandbox.pumble.admission import check_caller, check_no_body, check_query, json_body
from sandbox.pumble.installations import Access
from sandbox.pumble.messages import message_resource, read_message
from sandbox.pumble.refusal import RefusalError
from sandbox.pumble.registration import Registration
from sandbox.pumble.workspaces import (
    Channel,
    ChannelKind,
    Workspace,
    bot_resource,
    channel_resource,
    new_id,
    user_resource,
    workspace_resource,
)


def blueprint(registration: Registration) -> Blueprint:
    """Return the API's routes."""
    routes = Blueprint("api", __name__)
    _add_directory(routes, registration)
    _add_channels(routes, registration)
    _add_departures(routes, registration)
    return routes


def _add_directory(routes: Blueprint, registration: Registration) -> None:
    @routes.get("/oauth2/me")
    def me() -> Response:
        access = check_caller(registration)
        check_query()
        workspace = registration.workspaces[access.workspace_id]
        return jsonify(
            workspaceId=workspace.id,
            workspaceName=workspace.name,
            workspaceUserId=access.workspace_user_id,
            workspaceUserName=_name(registration, access),
        )

    @routes.get("/v1/workspace")
    def workspace() -> Response:
        access = check_caller(registration, "workspace:read")
        check_query()
        return jsonify(workspace_resource(registration.workspaces[access.workspace_id]))

    @routes.get("/v1/workspaceUsers")
    def people() -> Response:
        access = check_caller(registration, "users:list")
        check_query()
        return jsonify(_people(registration, access.workspace_id))

    @routes.get("/v1/workspaceUsers/<user_id>")
    def person(user_id: str) -> Response:
        access = check_caller(registration, "user:read")
        check_query()
        for shown in _people(registration, access.workspace_id):
            if shown["id"] == user_id:
                return jsonify(shown)
        raise RefusalError(404, 2, "There is no such user")


def _add_channels(routes: Blueprint, registration: Registration) -> None:
    @routes.get("/v1/channels")
    def channels() -> Response:
        access = check_caller(registration, "channels:list")
        check_query("types")
        kinds = _kinds(request.args.get("types"))
        workspace = registration.workspaces[access.workspace_id]
        reader = access.workspace_user_id
        return jsonify(
            [
                channel_resource(workspace, channel, reader)
                for channel in workspace.channels
                if channel.kind in kinds and channel.is_visible_to(reader)
            ]
        )

    @routes.get("/v1/channels/<channel_id>")
    def channel(channel_id: str) -> Response:
        access = check_caller(registration, "channels:read")
        check_query()
        workspace = registration.workspaces[access.workspace_id]
        found = _visible_channel(workspace, channel_id, access)
        return jsonify(channel_resource(workspace, found, access.workspace_user_id))

    @routes.post("/v1/channels/<channel_id>/messages")
    def post(channel_id: str) -> Response:
        access = check_caller(registration, "messages:write")
        check_query()
        workspace = registration.workspaces[access.workspace_id]
        channel = _visible_channel(workspace, channel_id, access)
        _check_may_post(workspace, channel, access)
        message = read_message(json_body(), workspace, channel.id, access.workspace_user_id)
        registration.messages.append(message)
        g.note = f"{'ephemeral ' if message.ephemeral_to else ''}message in #{channel.name}"
        return jsonify(message_resource(message, new_id(), registration.clock()))


def _add_departures(routes: Blueprint, registration: Registration) -> None:
    @routes.delete("/v1/app/authorization")
    def unauthorize() -> Response:
        access = check_caller(registration)
        check_query()
        check_no_body()
        if access.is_bot:
            raise RefusalError(403, 2, "A bot has no authorization to remove")
        registration.installations.unauthorize(access.workspace_id, access.workspace_user_id)
        return Response()

    @routes.delete("/v1/app/installation")
    def uninstall() -> Response:
        access = check_caller(registration)
        check_query()
        check_no_body()
        workspace = registration.workspaces[access.workspace_id]
        if not (access.is_bot or workspace.user(access.workspace_user_id).is_admin):
            raise RefusalError(403, 3, "Only owners and admins may uninstall an app")
        registration.installations.uninstall(access.workspace_id)
        return Response()


def _name(registration: Registration, access: Access) -> str:
    if access.is_bot:
        return registration.manifest.name
    return registration.workspaces[access.workspace_id].user(access.workspace_user_id).name


def _people(registration: Registration, workspace_id: str) -> list[dict[str, object]]:
    workspace = registration.workspaces[workspace_id]
    people = [user_resource(workspace, user) for user in workspace.users]
    installed = registration.installations.installation(workspace_id)
    if installed is not None and installed.bot_token is not None:
        people.append(bot_resource(workspace, registration.manifest.name))
    return people


def _kinds(types: str | None) -> frozenset[str]:
    known = frozenset(get_args(ChannelKind))
    if types is None:
        return known
    wanted = frozenset(types.split(","))
    if not wanted <= known:
        raise RefusalError(400, 14, f"types must be of {', '.join(sorted(known))}")
    return wanted


def _visible_channel(workspace: Workspace, channel_id: str, access: Access) -> Channel:
    for channel in workspace.channels:
        if channel.id == channel_id and channel.is_visible_to(access.workspace_user_id):
            return channel
    raise RefusalError(404, 1, "There is no such channel")


def _check_may_post(workspace: Workspace, channel: Channel, access: Access) -> None:
    """Refuse who may not post; a bot may post to a public channel that it has not joined."""
    if channel.admins_only:
        if access.is_bot or not workspace.user(access.workspace_user_id).is_admin:
            raise RefusalError(403, 4, "Only admins may post in this channel")
    elif not access.is_bot and access.workspace_user_id not in channel.members:
        raise RefusalError(403, 5, "Join the channel to post in it")
