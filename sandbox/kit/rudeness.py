"""The switches that vendors share: how they answer, and what becomes of their callbacks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast, get_args

from sandbox.faults import Faults, Mode
from sandbox.kit.vendor import SimulatedVendor

CallbackMode = Literal["send", "lose", "delay", "repeat", "reorder"]

MODES: Mapping[str, str] = MappingProxyType(
    {
        "ok": "as it should",
        "error": "with an error page",
        "hang": "not at all",
        "reset": "by hanging up",
        "rate-limit": "“too many requests”",
        "garbage": "with nonsense",
    }
)
CALLBACK_MODES: Mapping[str, str] = MappingProxyType(
    {
        "send": "sent",
        "lose": "lost",
        "delay": "held back",
        "repeat": "sent three times",
        "reorder": "held back and mixed up",
    }
)


@dataclass(frozen=True, slots=True)
class Switch:
    """Something about a running vendor that can be set; `choices` says each value in words.

    The first of them is how the vendor behaves well; `get` and `put` read and set the value.
    """

    name: str
    label: str
    choices: Mapping[str, str]
    get: Callable[[], str]
    put: Callable[[str], None]

    def calm(self) -> None:
        """Let the vendor behave well."""
        self.put(next(iter(self.choices)))


class CallsBack:
    """A vendor whose callbacks can go astray: `callbacks` says what becomes of those that are due.

    `send` sends them, `lose` does not, `delay` holds them until they are released, `repeat` sends
    each three times, `reorder` changes their order in the vendor's own way.
    """

    def __init__(self) -> None:
        """Start with callbacks that are sent."""
        self._callbacks: CallbackMode = "send"

    @property
    def callbacks(self) -> CallbackMode:
        """What becomes of callbacks that fall due."""
        return self._callbacks

    @callbacks.setter
    def callbacks(self, mode: CallbackMode) -> None:
        if mode not in get_args(CallbackMode):
            raise ValueError(f"unknown callback mode {mode!r}")
        self._callbacks = mode


def answers(name: str, title: str, faults: Faults) -> Switch:
    """Return the switch `name` of how the vendor called `title` answers."""

    def put(value: str) -> None:
        if value == "ok":
            faults.reset()
        else:
            faults.mode = cast(Mode, value)

    return Switch(name, f"{title} answers", MODES, lambda: faults.mode, put)


def callbacks(name: str, title: str, vendor: CallsBack) -> Switch:
    """Return the switch `name` of what becomes of the callbacks of the vendor called `title`."""

    def put(value: str) -> None:
        vendor.callbacks = cast(CallbackMode, value)

    label = f"{title}\u2019s callbacks are"
    return Switch(name, label, CALLBACK_MODES, lambda: vendor.callbacks, put)


def usual_switches(name: str, title: str, vendor: object) -> Iterator[Switch]:
    """Iterate over the switches that a vendor has by what it is: `<name>`, `<name>Callbacks`."""
    if isinstance(vendor, SimulatedVendor):
        yield answers(name, title, vendor.faults)
    if isinstance(vendor, CallsBack):
        yield callbacks(f"{name}Callbacks", title, vendor)
