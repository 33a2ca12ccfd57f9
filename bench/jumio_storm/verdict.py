"""What the vendor knows of a user against what the product says of them, and what is stored."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from bench import messages
from sandbox.jumio import Transaction
from sandbox.jumio.netverify_outcomes import OUTCOMES

_KEY, _CHECKSUM = "idVerification", "idVerificationChecksum"
Standing = tuple[str, str | None]
"""A status, and the session that it is of."""


def status_of(transaction: Transaction) -> str:
    """Return the product's word for how the vendor's session stands."""
    if transaction.outcome is None:
        return "pending"
    ending = OUTCOMES[transaction.outcome]
    if ending.approved:
        return "approved" if ending.similarity == "MATCH" else "rejected"
    words = {"NO_ID_UPLOADED": "expired", "ERROR_NOT_READABLE_ID": "failed"}
    return words.get(ending.verification_status, "rejected")


def expected(sessions: list[Transaction], handed: set[str]) -> set[Standing]:
    """Return how a user may stand, by what the vendor knows.

    A session never `handed` to the user, since its start was never answered, may show or not.
    A correction may count as of its own time, or as of the session's end.
    """
    known = [one for one in sessions if one.reference in handed or one.outcome]
    return {
        standing
        for chosen in (known, sessions)
        for corrected in (True, False)
        for standing in _standings(chosen, corrected=corrected)
    }


def is_hidden(told: Standing | str, sessions: list[Transaction]) -> bool:
    """Tell whether a session that merely expired stands where there is an approval before it.

    It began after the approval: what expired of those that were open then hides nothing.
    """
    shown = next((one for one in sessions if told == (status_of(one), one.reference)), None)
    judged = [one for one in sessions if one.outcome and status_of(one) != "expired"]
    last = max(judged, key=lambda one: one.updated_at or 0.0, default=None)
    if shown is None or last is None or status_of(shown) != "expired":
        return False
    return status_of(last) == "approved" and shown.started_at > (last.updated_at or 0.0)


def rightly_open(sessions: list[Transaction]) -> set[bool]:
    """Return whether a user's rights are to be open, by what the vendor knows: the last verdict.

    Both where it depends on when a correction counts, or on a later session that merely expired.
    """
    found: set[bool] = set()
    for corrected in (True, False):
        finished = _finished(sessions, corrected=corrected)
        judged = [one for one in finished if status_of(one) != "expired"]
        is_good = bool(judged) and status_of(judged[-1]) == "approved"
        found |= {is_good, False} if judged and finished[-1] is not judged[-1] else {is_good}
    return found


def _finished(sessions: list[Transaction], *, corrected: bool) -> list[Transaction]:
    def ended(one: Transaction) -> float:
        return (one.updated_at if corrected else one.finished_at) or 0.0

    return sorted((one for one in sessions if one.outcome), key=ended)


def _standings(sessions: list[Transaction], *, corrected: bool) -> Iterator[Standing]:
    def ended(one: Transaction) -> float:
        return (one.updated_at if corrected else one.finished_at) or 0.0

    finished = _finished(sessions, corrected=corrected)
    judged = [one for one in finished if status_of(one) != "expired"]
    last_judged = ended(judged[-1]) if judged else 0.0
    begun = [one for one in sessions if not one.outcome and one.started_at > last_judged]
    yield from (("pending", one.reference) for one in begun)
    if not sessions:
        yield "none", None
    # An approved result beats none, whatever merely expired after it, or is still under way.
    if judged and status_of(judged[-1]) == "approved":
        yield "approved", judged[-1].reference
        return
    # One that merely expired may hide the others, or not.
    last = [one for one in finished[-1:] if all(ended(one) > each.started_at for each in begun)]
    yield from ((status_of(one), one.reference) for one in last)
    if judged and not begun:
        yield status_of(judged[-1]), judged[-1].reference


def stored_standing(
    private_data: Mapping[str, Any], user_id: str, checksum_key: str
) -> Standing | str:
    """Return what a gate of one's own reads in private data; a text says what is wrong with it."""
    record, checksum = private_data.get(_KEY), private_data.get(_CHECKSUM)
    if record is None:
        return "none", None
    if not isinstance(checksum, str):
        return "a record without a checksum"
    # RFC 8785, for the strings that stand in it.
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    head = "\0".join((_KEY, messages.CLIENT_ID, user_id, ""))
    key = urlsafe_b64decode(f"{checksum_key}==")
    digest = hmac.digest(key, f"{head}{canonical}".encode(), "sha256")
    made = urlsafe_b64encode(digest).rstrip(b"=").decode()
    if checksum.partition(".")[2] != made:
        return "a record whose checksum does not hold"
    return record["status"], record["transactionReference"]


def told_standing(answer: Mapping[str, Any]) -> Standing | str:
    """Return what the product answers; a text says what is wrong with it."""
    status = answer.get("status")
    if not isinstance(status, str):
        return "no answer"
    if status not in {"none", "invalid"} and answer.get("checksum") != "valid":
        return f"{status} with checksum {answer.get('checksum')}"
    if answer.get("verified") != (status == "approved"):
        return f"{status} with verified {answer.get('verified')}"
    return status, answer.get("transactionReference")
