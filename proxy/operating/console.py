"""Console's names of what rules open, for the sentences of commands.

Source: sharetribe.com/docs, "User access control in Sharetribe"; sharetribe.com/help, "Using
dynamic parameters when linking to external services in Access control call to actions" (read
2026-11).
"""

from __future__ import annotations

from proxy.access.policy import APPROVE

PLACE = "Sharetribe Console, Build, General, Access control"
SETTINGS = {
    APPROVE: "Approve users who want to join",
    "postListings": "Restrict listing posting rights",
    "initiateTransactions": "Restrict transaction rights",
    "read": "Restrict viewing rights",
}
# Console fills the user's own values into the links of all others.
WITHOUT_PARAMETERS = ("read",)
