"""Why a request was refused stands in the log, in words, and not in the answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import StartWorld
from tests.flows.problems import CALLBACK_PATH, OWN_PAGE, assert_problem, send, session_cookie
from tests.flows.steps import log_fields, logged, started
from tests.kit.world import KitWorld
from tests.world import Browser

JSON = {"Content-Type": "application/json"}
UNLISTED = "MARKETPLACE_ORIGINS does not list its Origin"
FOREIGN = "a cookie of another client id: SHARETRIBE_CLIENT_ID is not the frontend's"


def the_line(lines: list[str], event: str) -> dict[str, str]:
    """Return the one line of an event, by its fields."""
    (line,) = [line for line in lines if line.startswith(f"event={event} ")]
    return log_fields(line)


def refused(world: KitWorld, **request: Any) -> dict[str, str]:
    """Send a request, and return the line that tells why it was refused."""
    with logged() as lines:
        answer = send(world, **request)
    # What is everyday life has no line of its own.
    is_daily = not any(line.startswith("event=problem ") for line in lines)
    line = the_line(lines, "request" if is_daily else "problem")
    assert answer.json()["code"] == line["code"]
    assert line["cause"] not in answer.text
    return line


def told(world: KitWorld, **request: Any) -> tuple[str, str, str]:
    line = refused(world, **request)
    return line["level"], line["code"], line["cause"]


def test_a_cookie_of_another_client_id_is_named_and_not_shown(shared: KitWorld) -> None:
    other = {**OWN_PAGE, "Cookie": f"a=1; st-other-market-token={session_cookie(shared)}"}
    assert ("warning", "session-missing", FOREIGN) == told(shared, headers=other)
    answer = assert_problem(send(shared, headers=other), 401, "session-missing")
    assert "another client id" in answer["detail"]


@pytest.mark.parametrize(
    ("cookie", "cause"),
    [
        (None, "no cookie and no bearer token"),
        ("a=1; st--token=x", "cookies, and none is a session"),
    ],
)
def test_nobody_logged_in_is_everyday_life(
    shared: KitWorld, cookie: str | None, cause: str
) -> None:
    headers = {**OWN_PAGE, **({} if cookie is None else {"Cookie": cookie})}
    level, code, found = told(shared, headers=headers)
    assert ("info", "session-missing", True) == (level, code, found.startswith(cause))


@pytest.mark.parametrize(
    ("cookie", "cause"),
    [
        ("%7B", "the cookie is no JSON"),
        ("[]", "the cookie is no JSON object"),
        ("{}", "the cookie holds no token"),
        ('{"access_token":"\\n","refresh_token":"x"}', "the cookie's access token is none"),
        ('{"access_token":"a","refresh_token":["x"]}', "the cookie's refresh token is none"),
        ("x" * 17_000, "the cookie is longer than"),
    ],
)
def test_what_of_a_cookie_cannot_be_read_is_told(shared: KitWorld, cookie: str, cause: str) -> None:
    level, code, found = told(shared, headers=OWN_PAGE, cookie=cookie)
    assert ("warning", "session-unreadable", True) == (level, code, found.startswith(cause))


def test_who_is_no_user_is_told(shared: KitWorld) -> None:
    anonymous = Browser(shared, shared.sharetribe.anonymous()).cookie
    operator = Browser(shared, shared.sharetribe.log_in_as(shared.user.id)).cookie
    assert "a visitor's" in told(shared, headers=OWN_PAGE, cookie=anonymous)[2]
    assert "an operator's" in told(shared, headers=OWN_PAGE, cookie=operator)[2]


def test_why_a_session_has_ended_is_told(shared: KitWorld) -> None:
    cookie = session_cookie(shared)
    shared.sharetribe.log_out(shared.user.id)
    shared.sharetribe.expire_access_tokens()
    ended = told(shared, headers=OWN_PAGE, cookie=cookie)
    assert ("info", "session-expired") == ended[:2]
    assert "does not renew the session" in ended[2]
    bearer = {"Authorization": "Bearer nobodys"}
    assert "the bearer token, which nothing renews" in told(shared, headers=bearer)[2]


@pytest.mark.parametrize(
    ("origin", "site", "cause"),
    [
        (
            "http://market.example",
            "cross-site",
            f"the browser says cross-site, and {UNLISTED}: it lists it with https, not http",
        ),
        (
            "https://www.market.example",
            None,
            (
                f"the browser does not say which site, and {UNLISTED}:"
                " it lists it with www., or without, the other way round"
            ),
        ),
        (
            "https://market.example:8443",
            "x",
            (f"the browser does not say which site, and {UNLISTED}: it lists it with another port"),
        ),
        (
            "https://elsewhere.example",
            "same-site",
            f"the browser says same-site, and {UNLISTED} at all",
        ),
        (None, "cross-site", "the browser says cross-site, and there is no Origin"),
    ],
)
def test_why_a_request_is_cross_site_is_told(
    shared: KitWorld, origin: str | None, site: str | None, cause: str
) -> None:
    sent = {"Origin": origin, "Sec-Fetch-Site": site}
    headers = {name: value for name, value in sent.items() if value is not None}
    found = told(shared, method="POST", headers=headers, cookie=session_cookie(shared))
    assert ("warning", "cross-site", cause) == found


CLOCK = "sent again by somebody, or a clock is wrong"
NO_SECRET = "no secret that is set makes this signature: another one, or the body was changed"


@pytest.mark.parametrize(
    ("late", "secret", "header", "cause"),
    [
        (0, "another", None, NO_SECRET),
        (900, "", None, f"its time is over 300 s old: {CLOCK}"),
        (
            -900,
            "",
            None,
            f"its time is over 300 s early: {CLOCK}",
        ),
        (0, "", "nonsense", "the header of the signature does not have its form"),
        (0, "", "", "the header of the signature does not have its form"),
        (0, "", "absent", "there is no header Passcheck-Signature"),
    ],
)
def test_why_a_signature_is_refused_is_told(
    shared: KitWorld, late: int, secret: str, header: str | None, cause: str
) -> None:
    started(shared.browser())
    vendor = shared.passcheck
    body = vendor.callback(vendor.check)
    signed = vendor.signed(body, vendor.clock() - late, secret)
    if header is not None:
        signed = {} if header == "absent" else {"Passcheck-Signature": header}
    with logged() as lines:
        send(shared, "POST", CALLBACK_PATH, headers={**JSON, **signed}, body=body)
    line = the_line(lines, "callback")
    assert ("warning", "refused", "signature-invalid", cause) == tuple(
        line[name] for name in ("level", "outcome", "reason", "cause")
    )
    # Once: the line of the callback has said it.
    assert not [one for one in lines if one.startswith("event=problem")]


def test_a_sender_that_is_refused_is_told_by_kinds(start_world: StartWorld) -> None:
    world = start_world(
        INTEGRATIONS="facecheck", TRUSTED_PROXY_HOPS="1", FACECHECK_NETWORKS="203.0.113.0/28"
    )
    form = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Forwarded-For": "203.0.113.7, 104.16.0.1",
    }
    with logged() as lines:
        send(world, "POST", "/api/callbacks/facecheck", headers=form, body="a=b")
    line = the_line(lines, "callback")
    assert ("warning", "refused", "origin-not-allowed") == tuple(
        line[name] for name in ("level", "outcome", "reason")
    )
    assert line["cause"].startswith("X-Forwarded-For has 2 entries (vendor, cdn);")
    assert "; 2 would take the vendor's" in line["cause"]
    assert not [one for one in lines if "203.0.113" in one or "104.16" in one]
