"""Renewals: one redemption of a refresh token at a time, and what is remembered of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.sharetribe.renewals import MAX_REMEMBERED, Recent, Renewal, Renewals
from proxy.sharetribe.token import Token
from tests.clock import Clock
from tests.integrations.stub_upstream import PreparedUpstream
from tests.patience import PATIENCE_SECONDS


class Marketplace(PreparedUpstream):
    """Redeems refresh tokens: each time for another access token, None for one that is dead."""

    vendor = "sharetribe"
    usual_base_url = "https://sharetribe.test"

    def __init__(self) -> None:
        super().__init__()
        self.redeemed: list[str] = []
        self.fails = False

    def redeem(self, refresh_token: str) -> Token | None:
        self.redeemed.append(refresh_token)
        if self.fails:
            raise UpstreamUnavailable(self.name, "down")
        if refresh_token == "dead":
            return None
        return Token(f"access {len(self.redeemed)}", f"{refresh_token} renewed")


def renewals(
    marketplace: Marketplace, redeem: Callable[[str], Token | None] | None = None
) -> tuple[Renewals, Clock]:
    clock = Clock()
    return Renewals(marketplace, redeem or marketplace.redeem, clock), clock


def access(renewal: Renewal) -> str | None:
    return renewal.token.access_token if renewal.token else None


def test_all_who_come_at_once_get_the_one_answer() -> None:
    marketplace, begun, all_here = Marketplace(), threading.Event(), threading.Barrier(8)

    def redeem(refresh_token: str) -> Token | None:
        assert not begun.is_set()
        begun.set()
        all_here.wait(PATIENCE_SECONDS)  # whoever did not wait for us would redeem it now
        return marketplace.redeem(refresh_token)

    kept, _ = renewals(marketplace, redeem)

    def ask(number: int) -> Renewal:
        if number:
            assert begun.wait(PATIENCE_SECONDS)
            all_here.wait(PATIENCE_SECONDS)
        return kept.renewed("refresh", "old")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {"access 1"} == {access(answer) for answer in answers}
    assert 1 == sum(answer.is_fresh for answer in answers)


def test_an_answer_is_remembered_for_seconds() -> None:
    marketplace = Marketplace()
    kept, clock = renewals(marketplace)
    first = kept.renewed("refresh", "old")
    clock.now += 19
    assert Renewal(first.token, is_fresh=False) == kept.renewed("refresh", "")
    clock.now += 2
    assert "access 2" == access(kept.renewed("refresh", ""))


def test_an_answer_whose_access_token_is_refused_helps_no_more() -> None:
    kept, _ = renewals(Marketplace())
    first = kept.renewed("refresh", "old")
    assert "access 2" == access(kept.renewed("refresh", str(access(first))))
    assert "access 2" == access(kept.renewed("refresh", str(access(first))))


def test_a_dead_token_is_asked_about_once_in_a_while() -> None:
    marketplace = Marketplace()
    kept, clock = renewals(marketplace)
    assert Renewal(None, is_fresh=True) == kept.renewed("dead", "")
    assert Renewal(None, is_fresh=False) == kept.renewed("dead", "")
    clock.now += 11
    assert Renewal(None, is_fresh=True) == kept.renewed("dead", "")


def test_a_failure_is_not_remembered() -> None:
    marketplace = Marketplace()
    kept, _ = renewals(marketplace)
    marketplace.fails = True
    for _ in range(2):
        with pytest.raises(UpstreamUnavailable):
            kept.renewed("refresh", "")
    marketplace.fails = False
    assert "access 3" == access(kept.renewed("refresh", ""))


def test_tokens_are_never_mixed_up() -> None:
    kept, _ = renewals(Marketplace())
    answers = [kept.renewed(name, "").token for name in ("one", "two", "one")]
    refresh_tokens = [token.refresh_token for token in answers if token]
    assert ["one renewed", "two renewed", "one renewed"] == refresh_tokens


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    recent: Recent[int] = Recent(60.0, Clock())
    for number in range(MAX_REMEMBERED + 1):
        recent.put(f"token {number}", number)
    assert (None, 1) == (recent.get("token 0"), recent.get("token 1"))


def test_no_token_is_shown() -> None:
    kept, _ = renewals(Marketplace())
    assert "access" not in repr(kept.renewed("refresh", ""))
