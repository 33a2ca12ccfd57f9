"""iDenfy's API, its notifications, and what can become of a verification."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, make_response, request

from sandbox.hops import HopLog
from sandbox.idenfy.token import ASKED, USUAL_EXPIRY_SECONDS, USUAL_SESSION_SECONDS
from sandbox.kit.bodies import JSON, json_object, same
from sandbox.kit.checks import PAGE, CheckVendor, Event, Outcome, Session
from sandbox.kit.sender import Headers
from sandbox.kit.shapes import Shape, short_text

API, LIST = "/api/v2/", "/kyc/identifications/"
SIGNATURE, EVENT = "Idenfy-Signature", "Idenfy-Event-Type"
_PAGING = (("page", "1"), ("perPage", "10"))
ONE_SCAN = Shape(required={"scanRef": short_text(36)})
SPECIMEN = {
    "docFirstName": "TUULIKKI",
    "docLastName": "ESIMERKKI",
    "docNumber": "XK7700142",
    "docPersonalCode": "010180-999X",
    "docExpiry": "2031-05-31",
    "docDob": "1980-01-01",
    "docDateOfIssue": "2021-06-01",
    "docType": "DRIVER_LICENSE",
    "docSex": "FEMALE",
    "docNationality": "FI",
    "docIssuingCountry": "FI",
    "selectedCountry": "FI",
    "manuallyDataChanged": False,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What iDenfy says of a verification after an outcome: by its API, and by a notification.

    `preliminary` is the overall word of a notification that says it is not final.
    """

    status: str
    document: str = "DOC_VALIDATED"
    face: str = "FACE_MATCH"
    fraud_tags: tuple[str, ...] = ()
    preliminary: str | None = None


VERDICTS = {
    "approved": Verdict("APPROVED"),
    "reviewing": Verdict("REVIEWING", preliminary="APPROVED"),
    "suspected": Verdict("SUSPECTED", fraud_tags=("DUPLICATE_FACE",)),
    "denied": Verdict("DENIED", face="FACE_MISMATCH"),
    "unreadable": Verdict("DENIED", document="DOC_TOO_BLURRY", face="FACE_NOT_ANALYSED"),
    "expired": Verdict("EXPIRED", document="", face=""),
    "undocumented": Verdict("ON_HOLD"),
}
OUTCOMES = (
    Outcome("approved", "Approve", "It is decided"),
    Outcome("denied", "Deny: the selfie shows somebody else", "It is decided"),
    Outcome("unreadable", "Deny: the picture is too blurry", "It is decided"),
    Outcome("reviewing", "A person will look at it", "It goes on", ends=False),
    Outcome("suspected", "Suspect: the face was seen before", "It goes on", ends=False),
    Outcome("expired", "Let the token expire", "It ends by itself"),
    Outcome("undocumented", "A status that nobody has documented", "It ends by itself"),
)


@dataclass(slots=True, kw_only=True)
class Scan(Session):
    """A verification; its id is the `scanRef`.

    `reviewed` tells that a person has seen it, `deleted` that the customer has deleted its data.
    """

    auth_token: str
    external_ref: str | None
    token_type: str
    expiry_seconds: int
    reviewed: bool = False
    deleted: bool = False


