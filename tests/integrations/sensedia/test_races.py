"""Two processes on one AWS: what one hands out survives the failure or death of another."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.contract import App
from proxy.outgoing.upstream import Upstreams, UpstreamUnavailable
from sandbox.sensedia import Aws
from sandbox.server import sever
from tests.integrations.sensedia.gate import Gate, Passed, answered, refusal
from tests.integrations.sensedia.mortal import KilledError, MortalAws, mortal_at
from tests.integrations.sensedia.orders import (
    api_keys_at,
    app,
    app_clients_at,
    assert_one_client,
    assert_one_working_key,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEYS, CLIENTS = "keys", "clients"


@pytest.fixture(scope="module")
def others(served: Gate, upstreams: Upstreams) -> dict[str, MortalAws]:
    """Return AWS's services as another process calls them, one that may stand still or die."""
    services = {KEYS: "apigateway", CLIENTS: "cognito-idp"}
    return {kind: mortal_at(served.url, service, upstreams) for kind, service in services.items()}


def once(gate: Gate, is_reached: Callable[[str], bool], meanwhile: Callable[[], None]) -> None:
    """Have something done before the first request that is meant, which AWS then fails at."""
    reached: list[str] = []

    def script(name: str, _: WSGIEnvironment) -> Passed | None:
        if not reached and is_reached(name):
            reached.append(name)
            meanwhile()
            return refusal("500")
        return None

    gate.script = script


def test_a_create_that_fails_leaves_the_key_alone_that_another_process_has_handed_out(
    api_keys: ApiKeys, others: dict[str, MortalAws], aws: Aws, gate: Gate
) -> None:
    told: list[dict[str, str]] = []
    another = api_keys_at(others[KEYS], aws)
    once(
        gate,
        lambda name: name.startswith("POST /usageplans/"),
        lambda: told.append(another.create(app(aws, "gold"))),
    )
    with pytest.raises(UpstreamUnavailable):
        api_keys.create(app(aws, "gold"))
    assert_one_working_key(aws, told[0], "gold")


def test_a_create_that_fails_leaves_the_client_alone_that_another_process_has_handed_out(
    app_clients: AppClients, others: dict[str, MortalAws], aws: Aws, gate: Gate
) -> None:
    told: list[dict[str, Any]] = []
    another = app_clients_at(others[CLIENTS], aws)
    once(
        gate,
        lambda name: name == "ListUserPoolClients" and "CreateUserPoolClient" in gate.calls,
        lambda: told.append(another.create(app(aws))),
    )
    with pytest.raises(UpstreamUnavailable):
        app_clients.create(app(aws))
    assert_one_client(aws, told[0])


def test_an_update_that_fails_leaves_the_plan_alone_that_another_process_has_confirmed(
    api_keys: ApiKeys, others: dict[str, MortalAws], aws: Aws, gate: Gate
) -> None:
    """The portal has sent the order again, to another machine."""
    told = api_keys.create(app(aws, "gold"))
    order = app(aws, "silver", api_key_id=told["apiKeyId"], name="New")
    another = api_keys_at(others[KEYS], aws)
    once(gate, lambda name: name.startswith("PATCH "), lambda: another.update(order))
    with pytest.raises(UpstreamUnavailable):
        api_keys.update(order)
    assert_one_working_key(aws, told, "silver")


@pytest.mark.parametrize("has_slug", [True, False])
def test_a_client_that_aws_makes_late_does_not_work_and_a_revoke_by_id_removes_it(
    app_clients: AppClients, aws: Aws, gate: Gate, *, has_slug: bool
) -> None:
    """The request to make it was given up; the portal's next order has made another one."""
    late: list[WSGIEnvironment] = []

    def script(name: str, environ: WSGIEnvironment) -> Passed | None:
        if late or name != "CreateUserPoolClient":
            return None
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        late.append({**environ, "wsgi.input": io.BytesIO(body)})
        sever(environ["werkzeug.socket"])
        return answered({})

    gate.script = script
    with pytest.raises(UpstreamUnavailable):
        app_clients.create(app(aws))
    told = app_clients.create(app(aws))
    assert "200 OK" == gate.pass_on(late[0]).status

    assert [told["clientId"]] == working(CLIENTS, aws)
    named: dict[str, Any] = {} if has_slug else {"slug": "", "has_slug": False}
    app_clients.revoke(app(aws, client_id=told["clientId"], **named))
    assert [] == aws.clients()


