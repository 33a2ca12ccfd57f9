"""HubRise as the sandbox runs it, and its routes of the control API: what people do at the till."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from flask import Blueprint, abort

from sandbox.control_requests import json_object, one_of, refusals_as_400, text_field
from sandbox.hubrise.connections import DeadReason
from sandbox.hubrise.drive import TillDrive
from sandbox.hubrise.vendor import HubRise
from sandbox.simulator import Place, Simulator, served

DEAD_REASONS: tuple[DeadReason, ...] = get_args(DeadReason)


def _settings(hubrise: HubRise, _: Place) -> Mapping[str, str]:
    return {
        "HUBRISE_CLIENT_ID": hubrise.client_id,
        "HUBRISE_CLIENT_SECRET": hubrise.client_secret,
    }


def _add_control(control: Blueprint, hubrise: HubRise) -> None:
    @control.get("/orders/<order_id>")
    def order(order_id: str) -> dict[str, Any]:
        found = hubrise.orders.get(order_id) or abort(404, "no such order")
        return {"status": found["status"]}

    @control.post("/orders/<order_id>/status")
    def set_status(order_id: str) -> dict[str, Any]:
        order(order_id)
        cause = json_object().get("cause")
        with refusals_as_400():
            return {"callbacks": hubrise.set_status(order_id, text_field("status"), cause)}

    @control.post("/callbacks/release")
    def release_events() -> dict[str, Any]:
        return {"callbacks": hubrise.release_callbacks()}

    @control.post("/connections/block")
    def block_connections() -> dict[str, Any]:
        reason = one_of(DEAD_REASONS, text_field("reason"))
        tokens = [token for token, known in hubrise.connections.items() if not known.dead]
        for token in tokens:
            hubrise.block(token, reason)
        return {"connections": len(tokens)}


SIMULATOR = Simulator(
    name="hubrise",
    title="HubRise",
    rank=20,
    start=served(HubRise),
    address="HUBRISE_BASE_URL",
    settings=_settings,
    connects=True,
    control=_add_control,
    steps=lambda visit, hubrise: TillDrive(visit, hubrise).steps,
    card=Path(__file__).parent / "card",
)
