"""A user's connection in every order of the writes of two processes, with late and lost ones.

The grant R1 stands there. What counts in the end follows from what was written, never from when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import pytest

from crypto import KeyRing, SecretSealer
from proxy.connections.record import ConnectionRecords
from proxy.connections.slot import Slot
from proxy.sharetribe.client import User
from proxy.vendors.connection import Grant, UserConnection
from tests.kit.interleavings import Explorer, State, beginning, merged

USER_ID = UUID(int=7)
NOW, COPY = 1_800_000_000.0, "tillConnection"
SEALER = SecretSealer(KeyRing(((1, bytes(range(64))),)), "client")
RECORDS = ConnectionRecords("till", SEALER, lambda: NOW + 60)
FIRST = UserConnection(Grant({"token": "R1"}), "2027-01-15T08:00:00.000Z", expires_at=100)
ENDED = "The vendor no longer takes the token."
Act = Callable[[Slot], object]


class Replayed:
    """A user who is shown as they were read; what is to be written is kept."""

    def __init__(self, read: str) -> None:
        self._user = User(USER_ID, json.loads(read))
        self.changes = ""

    def show(self) -> User:
        return self._user

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        assert not self.changes, "one write at most"
        self.changes = json.dumps(changes)


def of_the_first_grant(slot: Slot) -> UserConnection | None:
    known = slot.load()
    return known if known is not None and known.grant == FIRST.grant else None


def renews_to(token: str, ends_at: int) -> Act:
    def act(slot: Slot) -> None:
        known = of_the_first_grant(slot)
        if known is not None:
            grant, renewals = Grant({"token": token}), known.renewals + 1
            renewed = replace(known, grant=grant, expires_at=ends_at, renewals=renewals)
            slot.put(replace(renewed, failure=None))

    return act


NEW = UserConnection(Grant({"token": "N1"}), "2027-01-15T08:01:00.000Z")
ACTS: Mapping[str, Act] = {
    "renew": renews_to("R2", 200),
    "renew at once": renews_to("R3", 201),
    "note a failure": lambda slot: of_the_first_grant(slot) and slot.mark(ENDED),
    "register": lambda slot: (
        of_the_first_grant(slot) and slot.amend(replace(FIRST, is_registered=False))
    ),
    "connect": lambda slot: slot.put(replace(NEW, connected_at=slot.next_moment())),
    "end the first": lambda slot: None if slot.load() != NEW else slot.end(FIRST),
    "give back": lambda slot: slot.end(NEW),
    "disconnect": lambda slot: slot.wipe(),
}


def written(act: Act, read: str) -> str:
    writer = Replayed(read)
    act(Slot(RECORDS, writer, writer.show()))
    return writer.changes


def slot_of(store: str) -> Slot:
    writer = Replayed(store)
    return Slot(RECORDS, writer, writer.show())


def token(store: str) -> str | None:
    """Return the token of what counts, None where nothing does."""
    known = slot_of(store).load()
    return None if known is None else known.grant.secret["token"]


@cache
def seen(store: str) -> tuple[set[str | None], bool]:
    """Return what counts, and whether a failure is noted of it.

    It is asked for as it stands, after the user's page has asked how it stands, and by pages and
    earlier versions, which read the copy alone.
    """
    shown = merged(store, written(lambda slot: slot.settle(), store))
    copy = {key: value for key, value in json.loads(shown).items() if key == COPY}
    known = slot_of(shown).load()
    has_failed = known is not None and known.failure is not None
    return {token(store), token(shown), token(json.dumps(copy))}, has_failed


def counting(acts: frozenset[str]) -> set[str | None]:
    """Return whose token counts after these acts, in whatever order they were written.

    Whoever disconnects ends what they have seen: a connection that was being made may be among it.
    """
    if "connect" in acts and "give back" not in acts:
        return {"N1", None} if "disconnect" in acts else {"N1"}
    if "disconnect" in acts:
        return {None}
    renewed = {"renew": "R2", "renew at once": "R3"}
    return {max((renewed[act] for act in acts if act in renewed), default="R1")}


def check(state: State) -> None:
    """What counts is what was written, late writes included; a page that asks puts the copy right.

    A failure that is noted of one grant says nothing of the next one.
    """
    for store, acts in (
        (state.store, state.applied),
        *((one, state.told) for one in state.later()),
    ):
        found, has_failed = seen(store)
        assert 1 == len(found), (state, store)
        assert found <= counting(acts), (state, store)
        assert not has_failed or found == {"R1"}, (state, store)


def first(old: bool) -> Mapping[str, Any]:
    """Return the private data with one connection; as an earlier version wrote it."""
    store = json.loads(merged("{}", written(lambda slot: slot.put(FIRST), "{}")))
    if not old:
        return dict(store)
    content = {"secret": {"token": "R1"}, "details": {}, "connectedAt": FIRST.connected_at}
    plain = json.dumps({**content, "expiresAt": 100}).encode()
    sealed = SEALER.seal(plain, purpose="till.connection", owner=USER_ID)
    return {COPY: {"connectedAt": FIRST.connected_at, "sealed": sealed}}


LIVES = [
    (("renew",), ("note a failure",)),
    (("renew",), ("register",)),
    (("renew",), ("renew at once",)),
    (("renew",), ("connect",)),
    (("renew",), ("disconnect",)),
    (("renew", "note a failure"), ("disconnect",)),
    (("note a failure",), ("connect",)),
    (("note a failure",), ("disconnect",)),
    (("register",), ("disconnect",)),
    (("connect", "end the first"), ("renew",)),
    (("connect", "end the first"), ("note a failure",)),
    (("connect", "give back"), ("renew",)),
    (("connect", "give back"), ("disconnect",)),
    (("renew",), ("note a failure",), ("connect",)),
    (("renew",), ("note a failure",), ("disconnect",)),
    (("renew",), ("renew at once",), ("disconnect",)),
]


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
@pytest.mark.parametrize("processes", LIVES, ids=str)
def test_in_every_order_of_the_writes_the_same_connection_counts(
    processes: tuple[tuple[str, ...], ...], old: bool
) -> None:
    explorer = Explorer(lambda name, _, read: written(ACTS[name], read), check)
    assert 1 < explorer.orders(beginning(*processes, store=first(old)))
