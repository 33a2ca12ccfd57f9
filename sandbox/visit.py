"""One simulated user's visit to the marketplace, over HTTP and without a browser."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import quote, urljoin

import requests
from requests.cookies import RequestsCookieJar

from sandbox.checks import Checks
from sandbox.kit.router import led
from sandbox.sharetribe import Sharetribe, User

TIMEOUT_SECONDS = 30
SHARETRIBE = "/services/sharetribe"
CONNECTIONS_PATH = "/api/connections"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a drive: what happened, how long it took, and what to notice about it."""

    title: str
    status: int | None
    milliseconds: float
    notice: str


Steps = tuple[Callable[[], Step], ...]
"""What a drive does, in its order; each raises StepError where it does not end as it should."""


class StepError(Exception):
    """A step did not end as it should; the message says what was expected and what came."""


class _Cookies(RequestsCookieJar):
    """Cookies of which those for TLS are sent, too: it has ended at the router."""

    def set_cookie(self, cookie: Cookie, *args: Any, **options: Any) -> None:
        cookie.secure = False
        super().set_cookie(cookie, *args, **options)


class _Browser(requests.Session):
    """Cookies and redirects as in a browser at the demo's address, which leads to this machine."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies = _Cookies()

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        return None if target is None else led(target)


class Visit:
    """A simulated user with a browser of their own, the first if none is named; not logged in yet.

    `page_url` is the address of the demo page, `checks` are the vendors that can check who
    the user is, `access_token` is that of the last login.
    """

    def __init__(
        self,
        sharetribe: Sharetribe,
        page_url: str,
        checks: tuple[Checks, ...],
        user: User | None = None,
    ) -> None:
        """Open the browser on the demo page."""
        self.sharetribe = sharetribe
        self.page_url = page_url
        self.checks = checks
        self.user: User = user or next(iter(sharetribe.users.values()))
        self.access_token = ""
        self._token_url = f"{page_url}{SHARETRIBE}/v1/auth/token"
        self._browser = _Browser()
        browser_headers = {
            "User-Agent": "Mozilla/5.0 (sandbox)",
            "Sec-Fetch-Site": "same-origin",
            "Origin": page_url,
        }
        self._browser.headers.update(browser_headers)

    def log_in(self) -> requests.Response:
        """Log in at Sharetribe as its browser SDK does; raises StepError."""
        form = {
            "client_id": self.sharetribe.client_id,
            "grant_type": "password",
            "username": self.user.email,
            "password": self.user.password,
            "scope": "user",
        }
        headers = {"X-Sandbox-Caller": "browser"}
        answer = self.call("POST", self._token_url, 200, data=form, headers=headers)
        self.access_token = answer.json()["access_token"]
        name = f"st-{self.sharetribe.client_id}-token"
        self._browser.cookies.set(name, quote(answer.text, safe="{}:"), domain="127.0.0.1")
        return answer

    def call(self, method: str, url: str, expected: int, **options: Any) -> requests.Response:
        """Send a request, to the page's own origin where `url` is a path.

        A redirect is followed only where `allow_redirects` says so. Raises StepError for another
        status than the `expected` one.
        """
        options = {"allow_redirects": False, **options}
        answer = self._browser.request(
            method, led(urljoin(self.page_url, url)), timeout=TIMEOUT_SECONDS, **options
        )
        if answer.status_code != expected:
            body = answer.text[:300]
            raise StepError(f"{method} {url.partition('?')[0]}: {answer.status_code} {body}")
        return answer

    def connect(self, vendor: str, authorize: Callable[[str], str]) -> requests.Response:
        """Connect `vendor` by consenting at once; return the answer that leads back to the page.

        `authorize` takes the consent page's address and returns where it sends the browser. Raises
        StepError.
        """
        begun = self.call("POST", f"{CONNECTIONS_PATH}/{vendor}", 200, json={}).json()
        answer = self.call("GET", authorize(begun["authorizeUrl"]), 303)
        end = answer.headers["Location"].split("?")[-1]
        expect("end of the journey", f"{vendor}=connected", end)
        if "sealed" not in self.user.private_data.get(f"{vendor}Connection", {}):
            raise StepError(f"no sealed token in the private data's {vendor}Connection")
        return answer

    def disconnect(self, vendor: str) -> requests.Response:
        """Disconnect `vendor`; return the proxy's answer. Raises StepError."""
        answer = self.call("DELETE", f"{CONNECTIONS_PATH}/{vendor}", 200)
        expect("what is stored", None, self.user.private_data.get(f"{vendor}Connection"))
        return answer


def answered(title: str, answer: requests.Response, notice: str) -> Step:
    """Return the step that ended with `answer`."""
    return Step(title, answer.status_code, answer.elapsed.total_seconds() * 1000, notice)


def expect(what: str, expected: object, actual: object) -> None:
    """Raise StepError unless the two are equal."""
    if expected != actual:
        raise StepError(f"{what}: expected {expected!r}, got {actual!r}")


def timed(title: str, status: int | None, begun: float, notice: str) -> Step:
    """Return a step that began at `begun` by `time.monotonic` and ends now."""
    return Step(title, status, (time.monotonic() - begun) * 1000, notice)
