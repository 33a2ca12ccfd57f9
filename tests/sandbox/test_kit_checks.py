"""The kit's vendor of checks: its page, its decisions, and what becomes of what it tells."""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, request
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.kit.checks import PAGE, Session
from sandbox.server import Server
from tests.clock import Clock
from tests.sandbox.beacon_simulator import SimulatedBeacon

PATIENCE_SECONDS = 5.0
RETURN_URL = "https://market.example/account"


class Receiver:
    """Answers callbacks with `statuses`, one after another, then with 200."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self.lock = threading.Lock()
        app = Flask("receiver", static_folder=None)
        app.post("/callbacks")(self._take)
        self.server = Server(app)
        self.url = f"{self.server.url}/callbacks"

    def _take(self) -> Response:
        with self.lock:
            self.received.append((request.get_data(), request.headers["Beacon-Signature"]))
            return Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def told(self) -> list[str]:
        """The statuses that were told, in order."""
        return [json.loads(body)["status"] for body, _ in self.received]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.close()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def beacon(hops: HopLog, clock: Clock) -> Iterator[SimulatedBeacon]:
    with SimulatedBeacon(hops, clock) as beacon:
        yield beacon


@pytest.fixture
def session(beacon: SimulatedBeacon, receiver: Receiver) -> Session:
    """Return a session that has begun; `beacon` has it as `one`."""
    session = Session(
        id="one",
        reference="r" * 99,
        carrier="reference",
        begun_at=beacon.clock(),
        return_url=RETURN_URL,
        callback_url=receiver.url,
    )
    beacon.transactions[session.id] = session
    return session


def opened(beacon: SimulatedBeacon, link: str) -> TestResponse:
    """Open a link as a browser does."""
    parts = urlsplit(link)
    return beacon.app.test_client().get(f"{parts.path}?{parts.query}")


def seat_on(page: TestResponse) -> str:
    """Return the seat that a page holds."""
    found = re.search(r'name="seat" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def submitted(beacon: SimulatedBeacon, **form: str) -> TestResponse:
    return beacon.app.test_client().post(PAGE, data=form)


# The page


def test_a_page_has_a_button_for_each_outcome(beacon: SimulatedBeacon, session: Session) -> None:
    page = opened(beacon, beacon.link(session))

    assert 200 == page.status_code
    buttons = re.findall(r'<button name="outcome" value="(\w+)">', page.text)
    assert ["clear", "refused", "another_photo"] == buttons
    assert ["It ends", "It goes on"] == re.findall(r"<legend>(.*)</legend>", page.text)


def test_a_page_may_be_embedded_and_loads_nothing(
    beacon: SimulatedBeacon, session: Session
) -> None:
    policy = opened(beacon, beacon.link(session)).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors *" in policy


def test_what_is_decided_on_the_page_is_told(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    seat = seat_on(opened(beacon, beacon.link(session)))

    page = submitted(beacon, seat=seat, outcome="refused")

    assert 200 == page.status_code
    assert beacon.wait_for_callbacks(PATIENCE_SECONDS)
    assert ["refused"] == receiver.told
    assert 'parent.postMessage("check.over", "*")' in page.text
    assert f'href="{RETURN_URL}"' in page.text


def test_a_page_says_that_it_is_over_only_when_it_is(
    beacon: SimulatedBeacon, session: Session
) -> None:
    assert "postMessage" not in opened(beacon, beacon.link(session)).text


def test_a_link_is_not_the_name_of_its_session(beacon: SimulatedBeacon, session: Session) -> None:
    assert session.id not in beacon.link(session)
    assert session.reference not in beacon.link(session)
    assert beacon.link(session) != beacon.link(session)


def test_a_link_that_works_once_works_once(beacon: SimulatedBeacon, session: Session) -> None:
    link = beacon.link(session)
    seat = seat_on(opened(beacon, link))

    assert 404 == opened(beacon, link).status_code
    assert 200 == submitted(beacon, seat=seat, outcome="clear").status_code  # whoever is in, stays


def test_a_new_link_leads_to_the_same_session(beacon: SimulatedBeacon, session: Session) -> None:
    opened(beacon, beacon.link(session))

    seat = seat_on(opened(beacon, beacon.link(session)))

    submitted(beacon, seat=seat, outcome="clear")
    assert "clear" == session.status


def test_other_links_work_as_often_as_they_are_opened(
    beacon: SimulatedBeacon, session: Session
) -> None:
    beacon.has_single_use_links = False
    link = beacon.link(session)

    assert [200, 200] == [opened(beacon, link).status_code for _ in range(2)]


@pytest.mark.parametrize("seat", ["", "guessed", "one"])
def test_without_a_seat_nothing_is_decided(
    beacon: SimulatedBeacon, session: Session, seat: str
) -> None:
    assert 404 == submitted(beacon, seat=seat, outcome="clear").status_code
    assert session.outcome is None


def test_an_outcome_that_there_is_not_leaves_one_on_the_page(
    beacon: SimulatedBeacon, session: Session
) -> None:
    seat = seat_on(opened(beacon, beacon.link(session)))

    page = submitted(beacon, seat=seat, outcome="splendid")

    assert (400, seat) == (page.status_code, seat_on(page))
    assert session.outcome is None


def test_what_has_ended_is_not_decided_again(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    seats = [seat_on(opened(beacon, beacon.link(session))) for _ in range(2)]
    submitted(beacon, seat=seats[0], outcome="refused")

    late = submitted(beacon, seat=seats[1], outcome="clear")

    assert 400 == late.status_code
    assert 'name="seat"' not in late.text
    assert beacon.wait_for_callbacks(PATIENCE_SECONDS)
    assert ["refused"] == receiver.told
    assert 'name="seat"' not in opened(beacon, beacon.link(session)).text


# Decisions


def test_the_first_outcome_approves(beacon: SimulatedBeacon) -> None:
    assert "clear" == beacon.approval


def test_what_does_not_end_a_session_is_told_and_another_follows(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    assert [200] == beacon.finish("one", "another_photo")
    assert not session.ended

    assert [200] == beacon.finish("one", "clear")

    assert ["another_photo", "clear"] == receiver.told
    assert session.ended
    assert [200, 200] == session.callbacks_sent


@pytest.mark.parametrize("first", ["clear", "refused"])
def test_a_session_ends_once(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver, first: str
) -> None:
    beacon.finish("one", first)

    with pytest.raises(ValueError, match="has ended"):
        beacon.finish("one", "clear")
    assert ([first], first) == (receiver.told, session.status)


def test_two_at_once_end_a_session_once(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    refused: list[ValueError] = []

    def finish() -> None:
        try:
            beacon.finish("one", "clear")
        except ValueError as refusal:
            refused.append(refusal)

    both = [threading.Thread(target=finish) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(PATIENCE_SECONDS)

    assert (1, ["clear"]) == (len(refused), receiver.told)
    assert session.ended


@pytest.mark.parametrize("act", ["finish", "correct", "forge"])
def test_an_outcome_that_there_is_not_is_refused(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver, act: str
) -> None:
    with pytest.raises(ValueError, match="no outcome 'splendid'"):
        getattr(beacon, act)("one", "splendid")
    assert ([], None) == (receiver.received, session.outcome)


@pytest.mark.parametrize("call", [("finish", "clear"), ("correct", "clear"), ("resend",)])
def test_a_session_that_there_is_not_is_refused(
    beacon: SimulatedBeacon, call: tuple[str, ...]
) -> None:
    act, *outcome = call
    with pytest.raises(KeyError):
        getattr(beacon, act)("nowhere", *outcome)


def test_a_correction_comes_later_and_is_told(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver, clock: Clock
) -> None:
    beacon.finish("one", "clear")

    assert [200] == beacon.correct("one", "refused", seconds=60.0)

    assert ["clear", "refused"] == receiver.told
    assert clock() + 60.0 == session.decided_at


def test_a_correction_may_be_told_to_nobody(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.finish("one", "clear")

    assert [] == beacon.correct("one", "refused", callback=False)
    assert (["clear"], "refused") == (receiver.told, session.status)


def test_what_was_not_decided_is_not_corrected(beacon: SimulatedBeacon, session: Session) -> None:
    with pytest.raises(ValueError, match="can be corrected"):
        beacon.correct("one", "clear")
    assert session.outcome is None


# What is told


def test_what_is_told_is_signed_with_the_accounts_secret(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.finish(session.id, "clear")

    [(body, signature)] = receiver.received
    assert hmac.new(beacon.secret.encode(), body, hashlib.sha256).hexdigest() == signature


def test_each_attempt_is_signed_anew(
    beacon: SimulatedBeacon,
    session: Session,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beacon.retries, receiver.statuses = 1, [500]
    numbers = iter("12")
    monkeypatch.setattr(beacon, "signed", lambda *_: [("Beacon-Signature", next(numbers))])

    assert [500, 200] == beacon.finish(session.id, "clear")
    assert ["1", "2"] == [signature for _, signature in receiver.received]


def test_a_vendor_says_what_counts_as_delivered(
    beacon: SimulatedBeacon,
    session: Session,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beacon.retries, receiver.statuses = 2, [302, 302]
    assert [302, 302, 200] == beacon.finish(session.id, "clear")

    monkeypatch.setattr(beacon, "delivers", lambda status: status < 400)
    receiver.statuses = [302]
    assert [302] == beacon.correct(session.id, "refused")


def test_a_forger_claims_what_was_not_decided_and_cannot_sign_it(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver, hops: HopLog
) -> None:
    receiver.statuses = [401]

    assert 401 == beacon.forge("one", "clear")

    [(body, signature)] = receiver.received
    assert ["clear"] == receiver.told
    assert hmac.new(beacon.secret.encode(), body, hashlib.sha256).hexdigest() != signature
    assert (None, False, None) == (session.outcome, session.ended, session.decided_at)
    assert ["forger"] == [hop.caller for hop in hops.since(0)]


def test_what_is_lost_is_never_sent(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.callbacks = "lose"

    assert [] == beacon.finish("one", "clear")
    assert [] == beacon.release_callbacks()
    assert ([], "clear") == (receiver.received, session.status)


def test_what_is_delayed_waits_until_it_is_released(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.callbacks = "delay"
    assert [] == beacon.finish(session.id, "clear")
    assert [] == receiver.received

    assert [200] == beacon.release_callbacks()
    assert ["clear"] == receiver.told
    assert [] == beacon.release_callbacks()


def test_what_was_mixed_up_comes_newest_first(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.callbacks = "reorder"
    beacon.finish(session.id, "another_photo")
    beacon.finish(session.id, "clear")

    assert [200, 200] == beacon.release_callbacks()
    assert ["clear", "another_photo"] == receiver.told


def test_what_is_repeated_comes_three_times_and_is_the_same(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.callbacks = "repeat"

    assert [200, 200, 200] == beacon.finish("one", "clear")
    assert 1 == len(set(receiver.received))
    assert [200, 200, 200] == session.callbacks_sent


def test_the_last_word_is_sent_once_more(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    beacon.finish(session.id, "clear")

    assert 200 == beacon.resend("one")
    assert ["clear", "clear"] == receiver.told


def test_there_is_nothing_to_send_once_more_before_a_decision(
    beacon: SimulatedBeacon, session: Session
) -> None:
    with pytest.raises(ValueError, match="nothing was decided"):
        beacon.resend(session.id)


@pytest.mark.parametrize(
    ("retries", "answered"), [(0, [503]), (1, [503, 503]), (5, [503, 503, 200])]
)
def test_what_was_not_answered_well_is_sent_again(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver, retries: int, answered: list[int]
) -> None:
    beacon.retries = retries
    receiver.statuses = [503, 503]

    assert answered == beacon.finish(session.id, "clear")


def test_a_session_without_an_address_of_its_own_is_told_to_the_accounts(
    beacon: SimulatedBeacon, session: Session, receiver: Receiver
) -> None:
    session.callback_url, beacon.callback_url = None, receiver.url

    assert [200] == beacon.finish("one", "clear")


def test_without_any_address_nothing_is_told(beacon: SimulatedBeacon, session: Session) -> None:
    session.callback_url = None

    assert [] == beacon.finish("one", "clear")
    assert "clear" == session.status


def test_what_the_vendor_was_given_is_told_in_words_and_not_shown(session: Session) -> None:
    assert "reference (99 characters)" == session.carried
    assert session.reference not in repr(session)


def test_starting_afresh_forgets_sessions_links_and_rudeness(
    beacon: SimulatedBeacon, session: Session
) -> None:
    link, seat = beacon.link(session), seat_on(opened(beacon, beacon.link(session)))
    beacon.callbacks, beacon.faults.mode = "lose", "error"

    beacon.start_afresh()

    state: dict[str, Any] = {**beacon.transactions}
    assert ({}, "send", "ok") == (state, beacon.callbacks, beacon.faults.mode)
    assert 404 == opened(beacon, link).status_code
    assert 404 == submitted(beacon, seat=seat, outcome="clear").status_code
