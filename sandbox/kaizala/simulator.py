"""Kaizala as the sandbox runs it, and its routes of the control API: people and their cards."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from flask import Blueprint, abort

from sandbox.control_requests import json_object, one_of, text_field
from sandbox.kaizala.drive import CardDrive
from sandbox.kaizala.people import ACTION_PACKAGE, OTHER_ACTION_PACKAGE, Person
from sandbox.kaizala.vendor import Kaizala
from sandbox.simulator import Place, Simulator, served

TokenKind = Literal["card", "expired", "foreign", "connector"]
TOKEN_KINDS: tuple[TokenKind, ...] = get_args(TokenKind)


def _settings(_: Kaizala, __: Place) -> Mapping[str, str]:
    return {"KAIZALA_ACTION_PACKAGES": ACTION_PACKAGE}


def _add_control(control: Blueprint, kaizala: Kaizala) -> None:
    @control.get("/people")
    def people() -> dict[str, Any]:
        return {"people": [{"id": one.id, "name": one.name} for one in kaizala.people]}

    @control.post("/tokens")
    def token() -> dict[str, Any]:
        wanted = text_field("person")
        person = next((one for one in kaizala.people if one.id == wanted), None)
        kind = one_of(TOKEN_KINDS, json_object().get("kind"))
        if person is None:
            abort(404, "no such person")
        return {"token": _issue(kaizala, person, kind)}


def _issue(kaizala: Kaizala, person: Person, kind: TokenKind) -> str:
    if kind == "connector":
        return kaizala.connector_token(person)
    if kind == "foreign":
        return kaizala.service_token(person, OTHER_ACTION_PACKAGE)
    token = kaizala.service_token(person)
    if kind == "expired":
        kaizala.expire(token)
    return token


SIMULATOR = Simulator(
    name="kaizala",
    title="Kaizala",
    rank=40,
    start=served(Kaizala),
    address="KAIZALA_BASE_URL",
    settings=_settings,
    control=_add_control,
    steps=lambda visit, kaizala: CardDrive(visit, kaizala).steps,
    card=Path(__file__).parent / "card",
)
