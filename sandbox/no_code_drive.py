"""Drive users of a marketplace without code: refused by Sharetribe, over a link, allowed.

Nothing of ours is asked by a script: the way is a link in Console, a page, the vendor, and what
Sharetribe then allows. A second user goes it, who has nothing yet.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import requests

from sandbox.gates import Gate, gates_of
from sandbox.page_reader import PageReader
from sandbox.sharetribe import User
from sandbox.stage import Running, Stage
from sandbox.trip_drive import IDENTITY, Goal, TripDrive, billing
from sandbox.visit import SHARETRIBE, Step, StepError, Steps, Visit, answered, expect


def no_code_steps(stage: Stage, page_url: str) -> Steps:
    """Return the steps through every gate; none where nothing is restricted, or nobody opens it."""
    gates = gates_of(stage)
    if not gates:
        return ()
    user = list(stage.sharetribe.users.values())[1]
    visit = Visit(stage.sharetribe, page_url, stage.checks, user)
    steps: Steps = (lambda: _log_in(visit),)
    for gate, vendor, goal in _ways(stage, gates):
        steps += LinkDrive(visit, vendor, goal, stage, gate).steps
    return steps


def _ways(stage: Stage, gates: tuple[Gate, ...]) -> Iterator[tuple[Gate, Running, Goal]]:
    for gate in gates:
        matter, _, plan = gate.subject.partition("/")
        if matter == "identity":
            yield gate, stage.checking[0], IDENTITY
        else:
            vendor = next(one for one in stage.billing if plan in one.simulator.bills)
            yield gate, vendor, billing(plan, vendor.simulator.bills[plan])


def _log_in(visit: Visit) -> Step:
    answer = visit.log_in()
    notice = f"{visit.user.display_name} is logged in, at a marketplace without code"
    return answered("Browser > Sharetribe  log in", answer, notice)


class LinkDrive(TripDrive):
    """A trip that begins at a button of Console's and ends with what Sharetribe then allows."""

    written = "acknowledged only after the right was written, too"

    def __init__(self, visit: Visit, vendor: Running, goal: Goal, stage: Stage, gate: Gate) -> None:
        """Prepare the steps, for a user who is logged in and lacks the right."""
        super().__init__(visit, vendor, goal, stage.hops, again=True)
        self._gate = gate
        self._api_url = f"{visit.page_url}{SHARETRIBE}/v1/api/"
        self._boat = _boat_of_others(stage, visit.user)
        self._link = ""
        self.steps = (
            self._be_refused,
            self._be_told_the_way,
            self._open_link,
            self._press_button,
            self._pass_hosted_page,
            self._wait_for_callback,
            self._open_link_again,
            self._be_allowed,
        )
        if gate.right == "initiateTransactions":
            self.steps += (self._look_at_booking,)

    @property
    def _what(self) -> tuple[str, dict[str, Any]]:
        """The call that the right is for, as the browser's SDK makes it."""
        if self._gate.right == "postListings":
            return "own_listings/create", {"title": "Dinghy for a day"}
        return "transactions/initiate", {
            "processAlias": "default-booking/release-1",
            "transition": "transition/inquire",
            "params": {"listingId": self._boat},
        }

    def _be_refused(self) -> Step:
        path, _ = self._what
        answer = self._call_sharetribe(403)
        code = answer.json()["errors"][0]["code"]
        expect("code of the refusal", self._gate.code, code)
        return answered(f"Browser > Sharetribe  {path}", answer, f"refused: {code}")

    def _call_sharetribe(self, expected: int) -> requests.Response:
        path, body = self._what
        headers = {"Authorization": f"Bearer {self._visit.access_token}"}
        return self._visit.call("POST", self._api_url + path, expected, json=body, headers=headers)

    def _be_told_the_way(self) -> Step:
        path = "/boats" if self._gate.right == "postListings" else f"/boats/{self._boat}"
        answer = self._visit.call("POST", path, 200, allow_redirects=True)
        page = PageReader(answer.text)
        expect("what the page says", self._gate.refused, page.heading)
        if not page.link:
            raise StepError("the no-access page has no button")
        self._link = page.link
        title = "Browser > Marketplace  the no-access page"
        return answered(title, answer, f"its button is a link: {self._gate.button}")

    def _open_link(self) -> Step:
        answer = self._visit.call("GET", self._link, 200)
        self._hosted_page = answer.text
        title = f"Browser > Proxy  GET go/{self._gate.subject}"
        return answered(title, answer, "whose account, what comes next; nothing has begun")

    def _press_button(self) -> Step:
        form = PageReader(self._hosted_page)
        url = urljoin(self._link, form.action)
        headers = {"Origin": "null"}  # pages that send no referrer say so
        answer = self._visit.call("POST", url, 303, data=form.hidden, headers=headers)
        self._hosted_url = answer.headers["Location"]
        title = f"Browser > Proxy  POST go/{self._gate.subject}"
        return answered(title, answer, f"to {self._title}; the seal holds no session of theirs")

    def _open_link_again(self) -> Step:
        answer = self._visit.call("GET", self._link, 200)
        page = PageReader(answer.text)
        expect("a form where nothing is left to do", {}, page.hidden)
        title = f"Browser > Proxy  GET go/{self._gate.subject}"
        return answered(title, answer, page.heading)

    def _be_allowed(self) -> Step:
        path, _ = self._what
        answer = self._call_sharetribe(200)
        return answered(f"Browser > Sharetribe  {path}", answer, f"allowed: {self._gate.right}")

    def _look_at_booking(self) -> Step:
        answer = self._visit.call("POST", f"/boats/{self._boat}", 200, allow_redirects=True)
        sales = self._visit.sharetribe.transactions.values()
        paid = [one for one in sales if one.last_transition == "transition/request-payment"]
        expect("whose booking", [self._visit.user.id], [one.customer_id for one in paid])
        expect("badge", "approved", self._visit.user.metadata.get("identity", {}).get("status"))
        title = "Browser > Marketplace  book the boat"
        return answered(title, answer, "accepted; and others see who is verified")


def _boat_of_others(stage: Stage, user: User) -> str:
    """Return the id of what somebody else than `user` offers."""
    listings = stage.sharetribe.listings.values()
    return next(one.id for one in listings if one.author_id != user.id)
