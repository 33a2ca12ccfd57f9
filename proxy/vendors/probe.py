"""What a vendor's API can confirm of its settings, by calls that bill nothing and change nothing.

A wrong key shows at the first user who begins otherwise: everything before it is only reachable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from proxy.outgoing.upstream import UpstreamRefused

MAX_ITEMS = 10


class SettingRefused(UpstreamRefused):
    """The vendor's answer tells more than that it refuses; `fix` is the way out, in words.

    It names the variable, and holds nothing of its value.
    """

    def __init__(self, upstream: str, status: int, code: str = "", *, fix: str) -> None:
        super().__init__(upstream, status, code)
        self.fix = fix


class Unproven(Exception):
    """The vendor's answer proves nothing either way; the message says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Settings that one call to the vendor proves, or of which it is known that none does.

    `variables` are those it is about, `item` which entry of them where they list several;
    `found_at` is the place at the vendor that shows them. `ask` sends one request, which bills
    nothing and changes nothing, and returns what else the answer tells (`test mode`), "" for
    nothing. It raises UpstreamRefused, SettingRefused where the answer tells what is wrong,
    UpstreamUnavailable, and Unproven. It is None where there is no such request; `unproven` says
    then what would prove them.

    Probes of the same variables and item are one and the same, whichever of the vendor's parts has
    them.
    """

    variables: tuple[str, ...]
    found_at: str
    ask: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    unproven: str = ""
    item: str = ""


def for_each(
    items: Iterable[str], variable: str, found_at: str, ask: Callable[[str], str]
) -> Iterator[Probe]:
    """Iterate over the probes of a list's entries, MAX_ITEMS at most; `ask` gets the entry."""
    listed = iter(items)
    for item in islice(listed, MAX_ITEMS):
        yield Probe((variable,), found_at, partial(ask, item), item=item)
    if (rest := sum(1 for _ in listed)) > 0:
        yield Probe((variable,), found_at, None, f"{rest} more were not looked at", "the rest")


def by_callbacks(variable: str, found_at: str) -> Probe:
    """Return the probe of what signs callbacks, which no request of ours can prove."""
    return Probe((variable,), found_at, None, "only a signed callback proves it")
