"""The session cookie in both encodings, bearer tokens, and every way in which they can be wrong."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http.session import Credentials, cookie_name, cookie_value, read_credentials
from proxy.problems import Problem
from proxy.sharetribe.token import Token

CLIENT_ID = "0a1b2c3d-0000-4000-8000-00000000000e"
NAME = f"st-{CLIENT_ID}-token"
REFRESH_TOKEN = "v2--5f0c7f0e-2f63-4b8e-9d0c-7f2a61d0b9a1--" + "0123456789abcdef" * 2 + "01234567"
STORED: dict[str, Any] = {
    "access_token": "eyJh.eyJz.sig-_x",
    "scope": "user",
    "token_type": "bearer",
    "expires_in": 600,
    "refresh_token": REFRESH_TOKEN,
}


def compact(stored: object) -> str:
    return json.dumps(stored, separators=(",", ":"))


def as_express(stored: object) -> str:
    """Encode as the server's cookie store does: everything escaped, encodeURIComponent."""
    return quote(compact(stored), safe="!'()*~-._")


def as_js_cookie(stored: object) -> str:
    """Encode as js-cookie does: braces and colons stay raw."""
    return quote(compact(stored), safe="{}:!'()*~-._")


def read(cookies: list[str], authorization: str | None = None) -> Credentials:
    """Read a request that brings these values under the session's name."""
    pairs = [f"{NAME}={cookie}" for cookie in cookies]
    return read_credentials(CLIENT_ID, "; ".join(["a=1", *pairs, "b=2"]), authorization)


def token_in(stored: object) -> Token:
    return read([as_express(stored)]).token


def problem_of(cookies: list[str], authorization: str | None = None) -> str:
    with pytest.raises(Problem) as caught:
        read(cookies, authorization)
    return caught.value.code


@pytest.mark.parametrize("encode", [as_express, as_js_cookie, compact])
def test_each_encoding_of_the_cookie_is_read(encode: Any) -> None:
    credentials = read([encode(STORED)])
    assert Token(STORED["access_token"], REFRESH_TOKEN, STORED) == credentials.token
    assert credentials.from_cookie


@pytest.mark.parametrize("encode", [as_express, as_js_cookie, compact])
def test_quotation_marks_around_the_cookie_do_not_belong_to_it(encode: Any) -> None:
    assert STORED == read([f'"{encode(STORED)}"']).token.stored


def test_unescaped_text_in_the_cookie_is_utf_8() -> None:
    stored = {**STORED, "note": "caf\u00e9"}
    as_wsgi_has_it = json.dumps(stored, ensure_ascii=False).encode().decode("latin-1")
    assert stored == read([as_wsgi_has_it]).token.stored


def test_another_applications_cookie_does_not_count() -> None:
    with pytest.raises(Problem, match="session-missing"):
        read_credentials(CLIENT_ID, f"st-other-token={as_express(STORED)}", None)


@pytest.mark.parametrize("cookies", [[], [""], ["", '""']])
def test_no_cookie_is_a_missing_session(cookies: list[str]) -> None:
    assert "session-missing" == problem_of(cookies)


@pytest.mark.parametrize(
    "cookie",
    [
        "not json",
        "%7B%22access_token",
        "%FF%FE",
        "null",
        "[]",
        '"text"',
        "1",
        "{}",
        "[" * 10_000,
        "9" * 10_000,
        "%7B%7D" * 3_000,
        as_express(STORED).removesuffix("%7D") + "%2C%22note%22%3A%22%FF%22%7D",
        compact({**STORED, "note": "x" * 20_000}),
        compact({"scope": "user"}),
        compact({**STORED, "access_token": ["x"]}),
        compact({**STORED, "access_token": None}),
        compact({**STORED, "access_token": "caf\u00e9"}),
        compact({**STORED, "access_token": "line\nbreak"}),
        compact({**STORED, "refresh_token": 7}),
        compact({**STORED, "access_token": "two words"}),
        compact({**STORED, "refresh_token": "two words"}),
        compact({**STORED, "refresh_token": "nul\0"}),
        "\xff" + compact(STORED),
        compact({**STORED, "refresh_token": "\ud800"}),
        compact({**STORED, "scope": 5}),
        compact({**STORED, "scope": None}),
        compact({**STORED, "scope": {"user": True}}),
    ],
)
def test_an_odd_cookie_is_unreadable(cookie: str) -> None:
    assert "session-unreadable" == problem_of([cookie])


