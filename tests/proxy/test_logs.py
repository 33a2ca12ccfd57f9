"""Log lines: listed keys only, one line each, and nothing secret from any trip."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from proxy.logs import (
    ALLOWED_KEYS,
    Calls,
    configure_logs,
    listen,
    log_call,
    log_event,
    request_id,
    silence_details,
)
from tests.world import World


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return where log lines go during the test."""
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    configure_logs()


class Ear:
    """Hears what is logged, and fails if it is to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.heard: list[object] = []
        self._failure = failure

    def heard_event(self, event: str, level: int, fields: Mapping[str, object]) -> None:
        """Hear an event."""
        self._hear((event, level, fields))

    def heard_call(self, upstream: str, method: str, status: int | None, seconds: float) -> None:
        """Hear of a call."""
        self._hear((upstream, method, status, seconds))

    def _hear(self, told: object) -> None:
        if self._failure is not None:
            raise self._failure
        self.heard.append(told)


@pytest.fixture
def silence() -> Iterator[None]:
    """Leave the log without listeners after the test."""
    yield
    listen()


def lines_of(**fields: Any) -> str:
    stream = io.StringIO()
    configure_logs(stream)
    log_event("x", **fields)
    return stream.getvalue()


def test_an_event_is_one_line_of_pairs(log: io.StringIO) -> None:
    log_event("request", method="GET", route="/healthz", status=200, ms=1.26)
    expected = "event=request level=info method=GET route=/healthz status=200 ms=1.3 request_id=-\n"
    assert expected == log.getvalue()


def test_a_field_without_a_value_is_left_out(log: io.StringIO) -> None:
    log_event("request", code=None)
    assert "code" not in log.getvalue()


def test_the_level_is_part_of_the_line(log: io.StringIO) -> None:
    log_event("defect", logging.ERROR)
    assert "level=error" in log.getvalue()


def test_the_request_id_joins_the_lines_of_a_request(log: io.StringIO) -> None:
    token = request_id.set("abc-1")
    log_event("request")
    request_id.reset(token)
    assert log.getvalue().endswith(" request_id=abc-1\n")


@pytest.mark.parametrize("key", ["token", "body", "url", "path", "user", "email", "reference"])
def test_a_key_that_is_not_listed_is_refused(log: io.StringIO, key: str) -> None:
    fields: dict[str, Any] = {key: "value"}
    with pytest.raises(ValueError, match="not a log key"):
        log_event("x", **fields)
    assert "" == log.getvalue()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("two words", 'cause="two words"'),
        ("line\nevent=forged", 'cause="line?event=forged"'),
        ('say "no"', 'cause="say ?no?"'),
        ("back\\slash", 'cause="back?slash"'),
        ("caf\u00e9", 'cause="caf?"'),
        ("\x1b[31m", 'cause="?[31m"'),
        ("", 'cause=""'),
    ],
)
def test_an_odd_value_cannot_leave_its_quotes(value: str, expected: str) -> None:
    assert f"event=x level=info {expected} request_id=-\n" == lines_of(cause=value)


def test_a_long_value_is_cut() -> None:
    assert len(lines_of(cause="x" * 10_000)) < 400


@given(st.sampled_from(sorted(ALLOWED_KEYS)), st.text() | st.integers() | st.floats())
def test_any_value_stays_on_its_line(key: str, value: object) -> None:
    line = lines_of(**{key: value})
    assert line.isascii()
    assert 1 == line.count("\n")
    assert line.count('"') in (0, 2)


def calls_of(*made: tuple[str, int | None, float]) -> Calls:
    found = Calls()
    for upstream, status, seconds in made:
        found.add(upstream, status, seconds)
    return found


def test_calls_are_told_by_name_status_and_milliseconds() -> None:
    made = calls_of(("sharetribe", 200, 0.0012), ("vendor", None, 4.0), ("sharetribe", 503, 0.1))
    expected = 'calls="sharetribe 200 1.2, vendor - 4000.0, sharetribe 503 100.0"'
    assert f"event=x level=info {expected} request_id=-\n" == lines_of(calls=made)


def test_of_many_calls_the_first_twenty_are_told() -> None:
    line = lines_of(calls=calls_of(*[("vendor", 200, 0.001)] * 23))
    assert 'calls="' + "vendor 200 1.0, " * 20 + 'and 3 more"' in line


@given(st.text(), st.none() | st.integers(), st.floats())
def test_calls_stay_within_their_quotes(name: str, status: int | None, seconds: float) -> None:
    line = lines_of(calls=calls_of((name, status, seconds)))
    assert (1, 2, True) == (line.count("\n"), line.count('"'), line.isascii())


def test_a_call_outside_a_request_has_a_line_of_its_own(log: io.StringIO) -> None:
    log_call("vendor", "GET", None, 0.5)
    expected = "event=upstream level=info upstream=vendor method=GET ms=500.0 request_id=-\n"
    assert expected == log.getvalue()


def test_a_request_has_one_line_with_its_calls(world: World) -> None:
    browser = world.browser()
    log = io.StringIO()
    configure_logs(log)
    browser.start()
    (line,) = [one for one in log.getvalue().splitlines() if "event=request" in one]
    names = [call.split(" ")[:2] for call in line.split('"')[1].split(", ")]
    expected = [["sharetribe", "200"], ["passcheck", "201"], ["sharetribe", "200"]]
    assert ("event=request", expected) == (line.split(" ")[0], names)


def test_a_request_that_calls_nobody_tells_of_no_calls(world: World) -> None:
    browser = world.browser()
    browser.start()
    log = io.StringIO()
    configure_logs(log)
    browser.call("POST", "/api/callbacks/passcheck/x")
    assert "calls=" not in log.getvalue()


def test_a_request_is_logged_by_its_route(world: World) -> None:
    log = io.StringIO()
    configure_logs(log)
    world.browser().call("POST", "/api/callbacks/passcheck/sealed-segment")
    assert "route=/api/callbacks/passcheck/<reference>" in log.getvalue()
    assert "sealed-segment" not in log.getvalue()


def test_a_defect_is_logged_by_its_place_alone(world: World) -> None:
    def fail_once(response: Response) -> Response:
        if "failed" not in done:
            done.append("failed")
            raise ValueError("text-of-the-defect")
        return response

    done: list[str] = []
    world.app.after_request(fail_once)
    log = io.StringIO()
    configure_logs(log)
    answered = world.browser().call("POST", "/api/callbacks/passcheck/sealed-segment")
    assert (500, "internal-error") == (answered.status_code, answered.json()["code"])
    assert "event=defect level=error error=ValueError cause=test_logs.py:" in log.getvalue()
    assert "sealed-segment" not in log.getvalue()
    assert "text-of-the-defect" not in log.getvalue() + answered.text


def test_a_library_can_be_kept_from_telling_details(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    talkative = logging.getLogger("talkative.part")
    silence_details("talkative")
    talkative.debug("the whole body")
    talkative.warning("out of breath")
    assert ["out of breath"] == caplog.messages


@pytest.mark.usefixtures("silence")
def test_listeners_hear_events_of_any_level_and_every_call() -> None:
    ears = Ear(), Ear()
    listen(*ears)
    log_event("chatter", logging.DEBUG, trip="acme")
    log_call("acme", "GET", None, 0.5)
    of_call = {"upstream": "acme", "method": "GET", "status": None, "ms": 500.0}
    expected = [
        ("chatter", logging.DEBUG, {"trip": "acme"}),
        ("acme", "GET", None, 0.5),
        ("upstream", logging.INFO, of_call),
    ]
    assert [expected, expected] == [ear.heard for ear in ears]


@pytest.mark.usefixtures("silence")
def test_a_listener_that_fails_fails_nobody(log: io.StringIO) -> None:
    other = Ear()
    listen(Ear(ValueError("what it was told")), other)
    log_event("request", status=200)
    log_call("acme", "GET", 200, 0.5)
    defects = log.getvalue().count(
        'event=defect level=error error=ValueError cause="Ear, a listener"'
    )
    assert (3, 1, 3) == (defects, log.getvalue().count("event=request"), len(other.heard))
    assert "what it was told" not in log.getvalue()


@pytest.mark.usefixtures("silence")
def test_the_app_made_last_is_heard_by_its_own_listeners_alone() -> None:
    before, now = Ear(), Ear()
    listen(before)
    listen(now)
    log_event("request")
    assert (0, 1) == (len(before.heard), len(now.heard))
