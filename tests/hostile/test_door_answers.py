"""Whatever Kaizala, AWS or the marketplace answers at a door, they are blamed for it."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from flask import Flask, Response, request
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from integrations.sensedia.retries import Retries
from sandbox.kaizala import ACTION_PACKAGE
from sandbox.sensedia import Aws
from tests.flows.cards import card_of, code_for
from tests.hostile.door_ingredients import CARD, PORTAL
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import MARKER, SESSION, bodies, json_texts
from tests.hostile.judge import Judge, silence_logs
from tests.hostile.spoiling import STATUSES, leaves, spoilt_document
from tests.integrations.sensedia.gate import Gate, Passed
from tests.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

EXAMPLES = 150
LARGEST_BYTES = 2 * 1024 * 1024
BULKY = {
    "a page": b"<!doctype html><title>It works!</title>",
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "a deep document": b"[" * 100_000,
    "more than is read": b" " * (LARGEST_BYTES + 1),
}
PAIR = "portal:made:up"
SLUG = "0a1b2c3d4e5f"
_ID = re.compile(r"/(usageplans|apikeys|keys)/[^/]+")


class Saboteur(Protocol):
    """Knows what upstreams really answer at the doors, and answers in their place."""

    genuine: dict[str, Any]

    def steps(self, path: str) -> list[str]:
        """Return the steps that ask for a path."""

    def answer_with(self, step: str, path: str, status: int, body: bytes) -> None:
        """Take a step in which `path` gets this answer; judge what the app makes of it."""


CARD_STEPS = {
    "me": HostileRequest("GET", "/api/kaizala/me", CARD),
    "a code": HostileRequest("POST", "/api/kaizala/link-codes", SESSION),
    "a link": HostileRequest(
        "POST", "/api/kaizala/link", CARD, b'{"code":"@@code@@"}', "application/json"
    ),
}
ORDERS = (
    "createCredentials",
    "createCredentials again",
    "updateCredentials",
    "revokeCredentials",
)


class Cards:
    """Cards and codes, whose upstreams are Kaizala and the marketplace."""

    def __init__(self, *, integration_api: bool) -> None:
        self.world = World(
            INTEGRATIONS="kaizala", integration_api=integration_api, KAIZALA_CACHE_SECONDS="0"
        )
        self.genuine: dict[str, Any] = {}
        self._asked: dict[str, set[str]] = {}
        self._step, self._path, self._answer = "", "", Response()
        browser = self.world.browser()
        parts = {
            "card": card_of(self.world).token,
            "code": code_for(browser),
            "cookie": browser.cookie or "",
            "client": self.world.sharetribe.client_id,
        }
        self._judge = Judge(self.world.app, parts, {})
        for app in (self.world.kaizala.app, self.world.sharetribe.app):
            self._join(app)
        for step in CARD_STEPS:
            self._take(step)

    def _join(self, app: Flask) -> None:
        app.before_request_funcs.setdefault(None, []).append(self._sabotage)
        app.after_request_funcs.setdefault(None, []).append(self._remember)

    def _sabotage(self) -> Response | None:
        return self._answer if self._path and _asked_for() == self._path else None

    def _remember(self, response: Response) -> Response:
        if self._step and not self._path:
            self._asked.setdefault(_asked_for(), set()).add(self._step)
            self.genuine[_asked_for()] = response.get_json(silent=True)
        return response

    def steps(self, path: str) -> list[str]:
        """Return the steps that ask for a path."""
        return sorted(self._asked[path])

    def answer_with(self, step: str, path: str, status: int, body: bytes) -> None:
        """Take a step in which `path` gets this answer; only a listed card is ever answered."""
        headers = {"Retry-After": "1e9", "Location": "http://127.0.0.1:9/"}
        shown = body.replace(MARKER.encode(), b"shown-by-right")
        self._answer = Response(shown, status, headers, content_type="application/json")
        self._path = path
        try:
            answer = self._take(step)
        finally:
            self._path = ""
        if step == "me" and answer.status_code == 200:
            assert ACTION_PACKAGE == answer.get_json()["actionPackageId"]
        if self.world.user.private_data:
            assert self.world.checksum_holds(key="kaizalaLink")
        assert {} == self.world.other_user.private_data

    def _take(self, step: str) -> TestResponse:
        self.world.user.private_data.clear()
        self._step = step
        try:
            return self._judge.send(CARD_STEPS[step])
        finally:
            self._step = ""

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()


def _asked_for() -> str:
    return f"{request.method} {request.path}"


class Portal:
    """The portal's orders about keys or clients, whose upstream is AWS."""

    def __init__(self, kind: str) -> None:
        self.aws = Aws()
        self._gate = Gate(self.aws)
        self.genuine: dict[str, Any] = {}
        self._asked: dict[str, set[str]] = {}
        self._step = ""
        scopes = [f"{api}:{one}" for api, many in self.aws.scopes.items() for one in many]
        self.world = World(
            INTEGRATIONS="sensedia",
            SENSEDIA_BASIC_AUTH=PAIR,
            SENSEDIA_CREDENTIAL_TYPE=kind,
            SENSEDIA_USAGE_PLANS=",".join(self.aws.plan_ids.values()),
            SENSEDIA_USER_POOL_ID=self.aws.pool_id,
            SENSEDIA_API_SCOPES=",".join(scopes),
            AWS_REGION=self.aws.region,
            AWS_ACCESS_KEY_ID=self.aws.access_key_id,
            AWS_SECRET_ACCESS_KEY=self.aws.secret_access_key,
            AWS_BASE_URL=self._gate.url,
        )
        basic = base64.b64encode(PAIR.encode()).decode()
        self._judge = Judge(self.world.app, {"basic": basic}, {})
        for step in ORDERS:
            self._take(step, self._listen)

    def _listen(self, name: str, environ: WSGIEnvironment) -> Passed:
        passed = self._gate.pass_on(environ)
        path = _ID.sub(r"/\1/*", name)
        self._asked.setdefault(path, set()).add(self._step)
        self.genuine[path] = json.loads(passed.body) if passed.body else None
        return passed

    def steps(self, path: str) -> list[str]:
        """Return the steps that ask for a path."""
        return sorted(self._asked[path])

    def answer_with(self, step: str, path: str, status: int, body: bytes) -> None:
        """Take a step in which `path` gets this answer; credentials are whole, or none."""
        shown = body.replace(MARKER.encode(), b"shown-by-right")
        spoilt = Passed(f"{status} Odd", Headers({"Content-Type": "application/json"}), shown)

        def script(name: str, _: WSGIEnvironment) -> Passed | None:
            return spoilt if _ID.sub(r"/\1/*", name) == path else None

        answer = self._take(step, script)
        if answer.status_code == 200:
            told = {name: answer.get_json()[name] for name in answer.get_json()}
            told.pop("customCredentials", None)
            assert all(isinstance(value, str) and value for value in told.values()), told

    def _take(
        self, step: str, script: Callable[[str, WSGIEnvironment], Passed | None]
    ) -> TestResponse:
        self._gate.reset()
        self.aws.clear()
        operation, _, again = step.partition(" ")
        if again or operation != "createCredentials":
            assert 200 == self._judge.send(self._order("createCredentials", "bronze")).status_code
        self._step, self._gate.script = step, script
        plan = "silver" if operation == "updateCredentials" else "bronze"
        return self._judge.send(self._order(operation, plan))

    def _order(self, operation: str, plan: str) -> HostileRequest:
        apis = [{"id": "a1b2c3d4e5", "usagePlans": [{"id": self.aws.plan_ids[plan]}]}]
        body = {"appName": "Harbour", "appSlug": SLUG, "developer": "m@d.example", "apis": apis}
        path = f"/api/sensedia/v1/{operation}"
        return HostileRequest("POST", path, PORTAL, json.dumps(body).encode())

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()
        self._gate.close()
        self.aws.close()


