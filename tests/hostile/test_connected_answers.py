"""Whatever HubRise, Pumble or the marketplace answers a connection, they are blamed for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import CONNECTED, AttackedWorld
from tests.hostile.connected_steps import STEPS
from tests.hostile.ingredients import bodies, json_texts
from tests.hostile.spoiling import STATUSES, leaves, spoilt_document

EXAMPLES = 200
_ID = re.compile(r"/(orders|events|channels)/[^/]+")
LARGEST_BYTES = 2 * 1024 * 1024
BULKY = {
    "a page": b"<!doctype html><title>It works!</title>",
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "a deep document": b"[" * 100_000,
    "more than is read": b" " * (LARGEST_BYTES + 1),
}


class Saboteur:
    """Answers in place of the simulated upstreams, in the steps that ask for a path."""

    def __init__(self, attacked: AttackedWorld) -> None:
        self.attacked = attacked
        self.genuine: dict[str, Any] = {}
        self._steps: dict[str, set[str]] = {}
        self._step = ""
        self._path: str | None = None
        self._answer = Response()
        world = attacked.world
        for app in (world.sharetribe.app, world.hubrise.app, world.pumble.app):
            self._join(app)
        for step in STEPS:
            self._take(step, None)

    def _join(self, app: Flask) -> None:
        app.before_request_funcs.setdefault(None, []).append(self._sabotage)
        app.after_request_funcs.setdefault(None, []).append(self._remember)

    def _sabotage(self) -> Response | None:
        return self._answer if self._step and _key() == self._path else None

    def _remember(self, response: Response) -> Response:
        if self._step and self._path is None:
            self._steps.setdefault(_key(), set()).add(self._step)
            if response.is_json:
                self.genuine[_key()] = response.get_json()
        return response

    @property
    def paths(self) -> list[str]:
        """Every "METHOD path" that a step asks an upstream for."""
        return sorted(self._steps)

    def steps(self, path: str) -> list[str]:
        """Return the steps that ask for a path."""
        return sorted(self._steps[path])

    def answer_with(self, step: str, path: str, status: int, body: bytes) -> None:
        """Take a step in which `path` gets this answer."""
        headers = {"X-Cursor-Next": "again", "Retry-After": "1e9"}
        self._answer = Response(body, status, headers, content_type="application/json")
        self._take(step, path)

    def _take(self, step: str, path: str | None) -> None:
        attacked = self.attacked
        self._make_well()
        hostile = STEPS[step](attacked)
        self._step, self._path = step, path
        try:
            attacked.judge.send(hostile)
        finally:
            self._step, self._path = "", None

    def _make_well(self) -> None:
        """Start from connections that work; whatever the last step did is undone."""
        attacked, world = self.attacked, self.attacked.world
        world.hubrise.callbacks = "send"
        for connection in world.hubrise.connections.values():
            connection.pending.clear()
        attacked.log_in()
        attacked.reset()
        for vendor in CONNECTED:
            if not self._lives(vendor):
                attacked.connect(vendor)

    def _lives(self, vendor: str) -> bool:
        world = self.attacked.world
        if vendor == "hubrise":
            return any(c.callback_url and not c.dead for c in world.hubrise.connections.values())
        workspace_id = self.attacked.genuine["workspace"]
        return bool(world.pumble.installations.authorized_users(workspace_id))


def _key() -> str:
    """Name what is asked for; ids in the path count as one."""
    path = _ID.sub(r"/\1/*", request.path)
    return f"{request.method} {path}"


@pytest.fixture(scope="module")
def saboteur() -> Iterator[Saboteur]:
    """Return a saboteur who has seen what the upstreams really answer."""
    attacked = AttackedWorld("netverify")
    yield Saboteur(attacked)
    attacked.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_only_the_upstream_is_blamed(saboteur: Saboteur, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(saboteur.paths))
    document = saboteur.genuine.get(path)
    spoilt = st.builds(
        lambda leaf, raw: spoilt_document(document, leaf, raw).encode("utf-8", "surrogatepass"),
        st.sampled_from([leaf for leaf, _ in leaves(document)]),
        json_texts,
    )
    body = data.draw(st.one_of(spoilt, spoilt, bodies))
    step = data.draw(st.sampled_from(saboteur.steps(path)))
    saboteur.answer_with(step, path, data.draw(st.sampled_from(STATUSES)), body)


def test_no_part_of_an_answer_is_relied_on(saboteur: Saboteur) -> None:
    """Each value in turn is replaced by one of another type, in one step after the other."""
    wrong = itertools.cycle(["null", "1", '"x"', "[]", "{}", "true"])
    for path, document in list(saboteur.genuine.items()):
        steps = itertools.cycle(saboteur.steps(path))
        for leaf, _ in leaves(document):
            body = spoilt_document(document, leaf, next(wrong)).encode()
            saboteur.answer_with(next(steps), path, 200, body)


def test_no_text_of_an_answer_has_to_be_one_that_can_be_stored(saboteur: Saboteur) -> None:
    for path, document in list(saboteur.genuine.items()):
        steps = itertools.cycle(saboteur.steps(path))
        for leaf, value in leaves(document):
            if isinstance(value, str):
                body = spoilt_document(document, leaf, r'"\ud800\u0000"').encode()
                saboteur.answer_with(next(steps), path, 200, body)


@pytest.mark.parametrize("body", BULKY.values(), ids=BULKY)
@pytest.mark.parametrize("status", [200, 401, 404])
def test_no_upstream_has_to_answer_in_json(saboteur: Saboteur, status: int, body: bytes) -> None:
    for path in saboteur.paths:
        saboteur.answer_with(saboteur.steps(path)[0], path, status, body)


def test_the_saboteur_knows_every_upstream_call(saboteur: Saboteur) -> None:
    expected = {
        "GET /v1/api/current_user/show",
        "POST /v1/api/current_user/update_profile",
        "GET /v1/api/transactions/show",
        "GET /v1/integration_api/transactions/show",
        "POST /v1/integration_api/transactions/update_metadata",
        "GET /v1/integration_api/users/show",
        "POST /v1/integration_api/users/update_profile",
        "POST /oauth2/v1/token",
        "POST /oauth2/v1/revoke",
        "GET /v1/location/orders",
        "POST /v1/location/orders",
        "GET /v1/location/orders/*",
        "POST /v1/callback",
        "DELETE /v1/callback",
        "GET /v1/callback/events",
        "DELETE /v1/callback/events/*",
        "POST /oauth2/access",
        "GET /oauth2/me",
        "DELETE /v1/app/authorization",
    }
    assert expected - set(saboteur.paths) == set()
