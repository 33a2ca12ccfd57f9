"""Drive a verification, then what every other vendor has to show, as a browser would."""

import time
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from sandbox.checks import Checks
from sandbox.runner import Sandbox
from sandbox.visit import Step, StepError, Steps, Visit, answered, expect, timed

CALLBACK_SECONDS = 15.0
START_PATH = "/api/id-verification"


def drive(sandbox: Sandbox, say: Callable[[str], None] = print) -> bool:
    """Log the first simulated user in, verify him, and take the steps of every vendor.

    Says each step in one line and returns whether all went well. What the sandbox's options leave
    out is not driven.
    """
    stage = sandbox.stage
    visit = Visit(stage.sharetribe, stage.sharetribe_url, sandbox.url, stage.checks)
    steps = _steps(sandbox, visit)
    say(f"  {'step':<46} {'status':>6} {'ms':>6}   what to notice")
    try:
        for number, take in enumerate(steps, start=1):
            step = take()
            status = "" if step.status is None else str(step.status)
            title = f"{number:>2}  {step.title}"
            say(f"  {title:<46} {status:>6} {step.milliseconds:>6.0f}   {step.notice}")
    except (StepError, requests.RequestException) as failure:
        say(f"  FAILED at step {number}: {failure}")
        return False
    return True


def _steps(sandbox: Sandbox, visit: Visit) -> Steps:
    steps: Steps = (lambda: _log_in(visit),)
    if sandbox.stage.checking is not None:
        checking = sandbox.stage.checking
        steps += CheckDrive(visit, checking.vendor, checking.simulator.title).steps
    for one in sandbox.stage.running:
        steps += one.simulator.steps(visit, one.vendor)
    return steps


def _log_in(visit: Visit) -> Step:
    answer = visit.log_in()
    notice = f"{visit.user.display_name} is logged in; the session is a cookie, as usual"
    return answered("Browser > Sharetribe  log in", answer, notice)


class CheckDrive:
    """An identity check, from the button to the result in the user's private data."""

    def __init__(self, visit: Visit, checks: Checks, title: str) -> None:
        """Prepare the steps, for a user who is logged in; each is to be taken once, in order."""
        self._visit = visit
        self._checks = checks
        self._title = title
        self._reference = ""
        self._hosted_url = ""
        self._hosted_page = ""
        self.steps: Steps = (
            self._look_before,
            self._start,
            self._open_hosted_page,
            self._submit_outcome,
            self._wait_for_callback,
            self._look_after,
            self._look_at_storage,
        )

    def _look_before(self) -> Step:
        answer = self._visit.call("GET", START_PATH, 200)
        expect("status", "none", answer.json().get("status"))
        return answered("Browser > Proxy  GET id-verification", answer, "nothing stored yet: none")

    def _start(self) -> Step:
        answer = self._visit.call("POST", START_PATH, 201, json={})
        started = answer.json()
        self._reference = started["transactionReference"]
        self._hosted_url = started["redirectUrl"]
        carried = self._checks.transactions[self._reference].carried
        notice = f"the sealed session travels in {carried}"
        return answered("Browser > Proxy  POST id-verification", answer, notice)

    def _open_hosted_page(self) -> Step:
        answer = self._visit.call("GET", self._hosted_url, 200)
        self._hosted_page = answer.text
        title = f"Browser > {self._title}  open the vendor's page"
        return answered(title, answer, "shown in an iframe")

    def _submit_outcome(self) -> Step:
        form = _Form(self._hosted_page)
        url = urljoin(self._hosted_url, form.action)
        fields = form.hidden | {form.button_name: "approved"}
        answer = self._visit.call("POST", url, 200, data=fields)
        title = f"Browser > {self._title}  submit: approved"
        return answered(title, answer, "the person's part is over")

    def _wait_for_callback(self) -> Step:
        begun = time.monotonic()
        if not self._checks.wait_for_callbacks(CALLBACK_SECONDS):
            raise StepError(f"no callback was answered within {CALLBACK_SECONDS:.0f} seconds")
        statuses = self._checks.transactions[self._reference].callbacks_sent
        expect("callback status", 200, statuses[-1] if statuses else None)
        stored = self._visit.user.private_data.get("idVerification", {}).get("status")
        expect("stored status", "approved", stored)
        title = f"{self._title} > Proxy  callback"
        return timed(title, 200, begun, "acknowledged only after the write")

    def _look_after(self) -> Step:
        answer = self._visit.call("GET", START_PATH, 200)
        result = answer.json()
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
