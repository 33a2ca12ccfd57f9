"""What is simulated, as one value: the services, where they listen, and how the proxy uses them."""

from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.hops import HopLog
from sandbox.hubrise import HubRise
from sandbox.jumio import Jumio
from sandbox.pumble import Pumble
from sandbox.sharetribe import Sharetribe

JumioApi = Literal["netverify", "kyx"]
Rotation = Literal["none", "grace", "strict"]
Confirm = Literal["retrieval", "callback"]

JUMIO_APIS: tuple[JumioApi, ...] = get_args(JumioApi)
ROTATIONS: tuple[Rotation, ...] = get_args(Rotation)
CONFIRMS: tuple[Confirm, ...] = get_args(Confirm)

DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate. Port 0 stands for any free one.

    Without the Integration API the proxy serves the identity check alone: nobody could write what
    HubRise and Pumble report while the user is away.
    """

    port: int = DEFAULT_PORT
    jumio_api: JumioApi = "netverify"
    rotation: Rotation = "none"
    confirm: Confirm = "retrieval"
    integration_api: bool = True

    @property
    def integrations(self) -> tuple[str, ...]:
        """The names of the integrations that the proxy serves."""
        return ("jumio", "hubrise", "pumble") if self.integration_api else ("jumio",)


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulated services, each listening at its URL, and the log of the calls between them."""

    options: Options
    hops: HopLog
    sharetribe: Sharetribe
    sharetribe_url: str
    jumio: Jumio
    jumio_url: str
    hubrise: HubRise
    pumble: Pumble

    def behave(self) -> None:
        """End every misbehaviour, and let go of the requests that hang."""
        for service in (self.sharetribe, self.jumio, self.hubrise, self.pumble):
            service.faults.reset()
        self.jumio.callbacks = "send"
        self.hubrise.callbacks = "send"
