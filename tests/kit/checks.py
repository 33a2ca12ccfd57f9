"""A simulated vendor of identity checks: its API, and what it tells at the end of a check."""

from __future__ import annotations

import secrets
import threading
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Response, abort, jsonify, request

from sandbox.kit.router import STRANGER, VENDOR
from tests.kit.simulated import SimulatedVendor, Told, bearer_token, deliver, read_json, refuse

LANGUAGES = ("en", "en-GB", "de", "fi", "pt-BR")
OPTIONAL = frozenset({"locale", "successUrl", "errorUrl"})
WORDS = ("passed", "refused", "unclear", "lapsed")
REMARK = "The photograph shows a photograph."
# What an app may have of a person only where its operator says so, and what these never tell it.
PERSON = {"name": "Wilhelmina Canary", "number": "CANARY-4711"}


@dataclass(slots=True)
class Check:
    """A check: what it was started with, and how it stands."""

    id: str
    subject_id: str
    reference: str = field(repr=False)
    callback_url: str = field(repr=False)
    tag: str
    person: str
    url: str = field(repr=False)
    started_at: float
    locale: str | None = None
    success_url: str | None = None
    error_url: str | None = None
    status: str = "open"
    finished_at: float | None = None
    callbacks_sent: list[int] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the check as the API shows it."""
        if self.finished_at is None:
            return {"id": self.id, "reference": self.reference, "status": "open"}
        finished_at = datetime.fromtimestamp(self.finished_at, UTC)
        return {
            "id": self.id,
            "reference": self.reference,
            "status": self.status,
            "remark": REMARK,
            "document": {"type": "PASSPORT", "country": "FIN", **PERSON},
            "finishedAt": finished_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


class SimulatedChecks(SimulatedVendor):
    """A vendor of checks, by the checks' ids; `sender` is the address it calls back from.

    `loses`: callbacks get lost, and can be sent with `tell`. `takes_query`: a return address may
    have one.
    """

    sender = VENDOR
    takes_query = True

    def __init__(self, *arguments: Any) -> None:
        """Start without checks; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.api_key = secrets.token_hex(16)
        self.mode = "live"
        self.checks: dict[str, Check] = {}
        self.loses = False
        self._starting = threading.Lock()
        self._begun_with: dict[str, Check] = {}
        self.app.before_request(self._admit)
        self.app.get("/account")(self._account)
        self.app.post("/checks")(self._start)
        self.app.get("/subjects/<subject_id>/checks/<check_id>")(self._read)
        self.app.post("/subjects/<subject_id>/checks/<check_id>/links")(self._link)

    def _admit(self) -> None:
        if bearer_token() != self.api_key:
            refuse(401, "unauthorized")

    def _account(self) -> Response:
        return jsonify(name="The marketplace", mode=self.mode)

    def _start(self) -> tuple[Response, int]:
        key = request.headers.get("Idempotency-Key")
        with self._starting:
            check = self._begun_with.get(key or "") or self._begin()
            if key is not None:
                self._begun_with[key] = check
        return jsonify(id=check.id, subjectId=check.subject_id, url=check.url), 201

    def _begin(self) -> Check:
        asked = read_json({"reference", "callbackUrl", "tag", "person"}, OPTIONAL)
        if any(check.tag == asked["tag"] for check in self.checks.values()):
            abort(409)
        if len(asked["reference"]) > 100 or len(asked["callbackUrl"]) > 255:
            abort(422)
        if not self._takes(asked):
            abort(422)
        check_id = str(uuid4())
        url = self._new_url(check_id)
        check = self.checks[check_id] = Check(
            id=check_id,
            subject_id=str(uuid4()),
            reference=asked["reference"],
            callback_url=asked["callbackUrl"],
            tag=asked["tag"],
            person=asked["person"],
            url=url,
            started_at=self.clock(),
            locale=asked.get("locale"),
            success_url=asked.get("successUrl"),
            error_url=asked.get("errorUrl"),
        )
        return check

    def _takes(self, asked: dict[str, Any]) -> bool:
        pages = [asked[name] for name in ("successUrl", "errorUrl") if name in asked]
        if not self.takes_query and any("?" in page for page in pages):
            return False
        return "locale" not in asked or asked["locale"] in LANGUAGES

    def _new_url(self, check_id: str) -> str:
        return f"{self.base_url}/pages/{check_id}?token={secrets.token_hex(16)}"

    def _read(self, subject_id: str, check_id: str) -> Response:
        return jsonify(self._found(subject_id, check_id).document())

    def _link(self, subject_id: str, check_id: str) -> tuple[Response, int]:
        check = self._found(subject_id, check_id)
        if check.finished_at is not None:
            abort(409)
        check.url = self._new_url(check_id)
        return jsonify(url=check.url), 201

    def _found(self, subject_id: str, check_id: str) -> Check:
        check = self.checks.get(check_id)
        if check is None or check.subject_id != subject_id:
            abort(404)
        return check

    @property
    def check(self) -> Check:
        """The check that was begun last."""
        return next(reversed(self.checks.values()))

    def finish(self, check_id: str, word: str = "passed", *, told: bool = True) -> list[int]:
        """End a check, or correct it, in one of WORDS, and call back unless the callback is lost.

        Returns the statuses that answered.
        """
        check = self.checks[check_id]
        check.status, check.finished_at = word, self.clock()
        return [self.tell(check).status] if told and not self.loses else []

    def tell(self, check: Check, **changed: str) -> Told:
        """Send the callback of a check; `changed` are texts that stand in it instead."""
        return self.post(check, self.callback(check, **changed))

    def post(self, check: Check, body: bytes, segment: str | None = None) -> Told:
        """Send a body as the vendor does to the check's address, or to one with this segment."""
        url = check.callback_url
        if segment is not None:
            start, callbacks, _ = url.partition(f"/callbacks/{self.name}")
            url = f"{start}{callbacks}/{segment}"
        told = deliver(
            url, body, {"Content-Type": self.content_type, **self.signed(body)}, self.sender
        )
        check.callbacks_sent.append(told.status)
        return told

    def forge(self, check: Check) -> Told:
        """Send the callback of a check as somebody else would, who can neither sign nor spoof.

        They claim to be the vendor, and the router appends who they are.
        """
        url, body = check.callback_url, self.callback(check)
        told = f"{self.sender}, {STRANGER}"
        return deliver(url, body, {"Content-Type": self.content_type}, told)

    content_type: str

    @abstractmethod
    def callback(self, check: Check, **changed: str) -> bytes:
        """Return the body of a check's callback."""

    def signed(self, body: bytes) -> dict[str, str]:  # noqa: ARG002 - not every vendor signs
        """Return the headers that prove a body."""
        return {}

    def secrets(self) -> dict[str, str]:
        """Return the key, the carriers, the pages' tokens, and who was checked."""
        found = {"vendor's API key": self.api_key}
        for number, check in enumerate(self.checks.values()):
            found[f"reference {number}"] = check.reference
            _, _, overflow = check.callback_url.partition(f"/callbacks/{self.name}/")
            if overflow:
                found[f"overflow {number}"] = overflow
        return found | {f"personal value {name}": value for name, value in PERSON.items()}

    def start_afresh(self) -> None:
        """Forget every check."""
        self.faults.reset()
        self.loses = False
        self.checks.clear()
        self._begun_with.clear()
        self.calls.clear()