def working(kind: str, aws: Aws) -> list[str]:
    """Return the ids of what can be used."""
    if kind == KEYS:
        return [key["id"] for key in list(aws.keys()) if key["enabled"] and key["plans"]]
    return [one["ClientId"] for one in aws.clients() if one.get("AllowedOAuthFlowsUserPoolClient")]


class Scene:
    """Two processes, one of which stands still before a call, and what the portal was told."""

    def __init__(self, kind: str, aws: Aws, service: AwsService, other: MortalAws) -> None:
        self.kind, self.aws, self.other = kind, aws, other
        make: Callable[[AwsService, Aws], Any] = api_keys_at if kind == KEYS else app_clients_at
        self.processes = make(other, aws), make(service, aws)
        self.known: str | None = None
        self.first_known: str | None = None
        self.last = ""

    def prepare(self, *, is_approved: bool) -> None:
        """Begin anew, with or without credentials of the app."""
        self.aws.clear()
        self.other.live()
        self.known, self.last = None, ""
        if is_approved:
            self.give(1, "create")
        self.first_known = self.known

    def give(self, process: int, operation: str) -> None:
        """Give an order to a process, as often as it takes."""
        for _ in range(3):
            try:
                told = getattr(self.processes[process], operation)(self._app(operation))
            except UpstreamUnavailable:
                continue
            self.last = operation
            if told:
                self.known = told.get("apiKeyId") or told["clientId"]
            return
        raise AssertionError(f"{operation} is not answered")

    def _app(self, operation: str) -> App:
        id_field = "api_key_id" if self.kind == KEYS else "client_id"
        known = None if operation == "create" else self.known
        return app(self.aws, "gold" if operation == "create" else "silver", **{id_field: known})

    def judge(self) -> None:
        """Require that what was told last works, alone, and that a revoke leaves nothing.

        What was approved anew while a revoke was under way may have come after it.
        """
        works = working(self.kind, self.aws)
        is_approved_anew = self.last == "revoke" and self.known != self.first_known
        assert works == [self.known] or (self.last == "revoke" and works == [])
        assert works == [] or self.last != "revoke" or is_approved_anew
        self.other.live()
        self.give(1, "revoke")
        assert [] == working(self.kind, self.aws)


@pytest.fixture(params=[KEYS, CLIENTS])
def scene(
    request: pytest.FixtureRequest,
    aws: Aws,
    api_gateway: AwsService,
    cognito: AwsService,
    others: dict[str, MortalAws],
) -> Iterator[Scene]:
    """Return two processes that provision one kind of credentials."""
    kind: str = request.param
    yield Scene(kind, aws, api_gateway if kind == KEYS else cognito, others[kind])
    others[kind].live()


@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize(
    ("is_approved", "operation", "meanwhile"),
    [
        (False, "create", "create"),
        (True, "create", "create"),
        (True, "create", "update"),
        (True, "create", "revoke"),
        (True, "update", "create"),
        (True, "update", "update"),
        (True, "revoke", "create"),
        (True, "revoke", "revoke"),
    ],
)
def test_before_each_call_of_an_order_another_process_does_a_whole_one(
    scene: Scene, operation: str, meanwhile: str, *, is_approved: bool, dies: bool
) -> None:
    """The first order then goes on, or dies and is given again."""
    given: list[int] = []

    def give_another() -> None:
        given.append(step)
        scene.give(1, meanwhile)

    for step in itertools.count(1):
        scene.prepare(is_approved=is_approved)
        scene.other.stand_still(step, give_another, dies=dies)
        try:
            scene.give(0, operation)
        except KilledError:
            scene.give(0, operation)
        if step not in given:
            break
        scene.judge()
    assert given
