"""The API app: it makes embedded signature requests, gives links to their page, and tells events.

Source: hellosign-openapi @ad21451f; developers.hellosign.com, embedded signing, events walkthrough,
expiration; faq.hellosign.com 115007086247, retries (read 2026-11).
"""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from sandbox.dropbox_sign.api import admit, read_fields, refusal, refuse, with_limits
from sandbox.dropbox_sign.embedding import SIGN_PAGE, SignUrls, why_closed
from sandbox.dropbox_sign.events import ACKNOWLEDGEMENT, Reporter, Undelivered, event_of
from sandbox.dropbox_sign.fields import CREATED, UPDATED
from sandbox.dropbox_sign.signature_request import EVENTS, OUTCOMES, SIGNERS_OWN, SignatureRequest
from sandbox.hops import HopLog
from sandbox.kit.checks import CheckVendor, Event, Session
from sandbox.kit.pages import add_templates, page
from sandbox.kit.sender import Delivery, Headers, statuses

API = "/v3"
HOUR, DAY = 60 * 60, 24 * 60 * 60
LONGEST_DAYS = 90
CALLBACK_TEST = "callback_test"
TEMPLATES = ("a1" * 20, "b2" * 20, "c3" * 20)


class DropboxSign(CheckVendor):
    """An account with one API app: its requests by their ids.

    `api_keys` all let in, and the first signs events. `template_ids` are its templates, of which
    each has the role `role`. `domains` are those that the app has registered.

    Outside test mode nothing is made without `has_quota` (402) and `is_approved` (403).
    `is_identical` (409): the same request is being processed. `refuses_expiry`: whether an embedded
    request takes one is not documented. With `escapes_links` they come as in the description's
    example, with `&amp;` between parameters. What is not acknowledged stands in `undelivered`.
    """

    title = "Dropbox Sign"
    outcomes = OUTCOMES
    pages = (SIGN_PAGE,)
    has_single_use_links = True
    answer_seconds = 30.0

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start without requests; `clock` answers Unix seconds."""
        self.api_keys = [secrets.token_hex(32)]
        self.client_id = secrets.token_hex(16)
        self.account_id = secrets.token_hex(20)
        self.template_ids = list(TEMPLATES)
        self.role = "Provider"
        self.domains = ["127.0.0.1", "localhost"]
        self.undelivered = Undelivered(clock)
        self._sign_urls = SignUrls(clock)
        self._be_well()
        super().__init__(hops, clock)

    def _be_well(self) -> None:
        self.has_quota = self.is_approved = True
        self.is_identical = self.refuses_expiry = self.escapes_links = False

    def start_afresh(self) -> None:
        """Forget every request, and behave."""
        super().start_afresh()
        del self.api_keys[1:]
        self.undelivered.clear()
        self._sign_urls.clear()
        self._be_well()

    def rate_limited(self) -> Response:
        """Return the answer to too many requests."""
        return with_limits(refusal(429, "You have exceeded the rate limit"), self.clock)

    # The API.

    def add_api(self, app: Flask) -> None:
        """Add what is asked for embedded signing, and the page."""
        add_templates(app, Path(__file__).parent / "templates")
        made, one = f"{API}/signature_request", "<signature_request_id>"
        app.post(f"{made}/create_embedded_with_template")(self._create)
        app.post(f"{made}/update/{one}")(self._update)
        app.post(f"{made}/cancel/{one}")(self._cancel)
        app.get(f"{made}/{one}")(self._show)
        app.get(f"{API}/api_app/<client_id>")(self._show_app)
        app.get(f"{API}/template/<template_id>")(self._show_template)
        app.get(f"{API}/embedded/sign_url/<signature_id>")(self._sign_url)
        app.add_url_rule(SIGN_PAGE, view_func=self._sign, methods=["GET", "POST"])

        @app.after_request
        def tell_limits(answer: Response) -> Response:
            is_api = request.path.startswith(API)
            return with_limits(answer, self.clock) if is_api else answer

    def _show_app(self, client_id: str) -> Response:
        """Show the API app; what another account's is answered is not documented: here 404."""
        admit(self.api_keys)
        if client_id != self.client_id:
            refuse(404, "API app not found")
        app = {
            "client_id": self.client_id,
            "name": "Marketplace",
            "callback_url": self.callback_url,
            "domains": self.domains,
            "is_approved": self.is_approved,
            "created_at": int(self.clock()),
            "oauth": None,
            "options": {"can_insert_everywhere": False},
            "owner_account": {"account_id": self.account_id, "email_address": "ola@market.example"},
            "white_labeling_options": None,
        }
        return jsonify(api_app=app)

    def _show_template(self, template_id: str) -> Response:
        admit(self.api_keys)
        if template_id not in self.template_ids:
            refuse(404, "Template not found")
        template = {
            "template_id": template_id,
            "title": "Agreement",
            "message": "",
            "is_embedded": False,
            "is_creator": True,
            "can_edit": True,
            "is_locked": False,
            "metadata": {},
            "signer_roles": [{"name": self.role}],
            "cc_roles": [],
            "documents": [],
            "accounts": [],
        }
        return jsonify(template=template)

    def _create(self) -> Response:
        admit(self.api_keys)
        asked = read_fields(CREATED)
        self._check(asked)
        if self.is_identical:
            refuse(409, "An identical request is already being processed")
        if not asked.get("test_mode", False):
            if not self.has_quota:
                refuse(402, "The account has no signature requests left")
            if not self.is_approved:
                refuse(403, "The API app is not approved for production")
        carried = asked.get("metadata", {})
        key = next(iter(carried), "")
        made = SignatureRequest(
            id=secrets.token_hex(20),
            reference=str(carried.get(key, "")),
            carrier=f"metadata.{key}",
            begun_at=self.clock(),
            asked=asked,
            key=key,
            signature_id=secrets.token_hex(16),
        )
        self.transactions[made.id] = made
        self._tell_of(made, "sent")
        return jsonify(signature_request=made.shown(self.base_url))

    def _check(self, asked: dict[str, Any]) -> None:
        """Refuse what is not this account's; the statuses of that are not documented."""
        if asked["client_id"] != self.client_id:
            refuse(400, "Invalid client_id", "client_id")
        if not set(asked["template_ids"]) <= set(self.template_ids):
            refuse(400, "Template not found", "template_ids")
        if [signer["role"] for signer in asked["signers"]] != [self.role]:
            refuse(400, "Every role of the template needs one signer", "signers")

    def _update(self, signature_request_id: str) -> Response:
        """Change a signer and the deadline; what changes nothing of the signer needs their name."""
        admit(self.api_keys)
        asked = read_fields(UPDATED)
        found = self._open(signature_request_id)
        if asked["signature_id"] != found.signature_id:
            refuse(404, "Signature not found", "signature_id")
        if not {"name", "email_address"} & asked.keys():
            refuse(400, "Either name or email_address is needed", "email_address")
        if "expires_at" in asked:
            if self.refuses_expiry:
                refuse(400, "An embedded request takes no expiration", "expires_at")
            if not DAY <= asked["expires_at"] - self.clock() <= LONGEST_DAYS * DAY:
                refuse(400, "expires_at must be 1 to 90 days in the future", "expires_at")
            found.expires_at = asked["expires_at"] // HOUR * HOUR
        before = dict(found.signer)
        found.signer.update({name: asked[name] for name in before.keys() & asked.keys()})
        if found.signer["email_address"] != before["email_address"]:
            found.signature_id = secrets.token_hex(16)
        return jsonify(signature_request=found.shown(self.base_url))

    def _cancel(self, signature_request_id: str) -> Response:
        """Cancel: the event says that it was done, which here is at once; the answer is empty."""
        admit(self.api_keys)
        if request.get_data():
            refuse(400, "A cancellation has no body")
        self._decided(self._open(signature_request_id), "canceled")
        return Response(status=200)

    def _show(self, signature_request_id: str) -> Response:
        admit(self.api_keys)
        return jsonify(signature_request=self._found(signature_request_id).shown(self.base_url))

    def _sign_url(self, signature_id: str) -> Response:
        """Return a link; 409 once there is nothing to sign, as for who has signed already."""
        admit(self.api_keys)
        for one in self.requests:
            if one.signature_id == signature_id:
                found = self._found(one.id)
                if found.outcome not in (None, "on_hold"):
                    refuse(409, "The signature request cannot be signed (any more)")
                url, ends_at = self._given(found)
                shown = url.replace("&", "&amp;") if self.escapes_links else url
                return jsonify(embedded={"sign_url": shown, "expires_at": ends_at})
        return refuse(404, "Signature not found")

    def link(self, session: Session) -> str:
        """Return a new link to a request's page."""
        return self._given(session)[0]

    def _given(self, session: Session) -> tuple[str, int]:
        if not isinstance(session, SignatureRequest):
            raise TypeError("a session of another vendor")
        query, ends_at = self._sign_urls.give(session)
        return f"{self.browser_url}{SIGN_PAGE}?{query}", ends_at

    @property
    def requests(self) -> list[SignatureRequest]:
        """All requests, in the order in which they were made."""
        return [one for one in self.transactions.values() if isinstance(one, SignatureRequest)]

    def _found(self, signature_request_id: str) -> SignatureRequest:
        """Return a request; one that was cancelled is deleted, as documented for its signers."""
        for one in self.requests:
            if one.id == signature_request_id:
                return refuse(410, "The resource has been deleted") if one.is_canceled else one
        return refuse(404, "Signature request not found")

    def _open(self, signature_request_id: str) -> SignatureRequest:
        found = self._found(signature_request_id)
        return refuse(400, "The signature request has ended") if found.ended else found

    # The page.

    def _sign(self) -> Response:
        """Show a link's page, once, or take what its signer has decided."""
        if request.method == "POST":
            return self._submit(request.form.get("seat", ""), request.form.get("outcome", ""))
        found = self._sign_urls.spend(request.args)
        if found is None or found.ended:
            return self._page(None, 404)
        closed = why_closed(
            request.args,
            request.headers.get("Sec-Fetch-Dest"),
            client_id=self.client_id,
            domains=self.domains,
            is_test=found.asked.get("test_mode", False),
        )
        if closed:
            return self._page(None, 403, closed=closed)
        if found.viewed_at is None:
            found.viewed_at = int(self.clock())
            self._tell_of(found, "viewed")
        return self.opened(found)

    def _page(
        self,
        session: Session | None,
        status: int = 200,
        *,
        seat: str | None = None,
        closed: str = "",
    ) -> Response:
        """Return the page: with a `seat` it lets one decide, else it says what has become of it."""
        return page(
            "sign.html",
            status,
            embedders="*",
            vendor=self.title,
            signature_request=session,
            seat=seat,
            closed=closed,
            outcomes=SIGNERS_OWN,
            action=request.script_root + SIGN_PAGE,
        )

    # What it tells.

    def events(self, session: Session) -> list[Event]:
        """Return the events of a request's last change, in the usual order."""
        if not isinstance(session, SignatureRequest):
            raise TypeError("a session of another vendor")
        return [self.event(session, kind) for kind in EVENTS.get(session.outcome or "", ())]

    def event(self, found: SignatureRequest, kind: str, key: str | None = None) -> Event:
        """Return an event `signature_request_<kind>`; `key` stands in for the one that signs."""
        return event_of(
            Reporter(self.account_id, self.client_id),
            f"signature_request_{kind}",
            int(self.clock()),
            key or self.api_keys[0],
            signature_id=found.signature_id,
            told={"signature_request": found.shown(self.base_url)},
        )

    def signed(self, body: bytes, secret: str | None = None) -> Headers:  # noqa: ARG002 - the hash stands in the body
        """Return what comes beside a body; it proves nothing."""
        return [("User-Agent", "HelloSign API")]

    def forge(self, reference: str, outcome: str) -> int | None:
        """Send what somebody else has made up, signed with a guessed key; return the answer."""
        found = self.transactions[reference]
        self._known(outcome)
        keys, self.api_keys = self.api_keys, [secrets.token_hex(32)]
        try:
            event = self.claiming(found, outcome)[-1]
        finally:
            self.api_keys = keys
        return statuses([self._post(found, event, None, "forger")])[0]

    def enter_callback_url(self, url: str) -> int | None:
        """Try an address as saving it does, and keep it where that was acknowledged."""
        reporter = Reporter(self.account_id, self.client_id)
        event = event_of(reporter, CALLBACK_TEST, int(self.clock()), self.api_keys[0])
        nobody = Session(id="", reference="", carrier="", begun_at=self.clock(), callback_url=url)
        status = self.tell(nobody, event)
        if status == 200:
            self.callback_url = url
        return status

    def come_again(self) -> list[int | None]:
        """Send what was not acknowledged and is due by the clock; return what answered."""
        due = self.undelivered.due()
        return statuses([self._post(about, event, None, self.title) for about, event in due])

    def delivers(self, status: int) -> bool:
        """Tell whether a status is the one that counts, where the body is right too."""
        return status == 200

    def _tell_of(self, found: SignatureRequest, kind: str) -> None:
        self._tell_all(self.callbacks, found, [self.event(found, kind)])

    def _delivery(
        self, session: Session, event: Event, secret: str | None, caller: str
    ) -> Delivery:
        """Return a delivery that wants one text, and comes again by the clock, not by itself."""
        delivery = super()._delivery(session, event, secret, caller)
        is_delivered = delivery.settled

        def settled(status: int | None) -> bool:
            if is_delivered(status):
                self.undelivered.forget(event)
            elif caller == self.title and isinstance(session, SignatureRequest):
                comes_again = self.undelivered.note(session, event)
                self.callback_url = self.callback_url if comes_again else None
            return True

        delivery.wanted, delivery.settled = ACKNOWLEDGEMENT, settled
        return delivery