class Idenfy(CheckVendor):
    """A customer's environment, with one notification for all events: `callback_url` receives it.

    `custom_callbacks` allows sessions to name their own. Failed notifications are not sent again:
    a notification's setting says whether, up to ten times and ten seconds apart. With `is_late` the
    status that can be asked for is still what it was at the beginning; without `may_list` the
    account's contract holds no list of verifications.
    """

    title = "iDenfy"
    outcomes = OUTCOMES
    pages = (PAGE, f"{API}redirect")

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without verifications; `clock` answers Unix seconds."""
        self.api_key, self.api_secret = secrets.token_hex(10), secrets.token_hex(16)
        self.signing_key = secrets.token_hex(16)
        self.custom_callbacks = False
        self.is_late = False
        self.may_list = True
        super().__init__(hops, clock)

    def add_api(self, app: Flask) -> None:
        """Add the token, the page, and what can be retrieved by a scanRef."""
        app.post(f"{API}token")(self._make_token)
        app.get(f"{API}redirect")(self._redirect)
        app.post(f"{API}status")(self._show_status)
        app.post(f"{API}data")(self._show_data)
        app.get(LIST)(self._list)

    def rate_limited(self) -> Response:
        """Return the answer to more than 10,000 requests an hour."""
        return _error(429, "TOO_MANY_REQUESTS", "Requests per hour limit has been reached.")

    def _make_token(self) -> tuple[Response, int]:
        asked = self._asked(ASKED)
        if "callbackUrl" in asked and not self.custom_callbacks:
            _refuse(400, "PERMISSIONS_ERROR", "You are not allowed to use a custom callback url.")
        client_id = asked["clientId"]
        if any(one.reference == client_id and not one.ended for one in self.scans()):
            _refuse(409, "BAD_VALUE", "This clientId has an active session.")
        expiry = asked.get("expiryTime")
        scan = Scan(
            id=str(uuid4()),
            reference=client_id,
            carrier="clientId",
            begun_at=self.clock(),
            return_url=asked.get("successUrl"),
            callback_url=asked.get("callbackUrl"),
            auth_token=secrets.token_hex(20),
            external_ref=asked.get("externalRef"),
            token_type=asked.get("tokenType") or "IDENTIFICATION",
            expiry_seconds=USUAL_EXPIRY_SECONDS if expiry is None else expiry,
        )
        self.transactions[scan.id] = scan
        return jsonify(
            message="Token created successfully",
            authToken=scan.auth_token,
            redirectUrl=None,
            scanRef=scan.id,
            clientId=scan.reference,
            externalRef=scan.external_ref,
            tokenType=scan.token_type,
            expiryTime=scan.expiry_seconds,
            sessionLength=asked.get("sessionLength") or USUAL_SESSION_SECONDS,
            successUrl=asked.get("successUrl"),
            errorUrl=asked.get("errorUrl"),
            unverifiedUrl=asked.get("unverifiedUrl"),
            callbackUrl=scan.callback_url,
            locale=asked.get("locale"),
        ), 201

    def _redirect(self) -> Response:
        """Show the page, which the real one redirects to."""
        token = request.args.get("authToken", "")
        for scan in self.scans():
            if same(scan.auth_token, token) and self._status(scan) != "EXPIRED":
                return self.opened(scan)
        return _error(400, "TOKEN_NOT_VALID", "Verification token is not valid or expired.")

    def _show_status(self) -> Response:
        scan = self._asked_about()
        return jsonify(
            **self._checks(scan),
            scanRef=scan.id,
            clientId=scan.reference,
            status=self._status(scan),
        )

    def _show_data(self) -> Response:
        scan = self._asked_about()
        return jsonify(**_read_data(scan), scanRef=scan.id, clientId=scan.reference)

    def _list(self) -> Response:
        """List verifications, a page of them (openapi/kyc.yaml); what they hold is left out."""
        self._admit()
        if not self.may_list:
            _refuse(403, "PERMISSIONS_ERROR", "Insufficient permissions for the request.")
        if set(request.args) - {"clientId", "page", "perPage"}:
            _refuse(400, "BAD_VALUE", "An unknown parameter.")
        wanted = request.args.get("clientId")
        found = [one for one in self.scans() if wanted in (None, one.reference)]
        page, size = (int(request.args.get(name, usual)) for name, usual in _PAGING)
        shown = [
            {"scanRef": one.id, "status": self._status(one), "suspected": False}
            for one in found[(page - 1) * size : page * size]
        ]
        return jsonify(count=len(found), next=None, previous=None, results=shown)

    def _asked_about(self) -> Scan:
        scan_ref = self._asked(ONE_SCAN)["scanRef"]
        found = next((scan for scan in self.scans() if scan.id == scan_ref), None)
        return found or _refuse(404, "BAD_VALUE", "There is no such verification.")

    def _admit(self) -> None:
        auth = request.authorization
        user, password = (auth.username, auth.password) if auth else (None, None)
        if not same(f"{user}:{password}", f"{self.api_key}:{self.api_secret}"):
            _refuse(401, "UNAUTHORIZED", "API key/secret is missing or not valid.")

    def _asked(self, shape: Shape) -> dict[str, Any]:
        """Return the body of a request that may be made, and has nothing but what is known."""
        self._admit()
        if request.mimetype != JSON:
            _refuse(400, "JSON_ERROR", "The body must be JSON.")
        try:
            asked: dict[str, Any] = json_object(request.get_data())
        except ValueError as problem:
            _refuse(400, "JSON_ERROR", str(problem))
        for wrong in shape(asked):
            is_missing = wrong.message == "is missing"
            _refuse(400, "MISSING_VALUE" if is_missing else "BAD_VALUE", str(wrong))
        return {name: value for name, value in asked.items() if value is not None}

    def scans(self) -> list[Scan]:
        """Return all verifications, in the order in which they began."""
        return [one for one in self.transactions.values() if isinstance(one, Scan)]

    def delete(self, scan_ref: str) -> None:
        """Delete a verification's data, as the customer can."""
        cast(Scan, self.transactions[scan_ref]).deleted = True

    def _status(self, scan: Scan) -> str:
        if scan.deleted:
            return "DELETED"
        if scan.outcome is not None and not self.is_late:
            return VERDICTS[scan.outcome].status
        return "EXPIRED" if self.clock() >= scan.begun_at + scan.expiry_seconds else "ACTIVE"

    def _checks(self, scan: Scan) -> dict[str, Any]:
        verdict = VERDICTS[scan.outcome] if scan.outcome else VERDICTS["expired"]
        return {
            "fraudTags": list(verdict.fraud_tags),
            "mismatchTags": [],
            "autoDocument": verdict.document,
            "autoFace": verdict.face,
            "manualDocument": verdict.document if scan.reviewed else "",
            "manualFace": verdict.face if scan.reviewed else "",
        }

    def start_afresh(self) -> None:
        """Forget every verification, and behave."""
        super().start_afresh()
        self.may_list = True
        self.is_late = False

    def events(self, session: Session) -> list[Event]:
        """Return the one notification that an outcome brings; it holds all that was read."""
        scan = cast(Scan, session)  # no others are begun here
        verdict = VERDICTS[scan.outcome or "expired"]
        kind = "MANUAL_FINISHED" if scan.reviewed else "AUTO_FINISHED"
        if verdict.status == "EXPIRED":
            kind = "EXPIRED"
        body = {
            "final": verdict.preliminary is None,
            "platform": "PC",
            "status": {
                "overall": verdict.preliminary or verdict.status,
                **self._checks(scan),
                "additionalSteps": None,
            },
            "data": _read_data(scan),
            "fileUrls": {"FRONT": f"{self.base_url}/images/front.png"},
            "scanRef": scan.id,
            "externalRef": scan.external_ref,
            "clientId": scan.reference,
            "companyId": "",
            "beneficiaryId": "",
            "startTime": int(scan.begun_at),
            "finishTime": int(scan.decided_at or self.clock()),
            "clientIp": "192.0.2.7",
            "clientIpCountry": "FI",
            "clientLocation": None,
        }
        scan.reviewed = scan.reviewed or verdict.status in ("REVIEWING", "SUSPECTED")
        headers = ((EVENT, f"IDENTIFICATION_{kind}"),)
        return [Event(json.dumps(body).encode(), f"{kind}: {verdict.status}", headers)]

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return the signature of a body under a notification's signing key."""
        key = (secret or self.signing_key).encode()
        return [(SIGNATURE, hmac.digest(key, body, hashlib.sha256).hex())]


def _read_data(scan: Scan) -> dict[str, Any]:
    is_read = scan.outcome not in (None, "expired")
    return dict(SPECIMEN) if is_read else dict.fromkeys(SPECIMEN)


def _refuse(status: int, identifier: str, message: str) -> NoReturn:
    abort(_error(status, identifier, message))


def _error(status: int, identifier: str, message: str) -> Response:
    return make_response(jsonify(identifier=identifier, message=message), status)
