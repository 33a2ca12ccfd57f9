"""The sandbox's control API: look at what is stored, and make the simulated services rude.

All answers are JSON. A request that changes something needs `Content-Type: application/json`, which
no other web page can send from a visitor's browser without asking first (a CORS preflight).
"""

import threading
from dataclasses import asdict
from typing import Any, get_args

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.control_connections import add_chat, add_till
from sandbox.control_doors import add_cards, add_portal
from sandbox.control_requests import (
    json_object,
    number_argument,
    one_of,
    refusals_as_400,
    text_field,
)
from sandbox.faults import Mode
from sandbox.jumio import Transaction
from sandbox.jumio.tenant import CallbackMode
from sandbox.portal import Portal
from sandbox.proxy_process import ProxyProcess
from sandbox.sharetribe import User
from sandbox.stage import ROTATIONS, Stage

CALLBACK_MODES: tuple[CallbackMode, ...] = get_args(CallbackMode)
FAULT_MODES: tuple[Mode, ...] = get_args(Mode)
AWS_MODES = ("ok", "error")
PASSWORDS = ("right", "wrong")

RESTART_DELAY_SECONDS = 0.3


def create_control(stage: Stage, proxy: ProxyProcess) -> Blueprint:
    """Return the routes under `/sandbox`, bound to `stage` and to the proxy's process."""
    control = Blueprint("control", __name__, url_prefix="/sandbox")
    control.before_request(_require_json)
    control.register_error_handler(HTTPException, _as_json)
    _add_observation(control, stage)
    _add_switches(control, stage)
    _add_users(control, stage)
    _add_transactions(control, stage)
    add_till(control, stage)
    add_chat(control, stage)
    add_cards(control, stage)
    add_portal(control, stage)
    _add_proxy(control, proxy)
    return control


def _require_json() -> None:
    if request.method not in {"GET", "HEAD"} and not request.is_json:
        abort(415, "send application/json")


