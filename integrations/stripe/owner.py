"""Whose something at Stripe is, in plain metadata: no token lies on anything that lives for years.

Source: docs.stripe.com/metadata (read 2026-11): only secret keys and members of the Dashboard see
them, and only they can write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from proxy.vendors import Owner, as_object, as_text, as_uuid

_USER, _CLIENT, _PLAN = "echoseal_user", "echoseal_client", "echoseal_plan"


def as_metadata(owner: Owner) -> dict[str, str]:
    """Return what names an owner at Stripe."""
    return {_USER: str(owner.user_id), _CLIENT: owner.client_id, _PLAN: owner.subject}


def read_owner(record: Mapping[str, Any]) -> Owner | None:
    """Return whose an object of Stripe's is, None where its metadata do not say it."""
    metadata = as_object(record.get("metadata"))
    user_id = as_uuid(metadata.get(_USER))
    client_id, plan = as_text(metadata.get(_CLIENT)), as_text(metadata.get(_PLAN))
    if user_id is None or client_id is None or plan is None:
        return None
    return Owner(UUID(user_id), client_id, plan)
