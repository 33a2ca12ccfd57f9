"""The customer portal: sessions that are minted at each click, and what one can do there.

Source: docs.stripe.com/customer-management, docs.stripe.com/api/customer_portal/sessions, and the
types of `stripe` 16.1.0 for Python (read 2026-11). How long an unvisited link works is not
published: here five minutes.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.kit.checks import Outcome
from sandbox.stripe.api import address, one_of, text
from sandbox.stripe.checkout import LOCALES
from sandbox.stripe.expansion import EXPAND
from sandbox.stripe.records import Record

UNVISITED_SECONDS = 5 * 60
VISITED_SECONDS = 60 * 60
ASKED = (
    text("customer", 255),
    text("configuration", 255),
    address("return_url"),
    one_of("locale", *LOCALES),
    EXPAND,
)
CONFIGURATION = "bpc_1MadeUpConfiguration001"
# What can be done there, in words of `sandbox.stripe.operations`.
CHOICES = (
    Outcome("cancel-at-period-end", "Cancel at the end of the period", "Your plan", ends=False),
    Outcome("resume", "Do not cancel", "Your plan", ends=False),
    Outcome("cancel", "Cancel now", "Your plan", ends=False),
    Outcome("update-card", "Replace the card", "How you pay", ends=False),
)


@dataclass(slots=True, kw_only=True)
class PortalSession(Record):
    """A link to the portal for one customer: whoever has it can change how they pay."""

    TIMES: ClassVar[tuple[str, ...]] = ("created", "ends_at")

    customer: str
    key: str = field(repr=False)
    url: str = field(repr=False)
    return_url: str | None
    ends_at: float
    is_visited: bool = False

    def opens(self, now: float) -> bool:
        """Tell whether its link works; the first visit lets it work for longer."""
        if now >= self.ends_at:
            return False
        if not self.is_visited:
            self.is_visited, self.ends_at = True, now + VISITED_SECONDS
        return True

    def shown(self) -> dict[str, Any]:
        """Return the session as the API shows it."""
        return {
            **self.named("billing_portal.session"),
            "configuration": CONFIGURATION,
            "customer": self.customer,
            "customer_account": None,
            "flow": None,
            "locale": None,
            "on_behalf_of": None,
            "return_url": self.return_url,
            "url": self.url,
        }
