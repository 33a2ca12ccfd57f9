"""What runs until it is closed, in a `with` block or by hand."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closable(ABC):
    """Something that a `with` block ends by calling `close()`."""

    @abstractmethod
    def close(self) -> None:
        """Stop it."""

    def __enter__(self) -> Self:
        """Return it as it is."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
