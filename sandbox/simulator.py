"""What a simulated vendor declares: one value, `SIMULATOR`, and nothing else here knows it by name.

A package or module of `sandbox` that has one is found by itself (`sandbox.discovery`); one from
outside is named to `python -m sandbox --with module:NAME`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from flask import Blueprint

from sandbox.hops import HopLog
from sandbox.kit.rudeness import Switch, usual_switches
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.visit import Steps, Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Clock = Callable[[], float]
Mode = Literal["subscription", "payment", "setup"]


class NotSimulatedError(Exception):
    """This machine lacks what a vendor's simulation needs; the message says what."""


class Vendor(Protocol):
    """A running simulation: it answers at `base_url`, and can be made rude and calmed again."""

    base_url: str

    def start_afresh(self) -> None:
        """Forget what the demo has left there."""


class Served(Vendor, Protocol):
    """A simulation that is one WSGI application, and does not know where it is served."""

    @property
    def app(self) -> "WSGIApplication":
        """What answers."""

    def close(self) -> None:
        """Let go of requests that hang, and end what runs."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of `python -m sandbox` that sets one of the proxy's variables.

    The first of `choices` is the default; `told` says on the demo page what was chosen, with `{}`
    in its place.
    """

    flag: str
    variable: str
    choices: tuple[str, ...]
    help: str
    told: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a vendor is simulated: beside which marketplace, and for which proxy.

    `api_url` is where the proxy's routes begin, `chosen` the values of options by their variables.
    """

    sharetribe: Sharetribe
    api_url: str
    chosen: Mapping[str, str]


AnyVendor = TypeVar("AnyVendor", bound=Vendor)
AnyServed = TypeVar("AnyServed", bound=Served)
Start = Callable[[ExitStack, HopLog, Clock], AnyVendor]


def served(make: Callable[[HopLog, Clock], AnyServed]) -> "Start[AnyServed]":
    """Return a `start` that makes a vendor and serves its application on a port of its own."""

    def start(stack: ExitStack, hops: HopLog, clock: Clock) -> AnyServed:
        vendor = make(hops, clock)
        server = stack.enter_context(Server(vendor.app))
        stack.callback(vendor.close)
        vendor.base_url = server.url
        return vendor

    return start


def _nothing(*_: object) -> Any:
    return ()


def _as_it_is(_vendor: object, link: str, _around: str) -> str:
    return link


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator(Generic[AnyVendor]):
    """How a vendor is simulated; everything that the sandbox and the tests know about it.

    - `name` is the integration's, as in its routes, and the attribute of a stage or a world that
      holds the vendor; `listed` is its word in INTEGRATIONS, where that is another one.
    - `title` is what people call it; `rank` says where it stands among the others.
    - `start` starts it on a stack that ends it; it raises NotSimulatedError.
    - `address` is the variable that tells the proxy where it is. `settings` does what an operator
      does, telling the vendor about the proxy, and returns the proxy's other variables.
    - `connects` says that users connect it by consent, `checks` that it checks who they are;
      `signs` are the documents that they sign there, `bills` the plans that they pay for there with
      the mode of each, both by the names in its settings. A vendor can be several of these; one
      that checks, signs or bills is a `sandbox.checks.Checks`.
    - `framed` does what the vendor's library for browsers does: of the vendor, a link to its page
      and the address of the page around it, it makes the address that the frame shows.
    - `options` of the command; `switches` of the running vendor besides the usual ones
      (`sandbox.kit.rudeness`); `control` adds routes under `/sandbox/<name>`; `steps` are those of
      the driven demo.
    - `card` is the folder with the demo page's part: `card.html`, and `card.js` and `card.css`
      where there are any.
    """

    name: str
    title: str
    rank: int
    start: "Start[AnyVendor]"
    address: str
    settings: Callable[[AnyVendor, Place], Mapping[str, str]]
    listed: str = ""
    connects: bool = False
    checks: bool = False
    signs: tuple[str, ...] = ()
    bills: Mapping[str, Mode] = field(default_factory=dict)
    framed: Callable[[AnyVendor, str, str], str] = _as_it_is
    options: tuple[Option, ...] = ()
    switches: Callable[[AnyVendor], Iterable[Switch]] = _nothing
    control: Callable[[Blueprint, AnyVendor], None] = _nothing
    steps: Callable[[Visit, AnyVendor], Steps] = _nothing
    card: Path | None = None

    @property
    def defaults(self) -> dict[str, str]:
        """The default of each option, by its variable."""
        return {option.variable: option.choices[0] for option in self.options}

    def switches_of(self, vendor: AnyVendor) -> tuple[Switch, ...]:
        """Return what can be set about `vendor`."""
        return (*usual_switches(self.name, self.title, vendor), *self.switches(vendor))

    def environment(self, vendor: AnyVendor, place: Place) -> dict[str, str]:
        """Return the variables with which the proxy uses `vendor`; options are part of them."""
        chosen = {name: place.chosen.get(name, default) for name, default in self.defaults.items()}
        place = Place(place.sharetribe, place.api_url, chosen)
        return {self.address: vendor.base_url, **chosen, **self.settings(vendor, place)}
