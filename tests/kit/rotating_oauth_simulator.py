"""A strict authorization server with one API: access tokens end, a refresh token works once.

RFC 6749 4.1 and 6, RFC 7636 4.6, RFC 7009, RFC 9700 4.14.2.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.faults import Faults

_CONSENT = {
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
}
_REDEEMING = {"grant_type", "code", "redirect_uri", "code_verifier"}
_RENEWING = {"grant_type", "refresh_token"}


@dataclass(slots=True)
class Granted:
    """What one user has allowed, and the tokens that stand for it now."""

    refresh_token: str = field(default_factory=lambda: secrets.token_hex(20))
    access_tokens: dict[str, float] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    renewals: int = 0
    lives: bool = True


@dataclass(frozen=True, slots=True)
class _Asked:
    challenge: str
    redirect_uri: str


class SimulatedRotating:
    """The bookkeeper; serve `app`, put its address into `base_url`.

    `life` is how many seconds an access token works. A used refresh token is refused; where the
    vendor `is_patient`, it brings another pair, and where it `punishes`, the whole grant ends.
    `before_renewal` is called when a renewal is asked for, `before_answer` when it is done and not
    answered yet; `loses_answers` drops its answer. `before_entries` is called when the API is.
    `calls` holds every request, `tokens_shown` every access token that the API was called with.
    """

    def __init__(self) -> None:
        self.base_url = ""
        self.client_id, self.client_secret = str(uuid4()), secrets.token_hex(16)
        self.faults = Faults()
        self.calls: list[str] = []
        self.tokens_shown: list[str] = []
        self.granted: list[Granted] = []
        self.entries: dict[str, dict[str, str]] = {}
        self.start_afresh()
        self._codes: dict[str, _Asked] = {}
        self._guard = threading.Lock()
        self.app = self._make_app()

    def start_afresh(self) -> None:
        """Forget what tests have left here."""
        self.faults.reset()
        self.life = 3_600
        self.is_patient = self.punishes = self.loses_answers = False
        self.before_renewal: Callable[[], object] = lambda: None
        self.before_answer: Callable[[], object] = lambda: None
        self.before_entries: Callable[[], object] = lambda: None
        for remembered in (self.calls, self.tokens_shown, self.granted, self.entries):
            remembered.clear()

    def _make_app(self) -> Flask:
        app = Flask("rotating", static_folder=None)

        @app.before_request
        def note() -> None:
            self.calls.append(f"{request.method} {request.path}")

        app.before_request(self.faults.apply)
        app.post("/oauth/token")(self._token)
        app.post("/oauth/revoke")(self._revoke)
        app.post("/entries")(self._make_entry)
        app.get("/entries")(self._find_entry)
        app.get("/entries/<entry_id>")(self._entry)
        return app

    def authorize(self, authorize_url: str) -> str:
        """Allow it as a user on the consent page, and return where the browser is sent.

        Raises ValueError where the page would show a problem.
        """
        pairs = parse_qsl(urlsplit(authorize_url).query, strict_parsing=True)
        asked = dict(pairs)
        if len(asked) != len(pairs) or asked.keys() != _CONSENT:
            raise ValueError(f"the page is asked with {sorted(asked)}")
        if (asked["client_id"], asked["code_challenge_method"]) != (self.client_id, "S256"):
            raise ValueError("the page does not know who asks, or how")
        code = secrets.token_hex(12)
        self._codes[code] = _Asked(asked["code_challenge"], asked["redirect_uri"])
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _token(self) -> Response:
        self._require_client()
        form = request.form.to_dict()
        kind = form.get("grant_type")
        if kind == "authorization_code" and form.keys() == _REDEEMING:
            return self._redeemed(form)
        if kind == "refresh_token" and form.keys() == _RENEWING:
            return self._renewed(form["refresh_token"])
        raise _refusal(400, "invalid_request")

    def _redeemed(self, form: dict[str, str]) -> Response:
        asked = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked != _Asked(challenge, form["redirect_uri"]):
            raise _refusal(400, "invalid_grant")
        granted = Granted()
        self.granted.append(granted)
        book = {"book_id": "b1", "book_name": "Ledger of the north"}
        return jsonify(**self._pair(granted), **book, scope="entries offline")

    def _renewed(self, refresh_token: str) -> Response:
        self.before_renewal()
        with self._guard:
            granted = self._rotated(refresh_token)
            answer = jsonify(**self._pair(granted))
        self.before_answer()
        if self.loses_answers:
            self.faults.mode = "reset"
            dropped = self.faults.apply()
            self.faults.mode = "ok"
            assert dropped is not None
            return dropped
        return answer

    def _rotated(self, refresh_token: str) -> Granted:
        for granted in self.granted:
            is_used = refresh_token in granted.used
            if is_used and self.punishes:
                granted.lives = False  # somebody else has it
            is_good = refresh_token == granted.refresh_token or (is_used and self.is_patient)
            if is_good and granted.lives:
                granted.used.add(granted.refresh_token)
                granted.refresh_token = secrets.token_hex(20)
                granted.renewals += 1
                return granted
        raise _refusal(400, "invalid_grant")

    def _pair(self, granted: Granted) -> dict[str, Any]:
        token = secrets.token_hex(20)
        granted.access_tokens[token] = time.time() + self.life
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.life,
            "refresh_token": granted.refresh_token,
        }

    def _revoke(self) -> Response:
        """Answer 200 for what is unknown too (RFC 7009 2.2)."""
        self._require_client()
        if request.form.keys() != {"token", "token_type_hint"}:
            raise _refusal(400, "invalid_request")
        for granted in self.granted:
            if request.form["token"] in (granted.refresh_token, *granted.used):
                granted.lives = False
        return Response(status=200)

    def _require_client(self) -> None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            raise _refusal(401, "invalid_client")
        if b64decode(value).decode() != f"{self.client_id}:{self.client_secret}":
            raise _refusal(401, "invalid_client")

    def _require_token(self) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        self.tokens_shown.append(token)
        self.before_entries()
        for granted in self.granted:
            if granted.lives and granted.access_tokens.get(token, 0) > time.time():
                return
        raise _refusal(401 if scheme == "Bearer" else 400, "invalid_token")

    def _make_entry(self) -> Response:
        self._require_token()
        document = request.get_json()
        if document.keys() != {"reference"} or document["reference"] in self.entries:
            abort(409)
        entry = {"id": secrets.token_hex(8), "status": "open", **document}
        self.entries[document["reference"]] = entry
        return jsonify(entry)

    def _find_entry(self) -> Response:
        self._require_token()
        found = self.entries.get(request.args["reference"])
        return jsonify(found) if found else Response(status=404)

    def _entry(self, entry_id: str) -> Response:
        self._require_token()
        found = [entry for entry in self.entries.values() if entry["id"] == entry_id]
        return jsonify(found[0]) if found else Response(status=404)


def _refusal(status: int, error: str) -> HTTPException:
    body = json.dumps({"error": error})
    return HTTPException(response=Response(body, status, content_type="application/json"))
