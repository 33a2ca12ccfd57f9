"""The simulated Xero as tests hold it."""

import hmac
import json
import secrets
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from flask import Flask, Response, jsonify, request

from sandbox.hops import HopLog
from sandbox.kit.pages import add_templates, leave, page
from sandbox.kit.traffic import keep_record
from sandbox.kit.vendor import SimulatedVendor
from sandbox.xero.identity import BROAD_SCOPES, SCOPES, Identity, Session
from sandbox.xero.invoices import MAX_KEY_CHARACTERS, STATUSES, Ledger, ValidationError

Decision = Literal["allow", "decline"]
FORM = "application/x-www-form-urlencoded"
_CONSENT = {
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
}


@dataclass(slots=True)
class Organisation:
    """An organisation (tenant), and where the app is connected to it: None is nowhere."""

    name: str
    tenant_id: str = field(default_factory=lambda: str(uuid4()))
    connection_id: str | None = None
    event_id: str | None = None
    ledger: Ledger = field(default_factory=Ledger, repr=False)


class Refused(Exception):
    """A request is refused: status, body and headers."""

    def __init__(self, status: int, body: dict[str, Any], **headers: str) -> None:
        super().__init__(status)
        self.answer = Response(
            json.dumps(body), status, headers, content_type="application/json; charset=utf-8"
        )


