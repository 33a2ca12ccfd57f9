"""Drive a trip to a vendor's page, from the button to the result in the user's private data."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from sandbox.checks import Checks
from sandbox.hops import HopLog
from sandbox.page_reader import PageReader
from sandbox.simulator import Mode
from sandbox.stage import Running
from sandbox.visit import Step, StepError, Steps, Visit, answered, expect, timed

CALLBACK_SECONDS = 15.0
API = "/api/"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a trip is for: its route behind the API's prefix, and what a good end looks like.

    `key` is the record's in private data, `status` the good word, `flag` the member of answers that
    tells that it is good.
    """

    route: str
    key: str
    status: str
    flag: str


IDENTITY = Goal("id-verification", "idVerification", "approved", "verified")
_PAID: Mapping[Mode, str] = {"subscription": "active", "payment": "paid", "setup": "saved"}


def signing(document: str) -> Goal:
    """Return what signing a document is for."""
    return Goal(f"signings/{document}", f"signing_{document}", "signed", "signed")


def billing(plan: str, mode: Mode) -> Goal:
    """Return what paying for a plan is for."""
    return Goal(f"billing/{plan}", f"billing_{plan}", _PAID[mode], "entitled")


class TripDrive:
    """A trip to one vendor, whose page's first button leads to the goal.

    `again` is for a user who has seen such a trip before, perhaps to this very goal: it is told in
    fewer steps, and begins anew.
    """

    shown = "shown in an iframe"
    over = "the person's part is over"
    written = "acknowledged only after the write"

    def __init__(
        self, visit: Visit, vendor: Running, goal: Goal, hops: HopLog, *, again: bool
    ) -> None:
        """Prepare the steps, for a user who is logged in; each is to be taken once, in order."""
        self._visit = visit
        self._vendor = vendor
        self._name = vendor.simulator.name
        self._title = vendor.simulator.title
        self._checks: Checks = vendor.vendor
        self._goal = goal
        self._hops = hops
        self._again = again
        self._hosted_url = ""
        self._hosted_page = ""
        self._last_hop = 0
        path: Steps = (self._open_hosted_page, self._submit_outcome)
        if again:
            path = (self._pass_hosted_page,)
        steps: Steps = (self._start, *path, self._wait_for_callback, self._look_after)
        self.steps = steps if again else (self._look_before, *steps, self._look_at_storage)

    def _look_before(self) -> Step:
        answer = self._visit.call("GET", API + self._goal.route, 200)
        expect("status", "none", answer.json().get("status"))
        title = f"Browser > Proxy  GET {self._goal.route}"
        return answered(title, answer, "nothing stored yet: none")

    def _start(self) -> Step:
        body = {"provider": self._name, "restart": self._again, **self._asked()}
        answer = self._visit.call("POST", API + self._goal.route, 201, json=body)
        started = answer.json()
        self._hosted_url = self._within_reach(started["redirectUrl"])
        asked_for = f"{self._title} is asked for; " if self._again else ""
        carried = self._checks.transactions[started["transactionReference"]].carried
        notice = f"{asked_for}the sealed session travels in {carried}"
        return answered(f"Browser > Proxy  POST {self._goal.route}", answer, notice)

    def _within_reach(self, link: str) -> str:
        """Return the vendor's link as the demo page opens it: over its own address."""
        base = self._vendor.vendor.base_url
        if not link.startswith(f"{base}/"):
            return link
        return self._visit.page_url + self._vendor.path + link.removeprefix(base)

    def _asked(self) -> dict[str, Any]:
        """Return further options of the start."""
        return {}

    def _open_hosted_page(self) -> Step:
        framed = self._vendor.simulator.framed
        url = framed(self._vendor.vendor, self._hosted_url, f"{self._visit.page_url}/")
        answer = self._visit.call("GET", url, 200, allow_redirects=True)
        self._hosted_url, self._hosted_page = answer.url, answer.text
        title = f"Browser > {self._title}  open the vendor's page"
        return answered(title, answer, self.shown)

    def _submit_outcome(self) -> Step:
        form = PageReader(self._hosted_page)
        if not form.buttons:
            raise StepError("the vendor's page has no button")
        url = urljoin(self._hosted_url, form.action)
        self._last_hop = max((hop.number for hop in self._hops.since(0)), default=0)
        name, outcome = form.buttons[0]
        fields = form.hidden | {name: outcome}
        answer = self._visit.call("POST", url, 200, data=fields, allow_redirects=True)
        title = f"Browser > {self._title}  submit: {outcome}"
        return answered(title, answer, self.over)

    def _pass_hosted_page(self) -> Step:
        self._open_hosted_page()
        return self._submit_outcome()

    def _wait_for_callback(self) -> Step:
        begun = time.monotonic()
        if not self._checks.wait_for_callbacks(CALLBACK_SECONDS):
            raise StepError(f"no callback was answered within {CALLBACK_SECONDS:.0f} seconds")
        route = f"{API}callbacks/{self._name}"
        told = [hop for hop in self._hops.since(self._last_hop) if hop.path.startswith(route)]
        expect("callback status", 200, told[-1].status if told else None)
        stored = self._visit.user.private_data.get(self._goal.key, {})
        expect("stored provider", self._name, stored.get("provider"))
        expect("stored status", self._goal.status, stored.get("status"))
        title = f"{self._title} > Proxy  callback"
        return timed(title, 200, begun, self.written)

    def _look_after(self) -> Step:
        answer = self._visit.call("GET", API + self._goal.route, 200)
        result = answer.json()
        expect("provider", self._name, result.get("provider"))
        expect("status", self._goal.status, result.get("status"))
        expect("checksum", "valid", result.get("checksum"))
        expect(self._goal.flag, True, result.get(self._goal.flag))
        title = f"Browser > Proxy  GET {self._goal.route}"
        return answered(title, answer, f"{self._goal.status}, checksum valid")

    def _look_at_storage(self) -> Step:
        key = f"{self._goal.key}Checksum"
        if not self._visit.user.private_data.get(key):
            raise StepError(f"there is no {key} in the user's private data")
        notice = f"{self._goal.key} + checksum are in private data; the proxy stored nothing"
        return Step("Sharetribe holds the result", None, 0, notice)


