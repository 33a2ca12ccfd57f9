"""A vendor of identity checks, as most of them are: sessions, a page that ends them, callbacks.

A subclass has what is the vendor's own: its API, its words, its bodies and its signatures. It is a
`sandbox.checks.Checks`, so that the demo page, its scenarios and a drive can use it.
"""

import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby

from flask import Flask, Response, request

from sandbox.hops import HopLog
from sandbox.kit.bodies import JSON
from sandbox.kit.pages import TEMPLATES, add_templates, page
from sandbox.kit.rudeness import CallbackMode, CallsBack
from sandbox.kit.sender import Delivery, Headers, Sender, statuses
from sandbox.kit.traffic import keep_record
from sandbox.kit.vendor import SimulatedVendor

PAGE = "/page"
MESSAGE = "check.over"
"""What the page tells the page that embeds it, once the person's part is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person, or the vendor's staff, can decide about a session.

    `word` is what tests and the control API call it, `label` and `group` stand on the page. Where
    it does not `end` the session, the vendor tells it, and another outcome follows.
    """

    word: str
    label: str
    group: str
    ends: bool = True


@dataclass(slots=True, kw_only=True)
class Session:
    """A session: what it was begun with, and how it stands.

    `reference` is the content of the carrier, `return_url` where the person goes afterwards,
    `callback_url` is set where the vendor takes one for each session. Times are unix seconds.
    """

    id: str
    reference: str = field(repr=False)
    carrier: str
    begun_at: float
    return_url: str | None = None
    callback_url: str | None = field(default=None, repr=False)
    outcome: str | None = None
    ended: bool = False
    decided_at: float | None = None
    callbacks_sent: list[int | None] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What was decided last, in the words of the vendor's outcomes."""
        return self.outcome or "begun"

    @property
    def carried(self) -> str:
        """What the vendor was given to echo, in words."""
        return f"{self.carrier} ({len(self.reference)} characters)"

    @property
    def sealed(self) -> str:
        """The same as it is."""
        return self.reference


@dataclass(frozen=True, slots=True)
class Event:
    """A callback that is due: its body as it travels, and what it is, in words for the log.

    `headers` come beside the content type and the signature.
    """

    body: bytes = field(repr=False)
    note: str
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON


