"""API Gateway's keys and usage plans, as far as they are ours.

Source: docs.aws.amazon.com/apigateway (API reference and usage plans, read 2026-11). AWS is the
only store: a key is named `<slug>/<app name>` and tagged, so that it can be found again. What is
being revoked is named `revoked:<slug>/<app name>`, which no search for a slug finds.

AWS has no conditional write, but each answer to a change shows the whole key: of two processes that
change one, the later sees what the earlier has done.

AWS may not find at once what it has just made: for a key of this order that means "not yet".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, NoReturn, TypeVar

from integrations.sensedia.aws import UNKNOWN_TIME, Aws, Denied, NotFound
from integrations.sensedia.contract import App
from proxy.vendors import UpstreamUnavailable

MANAGED_BY, APP_SLUG = "managed-by", "app-slug"
_REVOKED = "revoked:"
_PAGE = 500
_MAX_NAME_CHARACTERS = 1_024
_FEW_TRIES = 4
_T = TypeVar("_T")


class PlanUnknown(Exception):
    """AWS has no such usage plan."""


class KeyMissing(UpstreamUnavailable):
    """AWS does not find a key that it has told us of: it will, or somebody has deleted it."""

    def __init__(self) -> None:
        super().__init__(Aws.name, "does not find a key that was there")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `value` is its secret, "" where it was not asked for.

    `is_new` tells that this very order has made it.
    """

    id: str
    name: str
    is_enabled: bool
    created_at: datetime
    tags: Mapping[str, str]
    value: str = field(repr=False)
    developer: str = field(default="", repr=False)
    is_new: bool = False

    @property
    def slug(self) -> str:
        """The slug of the app that the key was made for."""
        return self.tags.get(APP_SLUG, "")

    @property
    def is_revoked(self) -> bool:
        """Tell whether a revoke of this key has begun."""
        return _is_name_of_revoked(self.name)

    @property
    def rank(self) -> tuple[bool, datetime, str]:
        """The order in which an app's keys count, should there be several."""
        return not self.is_enabled, self.created_at, self.id


