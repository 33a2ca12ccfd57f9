"""One line an event: written once, in its order, whatever ended the event."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest

from proxy.log_lines import Line, reason_code
from proxy.logs import configure_logs
from proxy.problems import Problem


def told(line: Line, error: Exception | None = None) -> str:
    """Return the one line that is written of an event, which ends as `error` says."""
    log = io.StringIO()
    configure_logs(log)
    with suppress(Problem, ValueError), line.telling():
        if error is not None:
            raise error
    return log.getvalue().removesuffix(" request_id=-\n")


def test_what_is_found_out_is_on_the_line_in_its_order() -> None:
    line = Line("callback", trip="acme")
    line.add(cause="x", subject="w", outcome="stored")
    line.add(outcome="kept")
    line.add_missing(outcome="unchanged", result="approved")
    expected = "event=callback level=info trip=acme outcome=kept result=approved subject=w cause=x"
    assert expected == told(line)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            Problem("too-many-starts", cause="six"),
            "outcome=refused reason=too-many-starts cause=six",
        ),
        (Problem("vendor-unavailable"), "outcome=failed reason=vendor-unavailable"),
        (ValueError("secret"), "outcome=failed reason=internal-error"),
    ],
)
def test_what_ended_the_event_is_on_its_line(error: Exception, expected: str) -> None:
    line = Line("start")
    line.add(outcome="started")
    assert f"event=start level=warning {expected}" == told(line, error)


def test_a_cause_is_told_once() -> None:
    problem = Problem("vendor-unavailable", cause="x")
    told(Line("start"), problem)
    assert problem.is_logged


@pytest.mark.parametrize(
    ("code", "expected"),
    [("100", "100"), ("a.b:c-d_1", "a.b:c-d_1"), ("", None), (None, None)]
    + [(text, "other") for text in ("two words", "x" * 65, "é", "a@b", "\n")],
)
def test_a_reason_is_a_code_and_no_text(code: str | None, expected: str | None) -> None:
    assert expected == reason_code(code)
