"""Sensedia's portal under attack: documented answers, AWS is blamed, and only ours is touched."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as judged
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from integrations.sensedia.retries import Retries
from proxy.operating.configuration import read_configuration
from proxy.vendors.part import Parts
from sandbox.sensedia import Aws
from tests.hostile.hostile_request import WORST_BODIES, HostileRequest
from tests.hostile.ingredients import MARKER, READ_TYPES, bodies, json_texts
from tests.hostile.judge import Judge, silence_logs
from tests.hostile.spoiling import STATUSES, leaves, spoilt_document
from tests.hostile.without_pauses import without_pauses
from tests.integrations.sensedia.gate import Gate, Passed
from tests.integrations.sensedia.guest import GUEST
from tests.kit.contracts.hostility import BULKY, EXAMPLES
from tests.kit.world import KitWorld

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PAIR = "portal:made:up"
PORTAL = {"Authorization": "Basic @@basic@@"}
SLUG = "0a1b2c3d4e5f"
ORDERS = (
    "createCredentials",
    "createCredentials again",
    "updateCredentials",
    "revokeCredentials",
)
WRONG = ("null", "1", '"x"', '""', "[]", "{}", "true")
UNSTORABLE = r'"\ud800\u0000"'
_ID = re.compile(r"/(usageplans|apikeys|keys)/[^/]+")


def settings(aws: Aws, kind: str, url: str) -> dict[str, Any]:
    """Return the app's settings for AWS at an address, and one kind of credentials."""
    scopes = [f"{api}:{one}" for api, many in aws.scopes.items() for one in many]
    return {
        "SENSEDIA_BASIC_AUTH": PAIR,
        "SENSEDIA_CREDENTIAL_TYPE": kind,
        "SENSEDIA_USAGE_PLANS": ",".join(aws.plan_ids.values()),
        "SENSEDIA_USER_POOL_ID": aws.pool_id,
        "SENSEDIA_API_SCOPES": ",".join(scopes),
        "AWS_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": aws.secret_access_key,
        "AWS_BASE_URL": url,
    }


def parts_of(world: KitWorld) -> Parts:
    """Return what the app of a world is made of."""
    return read_configuration(world.settings, world.known).parts


class Portal:
    """The portal's orders about keys or clients, whose upstream is AWS."""

    def __init__(self, kind: str) -> None:
        self.aws = Aws()
        self._gate = Gate(self.aws)
        self.genuine: dict[str, Any] = {}
        self._asked: dict[str, set[str]] = {}
        self._step = ""
        self.world = KitWorld(
            INTEGRATIONS="sensedia", guests=(GUEST,), **settings(self.aws, kind, self._gate.url)
        )
        basic = base64.b64encode(PAIR.encode()).decode()
        self._judge = Judge(self.world.app, {"basic": basic}, parts_of(self.world))
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


@pytest.fixture(scope="module", params=["API_KEY", "CLIENT_CREDENTIALS"])
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    """Return a portal that has seen what AWS really answers.

    Nobody waits for AWS between two tries: it would answer the same again.
    """
    with without_pauses(Retries):
        door = Portal(request.param)
    yield door
    door.close()


@judged(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_only_the_upstream_is_blamed(portal: Portal, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(portal.genuine)))
    document = portal.genuine[path]
    spoilt = st.builds(
        lambda leaf, raw: spoilt_document(document, leaf, raw).encode("utf-8", "surrogatepass"),
        st.sampled_from([leaf for leaf, _ in leaves(document)]),
        json_texts,
    )
    body = data.draw(st.one_of(spoilt, spoilt, bodies))
    step = data.draw(st.sampled_from(portal.steps(path)))
    portal.answer_with(step, path, data.draw(st.sampled_from(STATUSES)), body)


def test_no_part_of_an_answer_is_relied_on(portal: Portal) -> None:
    """Each value in turn is replaced by one of another type, or one that cannot be stored."""
    wrong = itertools.cycle(WRONG)
    for path, document in list(portal.genuine.items()):
        steps = itertools.cycle(portal.steps(path))
        for leaf, _ in leaves(document):
            for raw in (next(wrong), UNSTORABLE):
                body = spoilt_document(document, leaf, raw).encode()
                portal.answer_with(next(steps), path, 200, body)


def test_no_upstream_has_to_answer_in_json(portal: Portal) -> None:
    for path in list(portal.genuine):
        steps = itertools.cycle(portal.steps(path))
        for status, body in itertools.product((200, 401, 404), BULKY.values()):
            portal.answer_with(next(steps), path, status, body)


GENUINE_ORDER = (
    b'{"appName":"Harbour guide","appSlug":"@@slug@@","developer":"mira@developers.example",'
    b'"apis":[{"id":"a1b2c3d4e5","usagePlans":[{"id":"@@plan@@"}]}]}'
)


def order(operation: str, body: bytes) -> HostileRequest:
    return HostileRequest("POST", f"/api/sensedia/v1/{operation}", PORTAL, body)


