"""A small client of Sharetribe's Authentication, Marketplace and Integration APIs.

JSON, not transit (`Accept: application/json`). Sources: sharetribe.com/api-reference
(authentication, marketplace, integration; read 2026-11) and the requests that
sharetribe-flex-sdk 1.24.2 sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from proxy.display_text import display_text
from proxy.outgoing.headers import bearer_json, is_token
from proxy.outgoing.upstream import (
    Answer,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxy.sales import Sale
from proxy.sharetribe.call_budget import CallBudget, Source
from proxy.sharetribe.renewals import REFUSAL_SECONDS, Recent, Renewal, Renewals
from proxy.sharetribe.token import Token
from proxy.sharetribe.transactions import TransactionUnreadable, read_transaction

Returned = TypeVar("Returned")
_MAX_NAME = 100
_NO_ADDRESS = r"\s@<>\x00-\x1f\x7f\ud800-\udfff"
_EMAIL = re.compile(f"[^{_NO_ADDRESS}]{{1,64}}@[^{_NO_ADDRESS}]{{1,189}}")
_ACCEPTED_SECONDS = 30 * 60.0  # three times an access token's life (600 s in recorded answers)
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class TokenRejected(Exception):
    """Sharetribe answered 401: this token is expired, revoked or unknown. Final for this token."""


class AccessForbidden(Exception):
    """Sharetribe answered 403: the token is good, but its user may not do this."""


@dataclass(frozen=True, slots=True)
class User:
    """A marketplace user, as far as integrations need one.

    `metadata` is for everybody to read, and for operators alone to write. `name` is the first and
    the last one, else the display name; what is not told is "". `is_banned`: the operator has
    banned or deleted the user.
    """

    id: UUID
    private_data: Mapping[str, Any] = field(repr=False)
    display_name: str = field(default="", repr=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    is_banned: bool = False


class PrivateDataWriter(Protocol):
    """Somebody's private data, readable and writable: through a session or as the operator."""

    def show(self) -> User:
        """Return the user."""

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into the private data: top level merged, nested values replaced whole."""


class Session(PrivateDataWriter, Protocol):
    """In whose name a trip is made: a user's own session, or the operator's for that user."""

    @property
    def token(self) -> Token:
        """The token that writes later as well, without a refresh token where there is none."""


class Marketplace:
    """The Authentication and Marketplace APIs, called with users' own tokens."""

    def __init__(self, upstream: Upstream, client_id: str) -> None:
        self._upstream = upstream
        self._client_id = client_id
        self._renewals = Renewals(upstream, self._redeem)
        # Sessions whose access token was answered 401 a moment ago: to repeat them costs no call.
        self.refused: Recent[bool] = Recent(REFUSAL_SECONDS)
        # Those that worked here: when one is refused at last, it has ended, and nobody made it up.
        self.accepted: Recent[bool] = Recent(_ACCEPTED_SECONDS)
        self.budget = CallBudget()

    def renewed(self, refresh_token: str, refused: str) -> Renewal:
        """Redeem a refresh token for a new token object, or return what it was renewed to just now.

        `refused` is the access token that has just been refused, "" where there was none. Whether
        the old refresh token dies is undocumented, so the caller keeps the whole answer.
        Raises UpstreamUnavailable, UpstreamRefused.
        """
        return self._renewals.renewed(refresh_token, refused)

    def _redeem(self, refresh_token: str) -> Token | None:
        """Return the answer of the token endpoint, None for its 401 (plain text)."""
        form = {
            "client_id": self._client_id,
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        try:
            return read_token(post_form(self._upstream, form), refresh_token)
        except TokenRejected:
            return None

    def current_user(self, access_token: str) -> User:
        """Return the token's user: the only proof of who somebody is.

        Raises TokenRejected, AccessForbidden, UpstreamUnavailable, UpstreamRefused.
        """
        answer = self._upstream.request(
            "GET", "/v1/api/current_user/show", headers=bearer_json(access_token)
        )
        return read_user(checked(answer))

    def transaction(self, access_token: str, transaction_id: UUID) -> Sale:
        """Return a transaction that the token's user is a party of; raises as `current_user`.

        UpstreamRefused with 404: there is none; AccessForbidden: it is other people's.
        """
        answer = self._upstream.request(
            "GET",
            f"/v1/api/transactions/show?{transaction_query(transaction_id)}",
            headers=bearer_json(access_token),
        )
        return read_sale(checked(answer))

    def update_private_data(self, access_token: str, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into the private data: top level merged, nested values replaced whole.

        Raises as `current_user` does.
        """
        body = json.dumps({"privateData": changes}, ensure_ascii=False).encode()
        answer = self._upstream.request(
            "POST",
            "/v1/api/current_user/update_profile",
            headers=bearer_json(access_token),
            body=body,
        )
        check_written(answer)


class UserSession:
    """One user's tokens at work: every call renews a refused access token once.

    `token` is the newest token; `renewed` tells whether it differs from the one given, in which
    case the owner of the session must get it (Sharetribe may have retired the old one).
    """

    def __init__(
        self, marketplace: Marketplace, token: Token, source: Source | None = None
    ) -> None:
        """`source` tells who pays when the marketplace knows nothing of the token; None: nobody."""
        self._marketplace = marketplace
        self.token = token
        self.renewed = False
        # What another request renewed may itself have been refused since; then once more.
        self._renewals_left = 2
        self._source = source
        self._refused_calls = 0
        self._is_accepted = False

    def show(self) -> User:
        """Return the session's user; raises as Marketplace.current_user does."""
        return self._call(self._marketplace.current_user)

    def transaction(self, transaction_id: UUID) -> Sale:
        """Return one of the user's transactions; raises as Marketplace.transaction does."""
        return self._call(lambda token: self._marketplace.transaction(token, transaction_id))

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Write private data; raises as Marketplace.update_private_data does."""
        self._call(lambda token: self._marketplace.update_private_data(token, changes))

    def _call(self, send: Callable[[str], Returned]) -> Returned:
        marketplace = self._marketplace
        while True:
            access_token = self.token.access_token
            # Both tokens: two logins in one second may bring the same access token.
            pair = f"{access_token}\0{self.token.refresh_token}"
            if access_token and not marketplace.refused.get(pair):
                self._check_budget()
                try:
                    answer = send(access_token)
                except TokenRejected:
                    self._refused_calls += 1
                    marketplace.refused.put(pair, True)
                else:
                    self._accept()
                    return answer
            self._renew()

    def _check_budget(self) -> None:
        """Raise Problem `too-many-attempts` for one of many unknown sessions from one source."""
        budget = self._marketplace.budget
        if self._source is not None and budget.is_touched and not self._is_known():
            budget.check(self._source)

    def _is_known(self) -> bool:
        return self._is_accepted or bool(self._marketplace.accepted.get(self.token.access_token))

    def _accept(self) -> None:
        if not self._is_accepted:
            self._is_accepted = True
            self._marketplace.accepted.put(self.token.access_token, True)

    def _renew(self) -> None:
        """Put a new token in the place of one that is refused, or not there; bounded in number."""
        if self.token.refresh_token is None:
            raise self._rejected("Sharetribe does not take the bearer token, which nothing renews")
        if not self._renewals_left:
            raise self._rejected("Sharetribe does not take the token that it has just renewed")
        self._check_budget()
        renewal = self._marketplace.renewed(self.token.refresh_token, self.token.access_token)
        if renewal.token is None:
            self._refused_calls += renewal.is_fresh
            raise self._rejected("Sharetribe does not renew the session: logged out, or too old")
        self.token = renewal.token
        self.renewed = True
        self._renewals_left = 0 if renewal.is_fresh else self._renewals_left - 1

    def _rejected(self, cause: str) -> TokenRejected:
        """Return the refusal of the session, with its calls paid for."""
        if self._source is not None and not self._is_known():
            for _ in range(self._refused_calls):
                self._marketplace.budget.spend(self._source)
        self._refused_calls = 0
        return TokenRejected(cause)


class NobodysSession(UserSession):
    """What a request has whose sessions contradict each other: everything is refused to it."""

    def __init__(self, marketplace: Marketplace) -> None:
        super().__init__(marketplace, Token(""))

    def _call(self, _send: Callable[[str], Returned]) -> Returned:
        raise AccessForbidden("the browser brought several sessions that differ")


def post_form(upstream: Upstream, form: Mapping[str, str]) -> Answer:
    """Call the token endpoint; a 401 there is plain text and final for the token in `form`."""
    answer = upstream.request(
        "POST", "/v1/auth/token", headers=_FORM, body=urlencode(form).encode()
    )
    return checked(answer)


def checked(answer: Answer) -> Answer:
    """Pass 2xx on; translate the rest. 401 and 403 are told by status: their bodies vary."""
    if 200 <= answer.status < 300:
        return answer
    if answer.status == 401:
        raise TokenRejected
    if answer.status == 403:
        raise AccessForbidden
    raise UpstreamRefused(answer.upstream, answer.status, _error_code(answer))


def check_written(answer: Answer) -> None:
    """Take only a JSON object for a successful write: some other 200 is not Sharetribe's."""
    checked(answer).json_object()


def _error_code(answer: Answer) -> str:
    """Return Sharetribe's error code for the log, when the body is what it documents."""
    try:
        code = answer.json_object()["errors"][0]["code"]
    except (UpstreamUnavailable, LookupError, TypeError):
        return ""
    return code[:60] if isinstance(code, str) else ""


def read_token(answer: Answer, sent_refresh_token: str | None) -> Token:
    """Return the token of an answer, with the refresh token that was sent where it has none.

    Raises UpstreamUnavailable.
    """
    stored = answer.json_object()
    access_token = stored.get("access_token")
    refresh_token = stored.get("refresh_token") or sent_refresh_token
    if not is_token(access_token):
        raise UpstreamUnavailable(answer.upstream, "a token answer without access_token")
    if refresh_token is None:
        return Token(access_token, None, stored)
    if not is_token(refresh_token):
        raise UpstreamUnavailable(answer.upstream, "a refresh token that cannot be used")
    return Token(access_token, refresh_token, {**stored, "refresh_token": refresh_token})


def read_user(answer: Answer) -> User:
    """Return the user of a `show` answer.

    Raises UpstreamUnavailable; UpstreamRefused (404) for one who is deleted, of whom only the id is
    left.
    """
    document = answer.json_object()
    try:
        data = document["data"]
        user_id = UUID(data["id"])
        attributes = data["attributes"]
        if attributes.get("deleted") is True:
            raise UpstreamRefused(answer.upstream, 404, "deleted")
        profile, email = attributes["profile"], attributes.get("email")
        private_data = profile.get("privateData") or {}
        metadata = profile.get("metadata")
        display_name = profile.get("displayName")
        names = [profile.get("firstName"), profile.get("lastName")]
        is_banned = attributes.get("banned") is True or attributes.get("deleted") is True
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UpstreamUnavailable(answer.upstream, "a user without id or profile") from None
    if not isinstance(private_data, dict):
        raise UpstreamUnavailable(answer.upstream, "private data that is not an object")
    full_name = " ".join(name for name in names if isinstance(name, str))
    return User(
        user_id,
        private_data,
        display_name if isinstance(display_name, str) else "",
        metadata if isinstance(metadata, dict) else {},
        display_text(full_name, _MAX_NAME) or display_text(display_name, _MAX_NAME) or "",
        email if isinstance(email, str) and _EMAIL.fullmatch(email) else "",
        is_banned,
    )


def transaction_query(transaction_id: UUID) -> str:
    """Return the query that asks for a transaction with its parties and its listing."""
    return f"id={transaction_id}&include=provider,customer,listing"


def read_sale(answer: Answer) -> Sale:
    """Return the transaction of a `transactions/show` answer; raises UpstreamUnavailable."""
    try:
        return read_transaction(answer.json_object())
    except TransactionUnreadable as error:
        raise UpstreamUnavailable(answer.upstream, str(error)) from None
