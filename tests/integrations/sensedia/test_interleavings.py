"""Two processes, every order of their calls, and whatever fails: what was last told works, alone.

Nothing else of the app works then, and a revoke leaves nothing that does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.contract import App
from integrations.sensedia.gateway import Gateway
from tests.integrations.sensedia.interleavings import (
    KILLED,
    LATE,
    LOST_ANSWER,
    TRIES,
    Explorer,
    Order,
    Run,
    State,
    alone,
)
from tests.integrations.sensedia.modelled_aws import ModelledAws

KEYS, CLIENTS = "API_KEY", "CLIENT_CREDENTIALS"
ID_FIELDS = {KEYS: ("apiKeyId", "api_key_id"), CLIENTS: ("clientId", "client_id")}
FIRST, SECOND = "first", "second"
SCOPES = {FIRST: ("api/first",), SECOND: ("api/second",)}
REFUSED = "app-unknown"


def process(kind: str, service: AwsService) -> Any:
    """Return the credentials of one kind as a process of its own provisions them."""
    if kind == KEYS:
        return ApiKeys(Gateway(service, "echoseal"), frozenset({FIRST, SECOND}))
    return AppClients(service, "pool", SCOPES, "echoseal")


def app(
    kind: str, has: str = FIRST, known: str | None = None, slug: str = "app", name: str = "App"
) -> App:
    """Return an app that is to have a plan (and the API of this name), maybe with a known id."""
    fields: dict[str, Any] = {ID_FIELDS[kind][1]: known}
    return App(
        slug=slug,
        has_slug=bool(slug),
        name=name,
        developer="dev@parcels.example",
        has_apis=True,
        api_ids=(has,),
        plan_ids=(has,),
        **fields,
    )


@cache
def order(kind: str, operation: str, ordered: App) -> Order:
    """Return an order, the same object for the same order."""
    return lambda service: getattr(process(kind, service), operation)(ordered)


@cache
def working(kind: str, aws: str) -> dict[str, tuple[str, ...]]:
    """Return what can be used: ids of credentials, with their plans or scopes."""
    model = ModelledAws(aws)
    if kind == KEYS:
        return {i: tuple(k["plans"]) for i, k in model.keys.items() if k["enabled"] and k["plans"]}
    return {
        client_id: tuple(client.get("AllowedOAuthScopes", ()))
        for client_id, client in model.clients.items()
        if client.get("AllowedOAuthFlowsUserPoolClient")
        and client.get("AllowedOAuthFlows") == ["client_credentials"]
    }


@dataclass(frozen=True)
class Scene:
    """An app as it stands: AWS, and the id that the portal has of its credentials, if any."""

    kind: str
    aws: str
    known: str | None

    def first(self, names: Iterable[str], faults: int = 0, tries: int = TRIES) -> State:
        """Return the state in which these orders are given, each so many times at most."""
        runs = (self._run(name)._replace(tries=tries) for name in names)
        return State(self.aws, tuple(runs), faults)

    def _run(self, name: str) -> Run:
        """Return an order by its name: create, or update and revoke by id and slug or by one.

        A dash makes a second one of the same order. An update wants the second plan, or `back`.
        """
        operation, _, how = name.rstrip("'").partition(" ")
        ordered = app(
            self.kind,
            has=SECOND if operation == "update" and how != "back" else FIRST,
            known=None if operation == "create" or how == "by slug" else self.known,
            slug="" if how == "by id" else "app",
            name="Renamed" if operation == "update" else "App",
        )
        return Run(name, order(self.kind, operation, ordered))


@cache
def scene(kind: str, stage: str) -> Scene:
    """Return an app that is new, or one that is approved: it has credentials already."""
    if stage == "new":
        return Scene(kind, ModelledAws().state, None)
    aws, told, _ = alone(ModelledAws().state, order(kind, "create", app(kind)))
    return Scene(kind, aws, id_of(kind, told))


def id_of(kind: str, told: str) -> str:
    """Return the id of what a create has told."""
    told_id: str = json.loads(told)[ID_FIELDS[kind][0]]
    return told_id


def answers(log: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the names of the orders that were answered, and what was told, oldest first."""
    pairs = [entry.partition(": ") for entry in log if ": " in entry]
    return [(name, told) for name, _, told in pairs if told != REFUSED]


def last_known(scene: Scene, end: State) -> tuple[str | None, str]:
    """Return the id of what the portal was told last, and the plan that it ordered last."""
    known, has = scene.known, FIRST
    for name, told in answers(end.log):
        if name.startswith("create"):
            known, has = id_of(scene.kind, told), FIRST
        elif name.startswith("update"):
            has = FIRST if "back" in name else SECOND
    return known, has


def judge(scene: Scene, end: State) -> None:
    """Raise AssertionError unless what the portal was told is how things are.

    A revoke that was under way together with a create may have come before it or after it.
    """
    kind, works = scene.kind, working(scene.kind, end.aws)
    known, has = last_known(scene, end)
    told = answers(end.log)
    began = [at for at, entry in enumerate(end.log) if entry.startswith("revoke")]
    if began and not (told and told[-1][0].startswith("create")):
        is_approved_meanwhile = any("create" in name for name, _ in answers(end.log[began[0] :]))
        assert set(works) <= ({known} if is_approved_meanwhile else set()), end
    else:
        assert ({known: (has,) if kind == KEYS else SCOPES[has]} if known else {}) == works, end
    assert_revoked_by_id_or_slug(scene, end, known)


