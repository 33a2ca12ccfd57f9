"""A simulated vendor that users connect by consent: OAuth 2.0 (RFC 6749 4.1, 7636), hooks.

A user connects one of the vendor's places. A token lives until it is revoked.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from flask import Response, abort, jsonify

from tests.kit.simulated import (
    SimulatedVendor,
    Told,
    bearer_token,
    deliver,
    read_form,
    read_json,
    refuse,
    require_basic,
)

Decision = Literal["allow", "decline", "break"]
CODE_SECONDS = 600
REASON = "The token was revoked."


@dataclass(slots=True)
class Consented:
    """A token, the place that it opens, and where its vendor calls."""

    token: str = field(repr=False)
    place: str
    lives: bool = True
    hook: str | None = field(default=None, repr=False)
    pending: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a code stands for, and what whoever redeems it must bring."""

    place: str
    until: float
    redirect_uri: str
    challenge: str

    def fits(self, form: Mapping[str, str], now: float) -> bool:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        brought = (form["redirect_uri"], challenge)
        return self.until >= now and brought == (self.redirect_uri, self.challenge)


class SimulatedConsent(SimulatedVendor):
    """A vendor with two places.

    `consented` holds the tokens by themselves. `loses` keeps events here, undelivered.
    `echoes_errors`: a refusal brings the state along.
    """

    state_in_path = False
    options: tuple[str, ...] = ()

    def __init__(self, *arguments: Any) -> None:
        """Start without tokens; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.client_id = str(uuid4())
        self.client_secret = secrets.token_hex(16)
        self.places = {"north": "North Quay", "south": "South Quay"}
        self.consented: dict[str, Consented] = {}
        self.loses = False
        self.echoes_errors = True
        self._codes: dict[str, Allowed] = {}
        self.app.post("/oauth/token")(self._exchange)
        self.app.post("/oauth/revoke")(self._revoke)
        self.app.put("/hook")(self._set_hook)
        self.app.delete("/hook")(self._remove_hook)
        self.app.get("/events")(self._events)
        self.app.delete("/events/<event_id>")(self._forget)

    def authorize(
        self, authorize_url: str, place: str = "north", decision: Decision = "allow"
    ) -> str:
        """Decide as a user on the consent page, and return where the browser is sent.

        Raises ValueError where the page would show a problem.
        """
        address = urlsplit(authorize_url)
        asked = dict(parse_qsl(address.query, keep_blank_values=True))
        returns, state = asked["redirect_uri"], asked["state"]
        required = {"response_type", "client_id", "redirect_uri", "state"}
        required |= {"code_challenge", "code_challenge_method"}
        if not required <= set(asked) <= required | set(self.options):
            raise ValueError(f"the page is asked with {sorted(asked)}")
        if (asked["response_type"], asked["client_id"]) != ("code", self.client_id):
            raise ValueError("the page does not know who asks")
        if asked["code_challenge_method"] != "S256":
            raise ValueError("the page takes challenges by S256 only")
        if self.state_in_path != returns.endswith(f"/return/{state}"):
            raise ValueError(f"the page does not know {returns}")
        if decision == "allow":
            code = secrets.token_hex(12)
            until = self.clock() + CODE_SECONDS
            self._codes[code] = Allowed(place, until, returns, asked["code_challenge"])
            return f"{returns}?{urlencode({'code': code, 'state': state})}"
        error = {"error": "access_denied" if decision == "decline" else "server_error"}
        echoed = {"state": state} if self.echoes_errors else {}
        return f"{returns}?{urlencode({**error, **echoed})}"

    def _exchange(self) -> Response:
        require_basic(self.client_id, self.client_secret)
        form = read_form("grant_type", "code", "redirect_uri", "code_verifier")
        allowed = self._codes.pop(form["code"], Allowed("", 0.0, "", ""))
        if form["grant_type"] != "authorization_code" or not allowed.fits(form, self.clock()):
            refuse(400, "invalid_grant")
        place = allowed.place
        token = secrets.token_hex(20)
        self.consented[token] = Consented(token, place)
        shown = {"place_id": place, "place_name": self.places[place]}
        return jsonify(access_token=token, token_type="bearer", **shown)

    def _revoke(self) -> Response:
        require_basic(self.client_id, self.client_secret)
        known = self.consented.get(read_form("token")["token"])
        if known is not None:  # RFC 7009 2.2: what is unknown is revoked already
            known.lives, known.hook = False, None
        return jsonify({})

    def bearer(self) -> Consented:
        """Return whose token the current request bears; 401 for one that does not live."""
        known = self.consented.get(bearer_token())
        if known is None or not known.lives:
            refuse(401, "invalid_token")
        assert known is not None
        return known

    def _set_hook(self) -> Response:
        known = self.bearer()
        known.hook = read_json({"url"})["url"]
        return Response(status=204)

    def _remove_hook(self) -> Response:
        self.bearer().hook = None
        return Response(status=204)

    def _events(self) -> Response:
        return jsonify(events=self.bearer().pending)

    def _forget(self, event_id: str) -> Response:
        known = self.bearer()
        left = [event for event in known.pending if event["id"] != event_id]
        if len(left) == len(known.pending):
            abort(404)
        known.pending = left
        return Response(status=204)

    def happen(self, known: Consented, **fields: Any) -> int | None:
        """Have something happen at a connected place; its event is kept until it is taken.

        Returns the status that answered the callback, None where none was sent.
        """
        event = {"id": str(uuid4()), "place": known.place, **fields}
        known.pending.append(event)
        if known.hook is None or self.loses:
            return None
        status = self.deliver(known, event).status
        if status < 500:
            known.pending.remove(event)
        return status

    def deliver(self, known: Consented, event: Any, *, url: str = "", secret: str = "") -> Told:
        """Send an event to a connection's own address, signed, and return what is answered."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {"Content-Type": "application/json", **self.signed(body, secret)}
        return deliver(url or known.hook or "", body, headers)

    def signed(self, body: bytes, secret: str = "") -> dict[str, str]:
        """Return the headers that prove a body, with the vendor's own secret or another one."""
        raise NotImplementedError

    @property
    def held(self) -> list[str]:
        """The places for which we hold a token that lives."""
        return [known.place for known in self.consented.values() if known.lives]

    @property
    def living(self) -> Consented:
        """The only token that lives."""
        (known,) = (known for known in self.consented.values() if known.lives)
        return known

    @property
    def reference_of_callbacks(self) -> str:
        """The last segment of the newest living hook's address."""
        hooks = [known.hook for known in self.consented.values() if known.lives and known.hook]
        return hooks[-1].rpartition("/")[2] if hooks else ""

    def kill(self) -> None:
        """End every token at the vendor, without a word."""
        for known in self.consented.values():
            known.lives = False

    def settings(self, world: object) -> dict[str, str]:  # noqa: ARG002
        """Return the app's settings."""
        prefix = self.name.upper()
        return {
            f"{prefix}_CLIENT_ID": self.client_id,
            f"{prefix}_CLIENT_SECRET": self.client_secret,
        }

    def secrets(self) -> dict[str, str]:
        """Return the client's secret, the tokens, the codes, and the callbacks' references."""
        found = {f"{self.name}'s client secret": self.client_secret}
        for number, known in enumerate(self.consented.values()):
            found[f"{self.name}'s token {number}"] = known.token
            found[f"callback reference {number}"] = (known.hook or "").rpartition("/")[2]
        return found | {f"{self.name}'s code {n}": code for n, code in enumerate(self._codes)}

    def start_afresh(self) -> None:
        """Forget tokens and codes."""
        self.faults.reset()
        self.consented.clear()
        self._codes.clear()
        self.loses, self.echoes_errors = False, True
        self.calls.clear()