class Xero(SimulatedVendor):
    """One app, one person, two organisations.

    Serve `app`, put its address into `base_url`, call `close()` at the end. Public attributes may
    be changed at any time: `redirect_uris` are registered with the app (empty: any); `knows_broad`
    makes it an app of before 2026-03-02; `faults` makes the service misbehave. `calls` holds each
    request.
    """

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without connections; `clock` answers the time in Unix seconds."""
        super().__init__(clock, _rate_limited)
        self.client_id, self.client_secret = secrets.token_hex(16).upper(), secrets.token_hex(24)
        self.organisations = [Organisation("Harbour Crafts Ltd"), Organisation("Quay Bakery")]
        self.redirect_uris: list[str] = []
        self.knows_broad = False
        self.identity = Identity(self.client_id, clock)
        self.app = self._make_app(hops)

    def start_afresh(self) -> None:
        """Forget what was connected and made."""
        self.faults.reset()
        self.calls.clear()
        self.identity.sessions.clear()
        for one in self.organisations:
            one.connection_id = one.event_id = None
            one.ledger = Ledger()

    def authorize(
        self,
        authorize_url: str,
        *organisations: Organisation,
        tenant_id: str = "",
        decision: Decision = "allow",
    ) -> str:
        """Decide as a person on the consent page, and return where the browser is sent.

        `organisations` are those that are connected, or the one with this `tenant_id`, or the first
        one; one that was connected before stays as it was. Raises ValueError where the page would
        show a problem.
        """
        pairs = parse_qsl(urlsplit(authorize_url).query, strict_parsing=True)
        asked = dict(pairs)
        self._check_consent(asked, len(pairs))
        returns, state = asked["redirect_uri"], asked["state"]
        if decision == "decline":
            return f"{returns}?{urlencode({'error': 'access_denied', 'state': state})}"
        event_id = str(uuid4())
        named = [one for one in self.organisations if one.tenant_id == tenant_id]
        for one in organisations or named or self.organisations[:1]:
            if one.connection_id is None:
                one.connection_id, one.event_id = str(uuid4()), event_id
        scopes = tuple(asked["scope"].split(" "))
        code = self.identity.allow(event_id, scopes, returns, asked["code_challenge"])
        return f"{returns}?{urlencode({'code': code, 'scope': asked['scope'], 'state': state})}"

    def _check_consent(self, asked: dict[str, str], count: int) -> None:
        if count != len(asked) or asked.keys() != _CONSENT:
            raise ValueError(f"the page is asked with {sorted(asked)}")
        if (asked["response_type"], asked["client_id"]) != ("code", self.client_id):
            raise ValueError("unauthorized_client")
        if asked["code_challenge_method"] != "S256" or len(asked["code_challenge"]) != 43:
            raise ValueError("invalid_request: the challenge")
        if self.redirect_uris and asked["redirect_uri"] not in self.redirect_uris:
            raise ValueError("invalid redirect_uri")
        known = SCOPES | (BROAD_SCOPES if self.knows_broad else frozenset())
        if not set(asked["scope"].split(" ")) <= known:
            raise ValueError("invalid_scope")

    def set_status(self, invoice_id: str, status: str) -> None:
        """Do in Xero's pages what brings an invoice into a status."""
        if status not in STATUSES:
            raise ValueError(f"no status: {status}")
        for one in self.organisations:
            if invoice_id in one.ledger.invoices:
                one.ledger.invoices[invoice_id]["Status"] = status

    def disconnect(self) -> None:
        """Disconnect the app from every organisation, in Xero's own pages."""
        for one in self.organisations:
            one.connection_id = one.event_id = None

    def _make_app(self, hops: HopLog | None) -> Flask:
        app = Flask("sandbox.xero", static_folder=None)
        add_templates(app, Path(__file__).parent / "templates")

        keep_record(app, self, "Xero", hops)
        app.register_error_handler(Refused, lambda refused: refused.answer)
        app.get("/identity/connect/authorize")(self._consent_page)
        app.post("/identity/connect/authorize")(self._decide)
        app.post("/connect/token")(self._token)
        app.post("/connect/revocation")(self._revocation)
        for path in ("/connections", "/Connections"):  # as the guide and the OpenAPI write it
            app.get(path)(self._connections)
            app.delete(f"{path}/<connection_id>")(self._delete_connection)
        app.get("/api.xro/2.0/Invoices")(self._find_invoices)
        app.put("/api.xro/2.0/Invoices")(self._create_invoices)
        app.get("/api.xro/2.0/Invoices/<invoice_id>")(self._invoice)
        return app

    def _consent_page(self) -> Response:
        try:
            self._check_consent(request.args.to_dict(), len(list(request.args.items(multi=True))))
        except ValueError as error:
            return page("consent_page.html", 400, problem=str(error))
        scopes = request.args["scope"].split(" ")
        return page("consent_page.html", scopes=scopes, organisations=self.organisations)

    def _decide(self) -> Response:
        chosen = [o for o in self.organisations if o.tenant_id == request.form.get("tenant")]
        is_allowed = request.form.get("decision") == "allow" and bool(chosen)
        decision: Decision = "allow" if is_allowed else "decline"
        try:
            return leave(self.authorize(request.url, *chosen, decision=decision))
        except ValueError as error:
            return page("consent_page.html", 400, problem=str(error))

    def _token(self) -> Response:
        """Redeem a code or a refresh token (RFC 6749 4.1.3 and 6)."""
        self._require_client()
        form = _form()
        kind = form.pop("grant_type", "")
        answer = None
        if kind == "authorization_code" and form.keys() == {
            "code",
            "redirect_uri",
            "code_verifier",
        }:
            answer = self.identity.redeem(form["code"], form["redirect_uri"], form["code_verifier"])
        elif kind == "refresh_token" and form.keys() == {"refresh_token"}:
            answer = self.identity.renew(form["refresh_token"])
        elif kind in ("authorization_code", "refresh_token"):
            raise Refused(400, {"error": "invalid_request"})
        else:
            raise Refused(400, {"error": "unsupported_grant_type"})
        if answer is None:
            raise Refused(400, {"error": "invalid_grant"})
        return jsonify(answer)

    def _revocation(self) -> Response:
        """End a refresh token, and every connection of this person; unknown ones are 200 too."""
        self._require_client()
        form = _form()
        if not {"token"} <= form.keys() <= {"token", "token_type_hint"}:
            raise Refused(400, {"error": "invalid_request"})
        if self.identity.revoke(form["token"]) is not None:
            self.disconnect()
        return Response(status=200)

    def _require_client(self) -> None:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        given = b64decode(value) if scheme == "Basic" else b""
        if not hmac.compare_digest(given, f"{self.client_id}:{self.client_secret}".encode()):
            raise Refused(400, {"error": "invalid_client"})

    def _connections(self) -> Response:
        self._session()
        if request.args.keys() - {"authEventId"}:
            raise Refused(400, _problem(400, "Bad Request", "unknown parameter"))
        event_id = request.args.get("authEventId")
        return jsonify(
            [
                {
                    "id": one.connection_id,
                    "authEventId": one.event_id,
                    "tenantId": one.tenant_id,
                    "tenantType": "ORGANISATION",
                    "tenantName": one.name,
                    "createdDateUtc": "2026-11-28T10:00:00.0000000",
                    "updatedDateUtc": "2026-11-28T10:00:00.0000000",
                }
                for one in self.organisations
                if one.connection_id and event_id in (None, one.event_id)
            ]
        )

    def _delete_connection(self, connection_id: str) -> Response:
        self._session()
        for one in self.organisations:
            if one.connection_id == connection_id:
                one.connection_id = one.event_id = None
                return Response(status=204)
        return Response(status=404)

    def _find_invoices(self) -> Response:
        ledger = self._ledger("accounting.invoices", "accounting.invoices.read")
        if request.args.keys() - {"where", "createdByMyApp"}:
            raise Refused(400, _validation("unknown parameter"))
        try:
            return jsonify(Invoices=ledger.find(request.args.get("where")), Status="OK")
        except ValidationError as error:
            raise Refused(400, _validation(str(error))) from error

    def _create_invoices(self) -> Response:
        ledger = self._ledger("accounting.invoices")
        key = request.headers.get("Idempotency-Key")
        if key is not None and not 0 < len(key) <= MAX_KEY_CHARACTERS:
            raise Refused(400, _validation("Idempotency-Key has 128 characters at most"))
        try:
            made = ledger.create(request.get_json(), key)
        except ValidationError as error:
            raise Refused(400, _validation(str(error))) from error
        return jsonify(Id=str(uuid4()), Status="OK", Invoices=made)

    def _invoice(self, invoice_id: str) -> Response:
        ledger = self._ledger("accounting.invoices", "accounting.invoices.read")
        found = ledger.invoices.get(invoice_id)
        if found is None:
            return Response("The resource you're looking for cannot be found", 404)
        return jsonify(Id=str(uuid4()), Status="OK", Invoices=[found])

    def _ledger(self, *scopes: str) -> Ledger:
        """Return the ledger that the request may use: token, scope, tenant and content type."""
        session = self._session()
        if not {*scopes, *(BROAD_SCOPES if self.knows_broad else ())} & set(session.scopes):
            raise Refused(401, _problem(401, "Unauthorized", "AuthorizationUnsuccessful"))
        if request.headers.get("Accept") != "application/json":
            raise Refused(406, _problem(406, "Not Acceptable", "XML is not simulated"))
        tenant_id = request.headers.get("Xero-Tenant-Id")
        for one in self.organisations:
            if one.connection_id is not None and one.tenant_id == tenant_id:
                return one.ledger
        raise Refused(403, _problem(403, "Forbidden", "AuthenticationUnsuccessful"))

    def _session(self) -> Session:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        session = self.identity.session_of(token) if scheme == "Bearer" else None
        if session is None:
            raise Refused(401, _problem(401, "Unauthorized", "TokenExpired: token expired"))
        return session


def _form() -> dict[str, str]:
    if request.mimetype != FORM:
        raise Refused(400, {"error": "invalid_request"})
    values = dict(request.form.lists())
    if any(len(given) != 1 or not given[0] for given in values.values()):
        raise Refused(400, {"error": "invalid_request"})
    return {name: given[0] for name, given in values.items()}


def _problem(status: int, title: str, detail: str) -> dict[str, Any]:
    """Return a refusal in the words of Xero's gateway."""
    return {"Type": None, "Title": title, "Status": status, "Detail": detail}


def _validation(message: str) -> dict[str, Any]:
    """Return an ApiException ("HTTP Response Codes & Errors")."""
    return {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": message}]}],
    }


def _rate_limited() -> Response:
    headers = {"Retry-After": "12", "X-Rate-Limit-Problem": "minute"}
    return Response(status=429, headers=headers)