DOORS: dict[str, Callable[[], Cards | Portal]] = {
    "cards": lambda: Cards(integration_api=False),
    "cards with the Integration API": lambda: Cards(integration_api=True),
    "keys": lambda: Portal("API_KEY"),
    "clients": lambda: Portal("CLIENT_CREDENTIALS"),
}


@pytest.fixture(scope="module", params=DOORS.values(), ids=list(DOORS))
def saboteur(request: pytest.FixtureRequest) -> Iterator[Saboteur]:
    """Return a saboteur who has seen what the upstreams of a door really answer.

    Nobody waits for AWS between two tries: it would answer the same again.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Retries.__init__, "__defaults__", (lambda _: None,))
        door = request.param()
        yield door
        door.close()


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
    step = data.draw(st.sampled_from(saboteur.steps(path)))
    saboteur.answer_with(step, path, data.draw(st.sampled_from(STATUSES)), body)


@pytest.mark.parametrize("raw", ["null", "1", '"x"', '""', "[]", "{}", "true", r'"\ud800\u0000"'])
def test_no_part_of_an_answer_is_relied_on(saboteur: Saboteur, raw: str) -> None:
    """Each value in turn is replaced by one of another type, or one that cannot be stored."""
    for path, document in list(saboteur.genuine.items()):
        steps = itertools.cycle(saboteur.steps(path))
        for leaf, _ in leaves(document):
            body = spoilt_document(document, leaf, raw).encode()
            saboteur.answer_with(next(steps), path, 200, body)


@pytest.mark.parametrize("body", BULKY.values(), ids=BULKY)
@pytest.mark.parametrize("status", [200, 401, 404])
def test_no_upstream_has_to_answer_in_json(saboteur: Saboteur, status: int, body: bytes) -> None:
    for path in list(saboteur.genuine):
        for step in saboteur.steps(path):
            saboteur.answer_with(step, path, status, body)


def test_every_step_asks_somebody(saboteur: Saboteur) -> None:
    asked = {step for path in saboteur.genuine for step in saboteur.steps(path)}
    assert len(asked) in (len(CARD_STEPS), len(ORDERS))
