"""A user as the operator looks them up: by id or e-mail address, with what they may do.

Source: sharetribe.com/api-reference (Integration API, show user; relationship
`effectivePermissionSet`; read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from proxy.outgoing.upstream import Answer
from proxy.sharetribe.client import User, read_user
from proxy.sharetribe.operator import Operator

_PERMISSIONS = "effectivePermissionSet"
_RESOURCE = "permissionSet"


@dataclass(frozen=True, slots=True)
class Account:
    """A user, their state (`active`, `pendingApproval`, `banned`), and their permissions.

    `own` is the user's own setting, `effective` what counts, the marketplace's setting and all;
    both by right, `allow` or `deny`. What is not told is "" or empty.
    """

    user: User
    state: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    effective: Mapping[str, str] = field(default_factory=dict)


def read_account(operator: Operator, who: UUID | str) -> Account:
    """Return the account with an id or an e-mail address, in one call.

    Raises UpstreamUnavailable, UpstreamRefused (404: there is none).
    """
    name = "id" if isinstance(who, UUID) else "email"
    query = f"{name}={quote(str(who), safe='')}&include={_PERMISSIONS}"
    answer = operator.call("GET", f"/v1/integration_api/users/show?{query}")
    user = read_user(answer)
    document = answer.json_object()
    attributes = document["data"]["attributes"]
    state = attributes.get("state")
    return Account(
        user,
        state.rpartition("/")[2] if isinstance(state, str) else "",
        _permissions(attributes.get("permissions")),
        _included(answer),
    )


def _included(answer: Answer) -> dict[str, str]:
    included = answer.json_object().get("included")
    for one in included if isinstance(included, list) else ():
        if isinstance(one, dict) and one.get("type") == _RESOURCE:
            return _permissions(one.get("attributes"))
    return {}


def _permissions(told: Any) -> dict[str, str]:
    """Return permissions by right; the API writes `permission/allow`."""
    named = told.items() if isinstance(told, dict) else ()
    return {name: word.rpartition("/")[2] for name, word in named if isinstance(word, str)}
