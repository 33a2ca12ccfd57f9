"""Drive identity checks, from the button to the result in the user's private data."""

import time
from html.parser import HTMLParser
from urllib.parse import urljoin

from sandbox.checks import Checks
from sandbox.stage import Running
from sandbox.visit import Step, StepError, Steps, Visit, answered, expect, timed

CALLBACK_SECONDS = 15.0
START_PATH = "/api/id-verification"


class CheckDrive:
    """A check at one vendor; `again` is for a user whom another vendor has checked before.

    A check again is told in fewer steps: what the first has shown is not shown once more.
    """

    def __init__(self, visit: Visit, vendor: Running, *, again: bool) -> None:
        """Prepare the steps, for a user who is logged in; each is to be taken once, in order."""
        self._visit = visit
        self._name = vendor.simulator.name
        self._title = vendor.simulator.title
        self._checks: Checks = vendor.vendor
        self._again = again
        self._reference = ""
        self._hosted_url = ""
        self._hosted_page = ""
        path: Steps = (self._open_hosted_page, self._submit_outcome)
        if again:
            path = (self._pass_hosted_page,)
        steps: Steps = (self._start, *path, self._wait_for_callback, self._look_after)
        self.steps = steps if again else (self._look_before, *steps, self._look_at_storage)

    def _look_before(self) -> Step:
        answer = self._visit.call("GET", START_PATH, 200)
        expect("status", "none", answer.json().get("status"))
        return answered("Browser > Proxy  GET id-verification", answer, "nothing stored yet: none")

    def _start(self) -> Step:
        body = {"provider": self._name, "restart": self._again}
        answer = self._visit.call("POST", START_PATH, 201, json=body)
        started = answer.json()
        self._reference = started["transactionReference"]
        self._hosted_url = started["redirectUrl"]
        carried = self._checks.transactions[self._reference].carried
        asked_for = f"{self._title} is asked for; " if self._again else ""
        notice = f"{asked_for}the sealed session travels in {carried}"
        return answered("Browser > Proxy  POST id-verification", answer, notice)

    def _open_hosted_page(self) -> Step:
        answer = self._visit.call("GET", self._hosted_url, 200, allow_redirects=True)
        self._hosted_url, self._hosted_page = answer.url, answer.text
        title = f"Browser > {self._title}  open the vendor's page"
        return answered(title, answer, "shown in an iframe")

    def _submit_outcome(self) -> Step:
        form = _Form(self._hosted_page)
        url = urljoin(self._hosted_url, form.action)
        outcome = self._checks.approval
        fields = form.hidden | {form.button_name: outcome}
        answer = self._visit.call("POST", url, 200, data=fields)
        title = f"Browser > {self._title}  submit: {outcome}"
        return answered(title, answer, "the person's part is over")

    def _pass_hosted_page(self) -> Step:
        self._open_hosted_page()
        return self._submit_outcome()

    def _wait_for_callback(self) -> Step:
        begun = time.monotonic()
        if not self._checks.wait_for_callbacks(CALLBACK_SECONDS):
            raise StepError(f"no callback was answered within {CALLBACK_SECONDS:.0f} seconds")
        statuses = self._checks.transactions[self._reference].callbacks_sent
        expect("callback status", 200, statuses[-1] if statuses else None)
        stored = self._visit.user.private_data.get("idVerification", {})
        expect("stored provider", self._name, stored.get("provider"))
        expect("stored status", "approved", stored.get("status"))
        title = f"{self._title} > Proxy  callback"
        return timed(title, 200, begun, "acknowledged only after the write")

    def _look_after(self) -> Step:
        answer = self._visit.call("GET", START_PATH, 200)
        result = answer.json()
        expect("provider", self._name, result.get("provider"))
        expect("status", "approved", result.get("status"))
        expect("checksum", "valid", result.get("checksum"))
        expect("verified", True, result.get("verified"))
        return answered("Browser > Proxy  GET id-verification", answer, "approved, checksum valid")

    def _look_at_storage(self) -> Step:
        checksum = self._visit.user.private_data.get("idVerificationChecksum")
        if not checksum:
            raise StepError("there is no idVerificationChecksum in the user's private data")
        notice = "result + checksum are in the user's private data; the proxy stored nothing"
        return Step("Sharetribe holds the result", None, 0, notice)


class _Form(HTMLParser):
    """The first form of the vendor's page: where it goes, its hidden fields, its button's name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.button_name = "outcome"
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = fields.get("action", "")
        if tag == "input" and fields.get("type") == "hidden":
            self.hidden[fields["name"]] = fields.get("value", "")
        if tag == "button" and "name" in fields:
            self.button_name = fields["name"]
