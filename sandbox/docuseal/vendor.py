"""An account at DocuSeal: its tokens, templates and submissions, its pages and its webhook.

Source: docusealco/docuseal @a2d8b855 (3.1.7, 2026-08): app/controllers/api/, submit_form and
submit_form_decline controllers, app/jobs/send_*_webhook_request_job.rb, lib/send_webhook_request.rb
and lib/webhook_urls/signatures.rb.
"""

import base64
import hmac
import itertools
import json
import secrets
from typing import Any, NoReturn
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, make_response, request

from sandbox.docuseal.fields import as_time, refusal
from sandbox.docuseal.submissions import OUTCOMES, Party, Submission, Template, moment
from sandbox.kit.bodies import JSON, json_object, same
from sandbox.kit.checks import CheckVendor, Event, Session
from sandbox.kit.sender import Headers

API, SIGNING = "/api", "/s/"
TOKEN, SIGNATURE = "X-Auth-Token", "X-Docuseal-Signature"
USER_AGENT = ("User-Agent", "DocuSeal.com Webhook")
FORM_EVENTS = ("form.viewed", "form.started", "form.completed", "form.declined")
SUBMISSION_EVENTS = (
    "submission.created",
    "submission.completed",
    "submission.expired",
    "submission.archived",
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
FIRST_NUMBER = 50_210
ROLE = "Member"
AGREEMENT = Template(318204, "Provider agreement", (ROLE, "Marketplace"))
RULES = Template(318310, "House rules", (ROLE,))
NEWER_AGREEMENT = Template(320117, "Provider agreement of next year", (ROLE,))
ARCHIVED = Template(318004, "Provider agreement of 2025", (ROLE,), archived=True)
DRAFT = Template(318444, "A draft", (ROLE,), has_fields=False)
TEMPLATES = (AGREEMENT, RULES, NEWER_AGREEMENT, ARCHIVED, DRAFT)


class DocuSeal(CheckVendor):
    """An account at a DocuSeal that is served by its customer, with one webhook.

    `testing_token` is of the account's test mode, which has no templates of its own here;
    `foreign_template` is another account's. `ticked` are the events that the operator has chosen
    for the webhook: at first those that DocuSeal chooses. `retries` is how often a webhook that was
    not answered well is sent again: at DocuSeal 11 times, and form.completed 13 times, 1, 2, 4, …
    minutes apart.
    """

    title = "DocuSeal"
    outcomes = OUTCOMES
    pages = (*CheckVendor.pages, SIGNING)
    heading = "Simulated signing"
    hint = "No document is shown, and nothing is signed. Decide how it goes on."
    answer_seconds = 15.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Start without submissions; arguments as of CheckVendor."""
        super().__init__(*arguments, **options)
        self.api_token, self.testing_token = secrets.token_hex(21), secrets.token_hex(21)
        self.webhook_secret = new_webhook_secret()
        self.ticked: tuple[str, ...] = FORM_EVENTS
        self.templates = {one.id: one for one in TEMPLATES}
        self.foreign_template = 204417
        self._numbers = itertools.count(FIRST_NUMBER)

    def add_api(self, app: Flask) -> None:
        """Add the calls about submissions, and the page of a signer."""
        app.post(f"{API}/submissions")(self._create)
        app.get(f"{API}/submissions/<number>")(self._show)
        app.delete(f"{API}/submissions/<number>")(self._archive)
        app.get(f"{API}/user")(self._show_user)
        app.get(f"{API}/templates/<number>")(self._show_template)
        app.get(f"{SIGNING}<slug>")(self._open)

    def _admit(self) -> bool:
        """Let in who has a token; return whether it is the one of the test mode."""
        presented = request.headers.get(TOKEN, "")
        is_testing = same(presented, self.testing_token)
        if not is_testing and not same(presented, self.api_token):
            _refuse(401, "Not authenticated")
        return is_testing

    def _show_user(self) -> Response:
        """Show whose token it is."""
        is_testing = self._admit()
        name = {"first_name": "Ola", "last_name": "Operator", "email": "ola@market.example"}
        return jsonify(id=302 if is_testing else 301, **name)

    def _show_template(self, number: str) -> Response:
        """Show a template, also one that is archived or has no fields yet."""
        is_testing = self._admit()
        if number == str(self.foreign_template):
            _refuse(403, "Not authorized")
        found = next((one for one in self.templates.values() if str(one.id) == number), None)
        if found is None:
            _not_found()
        if is_testing:
            _refuse_test_mode("Template", found.id)
        parties = [{"name": role, "uuid": str(uuid4())} for role in found.roles]
        at = str(moment(self.clock()))
        archived = {"archived_at": at if found.archived else None}
        return jsonify({**found.shown(at), **archived, "submitters": parties, "schema": []})

    def _create(self) -> Response:
        """Make a submission; what is sent about a template is judged before all the rest."""
        is_testing = self._admit()
        asked = _asked()
        template = self._template(asked.get("template_id"), is_testing=is_testing)
        why = refusal(asked, len(template.roles))
        if why is not None:
            _refuse(422, why)
        submission = self._new_submission(asked, template)
        self.transactions[submission.id] = submission
        self._tell_all(
            self.callbacks,
            submission,
            self._chosen([("submission.created", submission.shown(self.clock()))]),
        )
        return jsonify([self._begun(submission, party) for party in submission.parties])

    def _template(self, template_id: object, *, is_testing: bool) -> Template:
        if template_id is None:
            _refuse(422, "Template not found")
        if template_id == self.foreign_template:
            _refuse(403, "Not authorized")
        template = self.templates.get(template_id) if isinstance(template_id, int) else None
        if template is None:
            _not_found()
        if is_testing:
            _refuse_test_mode("Template", template.id)
        if template.archived:
            _refuse(422, "Template has been archived")
        if not template.has_fields:
            _refuse(422, "Template does not contain fields")
        return template

    def _new_submission(self, asked: dict[str, Any], template: Template) -> Submission:
        number = next(self._numbers)  # two at once have one each
        parties = [
            self._party(number * 10 + place, asked, one, _role(template, one, place))
            for place, one in enumerate(asked["submitters"])
        ]
        expires_at = as_time(asked["expire_at"]) if asked.get("expire_at") else None
        own = asked["submitters"][0].get("completed_redirect_url")
        return Submission(
            id=str(number),
            number=number,
            reference=parties[0].external_id or "",
            carrier="external_id",
            begun_at=self.clock(),
            return_url=own or asked.get("completed_redirect_url"),
            slug=_slug(),
            template=template,
            parties=parties,
            expire_at=expires_at.timestamp() if expires_at else None,
            order=asked.get("order") or "preserved",
            host=self.base_url,
        )

    @staticmethod
    def _party(party_id: int, asked: dict[str, Any], one: dict[str, Any], role: str) -> Party:
        told = ("send_email", "send_sms", "completed_redirect_url", "require_email_2fa")
        usual = {"send_email": True, "send_sms": False}
        preferences = usual | {name: asked[name] for name in told if name in asked}
        email = one.get("email")
        return Party(
            id=party_id,
            uuid=str(uuid4()),
            slug=_slug(),
            role=role,
            name=one.get("name"),
            email=email.lower() if email else None,
            phone=one.get("phone"),
            external_id=one.get("external_id"),
            metadata=one.get("metadata") or {},
            values=[
                {"field": field["name"], "value": field["default_value"]}
                for field in one.get("fields") or []
                if "default_value" in field
            ],
            preferences=preferences | {name: one[name] for name in told if name in one},
        )

    def _begun(self, submission: Submission, party: Party) -> dict[str, Any]:
        url = f"{self.browser_url}{SIGNING}{party.slug}"
        return {**submission.party(party), "embed_src": url}

    def _show(self, number: str) -> Response:
        submission = self._found(number, is_testing=self._admit())
        return jsonify(submission.shown(self.clock()))

    def _archive(self, number: str) -> Response:
        submission = self._found(number, is_testing=self._admit())
        self.archive(submission.id, permanently=request.args.get("permanently") == "true")
        return jsonify(id=submission.number, archived_at=moment(submission.archived_at))

    def archive(self, reference: str, *, permanently: bool = False) -> None:
        """Archive a submission, or delete it for good, as the operator can at any time.

        Of one that has ended before nothing else changes. A deletion is not told.
        """
        submission = self.transactions[reference]
        if not submission.ended:
            self.finish(reference, "deleted" if permanently else "archived", wait=False)
        elif isinstance(submission, Submission) and permanently:
            submission.is_deleted = True
        elif isinstance(submission, Submission):
            submission.filed_at = self.clock()
            archived = self._chosen([("submission.archived", submission.archived())])
            self._tell_all(self.callbacks, submission, archived)

    def _found(self, number: str, *, is_testing: bool) -> Submission:
        found = self.transactions.get(number)
        if not isinstance(found, Submission) or found.is_gone:
            _not_found()
        if is_testing:
            _refuse_test_mode("Submission", found.number)
        return found

    def _open(self, slug: str) -> Response:
        """Show the page of a signer, and tell that it was opened for the first time."""
        there = (one for one in self.transactions.values() if isinstance(one, Submission))
        submission = next((one for one in there if same(one.parties[0].slug, slug)), None)
        if submission is None or submission.is_gone:
            _not_found()
        first = submission.parties[0]
        if not submission.ended and first.opened_at is None:
            first.opened_at = self.clock()
            viewed = self._chosen([("form.viewed", submission.form(self.clock()))])
            self._tell_all(self.callbacks, submission, viewed)
        return self.opened(submission)

    def events(self, session: Session) -> list[Event]:
        """Return what the webhook tells of the last outcome; a permanent deletion is not told.

        An archived submission is told by its id alone.
        """
        if not isinstance(session, Submission):
            return []
        now = self.clock()
        form, whole = session.form(now), session.shown(now)
        told: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "completed": [
                ("form.started", form),
                ("form.completed", form),
                ("submission.completed", whole),
            ],
            "first_party": [("form.started", form), ("form.completed", form)],
            "declined": [("form.declined", form)],
            "expired": [("submission.expired", whole)],
            "archived": [("submission.archived", session.archived())],
            "undocumented": [("form.completed", form)],
        }
        return self._chosen(told.get(session.outcome or "", []))

    def _chosen(self, due: list[tuple[str, dict[str, Any]]]) -> list[Event]:
        """Return the events that the webhook is to hear."""
        return [self.event(kind, data) for kind, data in due if kind in self.ticked]

    def event(self, kind: str, data: dict[str, Any]) -> Event:
        """Return an event as it travels."""
        body = {"event_type": kind, "timestamp": moment(self.clock()), "data": data}
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return Event(written.encode(), kind, (USER_AGENT,))

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return the signature of a body and of the time at which it is sent."""
        sent_at = str(int(self.clock()))
        key = (self.webhook_secret if secret is None else secret).encode()
        digest = hmac.digest(key, f"{sent_at}.".encode() + body, "sha256").hex()
        return [(SIGNATURE, f"{sent_at}.{digest}")]

    def delivers(self, status: int) -> bool:
        """Tell whether a webhook was delivered: by a redirect too, which is not followed."""
        return status < 400

    def rate_limited(self) -> Response:
        """Return the answer to too many requests, whose numbers are not documented."""
        return _failure(429, "Too many requests")

    def start_afresh(self) -> None:
        """Forget every submission, and behave."""
        super().start_afresh()
        self.retries, self.retry_seconds = 0, 0.0


def new_webhook_secret() -> str:
    """Return a secret as DocuSeal makes it; the whole text, with its prefix, is the key."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def _slug() -> str:
    return "".join(secrets.choice(_BASE58) for _ in range(14))


def _role(template: Template, asked: dict[str, Any], place: int) -> str:
    """Return the role that a submitter signs; one that there is not means that at their place."""
    wanted = (asked.get("role") or "").casefold()
    return next((one for one in template.roles if one.casefold() == wanted), template.roles[place])


def _asked() -> dict[str, Any]:
    """Return a request's fields; that its type must be JSON is not so at the real one."""
    if request.mimetype != JSON:
        abort(make_response(jsonify(status=400, error="Send JSON"), 400))
    try:
        asked = json_object(request.get_data())
    except ValueError as problem:
        abort(make_response(jsonify(status=400, error=str(problem)), 400))
    return {name: value for name, value in asked.items() if value is not None}


def _refuse_test_mode(kind: str, number: int) -> NoReturn:
    _refuse(
        403,
        f"{kind} {number} not found using testing API key; Use production API key to access"
        f" production {kind.lower()}s.",
    )


def _not_found() -> NoReturn:
    abort(make_response(jsonify(status=404), 404))


def _refuse(status: int, message: str) -> NoReturn:
    abort(_failure(status, message))


def _failure(status: int, message: str) -> Response:
    return make_response(jsonify(error=message), status)
