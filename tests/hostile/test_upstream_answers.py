"""Whatever an upstream answers, the app blames the upstream and not itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response, request
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.conftest import APIS
from tests.hostile.hostile_request import HostileRequest, genuine_callback
from tests.hostile.ingredients import SESSION, bodies, json_texts
from tests.hostile.spoiling import STATUSES, leaves, spoilt_document

EXAMPLES = 50
READ = HostileRequest("GET", "/api/id-verification", SESSION)
RESTART = HostileRequest(
    "POST", "/api/id-verification", SESSION, b'{"restart":true}', "application/json"
)


class Saboteur:
    """Answers in place of a simulated upstream, for paths that begin with `path`."""

    def __init__(self, attacked: AttackedWorld) -> None:
        self.attacked = attacked
        self.genuine: dict[str, Any] = {}
        self.path: str | None = None
        self.answer: tuple[int, bytes, str] = (200, b"", "")
        for app in (attacked.world.sharetribe.app, attacked.world.jumio.app):
            app.before_request_funcs.setdefault(None, []).append(self._sabotage)
            app.after_request_funcs.setdefault(None, []).append(self._remember)

    def _sabotage(self) -> Response | None:
        if self.path is None or not request.path.startswith(self.path):
            return None
        status, body, content_type = self.answer
        return Response(body, status, content_type=content_type)

    def _remember(self, response: Response) -> Response:
        if self.path is None and response.is_json:
            self.genuine[request.path] = response.get_json()
        return response

    def answer_with(self, path: str, status: int, body: bytes) -> None:
        """Let the app talk to every upstream while one path gets this answer."""
        self.answer = (status, body, "application/json")
        self.path = path
        try:
            self.drive()
        finally:
            self.path = None

    def drive(self) -> None:
        """Let the app talk to every upstream: read, start, and take the vendor's callback."""
        is_kyx = self.attacked.world.settings["JUMIO_API"] == "kyx"
        callback = genuine_callback(is_kyx=is_kyx)
        self.attacked.log_in()
        self.attacked.reset()
        # The vendor's own bearer token is asked for again, or nobody would meet a spoilt one.
        self.attacked.world.jumio.expire_tokens()
        for hostile in (READ, callback, RESTART, READ):
            self.attacked.judge.send(hostile)


@pytest.fixture(scope="module", params=APIS)
def saboteur(request: pytest.FixtureRequest) -> Iterator[Saboteur]:
    """Return a saboteur who has seen what the upstreams really answer."""
    attacked = AttackedWorld(request.param)
    saboteur = Saboteur(attacked)
    attacked.world.jumio.finish(attacked.genuine["transaction"], "approved")
    saboteur.drive()
    yield saboteur
    attacked.world.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_only_the_upstream_is_blamed(saboteur: Saboteur, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(saboteur.genuine)))
    document = saboteur.genuine[path]
    spoilt = st.builds(
        lambda leaf, raw: spoilt_document(document, leaf, raw).encode("utf-8", "surrogatepass"),
        st.sampled_from([leaf for leaf, _ in leaves(document)]),
        json_texts,
    )
    body = data.draw(st.one_of(spoilt, spoilt, bodies))
    saboteur.answer_with(path, data.draw(st.sampled_from(STATUSES)), body)


def test_no_part_of_an_answer_is_relied_on(saboteur: Saboteur) -> None:
    """Each value in turn is replaced by one of another type."""
    wrong = itertools.cycle(["null", "1", '"x"', "[]", "{}", "true"])
    for path, document in list(saboteur.genuine.items()):
        for leaf, _ in leaves(document):
            saboteur.answer_with(path, 200, spoilt_document(document, leaf, next(wrong)).encode())


def test_an_address_that_cannot_be_stored_is_the_vendors_fault(saboteur: Saboteur) -> None:
    addresses = [
        (path, leaf)
        for path, document in list(saboteur.genuine.items())
        for leaf, value in leaves(document)
        if isinstance(value, str) and value.startswith("http")
    ]
    assert addresses
    for path, leaf in addresses:
        body = spoilt_document(saboteur.genuine[path], leaf, r'"https://\ud800"')
        saboteur.answer_with(path, 200, body.encode())


def test_the_saboteur_knows_every_upstream_call(saboteur: Saboteur) -> None:
    is_kyx = saboteur.attacked.world.settings["JUMIO_API"] == "kyx"
    vendor = "/oauth2/token" if is_kyx else "/api/v4/initiate"
    expected = {
        "/v1/auth/token",
        "/v1/api/current_user/show",
        "/v1/api/current_user/update_profile",
    }
    assert expected | {vendor} <= set(saboteur.genuine)
