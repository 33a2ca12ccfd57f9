"""The guard that asks a vendor whose token it is: what it takes, remembers, and asks once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from proxy.doors.token_guard import MAX_REMEMBERED, TokenGuard
from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.problems import Problem
from proxy.vendors.doors import Principal, TokenDoor, TokenInvalid
from tests.clock import Clock

OURS, FOREIGN = "com.example.ours", "com.example.foreign"
TOKEN = "head.payload.signature"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@dataclass
class FakeDoor(TokenDoor):
    """Knows every token under one principal, unless `answer` says otherwise."""

    name: str = "guarded"
    token_header: str = "accessToken"
    token_field: str = "accessToken"
    audiences: frozenset[str] = frozenset({OURS})
    cache_seconds: float = 60.0
    audience: str = OURS
    end: float | None = None
    answer: Callable[[], Principal] | None = None
    asked: list[str] = field(default_factory=list)

    def introspect(self, token: str) -> Principal:
        """Note the question, and answer it."""
        self.asked.append(token)
        return Principal("user-1", self.audience) if self.answer is None else self.answer()

    def ends_at(self, token: str) -> float | None:
        """Return what the test says."""
        assert token
        return self.end


def guard_of(vendor: FakeDoor, clock: Clock | None = None) -> TokenGuard:
    return TokenGuard(vendor, clock or Clock())


def refusal(
    guard: TokenGuard, headers: dict[str, str], body: dict[str, object], source: str = HERE
) -> str:
    with pytest.raises(Problem) as caught:
        guard.principal(headers, body, source)
    return caught.value.code


def refused() -> Principal:
    raise TokenInvalid


def unavailable() -> Principal:
    raise UpstreamUnavailable("guarded", "down")


def test_a_token_in_the_header_gives_its_principal() -> None:
    assert Principal("user-1", OURS) == guard_of(FakeDoor()).principal(
        {"accessToken": TOKEN}, {}, HERE
    )


def test_a_token_in_the_body_gives_its_principal() -> None:
    principal = guard_of(FakeDoor()).principal({}, {"accessToken": TOKEN}, HERE)
    assert "user-1" == principal.id


@pytest.mark.parametrize("headers", [{}, {"accessToken": ""}])
def test_no_token_is_told_as_missing(headers: dict[str, str]) -> None:
    assert "token-missing" == refusal(guard_of(FakeDoor()), headers, {})


@pytest.mark.parametrize(
    "token", ["a b", "a,b", "caf\u00e9", "line\r\nbreak", "x" * 4097, 7, ["a"], {"a": 1}, True]
)
def test_what_cannot_be_sent_on_is_refused_unasked(token: object) -> None:
    vendor = FakeDoor()
    assert "token-invalid" == refusal(guard_of(vendor), {}, {"accessToken": token})
    assert [] == vendor.asked


def test_two_different_tokens_are_refused_unasked() -> None:
    vendor = FakeDoor()
    assert "token-invalid" == refusal(
        guard_of(vendor), {"accessToken": TOKEN}, {"accessToken": "another"}
    )
    assert [] == vendor.asked


def test_the_same_token_twice_is_one_token() -> None:
    vendor = FakeDoor()
    guard_of(vendor).principal({"accessToken": TOKEN}, {"accessToken": TOKEN}, HERE)
    assert [TOKEN] == vendor.asked


@pytest.mark.parametrize("audience", [FOREIGN, "", OURS.upper(), f"{OURS} "])
def test_a_token_that_was_issued_to_something_else_is_foreign(audience: str) -> None:
    guard = guard_of(FakeDoor(audience=audience))
    assert "token-foreign" == refusal(guard, {"accessToken": TOKEN}, {})


def test_a_refused_token_is_invalid() -> None:
    assert "token-invalid" == refusal(
        guard_of(FakeDoor(answer=refused)), {"accessToken": TOKEN}, {}
    )


def test_a_vendor_that_is_down_is_no_refusal_and_is_asked_again() -> None:
    vendor = FakeDoor(answer=unavailable)
    guard = guard_of(vendor)
    assert "vendor-unavailable" == refusal(guard, {"accessToken": TOKEN}, {})
    vendor.answer = None
    assert "user-1" == guard.principal({"accessToken": TOKEN}, {}, HERE).id


def test_an_answer_is_remembered_for_its_seconds_and_no_longer() -> None:
    vendor, clock = FakeDoor(cache_seconds=60), Clock()
    guard = guard_of(vendor, clock)
    for now, questions in ((1_000.0, 1), (1_059.9, 1), (1_060.0, 2)):
        clock.now = now
        guard.principal({"accessToken": TOKEN}, {}, HERE)
        assert questions == len(vendor.asked)


def test_an_answer_is_never_remembered_beyond_the_tokens_end() -> None:
    vendor, clock = FakeDoor(end=1_005.0), Clock()
    guard = guard_of(vendor, clock)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    clock.now = 1_005.0
    vendor.answer = refused
    assert "token-invalid" == refusal(guard, {"accessToken": TOKEN}, {})


def test_an_end_in_the_past_is_not_remembered_at_all() -> None:
    vendor = FakeDoor(end=10.0)
    guard = guard_of(vendor)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    assert 2 == len(vendor.asked)


def test_a_refusal_is_remembered_for_ten_seconds_at_most() -> None:
    vendor, clock = FakeDoor(answer=refused), Clock()
    guard = guard_of(vendor, clock)
    for now, questions in ((1_000.0, 1), (1_009.9, 1), (1_010.0, 2)):
        clock.now = now
        assert "token-invalid" == refusal(guard, {"accessToken": TOKEN}, {})
        assert questions == len(vendor.asked)


def test_no_seconds_means_asking_every_time() -> None:
    vendor = FakeDoor(cache_seconds=0)
    guard = guard_of(vendor)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    assert 2 == len(vendor.asked)


def test_answers_of_different_tokens_are_kept_apart() -> None:
    vendor = FakeDoor()
    guard = guard_of(vendor)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    vendor.audience = FOREIGN
    assert "token-foreign" == refusal(guard, {"accessToken": "another"}, {})
    assert "user-1" == guard.principal({"accessToken": TOKEN}, {}, HERE).id


def test_the_longest_unused_answers_are_forgotten_first() -> None:
    vendor = FakeDoor()
    guard = guard_of(vendor)
    for number in range(MAX_REMEMBERED + 1):
        guard.principal({"accessToken": f"token-{number}"}, {}, HERE)
        guard.principal({"accessToken": "token-0"}, {}, HERE)
    assert MAX_REMEMBERED + 1 == len(vendor.asked)
    guard.principal({"accessToken": "token-1"}, {}, HERE)
    assert "token-1" == vendor.asked[-1]


def test_a_burst_of_calls_with_one_token_asks_once() -> None:
    callers = 24
    all_here, vendor = threading.Barrier(callers), FakeDoor()
    guard = guard_of(vendor)

    def call(_: int) -> str:
        all_here.wait(10)
        return guard.principal({"accessToken": TOKEN}, {}, HERE).id

    with ThreadPoolExecutor(callers) as pool:
        assert ["user-1"] * callers == list(pool.map(call, range(callers)))
    assert [TOKEN] == vendor.asked


def test_the_token_itself_is_not_kept() -> None:
    vendor = FakeDoor()
    guard = guard_of(vendor)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    assert TOKEN not in repr([kept for kept in vars(guard).values() if kept is not vendor])


def test_whoever_sends_refused_tokens_waits_before_another_one_is_asked_about() -> None:
    vendor = FakeDoor(answer=refused)
    guard = guard_of(vendor)
    told = [refusal(guard, {"accessToken": f"token-{n}"}, {}) for n in range(100)]
    assert {"token-invalid", "too-many-attempts"} == set(told)
    assert told.count("token-invalid") == len(vendor.asked) < 30
    assert "token-invalid" == refusal(guard, {"accessToken": "another"}, {}, ELSEWHERE)


def test_a_remembered_answer_needs_no_attempt() -> None:
    vendor = FakeDoor()
    guard = guard_of(vendor)
    guard.principal({"accessToken": TOKEN}, {}, HERE)
    vendor.answer = refused
    for number in range(30):
        refusal(guard, {"accessToken": f"token-{number}"}, {})
    assert "user-1" == guard.principal({"accessToken": TOKEN}, {}, HERE).id


@pytest.mark.parametrize("answer", [None, unavailable], ids=["foreign", "unavailable"])
def test_what_is_no_refusal_is_no_failed_attempt(answer: Callable[[], Principal] | None) -> None:
    vendor = FakeDoor(audience=FOREIGN, answer=answer)
    guard = guard_of(vendor)
    for number in range(30):
        refusal(guard, {"accessToken": f"token-{number}"}, {})
    assert 30 == len(vendor.asked)


def test_a_token_that_passes_forgets_the_refusals() -> None:
    vendor = FakeDoor(answer=refused)
    guard = guard_of(vendor)
    for number in range(40):
        vendor.answer = None if number % 10 == 9 else refused
        with suppress(Problem):
            guard.principal({"accessToken": f"token-{number}"}, {}, HERE)
    assert 40 == len(vendor.asked)