def assert_revoked_by_id_or_slug(scene: Scene, end: State, known: str | None) -> None:
    """Require that nothing works any more after one more order to revoke."""
    for gone in (app(scene.kind, known=known), app(scene.kind)):
        left, _, _ = alone(end.aws, order(scene.kind, "revoke", gone))
        assert {} == working(scene.kind, left), (gone, end)


PAIRS = [
    ("new", "create", "create'"),
    ("new", "create", "revoke by slug"),
    ("new", "create", "update by slug"),
    ("approved", "create", "create'"),
    ("approved", "create", "update"),
    ("approved", "create", "update by slug"),
    ("approved", "create", "revoke"),
    ("approved", "create", "revoke by slug"),
    ("approved", "create", "revoke by id"),
    ("approved", "update", "update'"),
    ("approved", "update", "update back"),
    ("approved", "update", "revoke"),
    ("approved", "update by slug", "revoke"),
    ("approved", "update by id", "revoke by slug"),
    ("approved", "revoke", "revoke'"),
]


@pytest.mark.parametrize(("stage", "one", "other"), PAIRS)
@pytest.mark.parametrize("kind", [KEYS, CLIENTS])
def test_two_orders_in_any_order_with_a_fault_anywhere(
    kind: str, stage: str, one: str, other: str
) -> None:
    """Whoever is not answered, or told 503, sends the order again."""
    explorer = Explorer([KILLED, LOST_ANSWER])
    began = scene(kind, stage)
    explorer.paths(began.first([one, other], faults=1))
    for end in explorer.ends:
        judge(began, end)


@pytest.mark.parametrize(
    ("stage", "one", "other"),
    [pair for pair in PAIRS if pair[1:] == ("create", "create'") or "revoke" in pair[2]],
)
@pytest.mark.parametrize("kind", [KEYS, CLIENTS])
def test_what_aws_does_later_than_anybody_waits_changes_nothing(
    kind: str, stage: str, one: str, other: str
) -> None:
    explorer = Explorer([LATE])
    began = scene(kind, stage)
    explorer.paths(began.first([one, other], faults=1, tries=2))
    for end in explorer.ends:
        judge(began, end)


@pytest.mark.parametrize("names", [("create", "create'"), ("create", "revoke by slug")])
@pytest.mark.parametrize("kind", [KEYS, CLIENTS])
def test_the_same_within_a_second_when_what_is_made_later_sorts_first(
    kind: str, names: tuple[str, str]
) -> None:
    explorer = Explorer([KILLED, LOST_ANSWER], is_same_second=True)
    began = scene(kind, "new")
    explorer.paths(began.first(names, faults=1))
    for end in explorer.ends:
        judge(began, end)


GIVEN_UP_PAIRS = [pair for pair in PAIRS if not ("revoke" in pair[1] or "revoke" in pair[2])]


@pytest.mark.parametrize(("stage", "one", "other"), GIVEN_UP_PAIRS)
@pytest.mark.parametrize("kind", [KEYS, CLIENTS])
def test_an_order_that_fails_and_is_not_sent_again_breaks_nothing_that_another_has_told(
    kind: str, stage: str, one: str, other: str
) -> None:
    explorer = Explorer([LOST_ANSWER], gives_up=True)
    began = scene(kind, stage)
    explorer.paths(began.first([one, other], faults=1))
    for end in explorer.ends:
        known, _ = last_known(began, end)
        works = working(kind, end.aws)
        assert {known} == set(works) if known else len(works) <= 1, end
        assert_revoked_by_id_or_slug(began, end, known)


@pytest.mark.parametrize("kind", [KEYS, CLIENTS])
def test_two_that_create_at_the_same_time_are_told_the_same(kind: str) -> None:
    explorer = Explorer()
    explorer.paths(scene(kind, "new").first(["create", "create'"]))
    told = [{told for _, told in answers(end.log)} for end in explorer.ends]
    assert [1] * len(told) == [len(different) for different in told]


CALLS = {
    (KEYS, "new", "create"): 5,
    (KEYS, "approved", "create"): 2,
    (KEYS, "approved", "update"): 6,
    (KEYS, "approved", "revoke"): 7,
    (CLIENTS, "new", "create"): 4,
    (CLIENTS, "approved", "create"): 2,
    (CLIENTS, "approved", "update"): 2,
    (CLIENTS, "approved", "revoke"): 3,
}


@pytest.mark.parametrize(("kind", "stage", "name"), CALLS)
def test_what_an_order_costs_that_nobody_disturbs(kind: str, stage: str, name: str) -> None:
    began = scene(kind, stage)
    [run] = began.first([name]).runs
    _, _, count = alone(began.aws, run.order)
    assert CALLS[kind, stage, name] == count
