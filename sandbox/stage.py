"""What is simulated, as one value: the services, where they listen, and how the proxy uses them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from sandbox.checks import Checks
from sandbox.discovery import simulators
from sandbox.hops import HopLog
from sandbox.kit.rudeness import Switch
from sandbox.kit.vendor import SimulatedVendor
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.tokens import Rotation
from sandbox.simulator import Clock, NotSimulatedError, Place, Simulator

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ROTATIONS: tuple[Rotation, ...] = get_args(Rotation)
DEFAULT_PORT = 8080
SERVICES = "/services"
"""Under this path of the marketplace browsers reach what is simulated, so that one port will do."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate. Port 0 stands for any free one.

    `public_url` is where browsers reach it, where that is not its own address.

    Without the Integration API the proxy serves no connections: nobody could write what their
    vendors report while the user is away. `chosen` holds the values of the simulators' own options
    by their variables, `guests` are simulators from elsewhere.
    """

    port: int = DEFAULT_PORT
    rotation: Rotation = "none"
    integration_api: bool = True
    chosen: Mapping[str, str] = field(default_factory=dict)
    guests: tuple[Simulator[Any], ...] = ()
    public_url: str = ""

    @property
    def simulators(self) -> tuple[Simulator[Any], ...]:
        """The vendors that the proxy can serve with these options."""
        known = simulators(self.guests)
        return tuple(one for one in known if self.integration_api or not one.connects)


@dataclass(frozen=True, slots=True)
class Running:
    """A vendor that is being simulated, and what it has declared."""

    simulator: Simulator[Any]
    vendor: Any

    @property
    def switches(self) -> tuple[Switch, ...]:
        """What can be set about it."""
        return self.simulator.switches_of(self.vendor)

    @property
    def path(self) -> str:
        """The path at the marketplace under which browsers reach it."""
        return f"{SERVICES}/{self.simulator.name}"

    @property
    def files(self) -> frozenset[str]:
        """The names of the files that are its card."""
        card = self.simulator.card
        return frozenset(path.name for path in card.iterdir()) if card else frozenset()


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulated services, and the log of the calls between them.

    A vendor that runs is an attribute by the name of its integration, with `_` for `-`.
    `left_out` says by title what this machine cannot simulate, and why.
    """

    options: Options
    hops: HopLog
    sharetribe: Sharetribe
    sharetribe_url: str
    running: tuple[Running, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return the vendor of the integration `name`."""
        for one in self.running:
            if one.simulator.name.replace("-", "_") == name:
                return one.vendor
        raise AttributeError(f"no vendor {name!r} is simulated")

    @property
    def integrations(self) -> tuple[str, ...]:
        """What the proxy's INTEGRATIONS lists."""
        return tuple(one.simulator.listed or one.simulator.name for one in self.running)

    @property
    def checking(self) -> tuple[Running, ...]:
        """The vendors that check who somebody is; the first does where none is asked for."""
        return tuple(one for one in self.running if one.simulator.checks)

    @property
    def checks(self) -> tuple[Checks, ...]:
        """The same as what they can be told to do."""
        return tuple(one.vendor for one in self.checking)

    @property
    def signing(self) -> tuple[Running, ...]:
        """The vendors whom users sign documents with."""
        return tuple(one for one in self.running if one.simulator.signs)

    @property
    def documents(self) -> dict[str, tuple[Running, ...]]:
        """The vendors of each document; the first has it signed where none is asked for."""
        names = dict.fromkeys(name for one in self.signing for name in one.simulator.signs)
        return {
            name: tuple(one for one in self.signing if name in one.simulator.signs)
            for name in names
        }

    @property
    def billing(self) -> tuple[Running, ...]:
        """The vendors that users pay with."""
        return tuple(one for one in self.running if one.simulator.bills)

    @property
    def deciding(self) -> tuple[Running, ...]:
        """The vendors that do any of these: all of them are `sandbox.checks.Checks`."""
        doing = (*self.checking, *self.signing, *self.billing)
        return tuple(one for one in self.running if one in doing)

    def environment(self, api_url: str) -> dict[str, str]:
        """Tell the vendors about the proxy at `api_url`; return its variables for them."""
        place = Place(self.sharetribe, api_url, self.options.chosen)
        environment: dict[str, str] = {}
        for one in self.running:
            environment |= one.simulator.environment(one.vendor, place)
        return environment

    def switches(self) -> Iterator[Switch]:
        """Iterate over what can be set about all vendors."""
        for one in self.running:
            yield from one.switches

    @property
    def services(self) -> dict[str, "WSGIApplication"]:
        """What the marketplace serves of everything that is simulated, by its path there."""
        shown = {one.path: one.vendor.app for one in self.running if hasattr(one.vendor, "app")}
        return {f"{SERVICES}/sharetribe": self.sharetribe.app, **shown}

    def open_at(self, origin: str) -> None:
        """Have vendors lead browsers to their pages at the marketplace's `origin`."""
        for one in self.running:
            if isinstance(one.vendor, SimulatedVendor):
                one.vendor.browser_url = origin + one.path

    def behave(self) -> None:
        """End every misbehaviour, and let go of the requests that hang."""
        self.sharetribe.faults.reset()
        for switch in self.switches():
            switch.calm()


def start_services(
    options: Options, stack: ExitStack, clock: Clock, tell: Callable[[str], object]
) -> Stage:
    """Start everything that is simulated; `stack` ends it, and `tell` hears what starts next."""
    hops = HopLog()
    sharetribe = Sharetribe(hops=hops, clock=clock)
    sharetribe.rotation = options.rotation
    url = stack.enter_context(Server(sharetribe.app)).url
    running, left_out = start_vendors(options, stack, hops, clock, tell)
    return Stage(options, hops, sharetribe, url, running, left_out)


def start_vendors(
    options: Options, stack: ExitStack, hops: HopLog, clock: Clock, tell: Callable[[str], object]
) -> tuple[tuple[Running, ...], dict[str, str]]:
    """Start the vendors; return those that run, and by title why this machine lacks others."""
    running, left_out = [], {}
    for simulator in options.simulators:
        tell(f"the simulated {simulator.title}")
        try:
            running.append(Running(simulator, simulator.start(stack, hops, clock)))
        except NotSimulatedError as reason:
            left_out[simulator.title] = str(reason)
    return tuple(running), left_out
