"""Where everything is in a hosted marketplace: the template has it compiled in."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

Mode = Literal["production", "development"]
MODES: tuple[Mode, ...] = get_args(Mode)
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The ports of this machine, and what they amount to.

    In production browsers open `product`, which passes on to the template's server at `template`.
    In development they open the template's development server at `pages`; that one's scripts call
    `product`, which passes on to the template's own API at `template`.
    """

    mode: Mode
    sharetribe: int
    product: int
    template: int
    pages: int

    @property
    def sharetribe_url(self) -> str:
        """All of Sharetribe's APIs, its Console, and the vendors' pages."""
        return f"http://localhost:{self.sharetribe}"

    @property
    def services_url(self) -> str:
        """Where the paths of `Running.path` begin, for browsers.

        Another site than the pages', as vendors are, so that no frame has a cookie of theirs.
        """
        return f"http://127.0.0.1:{self.sharetribe}"

    @property
    def console_url(self) -> str:
        """Where the template asks for "log in as"."""
        return f"{self.sharetribe_url}/console"

    @property
    def product_url(self) -> str:
        """The product, as browsers and vendors call it."""
        return f"http://localhost:{self.product}"

    @property
    def frontend_url(self) -> str:
        """What the product passes on to."""
        return f"http://127.0.0.1:{self.template}"

    @property
    def marketplace_url(self) -> str:
        """What people open."""
        return f"http://localhost:{self.pages}"

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin of the marketplace's pages."""
        return tuple(f"http://{host}:{self.pages}" for host in LOOPBACK)


_DEFAULTS = {
    "production": Addresses("production", 8090, 8080, 4000, 8080),
    "development": Addresses("development", 8090, 3500, 3501, 3000),
}


def addresses_of(
    mode: Mode, *, sharetribe: int | None = None, product: int | None = None
) -> Addresses:
    """Return the fixed addresses of a mode, with other ports of the sandbox where they are given.

    A template that was built before has to be built again for other ones.
    """
    fixed = _DEFAULTS[mode]
    chosen = product or fixed.product
    return replace(
        fixed,
        sharetribe=sharetribe or fixed.sharetribe,
        product=chosen,
        pages=chosen if mode == "production" else fixed.pages,
    )
