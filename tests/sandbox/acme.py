"""An example of a simulated vendor, as somebody writes it outside the repository."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response

from sandbox.hops import HopLog
from sandbox.kit.rudeness import CallsBack
from sandbox.kit.traffic import keep_record
from sandbox.kit.vendor import SimulatedVendor
from sandbox.simulator import Option, Place, Simulator, served


class Acme(SimulatedVendor, CallsBack):
    """A vendor that greets whoever asks."""

    def __init__(self, hops: HopLog | None, clock: Callable[[], float]) -> None:
        """Start with a secret of its own."""
        super().__init__(clock, lambda: Response(status=429))
        self.secret = "acme-secret"
        self.proxy_url = ""
        self.app = Flask("acme", static_folder=None)
        self.app.add_url_rule("/hello", view_func=lambda: {"hello": "world"})
        keep_record(self.app, self, "Acme", hops)


def _settings(acme: Acme, place: Place) -> Mapping[str, str]:
    acme.proxy_url = place.api_url
    return {"ACME_SECRET": acme.secret}


def _add_control(control: Blueprint, acme: Acme) -> None:
    @control.get("/calls")
    def calls() -> dict[str, Any]:
        return {"calls": acme.calls}


SIMULATOR = Simulator(
    name="acme",
    title="Acme",
    rank=90,
    listed="acme_shop:ACME",
    start=served(Acme),
    address="ACME_BASE_URL",
    settings=_settings,
    connects=True,
    options=(Option("--acme", "ACME_MODE", ("calm", "wild"), "how Acme is", "Acme {}"),),
    control=_add_control,
)
