"""The simulated Veriff: an integration, its sessions and decisions, and all of its webhooks.

Written from the vendor's documentation, and not from our client; strict about what it takes.
Source: devdocs.veriff.com (apidocs: create session, decision data; docs: decision, event, Full Auto
and user-defined statuses webhooks, HMAC authentication, status, decision, authorization and
troubleshooting codes; read 2026-11). What is refused and has no documented code has "0000".
"""

import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, uuid4, uuid5

from flask import Flask, Response, abort, jsonify, make_response, request

from sandbox.hops import HopLog
from sandbox.kit.bodies import JSON, json_object, same
from sandbox.kit.checks import CheckVendor, Event, Outcome, Session
from sandbox.kit.rudeness import Switch
from sandbox.kit.sender import Headers, is_loopback
from sandbox.kit.shapes import Shape, any_object, list_of, matching, short_text, text
from sandbox.simulator import Place, Simulator, served

KEY, SIGNATURE, INTEGRATION = "X-AUTH-CLIENT", "X-HMAC-SIGNATURE", "VRF-INTEGRATION-ID"
UNDOCUMENTED = "0000"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

OUTCOMES = (
    Outcome("approved", "Approve", "Veriff decides"),
    Outcome("declined", "Decline", "Veriff decides"),
    Outcome("resubmission_requested", "Ask for other pictures", "It goes on", ends=False),
    Outcome("review", "Let a person look at it", "It goes on", ends=False),
    Outcome("expired", "Never opened in seven days", "Nothing is handed in"),
    Outcome("abandoned", "Opened, and left for seven days", "Nothing is handed in"),
    Outcome("undocumented", "A status that nobody has documented", "What nobody expects"),
)
CODES = {
    "approved": 9001,
    "declined": 9102,
    "resubmission_requested": 9103,
    "review": 9121,
    "expired": 9104,
    "abandoned": 9104,
}
REASONS = {
    "declined": (102, "Suspected document tampering"),
    "resubmission_requested": (204, "Poor image quality"),
}
UNSEEN = ("expired", "abandoned")
PERSON = {
    "firstName": "VERA",
    "lastName": "SPECIMEN",
    "dateOfBirth": "1990-04-01",
    "gender": "F",
    "nationality": "EE",
    "idNumber": "49004010001",
    "placeOfBirth": None,
}
DOCUMENT = {
    "type": "DRIVERS_LICENSE",
    "number": "SPEC900401",
    "country": "EE",
    "state": None,
    "validFrom": "2021-05-06",
    "validUntil": "2031-05-05",
}


def _is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value.lower()) is not None


ASKED = Shape(
    required={
        "verification": Shape(
            optional={
                "callback": short_text(2047, printable=True),
                "vendorData": short_text(1000),
                "endUserId": matching(_is_uuid, "a UUID"),
                "lang": short_text(20, printable=True),
                "timestamp": text,
                "person": any_object(),
                "document": any_object(),
                "address": any_object(),
                "proofOfAddress": any_object(),
                "consents": list_of(any_object()),
            },
            null_is_unset=False,
        )
    },
    null_is_unset=False,
)