@pytest.mark.parametrize(
    "stored",
    [
        {"access_token": "x", "scope": "public-read"},
        {"access_token": "x"},
        {**STORED, "scope": ""},
        {**STORED, "scope": "trusted:user"},
        {**STORED, "scope": "integ"},
        {**STORED, "scope": "users"},
    ],
)
def test_a_session_that_is_not_a_users_is_anonymous(stored: dict[str, Any]) -> None:
    assert "session-anonymous" == problem_of([as_express(stored)])


@pytest.mark.parametrize(
    "stored",
    [
        {**STORED, "isLoggedInAs": True},
        {"access_token": "x", "scope": "user", "isLoggedInAs": True},
        {"access_token": "x", "scope": "user:limited"},
        {"access_token": "x", "scope": "user"},
        {**STORED, "scope": "user user:limited"},
    ],
)
def test_an_operators_session_is_impersonated(stored: dict[str, Any]) -> None:
    assert "session-impersonated" == problem_of([as_express(stored)])


@pytest.mark.parametrize("scope", ["user", "user extra", "extra user"])
def test_a_scope_may_be_a_list(scope: str) -> None:
    assert REFRESH_TOKEN == token_in({**STORED, "scope": scope}).refresh_token


def test_an_old_token_without_scope_counts_by_its_refresh_token() -> None:
    stored = {key: value for key, value in STORED.items() if key != "scope"}
    assert REFRESH_TOKEN == token_in(stored).refresh_token


def test_a_refresh_token_alone_is_a_session() -> None:
    assert token_in({"refresh_token": "r", "scope": "user"}) == Token(
        "", "r", {"refresh_token": "r", "scope": "user"}
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_needs_no_cookie(scheme: str) -> None:
    credentials = read([], f"{scheme} abc.def")
    assert Token("abc.def") == credentials.token
    assert not credentials.from_cookie


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic dXNlcjpwYXNz",
        "Basic dXNlcjpwYXNz,Basic eDp5",
        'Digest username="Bearer x", uri="/", response="Bearer"',
        "Bearer",
        "Bearer  ",
        "Bearer,Basic dXNlcjpwYXNz",
        "Bearerx",
        ", ,",
    ],
)
def test_another_scheme_leaves_the_cookie_in_charge(authorization: str) -> None:
    credentials = read([as_express(STORED)], authorization)
    assert credentials.from_cookie


@pytest.mark.parametrize(
    "value",
    [
        "caf\u00e9",
        "a\nb",
        "a\x7f",
        "x" * 20_000,
        "a b",
        "Bearer a",
        '"a"',
        "eyJh.!!!!.sig",
        "=",
        "a=b",
    ],
)
def test_a_bearer_token_of_another_form_is_unreadable(value: str) -> None:
    assert "session-unreadable" == problem_of([], f"Bearer {value}")


def access_token(claims: bytes) -> str:
    """Return what has the form of a JWT with this payload."""
    return f"eyJh.{urlsafe_b64encode(claims).rstrip(b'=').decode()}.sig"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("user:limited", (403, "session-impersonated")),
        ("user user:limited", (403, "session-impersonated")),
        ("public-read", (401, "session-anonymous")),
    ],
)
def test_a_bearer_token_that_claims_a_wrong_scope_is_refused(
    scope: str, expected: tuple[int, str]
) -> None:
    bearer = access_token(compact({"scope": scope}).encode())
    with pytest.raises(Problem) as caught:
        read([], f"Bearer {bearer}")
    assert expected == (caught.value.status, caught.value.code)


