"""Who and what there is in a hosted marketplace: the same at every start, and made up.

Nothing of this protects anything: it listens on loopback and is gone with the process.
"""

from sandbox.sharetribe.marketplace import Applications
from sandbox.sharetribe.users import User

NAME = "Tideline Rentals"
APPLICATIONS = Applications(
    client_id="e0c5ea10-0000-4000-8000-000000000001",
    client_secret="689234a5684e64b870e2cea8c12f49646e965497",
    integration_client_id="e0c5ea10-0000-4000-8000-000000000002",
    integration_client_secret="52fd188e2b3a004bc89611e5278e1b1b73f40a4c",
)
CHECKSUM_KEYS = "1:8uZVS2qa5-OqUbesGbpq653d4qXUNO9vDwuAfWdWDkw"
"""What the template's server verifies records with, so it has to outlive a start."""


def first_users() -> list[User]:
    """Make the people: Robin offers, Holly buys."""
    return [
        User(
            "robin@example.com",
            display_name="Robin R",
            first_name="Robin",
            last_name="Rivers",
            id="e0c5ea10-0000-4000-8000-000000000011",
            password="robin-offers-boats",
        ),
        User(
            "holly@example.com",
            display_name="Holly H",
            first_name="Holly",
            last_name="Hill",
            id="e0c5ea10-0000-4000-8000-000000000012",
            password="holly-rents-boats",
        ),
    ]
