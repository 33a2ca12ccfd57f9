"""A vendor of verifications whose every word, and its time, is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from proxy.vendors.matters import Status
from proxy.vendors.proof import RequestHeaders
from proxy.vendors.reference import (
    Callback,
    Case,
    Identity,
    Limits,
    Reason,
    Result,
    Started,
    StartRequest,
)

# Longer than any history.
_VALID_SECONDS = 10 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Word:
    """What the vendor said of a session, and when, by the vendor's clock."""

    status: Status
    at: float


@dataclass(frozen=True, slots=True)
class Session:
    """The truth about a session: when it began and every word since, the last one counts."""

    provider: str
    transaction: str
    reference: str
    began_at: float
    words: tuple[Word, ...] = ()

    def with_word(self, status: Status, at: float) -> Session:
        """Return the session after one more word."""
        return replace(self, words=(*self.words, Word(status, at)))


@dataclass(frozen=True, slots=True)
class Manners:
    """How a vendor tells: with its own time, with a remark that an earlier word is replaced.

    `claims`: its callbacks carry the word, and that counts.
    """

    is_dated: bool = True
    tells_revision: bool = False
    claims: bool = False


class ScriptedVendor(Identity):
    """A vendor of sessions that are shared with the test, by transaction.

    The next one to begin is called `next_transaction`. The next question is answered as of
    `words_then` words: its answer was long on its way.
    """

    limits = Limits(reference=200, callback_url=2_000, success_url=2_000, error_url=2_000)

    def __init__(
        self,
        name: str,
        manners: Manners,
        sessions: dict[str, Session],
        clock: Callable[[], float],
    ) -> None:
        self.name = name
        self.manners = manners
        self.trusts_callbacks = manners.claims
        self.next_transaction = ""
        self.words_then: int | None = None
        self._sessions = sessions
        self._clock = clock

    def start(self, request: StartRequest) -> Started:
        """Begin a session."""
        name = self.next_transaction
        self._sessions[name] = Session(self.name, name, request.reference, self._clock())
        return Started(Case(name), f"https://vendor.example/{name}", _VALID_SECONDS)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | None:  # noqa: ARG002 - one answer for all
        """Return the last word."""
        session = self._sessions[case.reference]
        count = len(session.words) if self.words_then is None else self.words_then
        self.words_then = None
        return self._result(session, count - 1) if count else None

    def _result(self, session: Session, number: int) -> Result:
        word = session.words[number]
        return Result(
            word.status,
            reason=None if word.status is Status.APPROVED else Reason(word.status.value, ""),
            completed_at=datetime.fromtimestamp(word.at, UTC) if self.manners.is_dated else None,
            is_revised=self.manners.tells_revision and number > 0,
            echoed_reference=session.reference,
        )

    def callback(self, session: Session, number: int) -> Callback:
        """Return the callback about one of a session's words."""
        claim = self._result(session, number) if self.manners.claims else None
        return Callback(session.reference, Case(session.transaction), claim)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:
        """No callback comes as bytes here."""
        raise NotImplementedError