@pytest.mark.parametrize(
    "bearer",
    [
        "public-read",
        "a.b.c",
        "a.b.c.d",
        access_token(b""),
        access_token(b"\xff"),
        access_token(b"public-read"),
        access_token(b"[]"),
        access_token(b'"public-read"'),
        access_token(b"{}"),
        access_token(b'{"scope":null}'),
        access_token(b'{"scope":["public-read"]}'),
        access_token(b"[" * 2_000),
        access_token(b'{"scope":"user"}'),
        access_token(b'{"scope":"user:trusted"}'),
        access_token(b'{"scope":"public-read user"}'),
    ],
)
def test_any_other_bearer_token_is_left_to_the_marketplace(bearer: str) -> None:
    assert Token(bearer) == read([], f"Bearer {bearer}").token


LONGEST = "x" * 4_096


def test_the_longest_access_token_is_read() -> None:
    assert LONGEST == token_in({**STORED, "access_token": LONGEST}).access_token
    assert Token(LONGEST) == read([], f"Bearer {LONGEST}").token


def test_a_longer_access_token_is_unreadable() -> None:
    stored = {**STORED, "access_token": f"{LONGEST}x"}
    assert "session-unreadable" == problem_of([as_express(stored)])
    assert "session-unreadable" == problem_of([], f"Bearer {LONGEST}x")


def test_the_written_cookie_is_what_encode_uri_component_writes() -> None:
    stored = {"access_token": "a.b-c_d", "note": "it's (50%) ~ caf\u00e9!*", "n": 1}
    expected = (
        "%7B%22access_token%22%3A%22a.b-c_d%22%2C"
        "%22note%22%3A%22it's%20(50%25)%20~%20caf%5Cu00e9!*%22%2C%22n%22%3A1%7D"
    )
    assert expected == cookie_value(Token("a.b-c_d", None, stored))


def test_keys_that_are_not_known_survive_a_round_trip() -> None:
    stored = {**STORED, "futureKey": {"nested": [1, None, "x"]}}
    written = cookie_value(token_in(stored))
    assert read([written]).token.stored == stored


def test_no_token_shows_in_a_repr() -> None:
    shown = repr(read([as_express(STORED)]))
    assert REFRESH_TOKEN not in shown
    assert STORED["access_token"] not in shown


def test_the_cookies_name_holds_the_client_id() -> None:
    assert NAME == cookie_name(CLIENT_ID)


ANYTHING = st.text(st.characters(max_codepoint=255))


@given(st.lists(ANYTHING, max_size=3), st.none() | ANYTHING)
def test_any_cookies_and_header_are_read_or_refused(
    cookies: list[str], authorization: str | None
) -> None:
    assert_read_or_refused(cookies, authorization)


@given(st.binary())
def test_any_claims_are_left_to_the_marketplace_or_refused(claims: bytes) -> None:
    assert_read_or_refused([as_express(STORED)], f"Bearer {access_token(claims)}")


