"""Start everything that a demonstration needs, and stop it again."""

from contextlib import ExitStack

from sandbox.closable import Closable
from sandbox.hops import HopLog
from sandbox.jumio import Jumio
from sandbox.marketplace import create_marketplace
from sandbox.ports import free_port
from sandbox.proxy_process import ProxyProcess, environment_for
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.stage import Options, Stage


class Sandbox(Closable):
    """Simulated Sharetribe and Jumio, a demo marketplace, and the real proxy in front of it.

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
        """Empty every user's private data and the log of hops."""
        for user_id in self.stage.sharetribe.users:
            self.stage.sharetribe.replace_private_data(user_id, {})
        self.stage.hops.clear()

    def close(self) -> None:
        """Stop the proxy, then the services; calling it twice is harmless."""
        self.stage.sharetribe.faults.reset()  # a request that hangs would hold up the end
        self.stage.jumio.faults.reset()
        self._running.close()


def _start_services(options: Options, stack: ExitStack) -> Stage:
    hops = HopLog()
    sharetribe = Sharetribe(hops=hops)
    sharetribe.rotation = options.rotation
    jumio = Jumio(hops=hops)
    stack.callback(jumio.close)
    jumio.base_url = stack.enter_context(Server(jumio.app)).url
    sharetribe_url = stack.enter_context(Server(sharetribe.app)).url
    return Stage(options, hops, sharetribe, sharetribe_url, jumio, jumio.base_url)
