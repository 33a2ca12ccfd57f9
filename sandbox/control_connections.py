"""The control API's part for HubRise and Pumble: what people do at the till and in the chat."""

from typing import Any, get_args

from flask import Blueprint, abort

from sandbox.control_requests import json_object, one_of, refusals_as_400, text_field
from sandbox.hubrise.connections import DeadReason
from sandbox.pumble import HookAnswer, Message, Workspace
from sandbox.sharetribe import Transaction
from sandbox.stage import Stage

DEAD_REASONS: tuple[DeadReason, ...] = get_args(DeadReason)


def add_till(control: Blueprint, stage: Stage) -> None:
    """Add the routes that show the sales and play the till."""

    @control.get("/sales")
    def sales() -> dict[str, Any]:
        return {"sales": [_sale(stage, sale) for sale in stage.sharetribe.transactions.values()]}

    @control.get("/hubrise/orders/<order_id>")
    def order(order_id: str) -> dict[str, Any]:
        found = stage.hubrise.orders.get(order_id) or abort(404, "no such order")
        return {"status": found["status"]}

    @control.post("/hubrise/orders/<order_id>/status")
    def set_status(order_id: str) -> dict[str, Any]:
        order(order_id)
        cause = json_object().get("cause")
        with refusals_as_400():
            return {"callbacks": stage.hubrise.set_status(order_id, text_field("status"), cause)}

    @control.post("/hubrise/callbacks/release")
    def release_events() -> dict[str, Any]:
        return {"callbacks": stage.hubrise.release_callbacks()}

    @control.post("/hubrise/connections/block")
    def block_connections() -> dict[str, Any]:
        reason = one_of(DEAD_REASONS, text_field("reason"))
        tokens = [token for token, known in stage.hubrise.connections.items() if not known.dead]
        for token in tokens:
            stage.hubrise.block(token, reason)
        return {"connections": len(tokens)}


def add_chat(control: Blueprint, stage: Stage) -> None:
    """Add the routes that show the operator's channel and play a person in it."""
    pumble = stage.pumble
    workspace = next(iter(pumble.workspaces.values()))

    @control.get("/pumble/channel")
    def channel() -> dict[str, Any]:
        shown = workspace.channels[0]
        here = [message for message in list(pumble.messages) if message.channel_id == shown.id]
        return {
            "workspace": workspace.name,
            "channel": shown.name,
            "person": workspace.users[0].name,
            "messages": [_message(workspace, message) for message in here],
        }

    @control.post("/pumble/slash-command")
    def slash_command() -> dict[str, Any]:
        text, command = text_field("text"), text_field("command")
        return _hook_answer(pumble.slash_command(text, command, workspace.id))

    @control.post("/pumble/uninstall")
    def uninstall() -> dict[str, Any]:
        with refusals_as_400():
            return _hook_answer(pumble.uninstall(workspace.id))


def _sale(stage: Stage, sale: Transaction) -> dict[str, Any]:
    users = stage.sharetribe.users
    return {
        "id": sale.id,
        "title": sale.listing_title,
        "quantity": sale.line_items[0].quantity,
        "total": sale.total_for("customer"),
        "currency": sale.currency,
        "sellerId": sale.provider_id,
        "seller": users[sale.provider_id].display_name,
        "buyer": users[sale.customer_id].display_name,
        "metadata": sale.metadata,
    }


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
