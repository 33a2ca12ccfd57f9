"""Users of the storm's marketplace, each with a browser: they click, are sent on, and come back."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from bench import messages
from bench.jumio_storm.calls import click_url
from bench.jumio_storm.journal import Asked
from bench.jumio_storm.stage import PROCESSES, Stage
from bench.machine import HOST
from sandbox.jumio import Transaction
from sandbox.sharetribe import User

PATH = "/api/id-verification"
_COOKIE = f"st-{messages.CLIENT_ID}-token"
_PATIENCE_SECONDS = 40.0
_TRIES = 9
_PAUSE_SECONDS = (0.2, 0.9)
# Times of the vendor may be written without a fraction of a second, and one of two with it.
VENDOR_SECONDS = 2.1


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the product; `status` is None where none came."""

    status: int | None
    body: dict[str, Any]


class Browser:
    """A session of a user in some browser."""

    def __init__(self, stage: Stage, number: int, user: User) -> None:
        self._stage = stage
        self._number = number
        self._user = user
        self._lock = threading.Lock()
        self.log_in()

    def log_in(self) -> None:
        """Begin a new session."""
        token = self._stage.sharetribe.log_in(self._user.id)
        self._stage.reader.owners[token["refresh_token"]] = self._number
        with self._lock:
            self._token = token

    def grow_stale(self) -> None:
        """Let the session's access token be one that has ended."""
        with self._lock:
            head, _, signature = self._token["access_token"].rpartition(".")
            self._token = {**self._token, "access_token": f"{head}.{signature[::-1]}"}

    def ask(self, method: str, process: int, kind: str, click: str = "", **fields: Any) -> Reply:
        """Ask a process of the product; a page logs its user in again after a 401."""
        reply = self._ask(method, Asked(self._number, kind, process, click), fields)
        if reply.status != 401:
            return reply
        self._stage.journal.note(self._number, "     logs in again")
        self.log_in()
        return self._ask(method, Asked(self._number, kind, process, click), fields)

    def _ask(self, method: str, asked: Asked, fields: dict[str, Any]) -> Reply:
        with self._lock:
            cookie = f"{_COOKIE}={quote(json.dumps(self._token), safe='')}"
        headers = {
            "Cookie": cookie,
            "Sec-Fetch-Site": "same-origin",
            "X-Forwarded-For": f"10.{self._number >> 8}.{self._number & 255}.7",
        }
        body = None
        if method == "POST":
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        reply, cookies = exchange(self._stage, asked, method, PATH, headers, body)
        for one in cookies:
            name, _, value = one.partition(";")[0].partition("=")
            if name.strip() == _COOKIE:
                token = json.loads(unquote(value))
                self._stage.reader.owners[token["refresh_token"]] = self._number
                with self._lock:
                    self._token = token
        return reply


def exchange(
    stage: Stage,
    asked: Asked,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None,
) -> tuple[Reply, list[str]]:
    """Send a request to a process over a connection of its own; return its `Set-Cookie`s, too."""
    stage.journal.begin(asked)
    port = stage.fleet.servers[asked.process].port
    status, told, cookies = None, b"", []
    connection = http.client.HTTPConnection(HOST, port, timeout=_PATIENCE_SECONDS)
    with (
        contextlib.closing(connection),
        contextlib.suppress(OSError, http.client.HTTPException),
    ):
        connection.request(method, path, body, {"Host": messages.PAGE_HOST, **headers})
        answer = connection.getresponse()
        told = answer.read()
        status, cookies = answer.status, answer.headers.get_all("Set-Cookie") or []
        shown = [value for name, value in answer.getheaders() if name.lower() != "set-cookie"]
        stage.canaries.search("\n".join([told.decode(errors="replace"), *shown]), "an answer")
    try:
        document = json.loads(told)
    except ValueError:
        document = {}
    words = [
        str(document[key]) for key in ("code", "status", "transactionReference") if key in document
    ]
    stage.journal.end(asked, status, " ".join(words))
    return Reply(status, document), cookies


