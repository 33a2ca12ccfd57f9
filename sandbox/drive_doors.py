"""Drive the guarded doors: a Kaizala card that is tied to a user, and the developer portal."""

import time
from collections.abc import Callable
from typing import Any

import requests

from sandbox.portal import Portal, PortalAnswer
from sandbox.visit import TIMEOUT_SECONDS, Step, StepError, Visit, answered, expect

CARD_PATH = "/api/kaizala"
FIRST_PLAN, SECOND_PLAN = "bronze", "silver"


class CardDrive:
    """A person's card learns who holds it, and brings a code of the logged-in user back."""

    def __init__(self, visit: Visit) -> None:
        """Prepare the steps; the user of `visit` must be logged in."""
        self._visit = visit
        self._person = visit.stage.kaizala.people[0]
        self._token = visit.stage.kaizala.service_token(self._person)
        self._code = ""
        self.steps: tuple[Callable[[], Step], ...] = (self._ask, self._get_code, self._link)

    def _ask(self) -> Step:
        answer = self._call("GET", "me")
        expect("person", self._person.id, answer.json().get("id"))
        return answered("Card > Proxy  who am I", answer, "vouched for by Kaizala, not by the card")

    def _get_code(self) -> Step:
        answer = self._visit.call("POST", f"{CARD_PATH}/link-codes", 201)
        self._code = answer.json()["code"]
        notice = f"a sealed reference of {len(self._code)} characters, for ten minutes"
        return answered("Browser > Proxy  get a link code", answer, notice)

    def _link(self) -> Step:
        answer = self._call("POST", "link", {"code": self._code})
        stored = self._visit.user.private_data.get("kaizalaLink", {}).get("id")
        expect("linked person", self._person.id, stored)
        notice = "the person's id is in the user's private data, checksummed"
        return answered("Card > Proxy  bring the code back", answer, notice)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> requests.Response:
        """Call the proxy as the card's WebView does: with a token and no cookie."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                f"{self._visit.page_url}{CARD_PATH}/{path}",
                headers={"accessToken": self._token, "Origin": "null"},
                json=body,
                timeout=TIMEOUT_SECONDS,
            )
        if answer.status_code != 200:
            raise StepError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer


class PortalDrive:
    """The developer portal orders a key for an app, moves it to another plan, and revokes it."""

    def __init__(self, portal: Portal) -> None:
        """Prepare the steps."""
        self._portal = portal
        self._slug = ""
        self._key = ""
        self.steps: tuple[Callable[[], Step], ...] = (
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
    milliseconds = (time.monotonic() - begun) * 1000
    if answer.status != status:
        raise StepError(f"{what}: {answer.status} {answer.message}")
    return Step(f"Portal > Proxy  {what}", answer.status, milliseconds, notice)
