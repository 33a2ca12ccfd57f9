"""Stripe Identity: verification sessions, their page, and signed events.

Source: docs.stripe.com/identity (how sessions work, verification sessions, handle verification
outcomes, access verification results, verification checks), docs.stripe.com/webhooks/signature, and
the types in `stripe` 16.1.0 (Python), which are made from Stripe's description (read 2026-11).
Stripe does not say which status answers a key that may not see a field: here it is 403.
"""

import json
import secrets
import time
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from sandbox.hops import HopLog
from sandbox.kit.checks import CheckVendor, Event, Session
from sandbox.kit.rudeness import Switch
from sandbox.kit.sender import Headers
from sandbox.stripe.api import (
    METADATA,
    VERSION,
    Field,
    Fields,
    FirstAnswers,
    Key,
    boolean,
    expanded,
    metadata,
    new_key,
    one_of,
    presented,
    rate_limited,
    read,
    read_form,
    refuse,
    text,
)
from sandbox.stripe.endpoints import Endpoint, signed
from sandbox.stripe.sessions import EXPANDABLE, KIND, OUTCOMES, SENSITIVE, VerificationSession

SESSIONS = "/v1/identity/verification_sessions"
EXPAND = Field(r"expand\[\d?\]", lambda value: value in EXPANDABLE, "a field that can be expanded")
DOCUMENT = r"options\[document\]"
ASKED = (
    text("client_reference_id", 5000),
    Field("return_url", lambda value: urlsplit(value).scheme in ("http", "https"), "a URL"),
    one_of("type", "document", "id_number"),
    text("verification_flow", 255),
    one_of(rf"{DOCUMENT}\[allowed_types\]\[\d?\]", "driving_license", "id_card", "passport"),
    boolean(rf"{DOCUMENT}\[require_id_number\]"),
    boolean(rf"{DOCUMENT}\[require_live_capture\]"),
    boolean(rf"{DOCUMENT}\[require_matching_selfie\]"),
    text(r"provided_details\[(email|phone)\]", 255),
    METADATA,
    EXPAND,
)
LISTED = (
    text("client_reference_id", 5000),
    one_of("status", "requires_input", "processing", "verified", "canceled"),
    Field(
        "limit",
        lambda value: value.isascii() and value.isdigit() and 0 < int(value) <= 100,
        "1 to 100",
    ),
)

STARTS = {
    "told": "answered",
    "lost": "made, and the answer is lost",
    "in-use": "refused: another request holds the key",
}


