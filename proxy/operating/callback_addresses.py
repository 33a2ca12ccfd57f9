"""The addresses at which vendors call, as an operator gives them to vendors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from proxy.settings import Settings
from proxy.vendors.connection import ConnectionCallbacks
from proxy.vendors.part import CalledBack, Parts

REFERENCE = "/<reference>"


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """Where one vendor calls: `url` has a place for the reference where each user has their own."""

    vendor: str
    part: CalledBack[Any]
    url: str

    @property
    def is_template(self) -> bool:
        """Whether the address by itself is none: we give the vendor one for each user."""
        return self.url.endswith(REFERENCE)


def callback_addresses(settings: Settings, parts: Parts) -> Iterator[CallbackAddress]:
    """Iterate over the addresses, one for each vendor that calls back."""
    for name in dict.fromkeys(part.name for part in parts.of(CalledBack)):
        part = next(one for one in parts.of(CalledBack) if one.name == name)
        suffix = REFERENCE if isinstance(part, ConnectionCallbacks) else ""
        yield CallbackAddress(name, part, settings.callback_url(name) + suffix)
