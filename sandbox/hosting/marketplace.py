"""A hosted marketplace: the simulated services at fixed addresses, and the real product."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sandbox.closable import Closable
from sandbox.gates import gates_of, point_gates
from sandbox.hops import HopLog
from sandbox.hosting.addresses import Addresses
from sandbox.hosting.console import create_console
from sandbox.hosting.people import APPLICATIONS, CHECKSUM_KEYS, first_users
from sandbox.hosting.ports import require_free
from sandbox.kit.router import lead
from sandbox.proxy_process import ProxyProcess, addresses, environment_for
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.catalogue import offer_catalogue
from sandbox.sharetribe.users import no_permissions
from sandbox.stage import Options, Stage, start_vendors

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ARRIVAL_SECONDS = 2.0
_RETURN_PATH = "/verification"


class HostedMarketplace(Closable):
    """Everything that the template needs beside it; all state is gone after `close()`.

    The template itself is started by whoever has one. Vendors' pages are at the address of the
    simulated Sharetribe, which is not that of the marketplace, as they are in the world.
    """

    def __init__(
        self,
        at: Addresses,
        options: Options | None = None,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Start all of it and return once the product answers; `tell` hears what starts next.

        Raises PortTakenError before anything starts, and ProxyStartError.
        """
        require_free(
            {
                at.sharetribe: "End that, or choose another with --sharetribe-port.",
                at.product: "End that, or choose another with --port.",
            }
        )
        self.addresses = at
        options = options or Options()
        with ExitStack() as starting:
            hops = HopLog()
            sharetribe = Sharetribe(hops, time.time, APPLICATIONS, first_users())
            sharetribe.rotation = options.rotation
            running, left_out = start_vendors(options, starting, hops, time.time, tell)
            self.stage = Stage(options, hops, sharetribe, at.sharetribe_url, running, left_out)
            sharetribe.transactions.clear()
            offer_catalogue(sharetribe)
            self.stage.open_at(at.services_url)
            console: WSGIApplication = create_console(sharetribe, at)
            served = {**self.stage.services, "/console": console}
            starting.enter_context(
                Server(DispatcherMiddleware(sharetribe.app, served), at.sharetribe)
            )
            self._first = set(sharetribe.users)
            self.proxy = ProxyProcess(at.product)
            lead(at.product_url, self.proxy.url)
            starting.enter_context(self.proxy)
            tell("the proxy")
            self.proxy.start(self._environment())
            self._running = starting.pop_all()

    def restrict(self) -> None:
        """Restrict rights in Console too, as the demo does: link pages open them."""
        rights = {gate.right for gate in gates_of(self.stage)}
        self.stage.sharetribe.access.restricted = rights
        point_gates(self.stage, f"{self.addresses.product_url}/api")

    def start_afresh(self) -> None:
        """Have everybody and everything as at the start; who has signed up since is gone.

        What a vendor is just telling arrives before, as it would be written afterwards else.
        """
        for one in self.stage.deciding:
            one.vendor.wait_for_callbacks(ARRIVAL_SECONDS)
        self.stage.behave()
        sharetribe = self.stage.sharetribe
        sharetribe.access.restricted = set()
        for made in sharetribe.users.keys() - self._first:
            del sharetribe.users[made]
        for user_id, user in sharetribe.users.items():
            sharetribe.replace_private_data(user_id, {})
            user.metadata, user.permissions = {}, no_permissions()
        sharetribe.transactions.clear()
        for one in self.stage.running:
            one.vendor.start_afresh()

    def close(self) -> None:
        """Stop the product, then the services; calling it twice is harmless."""
        self.stage.behave()
        self._running.close()

    def _environment(self) -> dict[str, str]:
        at = self.addresses
        return {
            **environment_for(at.product, self.stage, at.frontend_url),
            **addresses(self.stage, self.proxy.url, at.product_url),
            "MARKETPLACE_ORIGINS": ",".join(at.origins),
            "RETURN_URL": f"{at.marketplace_url}{_RETURN_PATH}",
            "CHECKSUM_KEYS": CHECKSUM_KEYS,
        }
