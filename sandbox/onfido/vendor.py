"""An account at Onfido: its tokens, its workflow, applicants and runs."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, make_response, request

from sandbox.kit.bodies import JSON, json_object, same
from sandbox.kit.checks import CheckVendor, Event, Outcome, Session
from sandbox.kit.sender import Headers
from sandbox.kit.shapes import Shape
from sandbox.onfido.fields import APPLICANT, MOST_TAGS, WORKFLOW_RUN, as_time

API = "/v3.6/"
SIGNATURE = "X-SHA2-Signature"
BY_THE_WORKFLOW, BY_A_PERSON, OTHERWISE = "The workflow decides", "A person has to", "Otherwise"
OUTCOMES = (
    Outcome("approved", "Approved", BY_THE_WORKFLOW),
    Outcome("declined", "Declined: not the same face", BY_THE_WORKFLOW),
    Outcome("review", "Somebody looks at it first", BY_A_PERSON, ends=False),
    Outcome("abandoned", "Nothing was handed in in time", OTHERWISE),
    Outcome("error", "The workflow broke off", OTHERWISE),
    Outcome("undocumented", "A status that nobody has documented", OTHERWISE, ends=False),
)
# What the operator's workflow puts out; the last two of these are nobody's business.
OUTPUT = {
    "document_type": "driving_licence",
    "issuing_country": "PRT",
    "first_name": "Quintessa",
    "document_number": "QX-58203-T",
}
_STATUSES = {"begun": "awaiting_input", "undocumented": "second_opinion"}
_WITH_OUTPUT = ("approved", "declined", "review")


@dataclass(slots=True, kw_only=True)
class Run(Session):
    """A run of a workflow, for an applicant; `link` is what was asked of its page."""

    applicant_id: str
    workflow_id: str
    tags: list[str]
    link: dict[str, str | None] = field(repr=False)
    url: str = field(default="", repr=False)


class Onfido(CheckVendor):
    """An account at Onfido, with one workflow and another that is not the marketplace's.

    `api_token` is live, `sandbox_token` makes applicants of the sandbox. What a token of one
    environment may read of the other is not documented: here it may read all.

    `lags`: the API tells for a while that a run is processing, when its callback has come already.
    `tells_all`: the webhook is subscribed to every event, as one without a list of them is.
    `output` is what the workflow puts out. `webhook_is_on` and `environments` (none: both) are the
    webhook's; without `may_list_webhooks` the token may not see it.
    """

    title = "Onfido"
    outcomes = OUTCOMES

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Start without applicants; arguments as of CheckVendor."""
        super().__init__(*arguments, **options)
        self.api_token = f"api_live.{secrets.token_urlsafe(8)}.{secrets.token_urlsafe(24)}"
        self.sandbox_token = f"api_sandbox.{secrets.token_urlsafe(8)}.{secrets.token_urlsafe(24)}"
        self.webhook_token = secrets.token_urlsafe(24)
        self.workflow_id, self.other_workflow_id = str(uuid4()), str(uuid4())
        self.applicants: dict[str, dict[str, Any]] = {}
        self.lags = False
        self.tells_all = False
        self.may_list_webhooks = self.webhook_is_on = True
        self.environments: list[str] = []
        self.output: Any = dict(OUTPUT)

    def add_api(self, app: Flask) -> None:
        """Add the calls about applicants and workflow runs."""
        app.before_request(self._admit)
        app.post(f"{API}applicants")(self._create_applicant)
        app.get(f"{API}applicants/<applicant_id>")(self._show_applicant)
        app.post(f"{API}workflow_runs")(self._create_run)
        app.get(f"{API}workflow_runs")(self._list_runs)
        app.get(f"{API}workflow_runs/<run_id>")(self._show_run)
        app.get(f"{API}webhooks")(self._list_webhooks)

    def _admit(self) -> None:
        if not request.path.startswith(API):
            return
        presented = request.headers.get("Authorization", "")
        tokens = (self.api_token, self.sandbox_token)
        if not any(same(presented, f"Token token={token}") for token in tokens):
            _refuse(401, "authorization_error", "Authorization error: please re-check the token")

    def _create_applicant(self) -> tuple[Response, int]:
        asked = _read(APPLICANT)
        applicant_id = str(uuid4())
        self.applicants[applicant_id] = {
            **asked,
            "id": applicant_id,
            "created_at": _written(self.clock()),
            "sandbox": self.sandbox_token in request.headers["Authorization"],
            "href": f"{API}applicants/{applicant_id}",
        }
        return jsonify(self.applicants[applicant_id]), 201

    def _show_applicant(self, applicant_id: str) -> Response:
        return jsonify(self.applicants.get(applicant_id) or _not_found())

    def _create_run(self) -> tuple[Response, int]:
        """Begin a run; that a link may not have expired before is not documented."""
        asked = _read(WORKFLOW_RUN)
        if len(asked.get("tags") or []) > MOST_TAGS:
            _invalid({"tags": ["is too long"]})
        if asked["applicant_id"] not in self.applicants:
            _invalid({"applicant_id": ["does not exist"]})
        if asked["workflow_id"] not in (self.workflow_id, self.other_workflow_id):
            _invalid({"workflow_id": ["does not exist"]})
        link = asked.get("link") or {}
        expires_at = as_time(link.get("expires_at") or "")
        if expires_at is not None and expires_at.timestamp() <= self.clock():
            _invalid({"link": ["expires_at must be in the future"]})
        run = Run(
            id=str(uuid4()),
            reference=asked.get("customer_user_id") or "",
            carrier="customer_user_id",
            begun_at=self.clock(),
            return_url=link.get("completed_redirect_url"),
            applicant_id=asked["applicant_id"],
            workflow_id=asked["workflow_id"],
            tags=asked.get("tags") or [],
            link=link,
        )
        run.url = self.begin(run)
        return jsonify(self.document(run)), 201

    def _list_runs(self) -> Response:
        """List the first page of runs that the query describes, the newest first."""
        if set(request.args) - {"page", "status", "created_at_gt", "created_at_lt", "sort"}:
            _refuse(400, "bad_request", "An unknown parameter")
        after, before = (request.args.get(f"created_at_{end}") for end in ("gt", "lt"))
        found = [one for one in self.transactions.values() if isinstance(one, Run)]
        shown = [
            self.document(one)
            for one in reversed(found)
            if (after is None or _written(one.begun_at)[:10] > _day(after))
            and (before is None or _written(one.begun_at)[:10] < _day(before))
        ]
        return jsonify(shown)

    def _list_webhooks(self) -> Response:
        """List the webhook, with the token that signs it; what 403 says is not documented."""
        if not self.may_list_webhooks:
            _refuse(403, "user_authorization_error", "The token may not do this")
        webhook = {
            "id": str(uuid4()),
            "url": self.callback_url,
            "enabled": self.webhook_is_on,
            "events": [] if self.tells_all else ["workflow_run.completed"],
            "environments": self.environments,
            "payload_version": 3,
            "token": self.webhook_token,
            "href": f"{API}webhooks/{uuid4()}",
        }
        return jsonify(webhooks=[webhook])

    def _show_run(self, run_id: str) -> Response:
        found = self.transactions.get(run_id)
        return jsonify(self.document(found) if isinstance(found, Run) else _not_found())

    def document(self, run: Run, *, is_told: bool = False) -> dict[str, Any]:
        """Return a run as the API shows it; in a callback, where it `is_told`, nothing lags."""
        status = _STATUSES.get(run.status, run.status)
        if self.lags and not is_told and run.outcome is not None:
            status = "processing"
        document = {
            "id": run.id,
            "applicant_id": run.applicant_id,
            "workflow_id": run.workflow_id,
            "workflow_version_id": 4,
            "status": status,
            "customer_user_id": run.reference,
            "tags": run.tags,
            "created_at": _written(run.begun_at),
            "updated_at": _written(run.decided_at or run.begun_at),
            "dashboard_url": f"https://dashboard.onfido.com/results/{run.id}",
            "output": self.output if status in _WITH_OUTPUT else {},
            "reasons": ["face_mismatch"] if status == "declined" else [],
            "link": {"url": run.url, **run.link},
        }
        if status == "error":
            document["error"] = {"type": "internal_error", "message": "The workflow broke off."}
        return document if is_told else {**document, "sdk_token": None}

    def events(self, session: Session) -> list[Event]:
        """Return that the run is completed, as also a review says, and of a task where all is told.

        Whether a run that has been reviewed is completed once more is not documented: here it is.
        """
        if not isinstance(session, Run):
            return []
        document = self.document(session, is_told=True)
        href = f"{self.base_url}{API}workflow_runs/{session.id}"
        told = [_event("workflow_run", document, href)]
        if self.tells_all:
            times = {name: document[name] for name in ("created_at", "updated_at")}
            task = {
                "id": "document_check_b07e1",
                "status": "completed",
                "workflow_run_id": session.id,
                "task_def_id": "document_check",
                "output": [{"type": "document_photo", "id": str(uuid4())}],
                **times,
            }
            told.insert(0, _event("workflow_task", task, f"{href}/tasks/{task['id']}"))
        return told

    def signed(self, body: bytes, secret: str | None = None) -> Headers:
        """Return the signature of a body under the webhook's token."""
        key = (secret or self.webhook_token).encode()
        return [(SIGNATURE, hmac.digest(key, body, "sha256").hex())]

    def rate_limited(self) -> Response:
        """Return what comes after too many requests; no Retry-After is documented."""
        return make_response(_error("rate_limit", "The rate limit has been reached"), 429)

    def start_afresh(self) -> None:
        """Forget every run and applicant, and behave."""
        super().start_afresh()
        self.applicants.clear()
        self.lags = self.tells_all = False
        self.may_list_webhooks = self.webhook_is_on = True
        self.environments.clear()
        self.output = dict(OUTPUT)


