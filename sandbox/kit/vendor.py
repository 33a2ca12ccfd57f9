"""What every simulated vendor has."""

from collections.abc import Callable

from flask import Flask, Response

from sandbox.closable import Closable
from sandbox.faults import Faults


class SimulatedVendor(Closable):
    """A vendor whose `app` is served at `base_url`; `calls` holds each request as METHOD /path.

    `faults` makes it misbehave. `browser_url` is where browsers open its pages, which is
    `base_url` until it is set.
    """

    app: Flask

    def __init__(self, clock: Callable[[], float], rate_limited: Callable[[], Response]) -> None:
        """`clock` answers Unix seconds; `rate_limited` makes the vendor's documented 429 answer."""
        super().__init__()
        self.clock = clock
        self.base_url = "http://127.0.0.1"
        self._browser_url = ""
        self.calls: list[str] = []
        self.faults = Faults(rate_limited)

    @property
    def browser_url(self) -> str:
        """The address under which browsers reach its pages."""
        return self._browser_url or self.base_url

    @browser_url.setter
    def browser_url(self, url: str) -> None:
        self._browser_url = url

    def start_afresh(self) -> None:
        """Forget what a demo has left; here that is nothing."""

    def close(self) -> None:
        """Let go of the requests that hang."""
        self.faults.reset()
