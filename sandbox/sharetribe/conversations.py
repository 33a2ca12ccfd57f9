"""What the parties of a transaction write to each other.

The attributes are those of sharetribe.com/api-reference, "Messages", read 2026-11-30.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a transaction."""

    transaction_id: str
    sender_id: str
    content: str
    created_at: datetime
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the message as the transaction's parties see it."""
        return {"content": self.content, "createdAt": self.created_at}
