"""The operator's Pumble workspace in a world, and what tests do with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sandbox.faults import Mode
from sandbox.pumble import HookAnswer, Workspace
from sandbox.sharetribe import User
from tests.flows.connecting import begin, come_back, connect, end_of, entry
from tests.flows.steps import started
from tests.integrations.pumble.flows.world import PumbleWorld

DOWN: tuple[Mode, ...] = ("error", "reset", "garbage", "rate-limit")
OWN_HANDLERS = "tests.integrations.pumble.own_handlers:register"


class Clock:
    """A clock that stands until it is moved; the real one's start."""

    def __init__(self) -> None:
        self.seconds = 1_793_491_200.5

    def __call__(self) -> float:
        return self.seconds


def clock_of(world: PumbleWorld) -> Clock:
    """Return the clock of a world that was started with one of these."""
    assert isinstance(world.pumble.clock, Clock)
    return world.pumble.clock


def connected(world: PumbleWorld) -> Iterator[PumbleWorld]:
    """Yield a shared world whose operator connected the first workspace a minute ago.

    Afterwards it is as it was; generator of one world, for a fixture.
    """
    users, pumble = world.sharetribe.users.values(), world.pumble
    before = [replace(user) for user in users]
    known_workspaces = dict(pumble.workspaces)
    connect(world, "pumble")
    clock_of(world).seconds += 60
    pumble.calls.clear()
    yield world
    for vendor in (world.sharetribe, world.checks, pumble):
        vendor.faults.reset()
    for user, known in zip(users, before, strict=True):
        user.email, user.display_name = known.email, known.display_name
        user.private_data.clear()
        user.metadata.clear()
    for workspace_id in pumble.workspaces:
        pumble.installations.uninstall(workspace_id)
    pumble.workspaces = known_workspaces
    pumble.manifest.bot = True
    pumble.messages.clear()


def workspaces(world: PumbleWorld) -> list[Workspace]:
    """Return the two workspaces."""
    return list(world.pumble.workspaces.values())


def first(world: PumbleWorld) -> Workspace:
    """Return the first workspace: the one that the operator connects."""
    return workspaces(world)[0]


def second(world: PumbleWorld) -> Workspace:
    """Return the other workspace."""
    return workspaces(world)[1]


def texts(world: PumbleWorld) -> list[str]:
    """Return what the bot has said."""
    return [message.text for message in world.pumble.messages]


def words(answer: HookAnswer) -> str:
    """Return the message of an acknowledgement, which must be one."""
    assert 200 == answer.status, answer.body
    document: dict[str, Any] = json.loads(answer.body)
    assert ["message"] == list(document)
    return str(document["message"])


def status(world: PumbleWorld) -> str:
    """Return how the operator's connection stands."""
    return str(entry(world.browser(), "pumble")["status"])


def verify(world: PumbleWorld, outcome: str, user: User | None = None) -> None:
    """Let a user pass or fail the check; the vendor's callbacks must all be taken."""
    reference = started(world.browser(user), restart=True)
    assert {200} == set(world.checks.finish(reference, outcome))


def reconnect(world: PumbleWorld, user: User | None = None, **options: Any) -> None:
    """Connect a user (the operator) to the first workspace, with options of the frontend."""
    browser = world.browser(user)
    begun = begin(browser, "pumble", **options)
    address = world.pumble.authorize(begun.authorize_url)
    assert "pumble=connected" == end_of(come_back(browser, address, begun.cookie))


def posts(world: PumbleWorld) -> str:
    """Return the call that posts into the channel for news."""
    return f"POST /v1/channels/{first(world).channels[0].id}/messages"


def uninstalled(world: PumbleWorld, workspace_id: str, at: str) -> dict[str, object]:
    """Return the event that tells of an uninstallation at a time."""
    body = {"workspace": workspace_id, "app": world.pumble.app_id, "uninstalledAt": at}
    return {
        "messageType": "APP_EVENT",
        "eventType": "APP_UNINSTALLED",
        "workspaceId": workspace_id,
        "workspaceUserIds": [],
        "body": json.dumps(body),
    }
