"""Basic authentication (RFC 7617): several pairs, any characters, one answer to all others."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.doors import basic_guard
from proxy.doors.basic_guard import BasicGuard
from proxy.http.attempts import FREE_ATTEMPTS, Attempts
from proxy.problems import Problem
from proxy.vendors.doors import BasicPair, parse_pairs

PAIRS = (BasicPair("portal", "first:with:colons"), BasicPair("portal", "zwölf Ⅻ"))
USERS = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), min_size=1)
PASSWORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def check(authorization: str | None, pairs: Sequence[BasicPair] = PAIRS) -> None:
    """Judge a caller of whom nothing is known."""
    BasicGuard(pairs, Attempts()).check(authorization, "here")


def header(user: str, password: str, scheme: str = "Basic", encoding: str = "utf-8") -> str:
    """Return what a caller sends."""
    encoded = base64.b64encode(f"{user}:{password}".encode(encoding)).decode()
    return f"{scheme} {encoded}"


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_each_pair_passes(pair: BasicPair, scheme: str) -> None:
    check(header(pair.user, pair.password, scheme), PAIRS)


def test_a_password_in_latin_1_passes() -> None:
    check(header("portal", "zwölf", encoding="latin-1"), [BasicPair("portal", "zwölf")])


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"portal").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"portal:").decode(),
        "Basic " + base64.b64encode(b":first:with:colons").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe\x00").decode(),
        "Basic " + "A" * 100_000,
        "Basic é",
        header("portal", "wrong"),
        header("Portal", "first:with:colons"),
        header("portal", "first"),
        header("portal", "first:with:colons "),
        header("portal", "first:with:colons", "Bearer"),
        header("portal", "first:with:colons").replace("Basic ", "Basic\t"),
        header("first:with:colons", "portal"),
    ],
)
def test_everything_else_is_refused_with_the_same_challenge(authorization: str | None) -> None:
    with pytest.raises(Problem) as problem:
        check(authorization, PAIRS)
    assert (401, "credentials-invalid") == (problem.value.status, problem.value.code)
    assert 'Basic realm="credentials", charset="UTF-8"' == problem.value.challenge
    assert "first" not in problem.value.cause


def test_without_pairs_nobody_passes() -> None:
    for authorization in (None, header("", ""), header("portal", "x")):
        with pytest.raises(Problem):
            check(authorization, ())


def test_an_empty_password_never_passes() -> None:
    with pytest.raises(Problem):
        check(header("portal", ""), [BasicPair("portal", "")])


@pytest.mark.parametrize("presented", [PAIRS[0], PAIRS[1], BasicPair("nobody", "x")])
def test_both_halves_of_every_pair_are_compared_whoever_comes(
    monkeypatch: pytest.MonkeyPatch, presented: BasicPair
) -> None:
    compared: list[str] = []

    def equal(a: str, b: str) -> bool:
        compared.append(b)
        return a == b

    monkeypatch.setattr(basic_guard, "equal", equal)
    try:
        check(header(presented.user, presented.password), PAIRS)
    except Problem:
        assert presented not in PAIRS
    assert [half for pair in PAIRS for half in (pair.user, pair.password)] == compared


def code_of(guard: BasicGuard, authorization: str | None, source: str = "here") -> str:
    """Return the code of a refusal, "" where there is none."""
    try:
        guard.check(authorization, source)
    except Problem as problem:
        return problem.code
    return ""


def test_after_too_many_wrong_pairs_not_even_the_right_one_is_looked_at() -> None:
    guard, right = BasicGuard(PAIRS, Attempts()), header(PAIRS[0].user, PAIRS[0].password)
    wrong = [code_of(guard, header("portal", str(guess))) for guess in range(100)]
    assert ["credentials-invalid"] * (FREE_ATTEMPTS + 1) == wrong[: FREE_ATTEMPTS + 1]
    assert {"too-many-attempts"} == set(wrong[FREE_ATTEMPTS + 1 :])
    assert "too-many-attempts" == code_of(guard, right)
    assert "" == code_of(guard, right, "elsewhere")


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic !!!!", "Bearer x", "Basic " + "A" * 9_000]
)
def test_what_holds_no_credentials_is_no_attempt(authorization: str | None) -> None:
    guard = BasicGuard(PAIRS, Attempts())
    told = {code_of(guard, authorization) for _ in range(3 * FREE_ATTEMPTS)}
    assert {"credentials-invalid"} == told


@given(USERS, PASSWORDS)
def test_any_pair_passes_and_its_neighbours_do_not(user: str, password: str) -> None:
    pairs = (BasicPair(user, password),)
    check(header(user, password), pairs)
    for neighbour in ((user + "x", password), (user, password + "x"), (user, password[:-1])):
        with pytest.raises(Problem):
            check(header(*neighbour), pairs)


@given(st.text() | st.binary().map(lambda data: "Basic " + base64.b64encode(data).decode()))
def test_any_header_is_refused_quietly(authorization: str) -> None:
    with pytest.raises(Problem):
        check(authorization, [BasicPair("portal", "\0never presented\0")])


def test_pairs_are_read_line_by_line_and_split_at_the_first_colon() -> None:
    assert PAIRS == parse_pairs(" portal:first:with:colons\r\n portal:zwölf Ⅻ \n")


@pytest.mark.parametrize("text", ["", " \n "])
def test_no_line_is_no_pair(text: str) -> None:
    assert () == parse_pairs(text)


@pytest.mark.parametrize(
    ("text", "line"), [("x", 1), (":x", 1), ("x:", 1), ("a:b\n\nc:d", 2), ("a:b\nsecret", 2)]
)
def test_a_line_that_is_no_pair_is_named_without_showing_it(text: str, line: int) -> None:
    with pytest.raises(ValueError, match=f"^line {line} is not user:password$"):
        parse_pairs(text)


def test_no_repr_shows_a_password() -> None:
    assert "colons" not in repr(PAIRS)


@pytest.mark.parametrize(
    ("authorization", "cause"),
    [
        (None, "no Authorization, with a name and a password"),
        ("Bearer x", "Authorization is not Basic, with a name and a password"),
        (header("portal", "wrong"), "the name or the password is none of those that are set"),
        (header("Portal", "first:with:colons"), "the name or the password is none of those"),
    ],
)
def test_why_somebody_is_refused_is_for_the_log(authorization: str | None, cause: str) -> None:
    with pytest.raises(Problem) as problem:
        check(authorization)
    assert problem.value.cause.startswith(cause)
