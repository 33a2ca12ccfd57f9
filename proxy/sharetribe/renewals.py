"""Renewals of sessions: one refresh token is redeemed once at a time, and its answer is remembered.

A page asks for several things at once, with one cookie whose access token has ended. Where a
refresh token works once, whoever redeems it second would end the session of a user who has done
nothing wrong. The memory holds for seconds, within one process, and never more than a thousand
tokens; they stand in it by their digests.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import Upstream
from proxy.sharetribe.token import Token

MAX_REMEMBERED = 1_000
RENEWAL_SECONDS = 20.0
REFUSAL_SECONDS = 10.0
# More than a page asks for at once; whoever waits holds a place of the marketplace's, too.
_MOST_WAITING = 64
Learnt = TypeVar("Learnt")


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a refresh token was renewed to; None: it is dead.

    `is_fresh` tells that the marketplace was asked just now.
    """

    token: Token | None = field(repr=False)
    is_fresh: bool


class Recent(Generic[Learnt]):
    """What was learnt of tokens in the last `seconds`; thread-safe."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._guard = threading.Lock()
        # By digest: until when it counts, which is the order in which it stands, and what it is.
        self._learnt: OrderedDict[bytes, tuple[float, Learnt]] = OrderedDict()

    def get(self, token: str) -> Learnt | None:
        """Return what was learnt of a token, None where nothing was or it is too long ago."""
        if not self._learnt:
            return None
        with self._guard:
            self._forget()
            known = self._learnt.get(_digest(token))
        return known[1] if known else None

    def put(self, token: str, learnt: Learnt) -> None:
        """Remember something of a token, in the place of what was known."""
        key = _digest(token)
        with self._guard:
            self._learnt.pop(key, None)
            self._learnt[key] = (self._clock() + self._seconds, learnt)
            self._forget()

    def _forget(self) -> None:
        now = self._clock()
        while self._learnt:
            oldest = next(iter(self._learnt))
            if self._learnt[oldest][0] > now and len(self._learnt) <= MAX_REMEMBERED:
                return
            del self._learnt[oldest]


class Renewals:
    """Renews the sessions of one process."""

    def __init__(
        self,
        upstream: Upstream,
        redeem: Callable[[str], Token | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`redeem` asks the upstream for a new token; None says that it refuses for good."""
        self._upstream = upstream
        self._redeem = redeem
        self._turns = KeyedLocks(_MOST_WAITING)
        self._renewed: Recent[Token] = Recent(RENEWAL_SECONDS, clock)
        self._refused: Recent[bool] = Recent(REFUSAL_SECONDS, clock)

    def renewed(self, refresh_token: str, refused: str) -> Renewal:
        """Return what a refresh token was renewed to a moment ago, or is now.

        `refused` is the access token that has just been refused ("": none was there); an answer
        that brought this very token helps no more. A failure is not remembered: those who wait
        try, one after another. Raises what `redeem` raises, and UpstreamUnavailable when
        others were not done in time.
        """
        known = self._known(refresh_token, refused)
        if known is not None:
            return known
        with self._upstream.in_turn(self._turns, _digest(refresh_token).hex()):
            known = self._known(refresh_token, refused)
            if known is not None:
                return known
            token = self._redeem(refresh_token)
            if token is None:
                self._refused.put(refresh_token, True)
            else:
                self._renewed.put(refresh_token, token)
            return Renewal(token, is_fresh=True)

    def _known(self, refresh_token: str, refused: str) -> Renewal | None:
        token = self._renewed.get(refresh_token)
        if token is not None and token.access_token != refused:
            return Renewal(token, is_fresh=False)
        return Renewal(None, is_fresh=False) if self._refused.get(refresh_token) else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