class BillingDrive(TripDrive):
    """A plan at one vendor, whose page takes the place of the marketplace's and leads back."""

    shown = "in the place of the marketplace's page"
    over = "back on the marketplace, which proves nothing yet"

    @classmethod
    def steps_at(cls, visit: Visit, vendor: Running, hops: HopLog) -> Steps:
        """Return the steps of a subscription with the customer's portal, and of a payment."""
        steps: Steps = ()
        for wanted in ("subscription", "payment"):
            plans = vendor.simulator.bills.items()
            goals = [billing(plan, mode) for plan, mode in plans if mode == wanted]
            for goal in goals[:1]:
                drive = cls(visit, vendor, goal, hops, again=bool(steps))
                portal = () if steps else (drive._ask_for_portal, drive._open_portal)
                steps += (*drive.steps, *portal)
        return steps

    def _asked(self) -> dict[str, Any]:
        here = f"{self._visit.page_url}/"
        return {"successUrl": here, "errorUrl": here}

    def _ask_for_portal(self) -> Step:
        path = f"{API}{self._goal.route}/portal"
        body = {"returnUrl": f"{self._visit.page_url}/"}
        answer = self._visit.call("POST", path, 200, json=body)
        self._hosted_url = answer.json()["redirectUrl"]
        title = f"Browser > Proxy  POST {self._goal.route}/portal"
        return answered(title, answer, "a link that is the customer's alone, made anew each time")

    def _open_portal(self) -> Step:
        answer = self._visit.call("GET", self._hosted_url, 200, allow_redirects=True)
        title = f"Browser > {self._title}  open the customer's page"
        return answered(title, answer, "here a subscription is cancelled, and a card replaced")
