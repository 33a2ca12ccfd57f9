"""Authorization codes: each stands for what a user has allowed, once and for some minutes."""

import secrets
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

CODE_SECONDS = 600
Allowed = TypeVar("Allowed")


class Codes(Generic[Allowed]):
    """The codes that were issued and not spent yet; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any; `clock` answers Unix seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._issued: dict[str, tuple[Allowed, float]] = {}

    def issue(self, allowed: Allowed) -> str:
        """Return a code for what a user has allowed; it works once, within ten minutes."""
        code = secrets.token_hex(16)
        with self._lock:
            self._issued[code] = (allowed, self._clock() + CODE_SECONDS)
        return code

    def spend(self, code: str) -> Allowed | None:
        """Return what `code` stands for, or None for one that is unknown, used or old."""
        with self._lock:
            found = self._issued.pop(code, None)
        return found[0] if found and found[1] > self._clock() else None

    def void(self, is_void: Callable[[Allowed], bool]) -> None:
        """Make the codes worthless for whose meaning `is_void` holds."""
        with self._lock:
            for code in [code for code, (one, _) in self._issued.items() if is_void(one)]:
                del self._issued[code]
