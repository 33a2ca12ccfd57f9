"""API Gateway keys as an app's credentials.

A key is made disabled, attached to its plans, and enabled last: whatever breaks on the way leaves
at most a disabled key whose value nobody has seen, and the next create takes it over. To revoke, a
key is first disabled and renamed in one step, so that no create hands it out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial

from integrations.sensedia.aws import NAME, Conflict
from integrations.sensedia.contract import API_KEY, App
from integrations.sensedia.gateway import Gateway, Key, KeyMissing, PlanUnknown
from integrations.sensedia.serialized_work import Undo, taking_turns, undone_on_failure
from proxy.vendors import KeyedLocks, PortalRefused, UpstreamUnavailable


class ApiKeys:
    """Makes, changes and removes keys; touches only those that carry our tag."""

    credential_type = API_KEY

    def __init__(self, gateway: Gateway, plan_ids: frozenset[str]) -> None:
        """`plan_ids` may be given out; attachments to other plans are left alone."""
        self._gateway = gateway
        self._plan_ids = plan_ids
        self._locks = KeyedLocks()

    def create(self, app: App) -> dict[str, str]:
        """Return the app's key, made where there is none yet: repeated, it returns the same.

        Raises PortalRefused, UpstreamUnavailable, UpstreamRefused.
        """
        self._check_plans(app)
        with (
            taking_turns(self._gateway.aws, self._locks, lambda: app.slugs),
            self._undone_on_failure() as undo,
        ):
            keys = self._gateway.find(app)
            key = keys[0] if keys else self._make(app, undo)
            if not key.value:
                raise UpstreamUnavailable(NAME, "a key without a value")
            self._move(key, app.plan_ids, undo)
            if not key.is_enabled:
                undo.append(partial(self._gateway.disable, key))
                self._gateway.enable(key)
        return {"credentialType": self.credential_type, "apiKeyId": key.id, "apiKey": key.value}

    def _undone_on_failure(self) -> AbstractContextManager[list[Undo]]:
        return undone_on_failure(self._gateway.aws.retries)

    def _check_plans(self, app: App) -> None:
        if not app.plan_ids:
            raise PortalRefused("body-invalid", "The body names no usage plan.")
        for plan_id in app.plan_ids:
            if plan_id not in self._plan_ids:
                raise PortalRefused("not-allowed", f"The usage plan {plan_id} is not allowed.")

    def _make(self, app: App, undo: list[Undo]) -> Key:
        """Make a key, unless another process is faster: then the first one counts.

        Only the key that is made here is ever removed: another one may have been handed out.
        """
        try:
            made = self._gateway.make(app)
        except UpstreamUnavailable:
            # The answer may have been lost on its way from a key that was made.
            keys = self._gateway.find(app)
            if not keys:
                raise
            return replace(keys[0], is_new=True)
        undo.append(partial(self._gateway.delete, made))
        first = min([made, *self._gateway.find(app)], key=lambda key: key.rank)
        if first.id == made.id:
            return made
        self._gateway.delete(made)
        undo.pop()
        return first

    def _move(self, key: Key, plan_ids: Sequence[str], undo: list[Undo]) -> None:
        """Detach a key from the plans that are too many, then attach it to those that are missing.

        In this order, since a key can have one plan per stage.
        """
        before = self._gateway.plans(key)
        for plan_id in before:
            if plan_id in self._plan_ids and plan_id not in plan_ids:
                undo.append(partial(self._put_back, key, plan_id))
                self._gateway.detach(key, plan_id)
        for plan_id in plan_ids:
            if plan_id not in before:
                undo.append(partial(self._gateway.detach, key, plan_id))
                self._attach(key, plan_id)

    def _put_back(self, key: Key, plan_id: str) -> None:
        try:
            self._gateway.attach(key, plan_id)
        except Conflict:
            if plan_id not in self._gateway.plans(key):
                raise

    def _attach(self, key: Key, plan_id: str) -> None:
        """Attach a key; raises PortalRefused for what AWS says of the plan, and nothing else."""
        try:
            self._gateway.attach(key, plan_id)
        except PlanUnknown:
            raise PortalRefused("not-allowed", f"AWS knows no usage plan {plan_id}.") from None
        except Conflict as conflict:
            if plan_id in self._gateway.plans(key):
                return
            if not conflict.names("stage"):
                raise
            raise PortalRefused(
                "not-allowed", f"The usage plan {plan_id} is for a stage that another one has."
            ) from None

    def update(self, app: App) -> None:
        """Bring an app's key to the plans and the name that it is to have; never makes a key.

        Raises PortalRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        if app.has_apis:
            self._check_plans(app)
        with self._taking_turns(app), self._undone_on_failure() as undo:
            key = self._working(app)
            if key is None:
                raise PortalRefused("app-unknown", "There is no key of this app.")
            if app.has_apis:
                self._move(key, app.plan_ids, undo)
            if app.name:
                self._gateway.rename(key, app.name)

    def _taking_turns(self, app: App) -> AbstractContextManager[None]:
        """An order that names a key alone takes turns with those that name the key's app."""

        def slugs() -> tuple[str, ...]:
            if app.has_slug or app.api_key_id is None:
                return app.slugs
            named = self._gateway.get(app.api_key_id)
            return (*app.slugs, named.slug) if named else app.slugs

        return taking_turns(self._gateway.aws, self._locks, slugs)

    def _working(self, app: App) -> Key | None:
        """Return the key that an order names, by its id or else by the app's slug."""
        if app.api_key_id is None:
            return next((key for key in self._gateway.find(app) if key.is_enabled), None)
        key = self._named(app.api_key_id, app)
        return None if key is None or key.is_revoked else key

    def _named(self, key_id: str, app: App) -> Key | None:
        key = self._gateway.get(key_id)
        return key if key and (key.slug in app.slugs or not app.has_slug) else None

    def revoke(self, app: App) -> None:
        """Remove the app's keys; what is absent or not ours is left alone.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        with self._taking_turns(app):
            for key in self._revocable(app):
                self._revoke(key)

    def _revocable(self, app: App) -> list[Key]:
        """Return what a revoke is about, with the leftovers of earlier orders.

        An id limits it to this key: a revoke that is sent again must not reach the key of an app
        that has been approved anew. Disabled keys have been handed out to nobody.
        """
        if app.api_key_id is None:
            return [*self._gateway.find(app), *self._gateway.find_revoked(app)]
        named = self._named(app.api_key_id, app)
        keys = {} if named is None else {named.id: named}
        if app.has_slug:
            leftovers = [key for key in self._gateway.find(app) if not key.is_enabled]
            leftovers += self._gateway.find_revoked(app)
            keys |= {key.id: key for key in leftovers}
        return list(keys.values())

    def _revoke(self, key: Key) -> None:
        with suppress(KeyMissing):
            if not key.is_revoked:
                self._gateway.mark_revoked(key)
            for plan_id in self._gateway.plans(key):
                if plan_id in self._plan_ids:
                    self._gateway.detach(key, plan_id)
        self._gateway.delete(key)
