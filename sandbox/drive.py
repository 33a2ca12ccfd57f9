"""Drive one verification from end to end over HTTP, as a browser and its user would."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin

import requests

from sandbox.runner import Sandbox
from sandbox.sharetribe import User

TIMEOUT_SECONDS = 30
CALLBACK_SECONDS = 15.0
START_PATH = "/api/id-verification"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the drive: what happened, how long it took, and what to notice about it."""

    title: str
    status: int | None
    milliseconds: float
    notice: str


class StepError(Exception):
    """A step did not end as it should; the message says what was expected and what came."""


def drive(sandbox: Sandbox, say: Callable[[str], None] = print) -> bool:
    """Verify the first simulated user; say each step in one line; return whether all went well."""
    visit = _Visit(sandbox)
    say(f"  {'step':<46} {'status':>6} {'ms':>6}   what to notice")
    try:
        for number, take in enumerate(visit.steps, start=1):
            step = take()
            status = "" if step.status is None else str(step.status)
            title = f"{number}  {step.title}"
            say(f"  {title:<46} {status:>6} {step.milliseconds:>6.0f}   {step.notice}")
    except (StepError, requests.RequestException) as failure:
        say(f"  FAILED at step {number}: {failure}")
        return False
    return True


class _Visit:
    """One user's visit: a browser session with its cookie, and the transaction it started."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._stage = sandbox.stage
        self._user: User = next(iter(sandbox.stage.sharetribe.users.values()))
        self._browser = requests.Session()
        self._browser.trust_env = False
        browser_headers = {
            "User-Agent": "Mozilla/5.0 (sandbox)",
            "Sec-Fetch-Site": "same-origin",
            "Origin": sandbox.url,
        }
        self._browser.headers.update(browser_headers)
        self._reference = ""
        self._hosted_url = ""
        self._hosted_page = ""
        self.steps = (
            self._log_in,
            self._look_before,
            self._start,
            self._open_hosted_page,
            self._submit_outcome,
            self._wait_for_callback,
            self._look_after,
            self._look_at_storage,
        )

    def _log_in(self) -> Step:
        form = {
            "client_id": self._stage.sharetribe.client_id,
            "grant_type": "password",
            "username": self._user.email,
            "password": self._user.password,
            "scope": "user",
        }
        url = f"{self._stage.sharetribe_url}/v1/auth/token"
        answer = self._call("POST", url, 200, data=form, headers={"X-Sandbox-Caller": "browser"})
        name = f"st-{self._stage.sharetribe.client_id}-token"
        self._browser.cookies.set(name, quote(answer.text, safe="{}:"), domain="127.0.0.1")
        notice = f"{self._user.display_name} is logged in; the session is a cookie, as usual"
        return _step("Browser > Sharetribe  log in", answer, notice)

    def _look_before(self) -> Step:
        answer = self._call("GET", self._sandbox.url + START_PATH, 200)
        _expect("status", "none", answer.json().get("status"))
        return _step("Browser > Proxy  GET id-verification", answer, "nothing stored yet: none")

    def _start(self) -> Step:
        answer = self._call("POST", self._sandbox.url + START_PATH, 201, json={})
        started = answer.json()
        self._reference = started["transactionReference"]
        self._hosted_url = started["redirectUrl"]
        carried = len(self._stage.jumio.transactions[self._reference].user_reference or "")
        notice = f"the sealed session travels in userReference: {carried} of 100 characters"
        return _step("Browser > Proxy  POST id-verification", answer, notice)

    def _open_hosted_page(self) -> Step:
        answer = self._call("GET", self._hosted_url, 200)
        self._hosted_page = answer.text
        return _step("Browser > Jumio  open the vendor's page", answer, "shown in an iframe")

    def _submit_outcome(self) -> Step:
        form = _Form(self._hosted_page)
        url = urljoin(self._hosted_url, form.action)
        fields = form.hidden | {form.button_name: "approved"}
        answer = self._call("POST", url, 200, data=fields)
        return _step("Browser > Jumio  submit: approved", answer, "the person's part is over")

    def _wait_for_callback(self) -> Step:
        begun = time.monotonic()
        if not self._stage.jumio.wait_for_callbacks(CALLBACK_SECONDS):
            raise StepError(f"no callback was answered within {CALLBACK_SECONDS:.0f} seconds")
        waited = (time.monotonic() - begun) * 1000
        statuses = self._stage.jumio.transactions[self._reference].callbacks_sent
        _expect("callback status", 200, statuses[-1] if statuses else None)
        stored = self._user.private_data.get("idVerification", {}).get("status")
        _expect("stored status", "approved", stored)
        return Step("Jumio > Proxy  callback", 200, waited, "acknowledged only after the write")

    def _look_after(self) -> Step:
        answer = self._call("GET", self._sandbox.url + START_PATH, 200)
        result = answer.json()
        _expect("status", "approved", result.get("status"))
        _expect("checksum", "valid", result.get("checksum"))
        _expect("verified", True, result.get("verified"))
        return _step("Browser > Proxy  GET id-verification", answer, "approved, checksum valid")

    def _look_at_storage(self) -> Step:
        checksum = self._user.private_data.get("idVerificationChecksum")
        if not checksum:
            raise StepError("there is no idVerificationChecksum in the user's private data")
        notice = "result + checksum are in the user's private data; the proxy stored nothing"
        return Step("Sharetribe holds the result", None, 0, notice)

    def _call(self, method: str, url: str, expected: int, **options: Any) -> requests.Response:
        answer = self._browser.request(method, url, timeout=TIMEOUT_SECONDS, **options)
        if answer.status_code != expected:
            body = answer.text[:300]
            raise StepError(f"{method} {url.partition('?')[0]}: {answer.status_code} {body}")
        return answer


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


def _step(title: str, answer: requests.Response, notice: str) -> Step:
    return Step(title, answer.status_code, answer.elapsed.total_seconds() * 1000, notice)


def _expect(what: str, expected: object, actual: object) -> None:
    if expected != actual:
        raise StepError(f"{what}: expected {expected!r}, got {actual!r}")
