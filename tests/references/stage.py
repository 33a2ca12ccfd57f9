"""The real trip between a marketplace and vendors in memory, a step at a time.

A step is what one process does for one request. It reads, asks and writes; what it reads may be
older than the step, and what becomes of each write is chosen (`marketplace.Fate`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from crypto import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES, KeyRing
from proxy.callbacks import Delivery
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.callback import Destination, ReferenceCallback
from proxy.references.granting import Granting
from proxy.references.provider import Provider
from proxy.references.record_store import RecordStore
from proxy.references.start_options import StartOptions
from proxy.references.trip import ReferenceTrip
from proxy.settings import Settings
from proxy.sharetribe.client import UserSession
from proxy.vendors.matters import Status
from tests.references.marketplace import (
    TOKEN,
    Died,
    Fate,
    MarketplaceInMemory,
    Network,
    OperatorInMemory,
    Profile,
    Saying,
)
from tests.references.profile import WHO
from tests.references.vendor import Manners, ScriptedVendor, Session

NOON = 1_900_000_000.0
SETTINGS = Settings(
    client_id="client",
    marketplace_url="https://marketplace.example",
    integration=None,
    marketplace_origins=frozenset({"https://marketplace.example"}),
    public_url="https://app.example",
    frontend_url=None,
    api_prefix="/api",
    seal_keys=KeyRing(((1, b"s" * SEAL_KEY_BYTES),)),
    checksum_keys=KeyRing(((1, b"k" * CHECKSUM_KEY_BYTES),)),
    trusted_proxy_hops=0,
    cookie_secure=True,
    connections_return_url="https://marketplace.example/",
    max_starts_per_day=1_000,
)


class Process(Protocol):
    """What one process does for one request."""

    def forget(self) -> None:
        """Be a new process."""

    def start(self, provider: str, *, restart: bool) -> None:
        """Begin a session with a vendor, or find one that is under way."""

    def callback(self, session: Session, number: int) -> None:
        """Take the callback about one of a session's words."""

    def visit(self) -> Mapping[str, Any]:
        """Return what the user is told."""

    def summary(self) -> Saying | None:
        """Return what the stored summary says, None where it says nothing that is believed."""

    def decision(self) -> Saying | None:
        """Return the decision that the marker holds, None where there is none."""


class ProcessOfOurs:
    """One process of the app, with a clock of its own and what it remembers."""

    def __init__(self, stage: Stage, clock: Callable[[], float]) -> None:
        self._vendors = stage.vendors
        self._marketplace = MarketplaceInMemory(stage.network)
        operator = OperatorInMemory(stage.network) if stage.has_operator else None
        self._kernel = Kernel(SETTINGS, self._marketplace, operator, clock, (bytes(32),))
        self._verifications = RecordStore(WHO, self._kernel)
        self._granting = Granting(self._kernel, {})
        self._network = stage.network
        self._providers = {
            name: Provider(vendor, WHO, self._kernel) for name, vendor in stage.vendors.items()
        }
        self._trips: dict[str, ReferenceTrip] = {}

    def forget(self) -> None:
        """Remember nothing; see Process.forget."""
        self._trips.clear()

    def _trip(self, name: str) -> ReferenceTrip:
        """Return the trip of an app that starts with one of the vendors."""
        if name not in self._trips:
            providers = [self._providers[name], *self._providers.values()]
            self._trips[name] = ReferenceTrip(
                providers, self._verifications, self._kernel, self._granting, wait=lambda _: None
            )
        return self._trips[name]

    def start(self, provider: str, *, restart: bool) -> None:
        """Begin a session; see Process.start."""
        self._trip(provider).start(self._session(), StartOptions(restart=restart))

    def callback(self, session: Session, number: int) -> None:
        """Take a callback; see Process.callback."""
        provider = self._providers[session.provider]
        destinations = [Destination(provider, self._verifications)]
        take = ReferenceCallback(provider.vendor, destinations, self._kernel, self._granting).take
        callback = self._vendors[session.provider].callback(session, number)
        take(callback, Delivery(None, None, covers_body=True))

    def visit(self) -> Mapping[str, Any]:
        """Return the answer to a visit."""
        return self._trip(next(iter(self._providers))).read(self._session()).body

    def summary(self) -> Saying | None:
        """Return the stored summary; see Process.summary."""
        summary = self._verifications.read(self._network.user()).summarized
        return None if summary is None else (summary.transaction, summary.status)

    def decision(self) -> Saying | None:
        """Return the marker's decision; see Process.decision."""
        decided = self._verifications.read(self._network.user()).marker.decision
        return None if decided is None else (decided.transaction, decided.status)

    def _session(self) -> UserSession:
        return UserSession(self._marketplace, TOKEN)


