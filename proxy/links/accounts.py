"""Whose link it is: a user id and an e-mail address, which must be of one user.

A link proves nothing by itself; the address keeps strangers from finding out who there is. So what
does not fit has one answer, after the same work.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from uuid import UUID, uuid4

from crypto import LogWords, equal
from proxy.http.attempts import Attempts
from proxy.http.upstream_problems import marketplace_problems
from proxy.log_lines import Line
from proxy.outgoing.upstream import UpstreamRefused
from proxy.problems import Problem
from proxy.sharetribe.client import User
from proxy.sharetribe.operator import Operator, OperatorSession

_USER_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_MAX_EMAIL = 254
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NOT_FOUND = 404
# What nobody's address is compared with.
_NO_EMAIL = "nobody@invalid"


class LinkInvalid(Problem):
    """A link is nobody's; why is for the log alone."""

    def __init__(self, cause: str) -> None:
        super().__init__("not-found", cause=cause)


class LinkSession(OperatorSession):
    """A user's trip by a link; it ends where the user is gone."""

    def show(self) -> User:
        """Return the user; raises UpstreamUnavailable, UpstreamRefused, LinkInvalid."""
        try:
            user = super().show()
        except UpstreamRefused as refused:
            if refused.status == _NOT_FOUND:
                raise LinkInvalid("there is no such user") from None
            raise
        if user.is_banned:
            raise LinkInvalid("the user is banned")
        return user


class Accounts:
    """Looks users up with the Integration API."""

    def __init__(self, operator: Operator, words: LogWords) -> None:
        """`words` name users in logs."""
        self._words = words
        self._operator = operator
        self._attempts = Attempts()

    def session(self, user_id: UUID) -> LinkSession:
        """Return what a user's trip is made with; nothing is sent yet."""
        return LinkSession(self._operator, user_id)

    def find(self, ids: Sequence[str], emails: Sequence[str], source: str) -> User:
        """Return the user of a link, which has one id and one e-mail address.

        Sharetribe is asked once, whatever the link says. Raises LinkInvalid; Problem
        `too-many-attempts` for a `source` of many links that were nobody's, and those of
        `marketplace_problems`.
        """
        user_id, given = _one_id(ids), _one_email(emails)
        # Who complains of a link sends its address along, so the id of nobody has a word too.
        subject = None if user_id is None else self._words.subject(user_id)
        line = Line("link-page", outcome="looked", subject=subject)
        with line.telling():
            user = self._found(user_id, given, source, line)
        if user is None:
            raise LinkInvalid("it is nobody's")
        return user

    def _found(self, user_id: UUID | None, email: str, source: str, line: Line) -> User | None:
        with self._attempts.judging(source) as attempt:
            with marketplace_problems():
                user, cause = self._shown(user_id or uuid4())
            expected = user.email if user is not None and user.email else _NO_EMAIL
            # Both are judged, so that neither takes longer.
            is_theirs = equal(_lower(email), _lower(expected))
            if user is not None and user.email and is_theirs:
                return user
            attempt.failed()
        if user_id is None:
            cause = "it has no id, or several: Console has not filled in a placeholder"
        cause = cause or "the e-mail address is not the user's"
        line.add(outcome="refused", reason="not-found", cause=cause)
        line.warn()
        return None

    def _shown(self, user_id: UUID) -> tuple[User | None, str]:
        """Return the user, or None and in words why there is none."""
        try:
            return self.session(user_id).show(), ""
        except LinkInvalid as error:
            return None, error.cause


def _one_id(values: Sequence[str]) -> UUID | None:
    return UUID(values[0]) if len(values) == 1 and _USER_ID.fullmatch(values[0]) else None


def _one_email(values: Sequence[str]) -> str:
    """Return the address that a link has, "" for none.

    A plus sign that was not escaped arrives as a blank, which no address holds.
    """
    if len(values) != 1 or len(values[0]) > _MAX_EMAIL:
        return ""
    return values[0].replace(" ", "+")


def _lower(email: str) -> str:
    """Return an address in lower case; of ASCII alone, so that no two others become one."""
    return email.translate(_ASCII_LOWER)


def masked(email: str) -> str:
    """Return an address as its owner knows it, and nobody else: `r***n@example.com`."""
    # What turns the direction of a text, or is not seen, is no part of what one knows.
    shown = "".join(one if one.isprintable() else "?" for one in email)
    name, _, domain = shown.rpartition("@")
    first, last = name[:1] if len(name) > 1 else "", name[-1:] if len(name) > 2 else ""
    return f"{first}***{last}@{domain}"
