"""API Gateway keys as an app's credentials.

Source: docs.aws.amazon.com/apigateway (API reference and usage plans, read 2026-11). AWS is the
only store: a key is named `<slug>/<app name>` and tagged, so that it can be found again. It is made
disabled, attached to its plans, and enabled last: whatever breaks on the way leaves at most a
disabled key whose value nobody has seen, and the next create takes it over. To revoke, a key is
first disabled and renamed in one step, so that no create finds it any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from integrations.sensedia.aws import Aws, Conflict, NotFound
from integrations.sensedia.contract import App
from proxy.deadline import deadline, uncounted
from proxy.door import WebhookRefused
from proxy.logs import log_event
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable

MANAGED_BY, APP_SLUG = "managed-by", "app-slug"
REVOKED = "revoked/"
_PAGE = 500
_MAX_PAGES = 20
_MAX_KEY_NAME_CHARACTERS = 1_024
_UNDO_SECONDS = 8.0
_FAILURES = (NotFound, Conflict, UpstreamUnavailable, UpstreamRefused)

Key = dict[str, Any]


class ApiKeys:
    """Makes, changes and removes keys; touches only those that carry our tag."""

    credential_type = "API_KEY"

    def __init__(self, gateway: Aws, plan_ids: frozenset[str], owner: str) -> None:
        """`plan_ids` may be given out; `owner` is the value of our tag."""
        self._gateway = gateway
        self._plan_ids = plan_ids
        self._owner = owner

    def create(self, app: App) -> dict[str, str]:
        """Return the app's key, made where there is none yet: repeated, it returns the same.

        Raises WebhookRefused, UpstreamUnavailable, UpstreamRefused.
        """
        self._check_plans(app)
        keys = self._find(f"{app.slug}/", app)
        if keys and keys[0]["enabled"]:
            self._reconcile(keys[0]["id"], app.plan_ids)
            return _credentials(keys[0])
        key = keys[0] if keys else self._make(app)
        with self._removed_on_failure(key["id"]):
            self._attach(key["id"], app.plan_ids)
            self._patch(key["id"], enabled="true")
        return _credentials(key)

    def _check_plans(self, app: App) -> None:
        if not app.plan_ids:
            raise WebhookRefused("body-invalid", "The body names no usage plan.")
        foreign = [plan_id for plan_id in app.plan_ids if plan_id not in self._plan_ids]
        if foreign:
            raise WebhookRefused("not-allowed", f"The usage plan {foreign[0]} is not allowed.")

    def _find(self, prefix: str, app: App) -> list[Key]:
        """Return our keys of the app whose name begins with `prefix`: enabled first, then oldest.

        The search by name is a convenience of AWS; the tags decide.
        """
        query: dict[str, Any] = {"nameQuery": prefix, "includeValues": True, "limit": _PAGE}
        found: list[Key] = []
        for _ in range(_MAX_PAGES):
            page = self._gateway.call("get_api_keys", **query)
            found += [key for key in page.get("items", []) if self._is_ours(key, app.slug)]
            if not page.get("position"):
                break
            query["position"] = page["position"]
        named = [key for key in found if key["name"].startswith(prefix)]
        return sorted(named, key=lambda key: (not key["enabled"], key["createdDate"], key["id"]))

    def _is_ours(self, key: Key, slug: str | None) -> bool:
        tags = key.get("tags") or {}
        is_tagged = tags.get(MANAGED_BY) == self._owner
        return is_tagged and (slug is None or tags.get(APP_SLUG) == slug)

    def _make(self, app: App) -> Key:
        """Make a disabled key; an answer that was lost is looked for, and doubles are removed."""
        try:
            self._gateway.call(
                "create_api_key",
                name=_key_name(app),
                description=app.developer,
                enabled=False,
                tags={MANAGED_BY: self._owner, APP_SLUG: app.slug},
            )
        except UpstreamUnavailable:
            keys = self._find(f"{app.slug}/", app)
            if not keys:
                raise
        else:
            keys = self._find(f"{app.slug}/", app)
        if not keys:
            raise UpstreamUnavailable(self._gateway.name, "a new key cannot be found yet")
        for double in keys[1:]:
            if not double["enabled"]:
                self._tolerantly("delete_api_key", apiKey=double["id"])
        return keys[0]

    @contextmanager
    def _removed_on_failure(self, key_id: str) -> Iterator[None]:
        """Remove a key that could not be finished; if that fails too, it is still disabled."""
        try:
            yield
        except Exception:
            with uncounted(), deadline(_UNDO_SECONDS):
                self._tolerantly("update_api_key", apiKey=key_id, **_operations(enabled="false"))
                for plan_id in self._plans_tolerantly(key_id):
                    self._tolerantly("delete_usage_plan_key", usagePlanId=plan_id, keyId=key_id)
                self._tolerantly("delete_api_key", apiKey=key_id)
            raise

    def _tolerantly(self, operation: str, **arguments: Any) -> None:
        try:
            self._gateway.call(operation, **arguments)
        except NotFound:
            return
        except _FAILURES as error:
            log_event("cleanup", trip="sensedia", outcome="failed", cause=f"{operation}: {error}")

    def _plans_tolerantly(self, key_id: str) -> list[str]:
        try:
            return self._plans(key_id)
        except _FAILURES:
            return []

    def _plans(self, key_id: str) -> list[str]:
        """Return the ids of the plans that a key is attached to."""
        query: dict[str, Any] = {"keyId": key_id, "limit": _PAGE}
        found: list[str] = []
        for _ in range(_MAX_PAGES):
            page = self._gateway.call("get_usage_plans", **query)
            found += [plan["id"] for plan in page.get("items", [])]
            if not page.get("position"):
                break
            query["position"] = page["position"]
        return found

    def _attach(self, key_id: str, plan_ids: Sequence[str]) -> None:
        attached = self._plans(key_id)
        for plan_id in plan_ids:
            if plan_id not in attached:
                self._add(key_id, plan_id)

    def _add(self, key_id: str, plan_id: str) -> None:
        try:
            self._gateway.call(
                "create_usage_plan_key", usagePlanId=plan_id, keyId=key_id, keyType="API_KEY"
            )
        except NotFound:
            raise WebhookRefused(
                "not-allowed", f"AWS knows no usage plan {plan_id}, or not this key."
            ) from None
        except Conflict:
            if plan_id not in self._plans(key_id):
                raise WebhookRefused(
                    "not-allowed", f"The usage plan {plan_id} is for a stage that another one has."
                ) from None

    def update(self, app: App) -> None:
        """Bring an app's key to the plans and the name that it is to have; never makes a key.

        Raises WebhookRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        self._check_plans(app)
        key = self._known(app)
        if key is None:
            raise WebhookRefused("app-unknown", "There is no key of this app.")
        self._reconcile(key["id"], app.plan_ids)
        name = f"{(key.get('tags') or {}).get(APP_SLUG)}/{app.name}"[:_MAX_KEY_NAME_CHARACTERS]
        if app.name and key["name"] != name:
            self._patch(key["id"], name=name)

    def _known(self, app: App) -> Key | None:
        """Return our enabled key that an order names, by its id or else by the app's slug."""
        if app.api_key_id is None:
            keys = self._find(f"{app.slug}/", app)
            return keys[0] if keys and keys[0]["enabled"] else None
        try:
            key = self._gateway.call("get_api_key", apiKey=app.api_key_id)
        except NotFound:
            return None
        is_ours = self._is_ours(key, app.slug if app.has_slug else None)
        return key if is_ours and not key["name"].startswith(REVOKED) else None

    def _reconcile(self, key_id: str, plan_ids: Sequence[str]) -> None:
        """Attach the plans that are missing after detaching those that are too many.

        In this order, since a key can have one plan per stage. What fails is put back. Plans that
        are not on the list are left alone.
        """
        before = self._plans(key_id)
        removed = [p for p in before if p in self._plan_ids and p not in plan_ids]
        added: list[str] = []
        try:
            for plan_id in removed:
                self._detach(key_id, plan_id)
            for plan_id in plan_ids:
                if plan_id not in before:
                    added.append(plan_id)
                    self._add(key_id, plan_id)
        except Exception:
            with uncounted(), deadline(_UNDO_SECONDS):
                for plan_id in reversed(added):
                    self._tolerantly("delete_usage_plan_key", usagePlanId=plan_id, keyId=key_id)
                for plan_id in removed:
                    self._tolerantly(
                        "create_usage_plan_key",
                        usagePlanId=plan_id,
                        keyId=key_id,
                        keyType="API_KEY",
                    )
            raise

    def _detach(self, key_id: str, plan_id: str) -> None:
        try:
            self._gateway.call("delete_usage_plan_key", usagePlanId=plan_id, keyId=key_id)
        except NotFound:
            return

    def _patch(self, key_id: str, **values: str) -> None:
        self._gateway.call("update_api_key", apiKey=key_id, **_operations(**values))

    def revoke(self, app: App) -> None:
        """Remove the app's keys; what is absent or not ours is left alone.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        for key in self._revocable(app):
            try:
                self._revoke(key)
            except NotFound:
                continue

    def _revocable(self, app: App) -> list[Key]:
        """Return what a revoke is about, leftovers of an earlier one included."""
        named = [] if app.api_key_id is None else [self._known(app)]
        keys = [key for key in named if key is not None]
        if app.api_key_id is None or app.has_slug:
            keys += self._find(f"{REVOKED}{app.slug}/", app)
        if app.api_key_id is None:
            keys += self._find(f"{app.slug}/", app)
        return keys

    def _revoke(self, key: Key) -> None:
        key_id, name = key["id"], key["name"]
        if not name.startswith(REVOKED):
            self._patch(key_id, enabled="false", name=f"{REVOKED}{name}"[:_MAX_KEY_NAME_CHARACTERS])
        for plan_id in self._plans(key_id):
            self._detach(key_id, plan_id)
        self._gateway.call("delete_api_key", apiKey=key_id)


def _key_name(app: App) -> str:
    return f"{app.slug}/{app.name}"[:_MAX_KEY_NAME_CHARACTERS]


def _operations(**values: str) -> dict[str, Any]:
    return {
        "patchOperations": [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
    }


def _credentials(key: Key) -> dict[str, str]:
    return {
        "credentialType": ApiKeys.credential_type,
        "apiKeyId": key["id"],
        "apiKey": key["value"],
    }