class Veriff(CheckVendor):
    """An integration: its API key, its shared secret keys, its sessions.

    Every one of `shared_secrets` signs requests, up to five of them; the first signs webhooks.
    `is_active`: the integration is switched on. `sends_everything`: the operator has entered one
    address for all kinds of webhooks. `end_users` has what was told of the person, by the session's
    id.
    """

    title = "Veriff"
    outcomes = OUTCOMES

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without sessions; `clock` answers Unix seconds."""
        super().__init__(hops, clock)
        self.api_key = str(uuid4())
        self.shared_secrets = [str(uuid4())]
        self.integration_id = str(uuid4())
        self.sends_everything = False
        self.is_active = True
        self.end_users: dict[str, str] = {}

    def add_api(self, app: Flask) -> None:
        """Add session and decision."""
        app.post("/v1/sessions")(self._create)
        app.get("/v1/sessions/<session_id>/decision")(self._decision)

    def _create(self) -> tuple[Response, int]:
        """Create a session; alone among the requests it needs no signature."""
        self._admit()
        if request.mimetype != JSON or request.args:
            _refuse(400, "1104", "Request includes invalid parameters.")
        asked = self._asked()
        session = Session(
            id=str(uuid4()),
            reference=asked.get("vendorData") or "",
            carrier="vendorData",
            begun_at=self.clock(),
            return_url=asked.get("callback"),
        )
        if "endUserId" in asked:
            self.end_users[session.id] = asked["endUserId"]
        url = self.begin(session)
        verification = {
            "id": session.id,
            "url": url,
            "vendorData": asked.get("vendorData"),
            "host": self.base_url,
            "status": "created",
            "sessionToken": url.rpartition("=")[2],
        }
        return jsonify(status="success", verification=verification), 201

    def _asked(self) -> dict[str, Any]:
        """Return what a session is asked for with, checked."""
        try:
            body = json_object(request.get_data())
        except ValueError as problem:
            _refuse(400, "1104", f"Request includes invalid parameters. {problem}")
        if "verification" not in body:
            _refuse(400, "1102", "Mandatory parameters are missing from the request.")
        for wrong in ASKED(body):
            _refuse(400, "1104", f"Request includes invalid parameters. {wrong}")
        asked: Any = body["verification"]
        if "callback" in asked and not _is_return_url(asked["callback"]):
            _refuse(400, "1302", "Only HTTPS return URLs are allowed.")
        found: dict[str, Any] = asked
        return found

    def _decision(self, session_id: str) -> Response:
        """Show the decision, with the answer signed as a webhook is."""
        self._admit()
        self._require_signature(session_id)
        if not _is_uuid(session_id):
            _refuse(400, "1002", "Query ID must be a valid UUID V4")
        session = self.transactions.get(session_id)
        if session is None:
            _refuse(404, UNDOCUMENTED, "There is no such session.")
        answer = Response(_written(self._told(session)), content_type=JSON)
        answer.headers.extend(self.signed(answer.get_data()))
        return answer

    def _admit(self) -> None:
        """Let in who names this integration."""
        key = request.headers.get(KEY)
        if key is None:
            _refuse(401, "1801", f"Mandatory {KEY} header is missing from the request")
        if not _is_uuid(key):
            _refuse(401, "1802", "API key is not a valid UUID")
        if not same(key, self.api_key):
            _refuse(401, "1803", "Integration with the API key was not found")
        if not self.is_active:
            _refuse(401, "1804", "Integration with the API key is not active")
        if request.headers.get(INTEGRATION, self.integration_id) != self.integration_id:
            _refuse(401, "1803", "Integration with the API key was not found")

    def _require_signature(self, signed: str) -> None:
        presented = request.headers.get(SIGNATURE, "").lower()
        if not _SHA256.fullmatch(presented):
            _refuse(401, "1812", "Signature is not a valid SHA256 hash")
        expected = [self._signature(signed.encode(), secret) for secret in self.shared_secrets]
        if not any(same(presented, one) for one in expected):
            _refuse(401, "1818", "Signature does not match the HMAC-SHA256 of query ID")

    def _told(self, session: Session) -> dict[str, Any]:
        """Return what decision webhook and API tell; nothing before the first decision."""
        if session.outcome is None or session.decided_at is None:
            return {"status": "success", "verification": None}
        code, reason = REASONS.get(session.outcome, (None, None))
        is_unseen = session.outcome in UNSEEN
        handed_in = None if is_unseen else _moment(session.begun_at)
        verification: dict[str, Any] = {
            "id": session.id,
            **self._named(session),
            "status": session.outcome,
            "code": CODES.get(session.outcome, 9999),
            "reason": reason,
            "reasonCode": code,
            "acceptanceTime": handed_in,
            "submissionTime": handed_in,
            "decisionTime": _moment(session.decided_at),
            "person": None if is_unseen else PERSON,
            "document": DOCUMENT if session.outcome in ("approved", "declined") else None,
            "comments": [],
            "additionalVerifiedData": None,
            "riskLabels": None,
        }
        return {
            "status": "success",
            "verification": verification,
            "technicalData": {"ip": "192.0.2.44"},
        }

    def events(self, session: Session) -> list[Event]:
        """Return the decision webhook, after the others where they go to the same address."""
        decision = Event(_written(self._told(session)), f"decision {session.outcome}")
        if not self.sends_everything:
            return [decision]
        return [*(Event(_written(one), note) for note, one in self._others(session)), decision]

    def _named(self, session: Session) -> dict[str, str | None]:
        """Return how every webhook names a session besides its id; each decision is an attempt."""
        return {
            "attemptId": str(uuid5(NAMESPACE_OID, f"{session.id} {session.decided_at}")),
            "vendorData": session.reference or None,
            "endUserId": self.end_users.get(session.id),
        }

    def _others(self, session: Session) -> list[tuple[str, dict[str, Any]]]:
        """Return the webhooks of the other kinds, with what they are."""
        known = self._named(session)
        event = {"id": session.id, **known, "feature": "selfid"}
        envelope = {"sessionId": session.id, **known, "time": _moment(self.clock())}
        verdict = {"decision": "approved", "decisionScore": 0.98, "person": PERSON}
        custom = {"id": session.id, "userDefinedData": {"status": "Seen", "statusCode": "approved"}}
        return [
            ("event started", {**event, "code": 7001, "action": "started"}),
            ("event submitted", {**event, "code": 7002, "action": "submitted"}),
            ("watchlist", {**envelope, "checkType": "initial_result", "matchStatus": "no_match"}),
            (
                "user-defined status",
                {**envelope, "eventType": "user-status.created", "data": {"verification": custom}},
            ),
            (
                "Full Auto",
                {**envelope, "eventType": "fullauto", "data": {"verification": verdict}},
            ),
        ]

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return what names the integration, and proves a body."""
        digest = self._signature(body, self.shared_secrets[0] if secret is None else secret)
        return [(KEY, self.api_key), (SIGNATURE, digest)]

    @staticmethod
    def _signature(message: bytes, secret: str) -> str:
        return hmac.digest(secret.encode(), message, "sha256").hex()

    def rate_limited(self) -> Response:
        """Return a 429; neither its numbers nor a Retry-After are documented."""
        return make_response(_failure(UNDOCUMENTED, "Too many requests"), 429)

    def start_afresh(self) -> None:
        """Forget every session, and behave."""
        super().start_afresh()
        self.end_users.clear()
        del self.shared_secrets[1:]
        self.sends_everything = False
        self.is_active = True