def _event(kind: str, resource: dict[str, Any], href: str) -> Event:
    described = {
        "id": resource["id"],
        "status": resource["status"],
        "completed_at_iso8601": resource["updated_at"],
        "href": href,
    }
    action = f"{kind}.completed"
    payload = {"resource_type": kind, "action": action, "object": described, "resource": resource}
    return Event(json.dumps({"payload": payload}).encode(), f"{action}: {resource['status']}")


def _read(shape: Shape) -> Any:
    """Return a request's fields; that unknown ones are refused is not documented."""
    if request.mimetype != JSON:
        _refuse(400, "bad_request", "Send JSON")
    try:
        asked = json_object(request.get_data())
    except ValueError as problem:
        _refuse(400, "bad_request", str(problem))
    wrong: dict[str, list[str]] = {}
    for one in shape(asked):
        wrong.setdefault(one.field, []).append(one.message)
    if wrong:
        _invalid(wrong)
    return asked


def _invalid(fields: dict[str, list[str]]) -> NoReturn:
    _refuse(422, "validation_error", "There was a validation error on this request", fields)


def _not_found() -> NoReturn:
    _refuse(404, "resource_not_found", "The requested resource could not be found")


def _refuse(
    status: int, kind: str, message: str, fields: dict[str, list[str]] | None = None
) -> NoReturn:
    abort(make_response(_error(kind, message, fields), status))


def _error(kind: str, message: str, fields: dict[str, list[str]] | None = None) -> Response:
    return jsonify(error={"type": kind, "message": message, "fields": fields or {}})


def _day(text: str) -> str:
    """Return a day of a query, as it is (ISO 8601); else the request is refused."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day
    except ValueError:
        _refuse(400, "bad_request", "A date is written as 2026-11-30")


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
