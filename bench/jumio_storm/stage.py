"""The scene of a storm: upstreams behind their gates, and two processes of the product."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import messages
from bench.contestants import Contestant
from bench.jumio_storm.calls import CallReader
from bench.jumio_storm.faults import End, Plan, Severity
from bench.jumio_storm.gate import Gates, LateCalls
from bench.jumio_storm.journal import Journal
from bench.machine import Cores
from bench.server import Server, ServerFailed
from sandbox.jumio import Jumio
from sandbox.server import Server as Simulated
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.tokens import Rotation, make_refresh_token

PROCESSES = 2
MAX_STARTS = "MAX_STARTS_PER_DAY"
RIGHT, BADGE = "initiateTransactions", "identity"
_WORD = re.compile(r"[0-9A-Za-z_-]{40,}")


class Canaries:
    """Secrets that must stand in no answer and no log; thread-safe."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self.found: list[str] = []

    def add(self, *words: str) -> None:
        """Keep watch for words of 40 characters or more."""
        self._secrets.update(words)

    def refresh_token(self) -> str:
        """Make a refresh token and keep watch for it."""
        token = make_refresh_token()
        self.add(token)
        return token

    def search(self, text: str, where: str) -> None:
        """Note it where a secret stands in `text`."""
        self.found += [where for word in _WORD.findall(text) if word in self._secrets]


class Fleet:
    """The product's processes; one at a time may be ended, and is then started again."""

    def __init__(self, servers: list[Server], journal: Journal) -> None:
        self.servers = servers
        self.ends: list[End] = []
        self.failure: ServerFailed | None = None
        self._journal = journal
        self._one_down = threading.Lock()

    def may_end(self) -> bool:
        """Tell whether a process may be ended now; who hears yes has to call `end`."""
        return self._one_down.acquire(blocking=False)

    def end(self, process: int, how: End) -> None:
        """End a process and see to it that it comes up again."""
        self.ends.append(how)
        server = self.servers[process]
        if how == "killed":
            self._journal.ended(process, how)
            server.kill()
        else:
            server.terminate()
        threading.Thread(target=self._restart, args=(server,), daemon=True).start()

    def _restart(self, server: Server) -> None:
        try:
            server.exit_code(40)
            server.start()
        except ServerFailed as failure:
            self.failure = failure
        finally:
            self._one_down.release()

    def settle(self) -> None:
        """Wait until all are up; raises ServerFailed."""
        with self._one_down:
            if self.failure is not None:
                raise self.failure


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a storm passes: `severity` None is a calm day.

    The vendor's clock is `vendor_ahead` seconds before ours. With `access_rules` who is verified
    may initiate transactions, and has a badge; they need the Integration API.
    """

    seed: int
    severity: Severity | None
    rotation: Rotation = "strict"
    integration_api: bool = False
    vendor_ahead: float = 0.0
    max_starts: int = 5
    access_rules: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a storm's people and its vendor touch."""

    sharetribe: Sharetribe
    jumio: Jumio
    fleet: Fleet
    plan: Plan
    journal: Journal
    reader: CallReader
    late: LateCalls
    conditions: Conditions
    canaries: Canaries
    checksum_key: str = field(repr=False)


@contextmanager
def stage(
    contestant: Contestant, cores: Cores | None, folder: Path, conditions: Conditions
) -> Iterator[Stage]:
    """Set up a storm for one contestant; its processes' output is kept in `folder`."""
    ahead = conditions.vendor_ahead
    sharetribe, jumio = Sharetribe(), Jumio(clock=lambda: time.time() + ahead)
    canaries, journal = Canaries(), Journal()
    sharetribe.rotation = conditions.rotation
    sharetribe.refresh_token_maker = canaries.refresh_token
    sharetribe.client_id = messages.CLIENT_ID
    jumio.callbacks = "lose"  # the storm's own courier brings them, to either process
    canaries.add(sharetribe.integration_client_secret)
    reader, plan = CallReader(jumio), Plan(conditions.seed, conditions.severity)
    with ExitStack() as stack:
        late = LateCalls()
        stack.callback(late.close)
        fleet = Fleet([], journal)
        gates = Gates(plan, journal, reader, late, fleet.may_end, fleet.end)
        starting = []
        for process in range(PROCESSES):
            ways = {
                name: stack.enter_context(Simulated(gates.around(app, name, process))).url
                for name, app in (("sharetribe", sharetribe.app), ("jumio", jumio.app))
            }
            jumio.base_url = ways["jumio"]
            variables = _variables(sharetribe, jumio, ways, conditions)
            log = folder / f"{contestant.name}-{process}.log"
            starting.append(Server(contestant.with_variables(**variables), cores, log))
        fleet.servers += [stack.enter_context(server) for server in starting]
        key = contestant.environment["CHECKSUM_KEYS"].partition(":")[2]
        canaries.add(key, contestant.environment["SEAL_KEYS"].partition(":")[2])
        yield Stage(
            sharetribe, jumio, fleet, plan, journal, reader, late, conditions, canaries, key
        )
        for server in fleet.servers:
            canaries.search(server.logged(), "a log")


def _variables(
    sharetribe: Sharetribe, jumio: Jumio, ways: dict[str, str], conditions: Conditions
) -> dict[str, str]:
    variables = {
        "SHARETRIBE_BASE_URL": ways["sharetribe"],
        "JUMIO_BASE_URL": ways["jumio"],
        "JUMIO_API_TOKEN": jumio.api_token,
        "JUMIO_API_SECRET": jumio.api_secret,
        "JUMIO_CONFIRM": "retrieval",
        "JUMIO_WORKFLOW": "200",
        "WEB_CONCURRENCY": "1",
        MAX_STARTS: str(conditions.max_starts),
    }
    if conditions.integration_api:
        variables |= {
            "SHARETRIBE_INTEGRATION_CLIENT_ID": sharetribe.integration_client_id,
            "SHARETRIBE_INTEGRATION_CLIENT_SECRET": sharetribe.integration_client_secret,
            "SHARETRIBE_INTEGRATION_BASE_URL": ways["sharetribe"],
        }
    if conditions.access_rules:
        variables |= {"ACCESS_RULES": f"identity=approve+{RIGHT}", "PUBLIC_BADGES": BADGE}
    return variables