def _as_json(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def _add_observation(control: Blueprint, stage: Stage) -> None:
    @control.get("/config")
    def config() -> dict[str, Any]:
        return {
            "sharetribeUrl": stage.sharetribe_url,
            "clientId": stage.sharetribe.client_id,
            "jumioApi": stage.options.jumio_api,
            "confirm": stage.options.confirm,
            "integrationApi": stage.options.integration_api,
            "integrations": stage.integrations,
            "users": [_described(user) for user in stage.sharetribe.users.values()],
        }

    @control.get("/hops")
    def hops() -> dict[str, Any]:
        return {"hops": [asdict(hop) for hop in stage.hops.since(number_argument("after"))]}

    @control.delete("/hops")
    def clear() -> dict[str, Any]:
        stage.hops.clear()
        return {}


def _add_switches(control: Blueprint, stage: Stage) -> None:
    @control.get("/switches")
    def switches() -> dict[str, str]:
        return {
            "callbacks": stage.jumio.callbacks,
            "rotation": stage.sharetribe.rotation,
            "sharetribe": stage.sharetribe.faults.mode,
            "jumio": stage.jumio.faults.mode,
            "hubrise": stage.hubrise.faults.mode,
            "hubriseCallbacks": stage.hubrise.callbacks,
            "pumble": stage.pumble.faults.mode,
            "kaizala": stage.kaizala.faults.mode,
            **_portal_switches(stage.portal),
        }

    @control.patch("/switches")
    def switch() -> dict[str, str]:
        for name, value in json_object().items():
            _switch(stage, name, value)
        return switches()


def _portal_switches(portal: Portal | None) -> dict[str, str]:
    if portal is None:
        return {}
    return {
        "aws": "error" if portal.aws.is_down else "ok",
        "portalPassword": "right" if portal.password == portal.right_password else "wrong",
    }


def _switch(stage: Stage, name: str, value: object) -> None:
    match name:
        case "callbacks":
            stage.jumio.callbacks = one_of(CALLBACK_MODES, value)
        case "hubriseCallbacks":
            stage.hubrise.callbacks = one_of(CALLBACK_MODES, value)
        case "rotation":
            stage.sharetribe.rotation = one_of(ROTATIONS, value)
        case "sharetribe":
            stage.sharetribe.faults.mode = one_of(FAULT_MODES, value)
        case "jumio":
            stage.jumio.faults.mode = one_of(FAULT_MODES, value)
        case "hubrise":
            stage.hubrise.faults.mode = one_of(FAULT_MODES, value)
        case "pumble":
            stage.pumble.faults.mode = one_of(FAULT_MODES, value)
        case "kaizala":
            stage.kaizala.faults.mode = one_of(FAULT_MODES, value)
        case "aws" if stage.portal is not None:
            stage.portal.aws.is_down = one_of(AWS_MODES, value) == "error"
        case "portalPassword" if stage.portal is not None:
            is_right = one_of(PASSWORDS, value) == "right"
            stage.portal.password = stage.portal.right_password if is_right else "mistyped"
        case _:
            abort(400, f"unknown switch {name!r}")


def _add_users(control: Blueprint, stage: Stage) -> None:
    @control.get("/users/<user_id>")
    def user(user_id: str) -> dict[str, Any]:
        writes = [changed for changed, _ in list(stage.sharetribe.updates) if changed == user_id]
        return {"privateData": _user(stage, user_id).private_data, "writes": len(writes)}

    @control.put("/users/<user_id>/private-data")
    def replace_private_data(user_id: str) -> dict[str, Any]:
        _user(stage, user_id)
        stage.sharetribe.replace_private_data(user_id, json_object())
        return user(user_id)

    @control.post("/users/<user_id>/log-out")
    def log_out(user_id: str) -> dict[str, Any]:
        _user(stage, user_id)
        stage.sharetribe.log_out(user_id)
        return {}

    @control.post("/access-tokens/expire")
    def expire_access_tokens() -> dict[str, Any]:
        stage.sharetribe.expire_access_tokens()
        return {}


def _add_transactions(control: Blueprint, stage: Stage) -> None:
    @control.get("/transactions/<reference>")
    def transaction(reference: str) -> dict[str, Any]:
        found = _transaction(stage, reference)
        return {
            "status": found.status,
            "outcome": found.outcome,
            "callbacksSent": list(found.callbacks_sent),
            "userReferenceLength": len(found.user_reference or ""),
        }

    @control.post("/transactions/<reference>/finish")
    def finish(reference: str) -> dict[str, Any]:
        _transaction(stage, reference)
        with refusals_as_400():
            return {"callbacks": stage.jumio.finish(reference, text_field("outcome"))}

    @control.post("/transactions/<reference>/resend")
    def resend(reference: str) -> dict[str, Any]:
        _transaction(stage, reference)
        with refusals_as_400():
            return {"status": stage.jumio.resend(reference)}

    @control.post("/transactions/<reference>/forge")
    def forge(reference: str) -> dict[str, Any]:
        _transaction(stage, reference)
        with refusals_as_400():
            return {"status": stage.jumio.forge(reference, text_field("outcome"))}

    @control.post("/callbacks/release")
    def release() -> dict[str, Any]:
        return {"callbacks": stage.jumio.release_callbacks()}


def _add_proxy(control: Blueprint, proxy: ProxyProcess) -> None:
    @control.get("/proxy")
    def process() -> dict[str, Any]:
        return {"pid": proxy.pid}

    @control.post("/proxy/restart")
    def restart() -> dict[str, Any]:
        # This very request came through the proxy: let its answer get out first.
        timer = threading.Timer(RESTART_DELAY_SECONDS, proxy.restart)
        timer.daemon = True
        timer.start()
        return process()


def _described(user: User) -> dict[str, str]:
    return {
        "id": user.id,
        "email": user.email,
        "password": user.password,
        "displayName": user.display_name,
    }


def _user(stage: Stage, user_id: str) -> User:
    return stage.sharetribe.users.get(user_id) or abort(404, "no such user")


def _transaction(stage: Stage, reference: str) -> Transaction:
    return stage.jumio.transactions.get(reference) or abort(404, "no such transaction")