class Gateway:
    """The calls, each of them for one thing; they raise what Aws raises, unless said.

    Those that change a key raise KeyMissing where AWS does not find it.
    """

    def __init__(self, aws: Aws, owner: str) -> None:
        """`owner` is the value of the tag that marks our keys."""
        self.aws = aws
        self._owner = owner

    def find(self, app: App) -> list[Key]:
        """Return our keys of an app, with their values: the one that counts comes first.

        Where there is none, those that an older version made for an app without slug of the same
        developer: the name that they are found by could be another app's slug.
        """
        keys = self._find(f"{app.slug}/", app.slug)
        if keys or app.has_slug or not app.former_slug:
            return keys
        return self._of_developer(app, self._find(f"{app.former_slug}/", app.former_slug))

    def find_revoked(self, app: App) -> list[Key]:
        """Return what is left over of keys whose revoke has begun."""
        keys = self._find(f"{_REVOKED}{app.slug}/", app.slug)
        if app.has_slug or not app.former_slug:
            return keys
        former = self._find(f"{_REVOKED}{app.former_slug}/", app.former_slug)
        return keys + self._of_developer(app, former)

    def _of_developer(self, app: App, keys: list[Key]) -> list[Key]:
        return [key for key in keys if key.developer == app.developer]

    def _find(self, prefix: str, slug: str) -> list[Key]:
        """Search by name, which AWS does by prefix (in use, though not documented); tags decide."""
        documents = self.aws.list_all(
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
            key = _read_key(self.aws.call("get_api_key", apiKey=key_id))
        except NotFound:
            return None
        return key if self.is_ours(key) else None

    def make(self, app: App) -> Key:
        """Make a key that does not work yet."""
        document = self.aws.change(
            "create_api_key",
            name=f"{app.slug}/{app.name}"[:_MAX_NAME_CHARACTERS],
            description=app.developer,
            enabled=False,
            tags={MANAGED_BY: self._owner, APP_SLUG: app.slug},
        )
        return replace(_read_key(document), is_new=True)

    def rename(self, key: Key, app_name: str) -> None:
        """Give a key the name that its app has now; one whose revoke has begun is missing."""
        name = f"{key.slug}/{app_name}"[:_MAX_NAME_CHARACTERS]
        if name != key.name:
            is_enabled = self._change(key, name=name).get("enabled") is True
            if key.is_enabled and not is_enabled:
                self._stop(key)

    def enable(self, key: Key) -> None:
        """Let a key work; one whose revoke has begun is missing."""
        if _is_name_of_revoked(self._change(key, enabled="true").get("name") or ""):
            self._stop(key)

    def _stop(self, key: Key) -> NoReturn:
        """Mark a key as revoked again, where a change has undone half of its mark."""
        self.mark_revoked(replace(key, is_new=False))
        raise KeyMissing

    def mark_revoked(self, key: Key) -> None:
        """Stop a key from working and from being found by its slug, in one step."""
        self._change(key, enabled="false", name=f"{_REVOKED}{key.name}"[:_MAX_NAME_CHARACTERS])

    def _change(self, key: Key, **values: str) -> dict[str, Any]:
        operations = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        return self._about(
            key,
            partial(self.aws.change, "update_api_key", apiKey=key.id, patchOperations=operations),
        )

    def _about(self, key: Key, call: Callable[[], _T]) -> _T:
        """Do what must find a key; a new one has some time to appear. Raises KeyMissing.

        Where permissions go by tags, a key whose tags are not there yet is a forbidden one.
        """

        def once() -> _T:
            try:
                return call()
            except NotFound:
                raise KeyMissing from None

        if not key.is_new:
            return once()
        patiently = partial(self.aws.retries.until_done, once, KeyMissing)
        return self.aws.retries.until_done(patiently, Denied, tries=_FEW_TRIES)

    def delete(self, key: Key) -> None:
        """Delete a key; an absent one is deleted already, if it is not too new to be found."""
        delete = partial(self.aws.change, "delete_api_key", apiKey=key.id)
        try:
            if key.is_new:
                self.aws.retries.until_done(delete, NotFound, Denied, tries=_FEW_TRIES)
            else:
                delete()
        except NotFound:
            return

    def plans(self, key: Key) -> list[str]:
        """Return the ids of the plans that a key is attached to."""
        ask = partial(
            self.aws.list_all, "get_usage_plans", "items", "position", keyId=key.id, limit=_PAGE
        )
        return [str(plan.get("id")) for plan in self._about(key, ask)]

    def attach(self, key: Key, plan_id: str) -> None:
        """Attach a key to a plan; AWS takes one plan per key and stage.

        Raises PlanUnknown, KeyMissing, Conflict.
        """
        self._about(key, partial(self._attach, key, plan_id))

    def _attach(self, key: Key, plan_id: str) -> None:
        try:
            self.aws.change(
                "create_usage_plan_key", usagePlanId=plan_id, keyId=key.id, keyType="API_KEY"
            )
        except NotFound as error:
            if self._is_about_plan(error, key):
                raise PlanUnknown(plan_id) from None
            raise

    def _is_about_plan(self, error: NotFound, key: Key) -> bool:
        """Tell what AWS did not find: "Invalid Usage Plan ID specified", or a key."""
        if error.names("key") != error.names("plan"):
            return error.names("plan")
        return self.get(key.id) is not None

    def detach(self, key: Key, plan_id: str) -> None:
        """Detach a key from a plan that it may be attached to."""
        try:
            self.aws.change("delete_usage_plan_key", usagePlanId=plan_id, keyId=key.id)
        except NotFound:
            return


def _is_name_of_revoked(name: str) -> bool:
    return name.startswith(_REVOKED)


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
        developer=document.get("description") or "",
    )
