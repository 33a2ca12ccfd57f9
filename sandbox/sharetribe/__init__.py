"""A simulated Sharetribe: Authentication API, Marketplace API and Integration API, in memory.

Written from sharetribe.com/docs and sharetribe.com/api-reference and from what the public
JavaScript SDKs (sharetribe-flex-sdk 1.24.2, sharetribe-flex-integration-sdk 1.14.1) send; read
2026-11-20 and 2026-11-30. Where these say nothing, the docstrings here name the choice made.
"""

from sandbox.sharetribe.catalogue import offer_catalogue
from sandbox.sharetribe.line_items import LineItem
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.marketplace import Applications
from sandbox.sharetribe.simulator import Sharetribe
from sandbox.sharetribe.transactions import Transaction
from sandbox.sharetribe.users import User

__all__ = [
    "Applications",
    "LineItem",
    "Listing",
    "Sharetribe",
    "Transaction",
    "User",
    "offer_catalogue",
]
