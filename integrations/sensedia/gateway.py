"""API Gateway's keys and usage plans, as far as they are ours.

Source: docs.aws.amazon.com/apigateway (API reference and usage plans, read 2026-11). AWS is the
only store: a key is named `<slug>/<app name>` and tagged, so that it can be found again. What is
being revoked is named `revoked:<slug>/<app name>`, which no search for a slug finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.sensedia.aws import UNKNOWN_TIME, Aws, NotFound
from integrations.sensedia.contract import App
from proxy.outgoing import UpstreamUnavailable

MANAGED_BY, APP_SLUG = "managed-by", "app-slug"
_REVOKED = "revoked:"
_PAGE = 500
_MAX_NAME_CHARACTERS = 1_024


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `value` is its secret, "" where it was not asked for."""

    id: str
    name: str
    is_enabled: bool
    created_at: datetime
    tags: Mapping[str, str]
    value: str = field(repr=False)

    @property
    def slug(self) -> str:
        """The slug of the app that the key was made for."""
        return self.tags.get(APP_SLUG, "")

    @property
    def is_revoked(self) -> bool:
        """Tell whether a revoke of this key has begun."""
        return self.name.startswith(_REVOKED)

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        """The order in which an app's keys count, should there be several."""
        return not self.is_enabled, self.created_at, self.id


class Gateway:
    """The calls, each of them one request; they raise what Aws.call raises, unless said."""

    def __init__(self, aws: Aws, owner: str) -> None:
        """`owner` is the value of the tag that marks our keys."""
        self._aws = aws
        self._owner = owner

    def find(self, slug: str) -> list[Key]:
        """Return our keys of an app, with their values: the one that counts comes first."""
        return self._find(f"{slug}/", slug)

    def find_revoked(self, slug: str) -> list[Key]:
        """Return what is left over of keys whose revoke has begun."""
        return self._find(f"{_REVOKED}{slug}/", slug)

    def _find(self, prefix: str, slug: str) -> list[Key]:
        """Search by name, which AWS does by prefix (in use, though not documented); tags decide."""
        documents = self._aws.list_all(
            "get_api_keys", "items", "position", nameQuery=prefix, includeValues=True, limit=_PAGE
        )
        keys = [_read_key(document) for document in documents]
        ours = [key for key in keys if self.is_ours(key) and key.slug == slug]
        return sorted((key for key in ours if key.name.startswith(prefix)), key=lambda k: k.rank)

    def is_ours(self, key: Key) -> bool:
        """Tell whether a key carries our tag; no other may be touched."""
        return key.tags.get(MANAGED_BY) == self._owner

    def get(self, key_id: str) -> Key | None:
        """Return a key of ours without its value; None when it is absent or another's."""
        try:
            key = _read_key(self._aws.call("get_api_key", apiKey=key_id))
        except NotFound:
            return None
        return key if self.is_ours(key) else None

    def make(self, app: App) -> Key:
        """Make a key that does not work yet."""
        document = self._aws.call(
            "create_api_key",
            name=f"{app.slug}/{app.name}"[:_MAX_NAME_CHARACTERS],
            description=app.developer,
            enabled=False,
            tags={MANAGED_BY: self._owner, APP_SLUG: app.slug},
        )
        return _read_key(document)

    def rename(self, key: Key, app_name: str) -> None:
        """Give a key the name that its app has now."""
        name = f"{key.slug}/{app_name}"[:_MAX_NAME_CHARACTERS]
        if name != key.name:
            self._change(key.id, name=name)

    def enable(self, key_id: str) -> None:
        """Let a key work."""
        self._change(key_id, enabled="true")

    def disable(self, key_id: str) -> None:
        """Stop a key from working."""
        self._change(key_id, enabled="false")

    def mark_revoked(self, key: Key) -> None:
        """Stop a key from working and from being found by its slug, in one step."""
        self._change(key.id, enabled="false", name=f"{_REVOKED}{key.name}"[:_MAX_NAME_CHARACTERS])

    def _change(self, key_id: str, **values: str) -> None:
        operations = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        self._aws.call("update_api_key", apiKey=key_id, patchOperations=operations)

    def delete(self, key_id: str) -> None:
        """Delete a key; an absent one is deleted already."""
        try:
            self._aws.call("delete_api_key", apiKey=key_id)
        except NotFound:
            return

    def plans(self, key_id: str) -> list[str]:
        """Return the ids of the plans that a key is attached to."""
        plans = self._aws.list_all(
            "get_usage_plans", "items", "position", keyId=key_id, limit=_PAGE
        )
        return [str(plan.get("id")) for plan in plans]

    def attach(self, key_id: str, plan_id: str) -> None:
        """Attach a key to a plan; AWS takes one plan per key and stage."""
        self._aws.call(
            "create_usage_plan_key", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY"
        )

    def detach(self, key_id: str, plan_id: str) -> None:
        """Detach a key from a plan that it may be attached to."""
        try:
            self._aws.call("delete_usage_plan_key", usagePlanId=plan_id, keyId=key_id)
        except NotFound:
            return


def _read_key(document: Mapping[str, Any]) -> Key:
    key_id = document.get("id")
    if not isinstance(key_id, str) or not key_id:
        raise UpstreamUnavailable(Aws.name, "a key without id")
    return Key(
        id=key_id,
        name=document.get("name") or "",
        is_enabled=document.get("enabled") is True,
        created_at=document.get("createdDate") or UNKNOWN_TIME,
        tags=document.get("tags") or {},
        value=document.get("value") or "",
    )
