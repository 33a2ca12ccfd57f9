"""Find what is simulated: every package or module here that has a `SIMULATOR`."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import sandbox
from sandbox.simulator import Simulator


def simulators(guests: Iterable[Simulator[Any]] = ()) -> tuple[Simulator[Any], ...]:
    """Return the simulators that are here, and `guests` from elsewhere, by their ranks."""
    modules = [
        import_module(f"sandbox.{found.name}")
        for found in pkgutil.iter_modules(sandbox.__path__)
        if not found.name.startswith("_")
    ]
    here = [vars(module)["SIMULATOR"] for module in modules if "SIMULATOR" in vars(module)]
    return tuple(sorted((*here, *guests), key=lambda simulator: simulator.rank))


def guest(reference: str) -> Simulator[Any]:
    """Return the simulator that `module:NAME` refers to.

    Raises ValueError where there is none.
    """
    module, _, name = reference.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{reference!r} cannot be imported: {error}") from error
    if not isinstance(found, Simulator):
        raise ValueError(f"{reference!r} is no Simulator")
    return found
