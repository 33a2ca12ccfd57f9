"""What the command says: what starts, where it is, and how to get to it."""

import sys

from sandbox.layout import layout_of
from sandbox.runner import Sandbox

_CLEAR_LINE = "\r\x1b[K"


class Teller:
    """Says things on standard output, at once, as its terminal can show them."""

    def __init__(self) -> None:
        """Look at what standard output leads to."""
        self.layout = layout_of(sys.stdout)
        self._is_on_progress = False

    def say(self, text: str) -> None:
        """Print a text that is laid out already."""
        self._end_progress()
        print(text, flush=True)  # at once, also where the output is a pipe

    def progress(self, what: str) -> None:
        """Say what starts next: in a terminal each takes the place of the one before."""
        if self.layout.width is None:
            return
        text = f"  Starting {what} ..."[: self.layout.width - 1]
        print(f"{_CLEAR_LINE}{text}", end="", flush=True)
        self._is_on_progress = True

    def say_where(self, sandbox: Sandbox) -> None:
        """Say where everything is, and what has been left out."""
        wanted = sandbox.options.port
        if wanted not in {0, sandbox.proxy.port}:
            taken = f"Port {wanted} is taken; the proxy listens on {sandbox.proxy.port} instead."
            self.say(self.layout.paragraph(taken))
        stage = sandbox.stage
        running = {f"simulated {one.simulator.title}": one.vendor.base_url for one in stage.running}
        self.say(
            self.layout.places(
                {
                    "proxy and demo page": sandbox.url,
                    "simulated Sharetribe": stage.sharetribe_url,
                    **running,
                    "the proxy's log": str(sandbox.proxy.log_path),
                }
            )
        )
        for title, why in stage.left_out.items():
            self.say(self.layout.paragraph(f"Left out: {title}. {why}.", "  "))
        self.say("")

    def say_open(self, address: str) -> None:
        """Say where to open the demo page, and how to end it."""
        self.say(f"Open the demo page:  {self.layout.coloured(address, 'bold')}")
        self.say(
            self.layout.paragraph(
                "Seen at another address (a forwarded port, a router)? The page offers to move."
            )
        )
        self.say("Ctrl-C stops everything.")

    def _end_progress(self) -> None:
        if self._is_on_progress:
            print(_CLEAR_LINE, end="", flush=True)
            self._is_on_progress = False
