"""Drive the developer portal: it orders a key for an app, moves it to another plan, revokes it."""

import time
from collections.abc import Callable

from sandbox.sensedia.portal import Portal, PortalAnswer
from sandbox.visit import Step, StepError, Steps, expect, timed

FIRST_PLAN, SECOND_PLAN = "bronze", "silver"


class PortalDrive:
    """The life of one app's credentials."""

    def __init__(self, portal: Portal) -> None:
        """Prepare the steps."""
        self._portal = portal
        self._slug = ""
        self._key = ""
        self.steps: Steps = (
            self._ask_for_health,
            self._create,
            self._update,
            self._revoke,
        )

    def _ask_for_health(self) -> Step:
        return _ordered("health", 204, self._portal.health, "AWS was asked")

    def _create(self) -> Step:
        def approve() -> PortalAnswer:
            return self._portal.approve("Harbour guide", FIRST_PLAN)

        step = _ordered("create credentials", 200, approve, "made disabled, enabled last")
        self._slug = next(reversed(self._portal.apps))
        self._key = self._portal.apps[self._slug].credentials.get("apiKey", "")
        self._expect_key(FIRST_PLAN)
        return step

    def _update(self) -> Step:
        def change() -> PortalAnswer:
            return self._portal.change_plan(self._slug, SECOND_PLAN)

        notice = f"from {FIRST_PLAN} to {SECOND_PLAN}; the key stays the same"
        step = _ordered("update credentials", 204, change, notice)
        self._expect_key(SECOND_PLAN)
        return step

    def _revoke(self) -> Step:
        def revoke() -> PortalAnswer:
            return self._portal.revoke(self._slug)

        step = _ordered("revoke credentials", 204, revoke, "the key is gone from AWS")
        expect("the key in AWS", None, self._portal.use(self._key))
        return step

    def _expect_key(self, plan: str) -> None:
        found = self._portal.use(self._key) or {}
        expect("the key in AWS", (True, [plan]), (found.get("enabled"), found.get("plans")))


def _ordered(what: str, status: int, send: Callable[[], PortalAnswer], notice: str) -> Step:
    """Have the portal send an order and return the step, if it is answered with `status`."""
    begun = time.monotonic()
    answer = send()
    if answer.status != status:
        raise StepError(f"{what}: {answer.status} {answer.message}")
    return timed(f"Portal > Proxy  {what}", answer.status, begun, notice)
