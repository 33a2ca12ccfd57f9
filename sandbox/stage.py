"""What is simulated, as one value: the services, where they listen, and how the proxy uses them."""

from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.hops import HopLog
from sandbox.jumio import Jumio
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
    """What to simulate. Port 0 stands for any free one."""

    port: int = DEFAULT_PORT
    jumio_api: JumioApi = "netverify"
    rotation: Rotation = "none"
    confirm: Confirm = "retrieval"
    integration_api: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """The simulated services, each listening at its URL, and the log of the calls between them."""

    options: Options
    hops: HopLog
    sharetribe: Sharetribe
    sharetribe_url: str
    jumio: Jumio
    jumio_url: str
