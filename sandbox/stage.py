"""What is simulated, as one value: the services, where they listen, and how the proxy uses them."""

from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.hops import HopLog
from sandbox.hubrise import HubRise
from sandbox.jumio import Jumio
from sandbox.kaizala import Kaizala
from sandbox.portal import Portal
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

    Without the Integration API the proxy serves no connections: nobody could write what HubRise and
    Pumble report while the user is away.
    """

    port: int = DEFAULT_PORT
    jumio_api: JumioApi = "netverify"
    rotation: Rotation = "none"
    confirm: Confirm = "retrieval"
    integration_api: bool = True

    @property
    def integrations(self) -> tuple[str, ...]:
        """The names of the integrations that need nothing but what the options give."""
        connections = ("hubrise", "pumble") if self.integration_api else ()
        return ("jumio", *connections, "kaizala")


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulated services, each listening at its URL, and the log of the calls between them.

    There is no portal where AWS cannot be simulated: moto is not installed.
    """

    options: Options
    hops: HopLog
    sharetribe: Sharetribe
    sharetribe_url: str
    jumio: Jumio
    jumio_url: str
    hubrise: HubRise
    pumble: Pumble
    kaizala: Kaizala
    portal: Portal | None

    @property
    def integrations(self) -> tuple[str, ...]:
        """The names of the integrations that the proxy serves."""
        doors = () if self.portal is None else ("sensedia",)
        return (*self.options.integrations, *doors)

    def behave(self) -> None:
        """End every misbehaviour, and let go of the requests that hang."""
        vendors = (self.jumio, self.hubrise, self.pumble, self.kaizala)
        for service in (self.sharetribe, *vendors):
            service.faults.reset()
        if self.portal is not None:
            self.portal.aws.is_down = False
        self.jumio.callbacks = "send"
        self.hubrise.callbacks = "send"
