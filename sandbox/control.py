"""The sandbox's control API: look at what is stored, and make the simulated services rude.

All answers are JSON. A request that changes something needs `Content-Type: application/json`, which
no other web page can send from a visitor's browser without asking first (a CORS preflight).
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, cast

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.address import move, read_origin
from sandbox.checks import add_checks
from sandbox.control_requests import (
    json_object,
    number_argument,
    one_of,
    refusals_as_400,
    text_field,
)
from sandbox.kit.rudeness import Switch, answers
from sandbox.proxy_process import ProxyProcess
from sandbox.sharetribe import Sharetribe, Transaction, User
from sandbox.sharetribe.tokens import Rotation
from sandbox.stage import ROTATIONS, SERVICES, Options, Running, Stage

RESTART_DELAY_SECONDS = 0.3


def create_control(stage: Stage, proxy: ProxyProcess) -> Blueprint:
    """Return the routes under `/sandbox`, bound to `stage` and to the proxy's process."""
    control = Blueprint("control", __name__, url_prefix="/sandbox")
    control.before_request(_require_json)
    control.register_error_handler(HTTPException, _as_json)
    _add_observation(control, stage, proxy)
    _add_switches(control, stage)
    _add_users(control, stage)
    _add_sales(control, stage.sharetribe)
    if stage.deciding:
        add_checks(control, [one.vendor for one in stage.deciding])
    for one in stage.running:
        routes = Blueprint(one.simulator.name, __name__, url_prefix=f"/{one.simulator.name}")
        if one in stage.deciding:
            _add_decisions(routes, one)
        one.simulator.control(routes, one.vendor)
        control.register_blueprint(routes)
    _add_proxy(control, stage, proxy)
    return control


def _require_json() -> None:
    if request.method not in {"GET", "HEAD"} and not request.is_json:
        abort(415, "send application/json")


def _as_json(error: HTTPException) -> tuple[Response, int]:
    return jsonify(error=error.description), error.code or 500


def _add_observation(control: Blueprint, stage: Stage, proxy: ProxyProcess) -> None:
    @control.get("/config")
    def config() -> dict[str, Any]:
        return {
            "sharetribeUrl": f"{SERVICES}/sharetribe",
            "publicUrl": proxy.public_url,
            "clientId": stage.sharetribe.client_id,
            "integrationApi": stage.options.integration_api,
            "options": [told for one in stage.running for told in _told(one, stage.options)],
            "checks": [_named(one) | {"approval": one.vendor.approval} for one in stage.checking],
            "signs": [
                _named(one) | {"documents": list(one.simulator.signs)} for one in stage.signing
            ],
            "bills": [_named(one) | {"plans": dict(one.simulator.bills)} for one in stage.billing],
            "vendors": [_named(one) for one in stage.running],
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
    switches_of_all = (*_of_sharetribe(stage.sharetribe), *stage.switches())
    known = {switch.name: switch for switch in switches_of_all}

    @control.get("/switches")
    def switches() -> dict[str, str]:
        return {name: switch.get() for name, switch in known.items()}

    @control.patch("/switches")
    def switch() -> dict[str, str]:
        for name, value in json_object().items():
            if name not in known:
                abort(400, f"unknown switch {name!r}")
            known[name].put(one_of(tuple(known[name].choices), value))
        return switches()


def _of_sharetribe(sharetribe: Sharetribe) -> Iterator[Switch]:
    def put(value: str) -> None:
        sharetribe.rotation = cast(Rotation, value)

    choices: dict[str, str] = {rotation: rotation for rotation in ROTATIONS}
    yield Switch("rotation", "Refresh tokens", choices, lambda: sharetribe.rotation, put)
    yield answers("sharetribe", "Sharetribe", sharetribe.faults)


def _add_users(control: Blueprint, stage: Stage) -> None:
    @control.get("/users/<user_id>")
    def user(user_id: str) -> dict[str, Any]:
        sharetribe = stage.sharetribe
        counts = {
            name: sum(changed == user_id for changed, _ in list(updates))
            for name, updates in (
                ("writes", sharetribe.updates),
                ("rights", sharetribe.access_updates),
            )
        }
        found = _user(stage, user_id)
        return {"privateData": found.private_data, "permissions": found.permissions, **counts}

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


def _add_sales(control: Blueprint, sharetribe: Sharetribe) -> None:
    @control.get("/sales")
    def sales() -> dict[str, Any]:
        return {"sales": [_sale(sharetribe, sale) for sale in sharetribe.transactions.values()]}


def _add_decisions(routes: Blueprint, one: Running) -> None:
    @routes.post("/frame")
    def frame() -> dict[str, Any]:
        link, around = text_field("link"), text_field("around")
        return {"url": one.simulator.framed(one.vendor, link, around)}

    @routes.post("/release")
    def release() -> dict[str, Any]:
        return {"callbacks": one.vendor.release_callbacks()}


def _add_proxy(control: Blueprint, stage: Stage, proxy: ProxyProcess) -> None:
    refused = ""

    @control.get("/proxy")
    def process() -> dict[str, Any]:
        return {"pid": proxy.pid}

    @control.post("/proxy/restart")
    def restart() -> dict[str, Any]:
        _soon(proxy.restart)
        return process()

    @control.get("/address")
    def address() -> dict[str, str]:
        return {"publicUrl": proxy.public_url, "refused": refused}

    @control.post("/address")
    def change_address() -> dict[str, str]:
        with refusals_as_400():
            origin = read_origin(text_field("origin"))

        def change() -> None:
            nonlocal refused
            refused = move(stage, proxy, origin)

        _soon(change)
        return address()


def _soon(act: Callable[[], object]) -> None:
    """Do it once the answer is out: the very request came through the proxy."""
    timer = threading.Timer(RESTART_DELAY_SECONDS, act)
    timer.daemon = True
    timer.start()


def _told(one: Running, options: Options) -> Iterator[str]:
    for option in one.simulator.options:
        yield option.told.format(options.chosen.get(option.variable, option.choices[0]))


def _named(one: Running) -> dict[str, Any]:
    simulator = one.simulator
    return {
        "name": simulator.name,
        "title": simulator.title,
        "connects": simulator.connects,
        "origin": one.vendor.base_url,
        "path": one.path,
        "script": f"/cards/{simulator.name}/card.js" if "card.js" in one.files else None,
    }


def _described(user: User) -> dict[str, str]:
    return {
        "id": user.id,
        "email": user.email,
        "password": user.password,
        "displayName": user.display_name,
    }


def _user(stage: Stage, user_id: str) -> User:
    return stage.sharetribe.users.get(user_id) or abort(404, "no such user")


def _sale(sharetribe: Sharetribe, sale: Transaction) -> dict[str, Any]:
    users = sharetribe.users
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
