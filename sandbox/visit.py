"""One simulated user's visit to the marketplace, over HTTP and without a browser."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

import requests

from sandbox.runner import Sandbox
from sandbox.sharetribe import User

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a drive: what happened, how long it took, and what to notice about it."""

    title: str
    status: int | None
    milliseconds: float
    notice: str


class StepError(Exception):
    """A step did not end as it should; the message says what was expected and what came."""


class Visit:
    """The first simulated user with a browser of his own; nobody is logged in at first.

    `page_url` is the address of the demo page.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Open the browser on the demo page of `sandbox`."""
        self.stage = sandbox.stage
        self.user: User = next(iter(sandbox.stage.sharetribe.users.values()))
        self.page_url = sandbox.url
        self._browser = requests.Session()
        self._browser.trust_env = False
        browser_headers = {
            "User-Agent": "Mozilla/5.0 (sandbox)",
            "Sec-Fetch-Site": "same-origin",
            "Origin": sandbox.url,
        }
        self._browser.headers.update(browser_headers)

    def log_in(self) -> requests.Response:
        """Log in at Sharetribe as its browser SDK does; raises StepError."""
        form = {
            "client_id": self.stage.sharetribe.client_id,
            "grant_type": "password",
            "username": self.user.email,
            "password": self.user.password,
            "scope": "user",
        }
        url = f"{self.stage.sharetribe_url}/v1/auth/token"
        answer = self.call("POST", url, 200, data=form, headers={"X-Sandbox-Caller": "browser"})
        name = f"st-{self.stage.sharetribe.client_id}-token"
        self._browser.cookies.set(name, quote(answer.text, safe="{}:"), domain="127.0.0.1")
        return answer

    def call(self, method: str, url: str, expected: int, **options: Any) -> requests.Response:
        """Send a request, to the page's own origin where `url` is a path; follow no redirect.

        Raises StepError for another status than the `expected` one.
        """
        answer = self._browser.request(
            method,
            urljoin(self.page_url, url),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
            **options,
        )
        if answer.status_code != expected:
            body = answer.text[:300]
            raise StepError(f"{method} {url.partition('?')[0]}: {answer.status_code} {body}")
        return answer


def answered(title: str, answer: requests.Response, notice: str) -> Step:
    """Return the step that ended with `answer`."""
    return Step(title, answer.status_code, answer.elapsed.total_seconds() * 1000, notice)


def expect(what: str, expected: object, actual: object) -> None:
    """Raise StepError unless the two are equal."""
    if expected != actual:
        raise StepError(f"{what}: expected {expected!r}, got {actual!r}")
