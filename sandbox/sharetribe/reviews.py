"""What the parties of a transaction say of each other; hidden until both have, or time is up.

The attributes are those of sharetribe.com/api-reference, "Reviews", read 2026-11-30.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.transit import Keyword

PUBLIC, PENDING = "public", "pending"
OF_PROVIDER, OF_CUSTOMER = "ofProvider", "ofCustomer"


@dataclass(slots=True)
class Review:
    """A review of one party of a transaction by the other."""

    kind: str
    author_id: str
    subject_id: str
    listing_id: str
    rating: int
    content: str
    created_at: datetime
    state: str = PENDING
    id: str = field(default_factory=lambda: str(uuid4()))

    def attributes(self) -> dict[str, Any]:
        """Return the review as those see it who may."""
        return {
            "type": Keyword(self.kind),
            "state": Keyword(self.state),
            "rating": self.rating,
            "content": self.content,
            "createdAt": self.created_at,
            "deleted": False,
        }