@dataclass(slots=True)
class Person:
    """A user with a story; `dice` is the user's own, so that a seed brings the same story again."""

    stage: Stage
    number: int
    user: User
    dice: random.Random
    browser: Browser = field(init=False)
    handed: set[str] = field(default_factory=set)
    """The vendor's sessions whose page the user was sent to."""
    was_approved: bool = False
    _clicks: int = 0
    _vendor_time: float = 0.0

    def __post_init__(self) -> None:
        self.stage.reader.numbers[self.user.id] = self.number
        self.browser = Browser(self.stage, self.number, self.user)

    def another_browser(self) -> Browser:
        """Return a second session of the same user."""
        return Browser(self.stage, self.number, self.user)

    def start(
        self, intent: str, *browsers: Browser, processes: str = "", restart: bool = False
    ) -> list[str]:
        """Click, once in each of `browsers` at once; return the sessions that the user is sent to.

        `processes` names the process that each click meets, as "01"; else any. Who gets no answer
        that helps, clicks again for a while.
        """
        self.let_vendor_time_pass()
        clicking = browsers or (self.browser,)
        met = [int(one) for one in processes] or [self.any_process() for _ in clicking]
        tries = [
            lambda browser=browser, process=process: self._click_on(
                intent, browser, process, restart
            )
            for browser, process in zip(clicking, met, strict=True)
        ]
        found = self.at_once(*tries)
        self._vendor_time = time.time()
        references = [one for one in dict.fromkeys(found) if one is not None]
        self.handed.update(references)
        return references

    def _click_on(self, intent: str, browser: Browser, process: int, restart: bool) -> str | None:
        for _ in range(_TRIES):
            self._clicks += 1
            click = f"{intent}/{self._clicks}"
            fields: dict[str, Any] = {"successUrl": click_url(self.number, click)}
            if restart:
                fields["restart"] = True
            reply = browser.ask("POST", process, "start", click, **fields)
            if reply.status in {200, 201}:
                return reply.body.get("transactionReference")
            if reply.body.get("code") == "too-many-starts":
                return None
            time.sleep(self.dice.uniform(*_PAUSE_SECONDS))
            process = (process + 1) % PROCESSES
        return None

    def read(self, browser: Browser | None = None, process: int | None = None) -> Reply:
        """Visit the page once."""
        chosen = self.any_process() if process is None else process
        reply = (browser or self.browser).ask("GET", chosen, "read")
        if reply.body.get("verified") and not self.was_approved:
            self.stage.journal.forged.append(f"user {self.number} was told to be verified")
        return reply

    def finish(self, reference: str, outcome: str) -> None:
        """Go through the vendor's page, to this end; one that has ended is left as it is."""
        self.let_vendor_time_pass()
        transaction = self.stage.jumio.transactions[reference]
        if transaction.outcome is None:
            self.was_approved = self.was_approved or outcome == "approved"
            self.stage.jumio.finish(reference, outcome)
            self.stage.journal.note(self.number, f"     vendor: {reference} ends: {outcome}")
        self._vendor_time = time.time()

    def correct(self, reference: str, outcome: str) -> None:
        """Let the vendor correct its verdict."""
        self.let_vendor_time_pass()
        self.was_approved = self.was_approved or outcome == "approved"
        self.stage.jumio.correct(reference, outcome)
        self.stage.journal.note(self.number, f"     vendor: {reference} corrected: {outcome}")
        self._vendor_time = time.time() + VENDOR_SECONDS

    def let_vendor_time_pass(self) -> None:
        """Wait until what the vendor notes next is younger than what it noted last."""
        time.sleep(max(0.0, self._vendor_time + VENDOR_SECONDS - time.time()))

    def any_process(self) -> int:
        """Return a process of the product."""
        return self.dice.randrange(PROCESSES)

    def sessions(self) -> list[Transaction]:
        """Return what the vendor knows of this user."""
        mine = f"{click_url(self.number, '')}"
        known = list(self.stage.jumio.transactions.values())
        return [one for one in known if (one.success_url or "").startswith(mine)]

    @staticmethod
    def at_once(*acts: Callable[[], Any]) -> list[Any]:
        """Do several things at the same time; return what each returns."""
        if len(acts) == 1:
            return [acts[0]()]
        gate = threading.Barrier(len(acts))

        def act(one: Callable[[], Any]) -> Any:
            gate.wait()
            return one()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(act, acts))
