"""Whether a history ended well: judged by the vendors' truth, after one more visit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.references.marketplace import Fate, Saying, sayings
from tests.references.stage import Stage
from tests.references.truth import Standing, right_answers, standing
from tests.references.vendor import Word

_PREFIX = "idVerification-"


def fault(stage: Stage) -> str:
    """Send again what was never stored, visit once more, and say what is wrong then.

    "" for nothing. All that was under way has been applied.
    """
    _send_again(stage)
    known = {transaction for transaction, _ in stage.network.profile.noticed}
    answered, stored = stage.last_visit()
    right: set[Saying | None] = set(right_answers(_standings(stage, known)))
    if (answered in (right or {None})) and answered == stored:
        return ""
    return f"right: {_shown(right)}, answered: {answered}, stored: {stored}"


def fault_after_edits(stage: Stage) -> str:
    """The same where the user has edited their private data: they must not win anything by it.

    What is answered and stored was said by a vendor. Where there is a marker, nothing counts that
    is surely older than its decision.
    """
    decision = stage.decision()
    stage.last_visit()
    answered, stored = stage.last_visit()
    if answered != stored and answered is not None:
        return f"answered: {answered}, stored: {stored}"
    if answered is None:
        return ""
    transaction, status = answered
    words = {str(word.status) for word in stage.sessions[transaction].words} or {"pending"}
    if status not in words:
        return f"forged: {answered}"
    if decision is not None and status != "pending" and _is_before(stage, answered, decision):
        return f"older than the decision: {answered}, decided: {decision}"
    return ""


def _is_before(stage: Stage, said: Saying, decision: Saying) -> bool:
    """Tell whether a result is surely of before a decision, which it does not make void."""
    ours, theirs = _ways(stage, said), _ways(stage, decision)
    return all(
        later.end.is_surely_after(one.end)
        and (later.is_verdict or later.began.is_surely_after(one.end))
        for one in ours
        for later in theirs
    )


def _ways(stage: Stage, said: Saying) -> list[Standing]:
    """Return how a session stands by each of its words that says so."""
    session = stage.sessions[said[0]]
    manners = stage.vendors[session.provider].manners
    noticed = stage.network.profile.noticed
    ways = [standing(session, word, manners, noticed) for word in session.words]
    return [way for way in ways if way.said == said]


def _shown(right: Iterable[Saying | None]) -> str:
    return " or ".join(str(said) for said in right) or "nothing"


def _send_again(stage: Stage) -> None:
    """Let the vendors send each last word that was never stored."""
    for session in list(stage.sessions.values()):
        if session.words and not _is_noticed(stage, session.transaction):
            stage.now += 1
            stage.network.prepare([Fate.NOW])
            stage.call_back(session.transaction, len(session.words) - 1, process=0)


def _is_noticed(stage: Stage, transaction: str) -> bool:
    last = stage.sessions[transaction].words[-1]
    return (transaction, last.status) in stage.network.profile.noticed


def _standings(stage: Stage, known: set[str]) -> list[list[Standing]]:
    """Return the known sessions, each in all the ways in which it may stand.

    There are two where a vendor has corrected a word whose write was still under way, and does not
    tell that it is corrected: nobody knows then which of the two is the later one.
    """
    profile = stage.network.profile
    found = []
    for session in stage.sessions.values():
        manners = stage.vendors[session.provider].manners
        words: tuple[Word | None, ...] = session.words[-1:] or (None,)
        if not manners.tells_revision:
            words += tuple(
                word
                for word in session.words[:-1]
                if (session.transaction, word.status) in profile.crossed
            )
        if session.transaction in known:
            found.append([standing(session, word, manners, profile.noticed) for word in words])
    return found


def trespass(stage: Stage, private_data: Mapping[str, Any], own: set[str]) -> str:
    """Say which other session's key the last step has touched, "" for none.

    `private_data` is what it had read, `own` the sessions that it was about. It may take away what
    surely finished before another verdict.
    """
    stood = {
        key: value
        for key, value in private_data.items()
        if key.startswith(_PREFIX) and value["transactionReference"] not in own
    }
    for update in stage.network.sent:
        for key in update.private_data.keys() & stood.keys():
            transaction = stood[key]["transactionReference"]
            if update.private_data[key] is not None:
                return f"wrote over a record of {transaction}"
            known = [said for said in sayings(stood) if said[0] == transaction]
            if not any(_is_outdated(stage, said) for said in known):
                return f"took away a record of {transaction}"
    return ""


def _is_outdated(stage: Stage, said: Saying) -> bool:
    """Tell whether a verdict of another session may be later than some word, as it is known now."""
    noticed: dict[Saying, float] = {
        (session.transaction, word.status): stage.now
        for session in stage.sessions.values()
        for word in session.words
    }
    standings = [
        standing(session, word, stage.vendors[session.provider].manners, noticed)
        for session in stage.sessions.values()
        for word in session.words
    ]
    return any(
        not one.end.is_surely_after(verdict.end)
        for one in standings
        if one.said == said
        for verdict in standings
        if verdict.is_verdict and verdict.said[0] != said[0]
    )