@dataclass(frozen=True, slots=True)
class Moment:
    """How everything stands: the profile, the truth at the vendors, the time."""

    profile: Profile
    sessions: Mapping[str, Session]
    now: float


class Stage:
    """The processes, the vendors and the marketplace; time passes when a test says so."""

    def __init__(
        self,
        vendors: Mapping[str, Manners],
        *,
        has_operator: bool = False,
        skews: Iterable[float] = (140.0, -140.0),
        process: Callable[[Stage, Callable[[], float]], Process] = ProcessOfOurs,
    ) -> None:
        """`skews`: by how many seconds the clock of each process is ahead of the vendors'."""
        self.has_operator = has_operator
        self.now = NOON
        self.network = Network(lambda: self.now)
        self.sessions: dict[str, Session] = {}
        self.vendors = {
            name: ScriptedVendor(name, manners, self.sessions, lambda: self.now)
            for name, manners in vendors.items()
        }
        self._processes = [process(self, partial(self._time, skew)) for skew in skews]

    def _time(self, skew: float) -> float:
        return self.now + skew

    def restart(self, *numbers: int) -> None:
        """Put new processes in the place of some, of all where none is named."""
        for number in numbers or range(len(self._processes)):
            self._processes[number].forget()

    @property
    def moment(self) -> Moment:
        """How everything stands."""
        return Moment(self.network.profile, dict(self.sessions), self.now)

    def restore(self, moment: Moment) -> None:
        """Let everything stand as it did, with processes that remember nothing."""
        self.network.profile = moment.profile
        self.sessions.clear()
        self.sessions.update(moment.sessions)
        self.now = moment.now
        self.restart()

    def start(self, transaction: str, provider: str, *, process: int, restart: bool = True) -> bool:
        """Let a session begin; tell whether somebody hears of it. There may be one under way."""
        self.vendors[provider].next_transaction = transaction
        return self._step(process, lambda one: one.start(provider, restart=restart))

    def say(self, transaction: str, status: Status) -> None:
        """Let a session's vendor say a word about it."""
        self.sessions[transaction] = self.sessions[transaction].with_word(status, self.now)

    def call_back(self, transaction: str, number: int, *, process: int) -> bool:
        """Let a vendor tell one of its words; return whether that is acknowledged."""
        session = self.sessions[transaction]
        return self._step(process, lambda one: one.callback(session, number))

    def visit(self, *, process: int) -> bool:
        """Let the user look; tell whether they get an answer."""
        return self._step(process, lambda one: one.visit())

    def _step(self, process: int, act: Callable[[Process], object]) -> bool:
        try:
            act(self._processes[process])
        except Died:
            self.restart(process)
            return False
        except Problem:
            return False
        return True

    def decision(self) -> Saying | None:
        """Return the decision that the marker holds now, None where there is none."""
        self.network.prepare([Fate.NOW])
        return self._processes[0].decision()

    def last_visit(self) -> tuple[Saying | None, Saying | None]:
        """Let the user come once more, nothing in the way: what they are told, what is stored."""
        self.network.prepare([Fate.NOW])
        told = self._processes[0].visit()
        said = (told["transactionReference"], told["status"]) if "provider" in told else None
        return said, self._processes[0].summary()
