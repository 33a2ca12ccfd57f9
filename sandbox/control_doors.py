"""The control API's part for the guarded doors: Kaizala's cards, and the developer portal."""

from typing import Any, Literal, get_args

from flask import Blueprint, abort

from sandbox.control_requests import json_object, one_of, text_field
from sandbox.kaizala import OTHER_ACTION_PACKAGE, Kaizala, Person
from sandbox.portal import Portal, PortalAnswer, PortalApp
from sandbox.stage import Stage

TokenKind = Literal["card", "expired", "foreign", "connector"]
TOKEN_KINDS: tuple[TokenKind, ...] = get_args(TokenKind)


def add_cards(control: Blueprint, stage: Stage) -> None:
    """Add the routes that show Kaizala's people and open their cards."""

    @control.get("/kaizala/people")
    def people() -> dict[str, Any]:
        return {"people": [{"id": one.id, "name": one.name} for one in stage.kaizala.people]}

    @control.post("/kaizala/tokens")
    def token() -> dict[str, Any]:
        wanted = text_field("person")
        person = next((one for one in stage.kaizala.people if one.id == wanted), None)
        kind = one_of(TOKEN_KINDS, json_object().get("kind"))
        if person is None:
            abort(404, "no such person")
        return {"token": _issue(stage.kaizala, person, kind)}


def _issue(kaizala: Kaizala, person: Person, kind: TokenKind) -> str:
    if kind == "connector":
        return kaizala.connector_token(person)
    if kind == "foreign":
        return kaizala.service_token(person, OTHER_ACTION_PACKAGE)
    token = kaizala.service_token(person)
    if kind == "expired":
        kaizala.expire(token)
    return token


def add_portal(control: Blueprint, stage: Stage) -> None:
    """Add the routes that play the developer portal; without AWS there is only the first."""

    @control.get("/portal")
    def portal() -> dict[str, Any]:
        if stage.portal is None:
            return {"installed": False, "plans": [], "apps": []}
        apps = [_app(app) for app in stage.portal.apps.values()]
        return {"installed": True, "plans": stage.portal.plans, "apps": apps}

    @control.post("/portal/apps")
    def approve() -> dict[str, Any]:
        known, plan = _portal(stage), text_field("plan")
        slug = json_object().get("slug")
        if slug is not None:
            _known_app(known, slug)
        return _answer(known.approve(text_field("name"), one_of(tuple(known.plans), plan), slug))

    @control.put("/portal/apps/<slug>/plan")
    def change_plan(slug: str) -> dict[str, Any]:
        known = _portal(stage)
        _known_app(known, slug)
        return _answer(known.change_plan(slug, one_of(tuple(known.plans), text_field("plan"))))

    @control.post("/portal/apps/<slug>/revoke")
    def revoke(slug: str) -> dict[str, Any]:
        known = _portal(stage)
        _known_app(known, slug)
        return _answer(known.revoke(slug))

    @control.post("/portal/keys/use")
    def use() -> dict[str, Any]:
        return {"key": _portal(stage).use(text_field("key"))}

    @control.post("/portal/health")
    def health() -> dict[str, Any]:
        return _answer(_portal(stage).health())


def _portal(stage: Stage) -> Portal:
    return stage.portal or abort(404, "AWS is not simulated here")


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
