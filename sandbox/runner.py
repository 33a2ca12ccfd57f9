"""Start everything that a demonstration needs, and stop it again."""

from contextlib import ExitStack

from sandbox.aws import Aws
from sandbox.closable import Closable
from sandbox.hops import HopLog
from sandbox.hubrise import HubRise
from sandbox.jumio import Jumio
from sandbox.kaizala import Kaizala
from sandbox.marketplace import create_marketplace
from sandbox.portal import Portal
from sandbox.ports import free_port
from sandbox.proxy_process import ProxyProcess, environment_for
from sandbox.pumble import Pumble
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.stage import Options, Stage


class Sandbox(Closable):
    """The simulated services, a demo marketplace, and the real proxy in front of it.

    The browser opens `url`, the proxy's address; whatever is not the proxy's own it passes on to
    the demo marketplace. All state is in memory and gone after `close()`.
    """

    def __init__(self, options: Options | None = None) -> None:
        """Start all of it and return once the proxy answers.

        Raises ProxyStartError, with the proxy's own output, when it does not.
        """
        self.options = options or Options()
        with ExitStack() as starting:
            self.stage = _start_services(self.options, starting)
            self.proxy = ProxyProcess(free_port(self.options.port))
            _register_app(self.stage.pumble, self.proxy.url)
            if self.stage.portal is not None:
                self.stage.portal.base_url = f"{self.proxy.url}/api/sensedia"
            page = create_marketplace(self.stage, self.proxy)
            frontend = starting.enter_context(Server(page))
            starting.enter_context(self.proxy)
            self.proxy.start(environment_for(self.proxy.port, self.stage, frontend.url))
            self._running = starting.pop_all()

    @property
    def url(self) -> str:
        """Where the demo page is: the proxy's address."""
        return self.proxy.url

    def start_afresh(self) -> None:
        """Empty private data, the sales' metadata, the channels, the portal and the log of hops."""
        sharetribe = self.stage.sharetribe
        for user_id in sharetribe.users:
            sharetribe.replace_private_data(user_id, {})
        for sale in sharetribe.transactions.values():
            sale.metadata = {}
        _forget_orders(self.stage.hubrise)
        self.stage.pumble.messages.clear()
        if self.stage.portal is not None:
            self.stage.portal.start_afresh()
        self.stage.hops.clear()

    def close(self) -> None:
        """Stop the proxy, then the services; calling it twice is harmless."""
        self.stage.behave()  # a request that hangs would hold up the end
        self._running.close()


def _start_services(options: Options, stack: ExitStack) -> Stage:
    hops = HopLog()
    sharetribe = Sharetribe(hops=hops)
    sharetribe.rotation = options.rotation
    jumio, hubrise, pumble = Jumio(hops=hops), HubRise(hops=hops), Pumble(hops=hops)
    kaizala = Kaizala(hops=hops)
    for vendor in (jumio, hubrise, pumble, kaizala):
        stack.callback(vendor.close)
        vendor.base_url = stack.enter_context(Server(vendor.app)).url
    return Stage(
        options,
        hops,
        sharetribe,
        sharetribe_url=stack.enter_context(Server(sharetribe.app)).url,
        jumio=jumio,
        jumio_url=jumio.base_url,
        hubrise=hubrise,
        pumble=pumble,
        kaizala=kaizala,
        portal=_start_portal(hops, stack),
    )


def _start_portal(hops: HopLog, stack: ExitStack) -> Portal | None:
    """Start AWS and the portal that orders things from it; None where moto is not installed."""
    try:
        aws = stack.enter_context(Aws(hops))
    except ImportError:
        return None
    return Portal(aws, hops)


def _forget_orders(hubrise: HubRise) -> None:
    for connection in hubrise.connections.values():
        connection.revoke()
    hubrise.release_callbacks()  # what is held back for a revoked connection goes nowhere
    hubrise.connections.clear()
    hubrise.orders.clear()


def _register_app(pumble: Pumble, proxy_url: str) -> None:
    """Do what an operator does in Pumble: say in the app's manifest where the proxy is."""
    pumble.manifest.name = "Tideline Rentals"
    pumble.manifest.redirect_urls = [f"{proxy_url}/api/connections/pumble/return"]
    pumble.manifest.hook_url = f"{proxy_url}/api/callbacks/pumble"
