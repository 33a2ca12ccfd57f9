"""Files that come with what is sold, and where one is attached.

The attributes are those of sharetribe.com/docs, "Digital files management" and "Files in
Sharetribe", read 2026-11-30. Every file is available here: nobody uploads one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.transit import Keyword


@dataclass(frozen=True, slots=True)
class File:
    """A file of a user's; `id` is a uuid in text form, `kind` a media type."""

    author_id: str
    name: str
    kind: str
    content: bytes
    created_at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the file as anybody sees it who may see it."""
        return {**self._known(), "deleted": False}

    def own_attributes(self) -> dict[str, Any]:
        """Return the file as its author sees it."""
        return {**self._known(), "createdAt": self.created_at, "stateUpdatedAt": self.created_at}

    def _known(self) -> dict[str, Any]:
        state = Keyword("available")
        return {"name": self.name, "size": len(self.content), "state": state}


@dataclass(frozen=True, slots=True)
class FileAttachment:
    """That a file belongs to a listing, or is revealed in a transaction."""

    file: File
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the attachment as anybody sees it who may see it."""
        return {"scope": Keyword("protected"), "deleted": False}
