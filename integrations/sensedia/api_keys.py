"""API Gateway keys as an app's credentials.

A key is made disabled, attached to its plans, and enabled last: whatever breaks on the way leaves a
disabled key that nobody has been told of, and the next create takes it over. Nothing of this is
taken back, since another process may be doing just that. To revoke, a key is first disabled and
renamed in one step, so that no create hands it out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial

from integrations.sensedia.aws import NAME, Conflict
from integrations.sensedia.contract import API_KEY, App, is_ambiguous
from integrations.sensedia.gateway import Gateway, Key, KeyMissing, PlanUnknown
from integrations.sensedia.serialized_work import taking_turns, undone_on_failure
from proxy.vendors import KeyedLocks, PortalRefused, UpstreamUnavailable

_ROUNDS = 4


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
        with taking_turns(self._gateway.aws, self._locks, lambda: app.slugs):
            # Where another process has removed the key, there is another one to find or to make.
            once = partial(self._create, app)
            key = self._gateway.aws.retries.until_done(once, KeyMissing, tries=_ROUNDS)
        return {"credentialType": self.credential_type, "apiKeyId": key.id, "apiKey": key.value}

    def _check_plans(self, app: App) -> None:
        if not app.plan_ids:
            raise PortalRefused("body-invalid", "The body names no usage plan.")
        for plan_id in app.plan_ids:
            if plan_id not in self._plan_ids:
                raise PortalRefused("not-allowed", f"The usage plan {plan_id} is not allowed.")

    def _create(self, app: App) -> Key:
        """Bring the key that counts to where it works, and remove all others of the app.

        The last call shows that the key is still there. Raises KeyMissing.
        """
        key, *others = self._gateway.find(app) or self._make(app)
        for other in others:
            self._remove(other)
        if not key.value:
            raise UpstreamUnavailable(NAME, "a key without a value")
        if key.is_new and not others:
            for plan_id in app.plan_ids:
                self._attach(key, plan_id, app.plan_ids)
        else:
            self._move(key, app.plan_ids)
        if not key.is_enabled:
            self._gateway.enable(key)
        return key

    def _make(self, app: App) -> list[Key]:
        """Make a key; return it among those of other processes, the one that counts first.

        Two that make one look after that, so the later one sees both.
        """
        try:
            made = {key.id: key for key in [self._gateway.make(app)]}
        except UpstreamUnavailable:
            # The answer may have been lost on its way from a key that was made.
            made = {}
            found = self._gateway.find(app)
            if not found:
                raise
        else:
            found = self._gateway.find(app)
        new = {key.id: replace(key, is_new=True) for key in found}
        return sorted((made | new).values(), key=lambda key: key.rank)

    def _move(self, key: Key, plan_ids: Sequence[str]) -> None:
        """Detach a key from the plans that are too many, then attach it to those that are missing.

        In this order, since a key can have one plan per stage. Then look again: of two orders that
        move a key at the same time, the one that is answered last has seen its own plans there.
        """
        for _ in range(_ROUNDS):
            before = self._gateway.plans(key)
            spare = [plan for plan in before if plan in self._plan_ids and plan not in plan_ids]
            if not spare and set(plan_ids) <= set(before):
                return
            with undone_on_failure(self._gateway.aws.retries) as undo:
                for plan_id in spare:
                    undo.append(partial(self._put_back, key, plan_id, before, plan_ids))
                    self._gateway.detach(key, plan_id)
                for plan_id in plan_ids:
                    if plan_id not in before:
                        self._attach(key, plan_id, plan_ids)
        raise UpstreamUnavailable(NAME, "another order keeps changing this app's plans")

    def _put_back(
        self, key: Key, plan_id: str, before: Sequence[str], plan_ids: Sequence[str]
    ) -> None:
        """Attach a key again, unless it has come to what is ordered or another order has moved it.

        What has been attached stays: another order may have found it, and have been answered.
        """
        now = set(self._gateway.plans(key))
        is_moved = plan_id in now or not now <= {*before, *plan_ids}
        if not is_moved and not now.issuperset(plan_ids):
            self._gateway.attach(key, plan_id)

    def _attach(self, key: Key, plan_id: str, plan_ids: Sequence[str]) -> None:
        """Attach a key; raises PortalRefused for what AWS says of the plan, and nothing else."""
        try:
            self._gateway.attach(key, plan_id)
        except PlanUnknown:
            raise PortalRefused("not-allowed", f"AWS knows no usage plan {plan_id}.") from None
        except Conflict as conflict:
            attached = self._gateway.plans(key)
            if plan_id in attached:
                return
            if not conflict.names("stage"):
                raise
            if any(plan in self._plan_ids and plan not in plan_ids for plan in attached):
                raise UpstreamUnavailable(NAME, "another order has moved this key") from None
            raise PortalRefused(
                "not-allowed", f"The usage plan {plan_id} is for a stage that another one has."
            ) from None

    def update(self, app: App) -> None:
        """Bring an app's key to the plans and the name that it is to have; never makes a key.

        Raises PortalRefused (`app-unknown` too), UpstreamUnavailable, UpstreamRefused.
        """
        if app.has_apis:
            self._check_plans(app)
        with self._taking_turns(app):
            key = self._working(app)
            if key is None:
                raise PortalRefused("app-unknown", "There is no key of this app.")
            if app.name:
                self._gateway.rename(key, app.name)
            if app.has_apis:
                self._move(key, app.plan_ids)

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
                self._remove(key)

    def _revocable(self, app: App) -> list[Key]:
        """Return what a revoke is about, in the order in which to remove it.

        A key that is named comes last, so that the order, sent again, finds it as long as others
        are there. Where its own revoke has begun or is done, what the app has now is of a newer
        approval, and stays.
        """
        if app.api_key_id is None:
            return self._with_leftovers(self._gateway.find(app), app)
        named = self._named(app.api_key_id, app)
        keys = self._beside(named, app) if named and not named.is_revoked else []
        if app.has_slug:
            keys = self._with_leftovers(keys, app)
        others = [key for key in keys if key.id != app.api_key_id]
        return [*others, named] if named else others

    def _beside(self, named: Key, app: App) -> list[Key]:
        """Return all keys of the app that a key belongs to, whatever it is called in the order."""
        if app.has_slug:
            return self._gateway.find(app)
        if is_ambiguous(named.slug):
            return []
        return self._gateway.find(replace(app, slug=named.slug, has_slug=True))

    def _with_leftovers(self, keys: list[Key], app: App) -> list[Key]:
        """Return these keys, and those whose revoke has begun: looked for later, as they turn up
        there when they are gone here.
        """
        return [*keys, *self._gateway.find_revoked(app)]

    def _remove(self, key: Key) -> None:
        with suppress(KeyMissing):
            if not key.is_revoked:
                self._gateway.mark_revoked(key)
            for plan_id in self._gateway.plans(key):
                if plan_id in self._plan_ids:
                    self._gateway.detach(key, plan_id)
        self._gateway.delete(key)
