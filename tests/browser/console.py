"""What a page says on its console."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page

OpenPage = Callable[..., Page]


@dataclass
class Console:
    """The warnings and errors of all pages of a test; `expected` are parts of those it provokes."""

    said: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def hear(self, message: ConsoleMessage) -> None:
        """Keep warnings and errors."""
        if message.type in {"warning", "error"}:
            self.said.append(message.text)

    def surprises(self) -> list[str]:
        """Return what was said and not expected."""
        return [text for text in self.said if not any(part in text for part in self.expected)]