def _is_return_url(value: str) -> bool:
    """Tell whether a return address is https; on loopback, where nothing else is, http will do."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or is_loopback(host))


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _failure(code: str, message: str) -> Response:
    return jsonify(status="fail", code=code, message=message)


def _refuse(status: int, code: str, message: str) -> NoReturn:
    """End the request as Veriff does."""
    abort(make_response(_failure(code, message), status))


def _settings(veriff: Veriff, place: Place) -> Mapping[str, str]:
    """Enter the address of decision webhooks, as an operator does in Veriff's portal."""
    veriff.callback_url = f"{place.api_url}/callbacks/veriff"
    secrets = ",".join(veriff.shared_secrets)
    return {"VERIFF_API_KEY": veriff.api_key, "VERIFF_SHARED_SECRETS": secrets}


def _switches(veriff: Veriff) -> tuple[Switch, ...]:
    def get() -> str:
        return "all" if veriff.sends_everything else "decisions"

    def put(value: str) -> None:
        veriff.sends_everything = value == "all"

    choices = {"decisions": "decisions alone", "all": "of every kind"}
    return (Switch("veriffWebhooks", "Its webhooks are", choices, get, put),)


SIMULATOR = Simulator(
    name="veriff",
    title="Veriff",
    rank=12,
    start=served(Veriff),
    address="VERIFF_BASE_URL",
    settings=_settings,
    checks=True,
    switches=_switches,
    card=Path(__file__).parent / "card",
)