class CheckVendor(SimulatedVendor, CallsBack):
    """A customer's account at a vendor: its sessions by their ids.

    Serve `app`, put its address into `base_url`, and into `callback_url` what the customer has
    entered as the address of webhooks; call `close()` at the end.

    `title` is what people call the vendor, `outcomes` are what can be decided (the first of them
    approves), `pages` how the paths that browsers open begin; `heading` and `hint` stand on the
    page. With `has_single_use_links` a link to its page opens it once. `retries`, `retry_seconds`,
    `answer_seconds`: how the vendor sends again what was not answered well, and how long it waits.
    """

    title: str
    outcomes: tuple[Outcome, ...]
    pages: tuple[str, ...] = (PAGE,)
    heading = "Simulated identity check"
    hint = "No camera, no upload, nothing is checked. Decide how this session goes on."
    has_single_use_links = False
    retries = 0
    retry_seconds = 0.0
    answer_seconds = 10.0

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without sessions; `clock` answers Unix seconds."""
        super().__init__(clock, self.rate_limited)
        self.callback_url: str | None = None
        self.transactions: dict[str, Session] = {}
        self._links: dict[str, Session] = {}
        self._seats: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._sender = Sender(hops)
        self.app = Flask(type(self).__module__, static_folder=None)
        add_templates(self.app, TEMPLATES)
        keep_record(self.app, self, self.title, hops, lambda path: path.startswith(self.pages))
        self.app.add_url_rule(PAGE, view_func=self._show_page, methods=["GET", "POST"])
        self.add_api(self.app)

    # What a subclass has of its own.

    @abstractmethod
    def add_api(self, app: Flask) -> None:
        """Add the routes of the vendor's API, which refuse what the real one refuses."""

    @abstractmethod
    def events(self, session: Session) -> list[Event]:
        """Return what is told when an outcome was decided, in its order; it may be nothing."""

    @abstractmethod
    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return the headers that prove a body, made anew for each attempt to send it.

        `secret` stands in for the account's own.
        """

    def rate_limited(self) -> Response:
        """Return the vendor's documented answer to too many requests."""
        return Response(status=429)

    def delivers(self, status: int) -> bool:
        """Tell whether the vendor takes what was answered with this status as delivered."""
        return 200 <= status < 300

    def claiming(self, session: Session, outcome: str) -> list[Event]:
        """Return the events of a session as if `outcome` had been decided."""
        kept = session.outcome, session.ended, session.decided_at
        session.outcome, session.ended, session.decided_at = outcome, True, self.clock()
        try:
            return self.events(session)
        finally:
            session.outcome, session.ended, session.decided_at = kept

    # The sessions.

    @property
    def approval(self) -> str:
        """The outcome that approves: the first."""
        return self.outcomes[0].word

    def begin(self, session: Session) -> str:
        """Keep a new session; return the address of its page."""
        self.transactions[session.id] = session
        return self.link(session)

    def link(self, session: Session) -> str:
        """Return a new address of a session's page; it holds nothing but a key of its own."""
        key = secrets.token_urlsafe(24)
        self._links[key] = session
        return f"{self.browser_url}{PAGE}?key={key}"

    def finish(self, reference: str, outcome: str, *, wait: bool = True) -> list[int | None]:
        """Decide about a session, and send what is told then; return what answered.

        `reference` is the session's id, here and below. Raises KeyError for an unknown one, and
        ValueError for one that has ended or an outcome that there is not.
        """
        return statuses(self._decided(self.transactions[reference], outcome), wait=wait)

    def correct(
        self, reference: str, outcome: str, *, callback: bool = True, seconds: float = 1.0
    ) -> list[int | None]:
        """Change what was decided of a session, so many `seconds` later or more."""
        session = self.transactions[reference]
        self._known(outcome)
        if session.decided_at is None:
            raise ValueError("only what was decided can be corrected")
        session.outcome = outcome
        session.decided_at = max(self.clock(), session.decided_at + seconds)
        return statuses(self._dispatch(self.callbacks, session)) if callback else []

    def resend(self, reference: str) -> int | None:
        """Send what a session has told last once more; return what answered."""
        session = self.transactions[reference]
        if session.outcome is None:
            raise ValueError("nothing was decided yet")
        return statuses(self._dispatch("send", session))[-1]

    def forge(self, reference: str, outcome: str) -> int | None:
        """Send what somebody else has made up, signed with a guessed secret; return the answer."""
        session = self.transactions[reference]
        self._known(outcome)
        event = self.claiming(session, outcome)[-1]
        guessed = secrets.token_hex(16)
        return statuses([self._post(session, event, guessed, "forger")])[0]

    def tell(self, session: Session, event: Event, secret: str | None = None) -> int | None:
        """Send one event as it is given; return what answered."""
        return statuses([self._post(session, event, secret, self.title)])[0]

    def release_callbacks(self) -> list[int | None]:
        """Send what has been held back; return what answered."""
        return statuses(self._sender.release())

    def wait_for_callbacks(self, timeout: float) -> bool:
        """Tell whether what is on its way arrives within `timeout` seconds."""
        return self._sender.wait(timeout)

    def start_afresh(self) -> None:
        """Forget every session, and behave."""
        self.transactions.clear()
        self._links.clear()
        self._seats.clear()
        self.calls.clear()
        self.faults.reset()
        self.callbacks = "send"

    def close(self) -> None:
        """Let go of requests that hang, and send nothing more."""
        super().close()
        self._sender.close()

    def _known(self, outcome: str) -> Outcome:
        for one in self.outcomes:
            if one.word == outcome:
                return one
        raise ValueError(f"{self.title} has no outcome {outcome!r}")

    def _decided(self, session: Session, word: str) -> list[Delivery]:
        outcome = self._known(word)
        with self._lock:
            if session.ended:
                raise ValueError("the session has ended; correct() changes its outcome")
            session.outcome, session.ended = word, outcome.ends
            session.decided_at = self.clock()
        return self._dispatch(self.callbacks, session)

    def _dispatch(self, mode: CallbackMode, session: Session) -> list[Delivery]:
        return self._tell_all(mode, session, self.events(session))

    def _tell_all(
        self, mode: CallbackMode, session: Session, events: list[Event]
    ) -> list[Delivery]:
        due = [self._delivery(session, event, None, self.title) for event in events]
        return self._sender.dispatch(mode, due)

    def _post(self, session: Session, event: Event, secret: str | None, caller: str) -> Delivery:
        return self._sender.post(self._delivery(session, event, secret, caller))

    def _delivery(
        self, session: Session, event: Event, secret: str | None, caller: str
    ) -> Delivery:
        def settled(status: int | None) -> bool:
            session.callbacks_sent.append(status)
            return status is not None and self.delivers(status)

        return Delivery(
            caller=caller,
            url=lambda: session.callback_url or self.callback_url,
            headers=[("Content-Type", event.content_type), *event.headers],
            prove=lambda: self.signed(event.body, secret),
            body=event.body,
            note=event.note,
            settled=settled,
            retries=self.retries,
            retry_delay=self.retry_seconds,
            answer_seconds=self.answer_seconds,
        )

    # The page.

    def _show_page(self) -> Response:
        """Let a person decide how a session ends; a seat is what an opened page has of it."""
        if request.method == "POST":
            return self._submit(request.form.get("seat", ""), request.form.get("outcome", ""))
        key = request.args.get("key", "")
        session = self._links.pop(key, None) if self.has_single_use_links else self._links.get(key)
        return self._page(None, 404) if session is None else self.opened(session)

    def opened(self, session: Session) -> Response:
        """Return a session's page as it is opened; a vendor whose link leads elsewhere shows it."""
        seat = secrets.token_urlsafe(24)
        self._seats[seat] = session
        return self._page(session, seat=None if session.ended else seat)

    def _submit(self, seat: str, outcome: str) -> Response:
        session = self._seats.get(seat)
        if session is None:
            return self._page(None, 404)
        try:
            self._decided(session, outcome)
        except ValueError:
            return self._page(session, 400, seat=None if session.ended else seat)
        return self._page(session)

    def _page(
        self, session: Session | None, status: int = 200, *, seat: str | None = None
    ) -> Response:
        """Return the page of a session: with a `seat` it lets one decide, else that is over."""
        grouped = groupby(self.outcomes, lambda outcome: outcome.group)
        return page(
            "check.html",
            status,
            embedders="*",
            vendor=self.title,
            session=session,
            seat=seat,
            groups=[(group, list(members)) for group, members in grouped],
            message=MESSAGE,
            heading=self.heading,
            hint=self.hint,
        )
