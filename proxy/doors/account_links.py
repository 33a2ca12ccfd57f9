"""Ties a vendor's principal to a marketplace user: a code goes out, and comes back with a token.

The code is a sealed reference, short-lived: it shows that whoever brings it was given it by the
logged-in user. The record is checksummed like a verification, so users cannot write one themselves.

A code ties one principal, also when two bring it at once to two processes. The marketplace has no
conditional write, but merges private data by top-level key, so whoever brings a code first writes
a claim under a key of their own, then reads, and goes on only when nobody else's claim on the code
stands there. Of two, the one who wrote later reads both claims (docs/adr/0017-claims-on-codes.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from crypto import LEEWAY_SECONDS, ReferenceInvalid, base64url
from crypto import Reference as SealedReference
from proxy.http.answers import JsonAnswer
from proxy.http.upstream_problems import marketplace_callback_problems, marketplace_problems
from proxy.kernel import Kernel
from proxy.log_lines import Line
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.problems import Problem
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    User,
    UserSession,
)
from proxy.sharetribe.token import Token
from proxy.timestamps import format_utc, parse_utc
from proxy.vendors.doors import Principal

CODE_SECONDS = 10 * 60
# A claim outlives its code by far: clocks differ, and a request that has begun takes its time.
_CLAIM_SECONDS = CODE_SECONDS + 2 * LEEWAY_SECONDS
# What is left of a claim can seem longer, to the clock that is most behind, and never longer still.
_LONGEST_CLAIM = _CLAIM_SECONDS + 2 * LEEWAY_SECONDS
_MOST_DROPPED = 50
_DIGEST_CHARACTERS = 12
_VERSION = re.compile(r"[A-Za-z0-9_-]{8}", re.ASCII)
_VERSION_CHARACTERS = 8
_LOCK_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class _Code:
    """A code that holds: its reference, the link's version at its issue, its claims' first part."""

    reference: SealedReference
    version: str
    claims: str


class AccountLinks:
    """Links of one vendor's principals."""

    def __init__(
        self,
        vendor: str,
        kernel: Kernel,
    ) -> None:
        self._vendor = vendor
        self._words = kernel.log_words
        self._key = f"{vendor}Link"
        self._purpose = f"{vendor}.link"
        self._sealer = kernel.sealer
        self._checksummer = kernel.checksummer
        self._marketplace = kernel.marketplace
        self._operator = kernel.operator
        self._clock = kernel.clock
        # By user: of two in one process, the first is served and the second is not. Two processes
        # can still race; then the claims decide, and both may be refused.
        self._redeeming = KeyedLocks()

    def issue_code(self, session: UserSession) -> JsonAnswer:
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
        Line(
            "link", trip=self._vendor, outcome="code-issued", subject=self._words.subject(user.id)
        ).write()
        version = self._version(user)
        reference = SealedReference(user.id, issued_at, token)
        sealed = self._sealer.seal(reference, purpose=f"{self._purpose}.{version}")
        expires_at = format_utc(issued_at + CODE_SECONDS)
        return JsonAnswer(201, {"code": sealed + version, "expiresAt": expires_at})

    def redeem(self, principal: Principal, code: object) -> JsonAnswer:
        """Write the link of a principal to the code's user; raises Problem.

        A code links one principal: brought again by the same one it changes nothing, by another
        one it is refused. It is refused, too, once the link is not any more as it was at its issue.
        """
        line = Line("link", trip=self._vendor)
        with line.telling():
            opened = self._open(code)
            line.add(subject=self._words.subject(opened.reference.user_id))
            answer = self._redeemed(opened, principal)
            line.add(outcome=answer.body["status"])
        return answer

    def _redeemed(self, opened: _Code, principal: Principal) -> JsonAnswer:
        with self._redeeming.hold(opened.reference.user_id.hex, _LOCK_SECONDS) as alone:
            if not alone:
                raise Problem("marketplace-unavailable", cause="a code of the user still waits")
            try:
                with marketplace_callback_problems():
                    return self._redeem(self._writer(opened.reference), opened, principal)
            except (TokenRejected, AccessForbidden):
                raise Problem("link-code-invalid", cause="the code's session has ended") from None

    def _open(self, code: object) -> _Code:
        if not isinstance(code, str):
            raise Problem("body-invalid", "The field code must be the code that the user got.")
        sealed, version = code[:-_VERSION_CHARACTERS], code[-_VERSION_CHARACTERS:]
        if not _VERSION.fullmatch(version):
            raise Problem("link-code-invalid")
        try:
            reference = self._sealer.open(
                sealed,
                purpose=f"{self._purpose}.{version}",
                now=int(self._clock()),
                max_age=CODE_SECONDS,
            )
        except ReferenceInvalid:
            raise Problem("link-code-invalid") from None
        return _Code(reference, version, f"{self._key}-{_digest(code)}")

    def _writer(self, reference: SealedReference) -> PrivateDataWriter:
        if self._operator is not None:
            return self._operator.user(reference.user_id)
        if reference.refresh_token is None:
            raise Problem("link-code-invalid", cause="nothing to write with")
        return UserSession(self._marketplace, Token("", reference.refresh_token))

    def _redeem(self, writer: PrivateDataWriter, code: _Code, principal: Principal) -> JsonAnswer:
        """Claim the code, make sure that nobody else has, and write the link.

        A claim is never taken back while its code lives: it may be all that another process sees
        of somebody who is about to write their link. So a code that two have claimed is spent.
        """
        claim = code.claims + _digest(principal.id)
        user = writer.show()
        if self._is_linked(user, code, principal, claim):
            return JsonAnswer(200, {"status": "unchanged"})
        if user.private_data.get(claim) is None:
            until = format_utc(code.reference.issued_at + _CLAIM_SECONDS)
            dropped = dict.fromkeys(self._ended_claims(user, code))
            writer.update_private_data({**dropped, claim: {"until": until}})
            user = writer.show()
            if self._is_linked(user, code, principal, claim):
                return JsonAnswer(200, {"status": "unchanged"})
        record = {
            "id": principal.id,
            "audience": principal.audience,
            "linkedAt": format_utc(self._clock()),
        }
        checksum = self._checksummer.checksum(self._key, user.id, record)
        writer.update_private_data({self._key: record, f"{self._key}Checksum": checksum})
        return JsonAnswer(200, {"status": "linked"})

    def _is_linked(self, user: User, code: _Code, principal: Principal, claim: str) -> bool:
        """Tell whether the code has linked the principal already; raises Problem if it cannot."""
        if user.id != code.reference.user_id:
            raise Problem("link-code-invalid", cause="the token belongs to another user")
        if self._version(user) != code.version:
            if self._trusted(user).get("id") == principal.id:
                return True
            raise Problem("link-code-invalid", cause="the link has changed since the code's issue")
        private_data = user.private_data
        claims = (key for key in private_data if key.startswith(code.claims))
        if any(key != claim and private_data[key] is not None for key in claims):
            raise Problem("link-code-invalid", cause="somebody else has brought the code")
        return False

    def _ended_claims(self, user: User, code: _Code) -> list[str]:
        """Return keys of claims on other codes that no code is left for, or that are none of ours.

        At most so many at once: a user can write any number of them.
        """
        now = self._clock()
        ended = (
            key
            for key, value in user.private_data.items()
            if key.startswith(f"{self._key}-")
            and not key.startswith(code.claims)
            and not _is_running(value, now)
        )
        return list(islice(ended, _MOST_DROPPED))

    def _version(self, user: User) -> str:
        """Return what changes whenever the link does, and cannot be guessed without seeing it."""
        trusted = self._trusted(user)
        checksum = user.private_data.get(f"{self._key}Checksum") if trusted else ""
        return _digest(str(checksum))[:_VERSION_CHARACTERS]

    def _trusted(self, user: User) -> Mapping[str, Any]:
        """Return the stored link when its checksum holds for this user, else an empty one."""
        record = user.private_data.get(self._key)
        checksum = user.private_data.get(f"{self._key}Checksum")
        if not isinstance(record, dict):
            return {}
        holds = self._checksummer.verify(self._key, user.id, record, checksum)
        return record if holds else {}


def _is_running(claim: object, now: float) -> bool:
    until = parse_utc(claim.get("until")) if isinstance(claim, dict) else None
    return until is not None and 0 <= until.timestamp() - now <= _LONGEST_CLAIM


def _digest(text: str) -> str:
    return base64url.encode(sha256(text.encode("utf-8", "surrogatepass")).digest())[
        :_DIGEST_CHARACTERS
    ]