class AttackedPortal:
    """A portal with an app's key in AWS, beside one that is not ours."""

    def __init__(self) -> None:
        self.aws = Aws()
        own = {**settings(self.aws, "API_KEY", self.aws.url)}
        own["SENSEDIA_USAGE_PLANS"] = self.aws.plan_ids["bronze"]
        self.world = KitWorld(INTEGRATIONS="sensedia", guests=(GUEST,), **own)
        self.genuine = {
            "basic": base64.b64encode(PAIR.encode()).decode(),
            "plan": self.aws.plan_ids["bronze"],
            "slug": SLUG,
        }
        self.judge = Judge(self.world.app, self.genuine, parts_of(self.world))
        self.reset()

    def reset(self) -> None:
        """Go back to two keys."""
        self.aws.clear()
        foreign = {"name": f"{SLUG}/not ours", "enabled": True}
        self.genuine["foreign"] = self.aws.api_gateway("POST", "/apikeys", foreign)["id"]
        created = self.judge.send(order("createCredentials", GENUINE_ORDER))
        self.genuine["key"] = created.get_json()["apiKeyId"]

    def assert_only_ours_was_touched(self) -> None:
        """Raise AssertionError when a key is not as an order may make it."""
        keys = {key["id"]: key for key in list(self.aws.keys())}
        foreign = keys.pop(self.genuine["foreign"])
        assert (True, [], f"{SLUG}/not ours") == (
            foreign["enabled"],
            foreign["plans"],
            foreign["name"],
        )
        for key in keys.values():
            assert (True, ["bronze"]) == (key["enabled"], key["plans"])

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()
        self.aws.close()


@pytest.fixture(scope="module")
def attacked() -> Iterator[AttackedPortal]:
    with without_pauses(Retries):
        door = AttackedPortal()
    yield door
    door.close()


_ODD_TEXTS = st.sampled_from(
    [
        r'"\ud800"', r'"\u0000"', '""', '".."', '"a/b?c#d"', '"' + "z" * 300 + '"', f'"{MARKER}"',
        '"-"', r'"caf\u00e9"', '"a\\nb"',
    ]
)  # fmt: skip
_VALUES = st.one_of(_ODD_TEXTS, json_texts)


def _words(*words: str) -> st.SearchStrategy[str]:
    """Return these words as JSON, and now and then something else."""
    return st.one_of(st.sampled_from([f'"{word}"' for word in words] * 3), _VALUES)


_ORDERS = st.fixed_dictionaries(
    {},
    optional={
        "appName": _words("Harbour guide"),
        "appSlug": _words("@@slug@@", "another"),
        "developer": _words("mira@developers.example"),
        "apis": st.one_of(
            st.just('[{"id":"a1b2c3d4e5","usagePlans":[{"id":"@@plan@@"}]}]'), _VALUES
        ),
        "credentialType": _words("API_KEY", "CLIENT_CREDENTIALS"),
        "apiKeyId": _words("@@key@@", "@@foreign@@", "unknown"),
        "clientId": _VALUES,
        "customCredentials": _VALUES,
    },
).map(lambda drawn: "{" + ",".join(f'"{name}":{value}' for name, value in drawn.items()) + "}")


@judged(max_examples=50, deadline=None)
@given(body=_ORDERS, operation=st.sampled_from([o for o in ORDERS if " " not in o]))
def test_hostile_orders_get_documented_answers(
    attacked: AttackedPortal, body: str, operation: str
) -> None:
    attacked.judge.send(order(operation, body.encode("utf-8", "surrogatepass")))
    attacked.assert_only_ours_was_touched()
    if len(attacked.aws.keys()) != 2:
        attacked.reset()


def test_the_worst_bodies_get_documented_answers(attacked: AttackedPortal) -> None:
    operations = [name for name in ORDERS if " " not in name]
    for operation, kind, body in itertools.product(operations, READ_TYPES, WORST_BODIES):
        path = f"/api/sensedia/v1/{operation}"
        attacked.judge.send(HostileRequest("POST", path, PORTAL, body, kind))
    attacked.assert_only_ours_was_touched()


def test_a_plan_is_named_in_its_refusal_and_nothing_else_is(attacked: AttackedPortal) -> None:
    body = GENUINE_ORDER.replace(b"@@plan@@", MARKER.encode())
    answer = attacked.judge.send(order("createCredentials", body))
    assert (403, "not-allowed") == (answer.status_code, answer.get_json()["code"])
    assert MARKER in answer.get_json()["message"]


GENUINE = {
    "an order": (order("createCredentials", GENUINE_ORDER), 200),
    "a change": (order("updateCredentials", GENUINE_ORDER), 204),
    "the end of what is not ours": (order("revokeCredentials", b'{"apiKeyId":"@@foreign@@"}'), 204),
    "a change of what is not ours": (
        order("updateCredentials", b'{"apiKeyId":"@@foreign@@","appName":"x"}'),
        404,
    ),
}


@pytest.mark.parametrize(("genuine", "status"), GENUINE.values(), ids=GENUINE)
def test_the_generator_reaches_what_it_attacks(
    attacked: AttackedPortal, genuine: HostileRequest, status: int
) -> None:
    """Genuine parts pass every check, so that rubbish beside them is what is tested."""
    assert status == attacked.judge.send(genuine).status_code
    attacked.assert_only_ours_was_touched()