class StripeIdentity(CheckVendor):
    """An account with both of its modes: what one of them has, the keys of the other do not see.

    `keys` are all of its keys; `api_key` and `restricted_key` are of test mode, `live_key` is not.
    `endpoint` gets every event with a snapshot. `starts`, one of STARTS, says what becomes of what
    begins a session.
    """

    title = "Stripe Identity"
    outcomes = OUTCOMES
    has_single_use_links = True

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without sessions; `clock` answers Unix seconds."""
        self.keys: tuple[Key, ...] = (new_key(), new_key(is_restricted=True), new_key(is_live=True))
        self.api_key, self.restricted_key, self.live_key = (key.secret for key in self.keys)
        self.endpoint = Endpoint("snapshot")
        self.flow = f"vf_{secrets.token_hex(12)}"
        self.starts = "told"
        self._first_answers = FirstAnswers(clock)
        super().__init__(hops, clock)

    def rate_limited(self) -> Response:
        """Return Stripe's answer to too many requests."""
        return rate_limited()

    def start_afresh(self) -> None:
        """Forget every session and key of a start, and behave."""
        super().start_afresh()
        self._first_answers.clear()
        self.starts = "told"

    # The API.

    def add_api(self, app: Flask) -> None:
        """Add the routes of sessions."""
        app.post(SESSIONS)(self._begin)
        app.get(SESSIONS)(self._list)
        app.get("/v1/webhook_endpoints")(self._list_endpoints)
        app.get(f"{SESSIONS}/<session_id>")(self._show)
        app.post(f"{SESSIONS}/<session_id>/cancel")(self._cancel)
        app.post(f"{SESSIONS}/<session_id>/redact")(self._redact)

    def _begin(self) -> Response:
        key = presented(self.keys)
        fields = read_form(*ASKED)
        flow, kind = fields.get("verification_flow"), fields.get("type")
        if (flow is None) == (kind is None):
            refuse(400, "Either type or verification_flow is needed", "parameter_missing", "type")
        if flow not in (None, self.flow):
            refuse(400, "No such verification flow", "resource_missing", "verification_flow")
        return self.make_once(fields, lambda: jsonify(self._begun(fields, is_live=key.is_live)))

    def make_once(self, fields: Fields, make: Callable[[], Response]) -> Response:
        """Return what a request that begins something is answered: once for each key."""
        if self.starts == "in-use":
            refuse(409, "Another request with this key is under way", "idempotency_key_in_use")
        answer = self._first_answers.once(fields, make)
        return Response(status=502) if self.starts == "lost" else answer

    def _begun(self, fields: Fields, *, is_live: bool) -> dict[str, Any]:
        session = VerificationSession(
            id=f"vs_{secrets.token_hex(12)}",
            reference=metadata(fields).get("reference", ""),
            carrier="metadata[reference]",
            begun_at=self.clock(),
            return_url=fields.get("return_url"),
            asked=fields,
            is_live=is_live,
        )
        self.transactions[session.id] = session
        return self._shown(session, expanded(fields))

    def _list(self) -> Response:
        """Answer the sessions of the key's mode that the query describes, the newest first."""
        key = presented(self.keys)
        wanted = read(request.args.items(multi=True), LISTED)
        limit = int(wanted.pop("limit", "10"))
        found = []
        for session in reversed(self.sessions):
            document = self._shown(session)
            is_wanted = all(document[name] == value for name, value in wanted.items())
            if is_wanted and session.is_live is key.is_live:
                found.append(document)
        listed = {"object": "list", "url": SESSIONS, "has_more": len(found) > limit}
        return jsonify(listed | {"data": found[:limit]})

    def _list_endpoints(self) -> Response:
        """List the endpoint with snapshots; those of thin events are event destinations (v2)."""
        key = presented(self.keys)
        read(request.args.items(multi=True), LISTED[-1:])
        shown = self.endpoint.shown(self.callback_url, is_live=key.is_live)
        listed = {"object": "list", "url": request.path, "has_more": False}
        return jsonify(listed | {"data": [shown]})

    def _show(self, session_id: str) -> Response:
        key = presented(self.keys)
        wanted = expanded(read(request.args.items(multi=True), [EXPAND]))
        if wanted & SENSITIVE and not key.is_restricted:
            refuse(403, "This field needs a restricted key")
        return jsonify(self._shown(self._found(session_id, key), wanted))

    def _cancel(self, session_id: str) -> Response:
        key = presented(self.keys)
        read_form(EXPAND)
        session = self._found(session_id, key)
        if session.state != "requires_input":
            refuse(400, "Only a session that requires input can be canceled")
        session.outcome, session.ended, session.decided_at = "canceled", True, self.clock()
        self._dispatch(self.callbacks, session)
        return jsonify(self._shown(session))

    def _redact(self, session_id: str) -> Response:
        key = presented(self.keys)
        read_form(EXPAND)
        session = self._found(session_id, key)
        if session.state == "processing":
            refuse(400, "A session that is being processed cannot be redacted")
        session.is_erased = True
        self._dispatch(self.callbacks, session)
        return jsonify(self._shown(session))

    def _shown(self, session: VerificationSession, wanted: Collection[str] = ()) -> dict[str, Any]:
        """Return a session as the API shows it: with a fresh link, where it can be handed in."""
        is_open = session.state == "requires_input"
        return session.shown(wanted, self.link(session) if is_open else None)

    @property
    def sessions(self) -> list[VerificationSession]:
        """All sessions, in the order in which they began."""
        return [one for one in self.transactions.values() if isinstance(one, VerificationSession)]

    def _found(self, session_id: str, key: Key) -> VerificationSession:
        for session in self.sessions:
            if session.id == session_id and session.is_live is key.is_live:
                return session
        return refuse(404, f"No such verificationsession: '{session_id}'", "resource_missing")

    # What it tells.

    def events(self, session: Session) -> list[Event]:
        """Return the event of a session's last change."""
        if not isinstance(session, VerificationSession):
            raise TypeError("a session of another vendor")
        kind = f"{KIND}.{'redacted' if session.is_redacted else session.state}"
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": VERSION,
            "created": int(session.decided_at or session.begun_at),
            "data": {"object": session.shown()},
            "livemode": session.is_live,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        body = json.dumps(event, indent=2).encode()
        return [Event(body, kind, content_type="application/json; charset=utf-8")]

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return the header that proves a body to the endpoint."""
        keys = self.endpoint.signing_secrets if secret is None else [secret]
        return signed(body, self.clock(), *keys)


def starts_switch(vendor: StripeIdentity) -> Switch:
    """Return the switch of what becomes of a request that begins a session."""

    def put(value: str) -> None:
        if value not in STARTS:
            raise ValueError(f"unknown mode {value!r}")
        vendor.starts = value

    return Switch("stripeStarts", "A start is", STARTS, lambda: vendor.starts, put)
