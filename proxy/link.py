"""Ties a vendor's principal to a marketplace user: a code goes out, and comes back with a token.

The code is a sealed reference, short-lived: it shows that whoever brings it was given it by the
logged-in user. The record is checksummed like a verification, so a user cannot write one himself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crypto import Checksummer, Reference, ReferenceInvalid, Sealer
from proxy.door import Principal
from proxy.marketplace import (
    AccessForbidden,
    Marketplace,
    Operator,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.outcome import Outcome
from proxy.problems import Problem
from proxy.session import Token
from proxy.timestamps import format_utc, parse_utc
from proxy.translation import marketplace_callback_problems, marketplace_problems

CODE_SECONDS = 10 * 60


class LinkTrip:
    """Links of one vendor's principals."""

    def __init__(
        self,
        vendor: str,
        sealer: Sealer,
        checksummer: Checksummer,
        marketplace: Marketplace,
        operator: Operator | None,
        clock: Callable[[], float],
    ) -> None:
        self._key = f"{vendor}Link"
        self._purpose = f"{vendor}.link"
        self._sealer = sealer
        self._checksummer = checksummer
        self._marketplace = marketplace
        self._operator = operator
        self._clock = clock

    def issue_code(self, session: UserSession) -> Outcome:
        """Return a code for the session's user; raises Problem.

        The session's refresh token travels in it where no Integration API could write instead: to
        redeem it may end the session, where the marketplace rotates refresh tokens strictly.
        """
        with marketplace_problems():
            user = session.show()
        issued_at = int(self._clock())
        token = session.token.refresh_token if self._operator is None else None
        if token is None and self._operator is None:
            raise Problem(
                "session-unsupported",
                "Linking needs the marketplace's session cookie, or the Integration API.",
            )
        code = self._sealer.seal(Reference(user.id, issued_at, token), purpose=self._purpose)
        expires_at = format_utc(issued_at + CODE_SECONDS)
        return Outcome(201, {"code": code, "expiresAt": expires_at})

    def redeem(self, principal: Principal, code: object) -> Outcome:
        """Write the link of a principal to the code's user; raises Problem.

        A code links one principal: brought again by the same one it changes nothing, by another
        one it is refused.
        """
        reference = self._open(code)
        try:
            with marketplace_callback_problems():
                return self._write(self._writer(reference), reference, principal)
        except (TokenRejected, AccessForbidden):
            raise Problem("link-code-invalid", cause="the code's session has ended") from None

    def _open(self, code: object) -> Reference:
        if not isinstance(code, str):
            raise Problem("body-invalid", "The field code must be the code that the user got.")
        try:
            return self._sealer.open(
                code, purpose=self._purpose, now=int(self._clock()), max_age=CODE_SECONDS
            )
        except ReferenceInvalid:
            raise Problem("link-code-invalid") from None

    def _writer(self, reference: Reference) -> PrivateDataWriter:
        if self._operator is not None:
            return self._operator.user(reference.user_id)
        if reference.refresh_token is None:
            raise Problem("link-code-invalid", cause="nothing to write with")
        return UserSession(self._marketplace, Token("", reference.refresh_token))

    def _write(
        self, writer: PrivateDataWriter, reference: Reference, principal: Principal
    ) -> Outcome:
        user = writer.show()
        if user.id != reference.user_id:
            raise Problem("link-code-invalid", cause="the token belongs to another user")
        known = self._trusted(user)
        linked_at = parse_utc(known.get("linkedAt"))
        if linked_at is not None and linked_at.timestamp() >= reference.issued_at:
            if known.get("id") != principal.id:
                raise Problem("link-code-invalid", cause="the code has been used")
            return Outcome(200, {"status": "unchanged"})
        record = {
            "id": principal.id,
            "audience": principal.audience,
            "linkedAt": format_utc(self._clock()),
        }
        checksum = self._checksummer.checksum(self._key, user.id, record)
        writer.update_private_data({self._key: record, f"{self._key}Checksum": checksum})
        return Outcome(200, {"status": "linked"})

    def _trusted(self, user: User) -> Mapping[str, Any]:
        """Return the stored link when its checksum holds for this user, else an empty one."""
        record = user.private_data.get(self._key)
        checksum = user.private_data.get(f"{self._key}Checksum")
        if not isinstance(record, dict):
            return {}
        holds = self._checksummer.verify(self._key, user.id, record, checksum)
        return record if holds else {}
