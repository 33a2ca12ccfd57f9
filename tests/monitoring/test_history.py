"""What is remembered of each vendor: the last of each kind, and nothing of any user."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from proxy.monitoring.history import History
from tests.clock import Clock

CALLBACK = {"trip": "acme", "matter": "identity", "outcome": "stored", "result": "approved"}
REFUSED = {"route": "/api/callbacks/acme/<reference>", "status": 403, "code": "origin-not-allowed"}
AT = "1970-01-01T00:16:40.000Z"


@pytest.fixture
def history() -> History:
    return History("/api/callbacks", Clock())


def hear(history: History, event: str, fields: Mapping[str, object], level: int = 20) -> None:
    history.heard_event(event, level, fields)


def test_the_last_of_each_kind_is_told_with_its_time(history: History) -> None:
    hear(history, "start", {"trip": "acme", "outcome": "started"})
    hear(history, "callback", {**CALLBACK, "result": "pending"})
    hear(history, "callback", CALLBACK)
    told = history.told()["acme"]
    assert {"at": AT, "outcome": "started"} == told["start"]
    approved = {"matter": "identity", "outcome": "stored", "result": "approved"}
    assert {"at": AT, **approved} == told["callback"]
    assert {"callback": 2, "start": 1} == told["counts"]


def test_a_refused_callback_does_not_hide_the_last_good_one(history: History) -> None:
    hear(history, "callback", CALLBACK)
    hear(history, "callback", {"trip": "acme", "outcome": "refused"}, logging.WARNING)
    hear(history, "request", REFUSED)
    told = history.told()["acme"]
    assert "stored" == told["callback"]["outcome"]
    assert {"at": AT, "status": 403, "code": "origin-not-allowed"} == told["refusedCallback"]


def test_a_test_of_the_doctors_does_not_hide_the_last_callback_of_the_vendor(
    history: History,
) -> None:
    hear(history, "callback", CALLBACK)
    hear(history, "callback", {"trip": "acme", "outcome": "tested"})
    told = history.told()["acme"]
    assert {"callback": 1, "testedCallback": 1} == told["counts"]
    assert "stored" == told["callback"]["outcome"]


def test_what_warns_about_a_vendor_is_its_last_error(history: History) -> None:
    hear(history, "renewal", {"trip": "acme", "outcome": "not-stored"}, logging.WARNING)
    assert {"at": AT, "event": "renewal", "outcome": "not-stored"} == history.told()["acme"][
        "error"
    ]


@pytest.mark.parametrize(
    ("status", "is_error"), [(None, True), (429, True), (503, True), (404, False)]
)
def test_a_call_that_failed_is_an_error_of_its_upstream(
    history: History, status: int | None, is_error: bool
) -> None:
    history.heard_call("acme", "GET", status, 0.1)
    assert is_error == ("acme" in history.told())


def test_nothing_that_may_tell_of_a_user_is_kept(history: History) -> None:
    private = {"subject": "canary", "case": "canary", "cause": "canary", "rights": "canary"}
    hear(history, "callback", {**CALLBACK, **private, "reason": "user canary@mail.example"}, 30)
    assert "canary" not in str(history.told())


def test_no_more_than_a_hundred_names_are_kept(history: History) -> None:
    for number in range(150):
        hear(history, "callback", {**CALLBACK, "trip": f"vendor-{number}"})
    assert 100 == len(history.told())
