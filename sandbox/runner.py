"""Start everything that a demonstration needs, and stop it again."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from sandbox.address import move, settle
from sandbox.closable import Closable
from sandbox.gates import close_gates
from sandbox.marketplace import create_marketplace
from sandbox.ports import free_port
from sandbox.proxy_process import ProxyProcess, environment_for
from sandbox.server import Server
from sandbox.sharetribe.users import no_permissions
from sandbox.stage import Options, start_services

ARRIVAL_SECONDS = 2.0


class Sandbox(Closable):
    """The simulated services, a demo marketplace, and the real proxy in front of it.

    The browser opens `url`, the proxy's address; whatever is not the proxy's own it passes on to
    the demo marketplace. All state is in memory and gone after `close()`.
    """

    def __init__(
        self, options: Options | None = None, tell: Callable[[str], object] = lambda _: None
    ) -> None:
        """Start all of it and return once the proxy answers; `tell` hears what starts next.

        Raises ProxyStartError, with the proxy's own output, when it does not.
        """
        self.options = options or Options()
        with ExitStack() as starting:
            self.stage = start_services(self.options, starting, time.time, tell)
            self.proxy = ProxyProcess(free_port(self.options.port))
            close_gates(self.stage, f"{self.proxy.url}/api")
            sharetribe = self.stage.sharetribe
            self._first = {*sharetribe.transactions, *sharetribe.listings}
            origin = self.options.public_url or self.proxy.url
            there = settle(self.stage, self.proxy, origin)
            page = create_marketplace(self.stage, self.proxy)
            frontend = starting.enter_context(Server(page))
            starting.enter_context(self.proxy)
            tell("the proxy")
            environment = environment_for(self.proxy.port, self.stage, frontend.url)
            self.proxy.start(environment | there)
            self._running = starting.pop_all()

    @property
    def url(self) -> str:
        """Where the demo page is: the proxy's address."""
        return self.proxy.url

    @property
    def public_url(self) -> str:
        """Where browsers reach it: its own address, until it is moved."""
        return self.proxy.public_url

    def move(self, origin: str) -> str:
        """Move it to where browsers reach it; return "", or why it stays where it was."""
        return move(self.stage, self.proxy, origin)

    def start_afresh(self) -> None:
        """Empty private data, all metadata, rights, what vendors keep, and the log of hops.

        What was booked and offered since the start is gone.

        What a vendor is just telling arrives before, as it would be written afterwards else.
        """
        for one in self.stage.deciding:
            one.vendor.wait_for_callbacks(ARRIVAL_SECONDS)
        sharetribe = self.stage.sharetribe
        for user_id, user in sharetribe.users.items():
            sharetribe.replace_private_data(user_id, {})
            user.metadata, user.permissions = {}, no_permissions()
        for made in {*sharetribe.transactions, *sharetribe.listings} - self._first:
            sharetribe.transactions.pop(made, None)
            sharetribe.listings.pop(made, None)
        for sale in sharetribe.transactions.values():
            sale.metadata = {}
        for one in self.stage.running:
            one.vendor.start_afresh()
        self.stage.hops.clear()

    def close(self) -> None:
        """Stop the proxy, then the services; calling it twice is harmless."""
        self.stage.behave()  # a request that hangs would hold up the end
        self._running.close()
