"""Pumble as the sandbox runs it, and its routes of the control API: a person in the channel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint

from sandbox.control_requests import refusals_as_400, text_field
from sandbox.pumble.drive import ChatDrive
from sandbox.pumble.messages import Message
from sandbox.pumble.sender import HookAnswer
from sandbox.pumble.vendor import Pumble
from sandbox.pumble.workspaces import Workspace
from sandbox.simulator import Place, Simulator, served


def _settings(pumble: Pumble, place: Place) -> Mapping[str, str]:
    """Say in the app's manifest where the proxy is, as an operator does in Pumble."""
    pumble.manifest.redirect_urls = [f"{place.api_url}/connections/pumble/return"]
    pumble.manifest.hook_url = f"{place.api_url}/callbacks/pumble"
    workspace = next(iter(pumble.workspaces.values()))
    return {
        "PUMBLE_APP_ID": pumble.app_id,
        "PUMBLE_APP_KEY": pumble.app_key,
        "PUMBLE_APP_CLIENT_SECRET": pumble.client_secret,
        "PUMBLE_APP_SIGNING_SECRET": pumble.signing_secret,
        "PUMBLE_OPERATOR_USER_ID": next(iter(place.sharetribe.users)),
        "PUMBLE_CHANNEL_ID": workspace.channels[0].id,
    }


def _add_control(control: Blueprint, pumble: Pumble) -> None:
    workspace = next(iter(pumble.workspaces.values()))

    @control.get("/channel")
    def channel() -> dict[str, Any]:
        shown = workspace.channels[0]
        here = [message for message in list(pumble.messages) if message.channel_id == shown.id]
        return {
            "workspace": workspace.name,
            "channel": shown.name,
            "person": workspace.users[0].name,
            "messages": [_message(workspace, message) for message in here],
        }

    @control.post("/slash-command")
    def slash_command() -> dict[str, Any]:
        text, command = text_field("text"), text_field("command")
        return _hook_answer(pumble.slash_command(text, command, workspace.id))

    @control.post("/uninstall")
    def uninstall() -> dict[str, Any]:
        with refusals_as_400():
            return _hook_answer(pumble.uninstall(workspace.id))


def _message(workspace: Workspace, message: Message) -> dict[str, Any]:
    names = {user.id: user.name for user in workspace.users}
    return {
        "author": names.get(message.author_id, "the app"),
        "text": message.text,
        "onlyFor": [names.get(user_id, user_id) for user_id in message.ephemeral_to],
    }


def _hook_answer(answer: HookAnswer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "body": answer.body.decode("utf-8", "replace"),
        "inTime": answer.in_time,
        "seconds": answer.seconds,
    }


SIMULATOR = Simulator(
    name="pumble",
    title="Pumble",
    rank=30,
    start=served(Pumble),
    address="PUMBLE_BASE_URL",
    settings=_settings,
    connects=True,
    control=_add_control,
    steps=lambda visit, pumble: ChatDrive(visit, pumble).steps,
    card=Path(__file__).parent / "card",
)
