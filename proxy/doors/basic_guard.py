"""A guard for routes: basic authentication (RFC 7617), with several pairs accepted for rotation."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from crypto import equal
from proxy.http.attempts import Attempts
from proxy.problems import Problem
from proxy.vendors.doors import BasicPair

MAX_CHARACTERS = 4_096
CHALLENGE = 'Basic realm="credentials", charset="UTF-8"'


class BasicGuard:
    """Lets those in who present one of a webhook's pairs, and makes guessing them slow."""

    def __init__(self, pairs: Sequence[BasicPair], attempts: Attempts) -> None:
        self._pairs = tuple(pairs)
        self._attempts = attempts

    def check(self, authorization: str | None, source: str) -> None:
        """Let a caller pass who presents one of the pairs; raises Problem.

        `credentials-invalid`, and `too-many-attempts` for a source that has to wait after others
        that failed: then nothing is compared. A header that holds no credentials is no attempt.
        """
        presented = _decode(authorization or "")
        if not presented[1]:
            cause = "no Authorization" if authorization is None else "Authorization is not Basic"
            raise _invalid(f"{cause}, with a name and a password")
        with self._attempts.judging(source) as attempt:
            if not _is_one_of(presented, self._pairs):
                attempt.failed()
                raise _invalid("the name or the password is none of those that are set")
            attempt.succeeded()


def _invalid(cause: str) -> Problem:
    return Problem("credentials-invalid", cause=cause, challenge=CHALLENGE)


def _is_one_of(presented: tuple[str, str], pairs: Sequence[BasicPair]) -> bool:
    """Compare all pairs, each half of them, in time that tells nothing about which one failed."""
    passes = False
    for pair in pairs:
        has_user, has_password = equal(presented[0], pair.user), equal(presented[1], pair.password)
        passes |= has_user and has_password
    return passes


def _decode(authorization: str) -> tuple[str, str]:
    """Return the user and password that a header carries, two empty texts where it carries none.

    Text is UTF-8; what is not UTF-8 is read as Latin-1, which some callers still send.
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic" or len(value) > MAX_CHARACTERS:
        return "", ""
    try:
        data = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return "", ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    user, colon, password = text.partition(":")
    return (user, password) if colon else ("", "")