@given(
    st.dictionaries(
        st.sampled_from(["access_token", "refresh_token", "scope", "isLoggedInAs", "x"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2),
    )
)
def test_any_stored_object_is_read_or_refused(stored: dict[str, object]) -> None:
    assert_read_or_refused([as_express(stored)], None)


def assert_read_or_refused(cookies: list[str], authorization: str | None) -> None:
    try:
        read(cookies, authorization)
    except Problem as problem:
        status = problem.status
    else:
        return
    assert status in (401, 403)


# Credentials that contradict each other

OTHERS = as_express({**STORED, "refresh_token": "another"})
ANONYMOUS = as_express({"access_token": "visitor", "scope": "public-read"})


@pytest.mark.parametrize(
    "cookies",
    [
        [as_express(STORED)] * 2,
        [as_express(STORED), as_js_cookie(STORED), compact(STORED)],
        [as_express(STORED), f'"{as_express(STORED)}"'],
        [as_express(STORED), as_express(dict(reversed(STORED.items())))],
    ],
)
def test_the_same_session_several_times_is_one(cookies: list[str]) -> None:
    assert STORED == read(cookies).token.stored


@pytest.mark.parametrize(
    "others",
    [
        [OTHERS],
        [ANONYMOUS],
        [""],
        ["not json"],
        ["[" * 10_000],
        ["{" * 9_000 + "}", "%FF"],
        [as_express(STORED), OTHERS],
        [as_express({**STORED, "isLoggedInAs": True})],
        [as_express({**STORED, "access_token": "renewed"})],
    ],
)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("authorization", [None, f"Bearer {STORED['access_token']}"])
def test_of_sessions_that_differ_none_is_believed(
    others: list[str], turned: bool, authorization: str | None
) -> None:
    cookies = [as_express(STORED), *others]
    cookies = cookies[::-1] if turned else cookies
    assert "session-ambiguous" == problem_of(cookies, authorization)


def test_two_that_cannot_be_read_are_two() -> None:
    assert "session-ambiguous" == problem_of(["not json", "neither"])


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer abc,Bearer def",
        "Bearer abc, Bearer abc, bearer def",
        "Bearer abc,Basic dXNlcjpwYXNz",
        "Basic dXNlcjpwYXNz,Bearer abc",
        "Bearer abc,Bearer ",
        "Bearer abc,def",
    ],
)
def test_of_several_things_in_one_header_none_is_believed(authorization: str) -> None:
    assert "session-ambiguous" == problem_of([], authorization)
    assert "session-ambiguous" == problem_of([as_express(STORED)], authorization)


def test_the_same_bearer_token_twice_is_one() -> None:
    assert Token("abc") == read([], "Bearer abc,bearer  abc").token


def of_user(user: object, **more: object) -> str:
    """Return an access token that claims to be of this user."""
    return access_token(compact({"scope": "user", "user-id": user, **more}).encode())


@pytest.mark.parametrize(
    ("bearer", "in_cookie"),
    [("abc", "abc"), (of_user("one", exp=2), of_user("one", exp=1))],
)
def test_a_bearer_token_counts_beside_the_same_users_cookie(bearer: str, in_cookie: str) -> None:
    credentials = read([as_express({**STORED, "access_token": in_cookie})], f"Bearer {bearer}")
    assert (Token(bearer), False) == (credentials.token, credentials.from_cookie)


@pytest.mark.parametrize(
    "cookie", ["", "not json", "%FF", ANONYMOUS, as_express({"scope": "user"})]
)
def test_a_bearer_token_counts_beside_a_cookie_that_is_no_users(cookie: str) -> None:
    assert Token("abc") == read([cookie], "Bearer abc").token


@pytest.mark.parametrize(
    ("bearer", "in_cookie"),
    [
        (of_user("one"), of_user("another")),
        (of_user("one"), "abc"),
        ("abc", of_user("one")),
        ("abc", "abcd"),
        (of_user("one"), ""),
        (of_user(""), of_user("", exp=1)),
        (of_user(None), of_user(None, exp=1)),
        (of_user(1), of_user(1, exp=1)),
        (access_token(b"[]"), access_token(b"{}")),
    ],
)
def test_a_bearer_token_beside_another_session_is_not_believed(bearer: str, in_cookie: str) -> None:
    cookie = as_express({**STORED, "access_token": in_cookie})
    assert "session-ambiguous" == problem_of([cookie], f"Bearer {bearer}")


def test_a_bearer_token_of_a_session_that_tells_an_operator_is_impersonated() -> None:
    cookie = as_express({**STORED, "isLoggedInAs": True})
    assert "session-impersonated" == problem_of([cookie], f"Bearer {STORED['access_token']}")
