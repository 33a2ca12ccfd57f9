"""Sensedia's portal as the sandbox runs it, with AWS, and its routes of the control API."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Blueprint, abort

from sandbox.control_requests import json_object, one_of, text_field
from sandbox.hops import HopLog
from sandbox.kit.rudeness import Switch
from sandbox.sensedia.aws import Aws
from sandbox.sensedia.drive import PortalDrive
from sandbox.sensedia.portal import Portal, PortalAnswer, PortalApp
from sandbox.simulator import Clock, NotSimulatedError, Place, Simulator


def _start(stack: ExitStack, hops: HopLog, _: Clock) -> Portal:
    try:
        return Portal(stack.enter_context(Aws(hops)), hops)
    except ImportError as missing:
        raise NotSimulatedError(
            "AWS is played by moto, which takes 100 MB more: make demo WITH=aws"
        ) from missing


def _settings(portal: Portal, place: Place) -> Mapping[str, str]:
    portal.webhook_url = f"{place.api_url}/sensedia"
    return {
        "SENSEDIA_BASIC_AUTH": f"{portal.user}:{portal.right_password}",
        "SENSEDIA_USAGE_PLANS": ",".join(portal.aws.plan_ids.values()),
        "AWS_REGION": portal.aws.region,
        "AWS_ACCESS_KEY_ID": portal.aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": portal.aws.secret_access_key,
    }


def _switches(portal: Portal) -> tuple[Switch, ...]:
    def type_password(value: str) -> None:
        portal.password = portal.right_password if value == "right" else "mistyped"

    def take_down(value: str) -> None:
        portal.aws.is_down = value == "error"

    return (
        Switch(
            "portalPassword",
            "The portal\u2019s password is",
            {"right": "right", "wrong": "wrong"},
            lambda: "right" if portal.password == portal.right_password else "wrong",
            type_password,
        ),
        Switch(
            "aws",
            "AWS answers",
            {"ok": "as it should", "error": "that it is down"},
            lambda: "error" if portal.aws.is_down else "ok",
            take_down,
        ),
    )


def _add_control(control: Blueprint, portal: Portal) -> None:
    @control.get("/apps")
    def apps() -> dict[str, Any]:
        return {"plans": portal.plans, "apps": [_app(app) for app in portal.apps.values()]}

    @control.post("/apps")
    def approve() -> dict[str, Any]:
        plan, slug = text_field("plan"), json_object().get("slug")
        if slug is not None:
            _known_app(portal, slug)
        return _answer(portal.approve(text_field("name"), one_of(tuple(portal.plans), plan), slug))

    @control.put("/apps/<slug>/plan")
    def change_plan(slug: str) -> dict[str, Any]:
        _known_app(portal, slug)
        return _answer(portal.change_plan(slug, one_of(tuple(portal.plans), text_field("plan"))))

    @control.post("/apps/<slug>/revoke")
    def revoke(slug: str) -> dict[str, Any]:
        _known_app(portal, slug)
        return _answer(portal.revoke(slug))

    @control.post("/keys/use")
    def use() -> dict[str, Any]:
        return {"key": portal.use(text_field("key"))}

    @control.post("/health")
    def health() -> dict[str, Any]:
        return _answer(portal.health())


def _known_app(portal: Portal, slug: object) -> PortalApp:
    app = portal.apps.get(slug) if isinstance(slug, str) else None
    return app or abort(404, "no such app")


def _app(app: PortalApp) -> dict[str, Any]:
    return {
        "slug": app.slug,
        "name": app.name,
        "plan": app.plan,
        "keyId": app.credentials.get("apiKeyId"),
        "key": app.credentials.get("apiKey"),
    }


def _answer(answer: PortalAnswer) -> dict[str, Any]:
    return {"status": answer.status, "message": answer.message}


SIMULATOR = Simulator(
    name="sensedia",
    title="Sensedia",
    rank=50,
    start=_start,
    address="AWS_BASE_URL",
    settings=_settings,
    switches=_switches,
    control=_add_control,
    steps=lambda _, portal: PortalDrive(portal).steps,
    card=Path(__file__).parent / "card",
)
