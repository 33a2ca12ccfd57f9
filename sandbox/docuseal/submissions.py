"""Templates, submissions and their parties, as DocuSeal's API and its webhooks show them.

Source: docusealco/docuseal @a2d8b855 (3.1.7, 2026-08): app/models/submission.rb and submitter.rb,
lib/submissions/serialize_for_api.rb, lib/submitters/serialize_for_api.rb and
serialize_for_webhook.rb.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.kit.checks import Outcome, Session

BY_THE_PERSON, AT_DOCUSEAL, OTHERWISE = "The person", "In DocuSeal's console", "Otherwise"
REASON = "Clause 4 is not what we had agreed on."
OPERATOR = {
    "id": 3,
    "email": "operator@market.example",
    "first_name": "Olga",
    "last_name": "Operator",
}
OUTCOMES = (
    Outcome("completed", "Sign", BY_THE_PERSON),
    Outcome("declined", "Decline, with a reason", BY_THE_PERSON),
    Outcome("first_party", "Sign, and another party has to as well", BY_THE_PERSON, ends=False),
    Outcome("archived", "Archive the submission", AT_DOCUSEAL),
    Outcome("deleted", "Delete it permanently", AT_DOCUSEAL),
    Outcome("expired", "Let it expire", OTHERWISE),
    Outcome("undocumented", "A status that nobody has documented", OTHERWISE),
)


@dataclass(frozen=True, slots=True)
class Template:
    """A template: its parties by their roles; the first of them signs where none is named."""

    id: int
    name: str
    roles: tuple[str, ...]
    has_fields: bool = True
    archived: bool = False

    def shown(self, at: str) -> dict[str, Any]:
        """Return the template as submissions show it, made and changed `at`."""
        times = {"created_at": at, "updated_at": at, "folder_name": "Default"}
        return {"id": self.id, "name": self.name, "external_id": None, **times}


@dataclass(slots=True, kw_only=True)
class Party:
    """A submitter: who signs one role; `preferences` is what was asked about the e-mails."""

    id: int
    uuid: str
    slug: str = field(repr=False)
    role: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    external_id: str | None = field(repr=False)
    metadata: dict[str, Any]
    values: list[dict[str, Any]]
    preferences: dict[str, Any]
    opened_at: float | None = None


@dataclass(slots=True, kw_only=True)
class Submission(Session):
    """A submission; the first of its parties carries the session's reference.

    `expire_at` is in unix seconds. `host` is where people open its pages and files. `filed_at` is
    when one that had ended was archived, `is_deleted` that such a one was deleted permanently.
    """

    number: int
    slug: str
    template: Template
    parties: list[Party]
    expire_at: float | None
    order: str
    host: str
    filed_at: float | None = None
    is_deleted: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether it was deleted permanently."""
        return self.is_deleted or self.outcome == "deleted"

    @property
    def archived_at(self) -> float | None:
        """When it was archived."""
        return self.decided_at if self.outcome == "archived" else self.filed_at

    def archived(self) -> dict[str, Any]:
        """Return all that a webhook tells of an archived submission."""
        return {"id": self.number, "archived_at": moment(self.archived_at)}

    def state(self, now: float) -> str:
        """Return its status; a decline comes before an expiry, an archived one goes on as it is."""
        if self.outcome in ("completed", "declined", "expired", "undocumented"):
            return "reopened" if self.outcome == "undocumented" else self.outcome
        return "expired" if self.expire_at is not None and self.expire_at <= now else "pending"

    def shown(self, now: float) -> dict[str, Any]:
        """Return the submission as `GET /submissions/{id}` shows it."""
        state, is_completed = self.state(now), self.outcome == "completed"
        ended_at = moment(self.decided_at)
        declined = {"reason": REASON}
        events = [("decline_form", declined)] if state == "declined" else []
        expired_at = self.decided_at if self.outcome == "expired" else self.expire_at
        return {
            "id": self.number,
            "name": None,
            "slug": self.slug,
            "source": "api",
            "submitters_order": self.order,
            "expire_at": moment(expired_at),
            "created_at": moment(self.begun_at),
            "updated_at": moment(self.decided_at or self.begun_at),
            "archived_at": moment(self.archived_at),
            "submitters": [
                {**self.party(one), "documents": self.documents(one)} for one in self._everybody
            ],
            "template": self.template.shown(_written(self.begun_at)),
            "created_by_user": OPERATOR,
            "variables": {},
            "submission_events": [
                {
                    "id": self.number * 10 + place,
                    "submitter_id": self.parties[0].id,
                    "event_type": kind,
                    "event_timestamp": ended_at,
                    "data": data,
                }
                for place, (kind, data) in enumerate(events)
            ],
            "documents": self.documents(self.parties[0]) if is_completed else [],
            "audit_log_url": f"{self.host}/file/YXVkaXQ/audit.pdf" if is_completed else None,
            "combined_document_url": None,
            "status": state,
            "completed_at": ended_at if is_completed else None,
        }

    @property
    def _everybody(self) -> list[Party]:
        """All parties; the one that the first has brought in has no external id."""
        if self.outcome != "first_party":
            return self.parties
        first = self.parties[0]
        return [
            *self.parties,
            Party(
                id=first.id + 1,
                uuid=first.uuid,
                slug=first.slug[::-1],
                role=self.template.roles[-1],
                name="Olga Operator",
                email=str(OPERATOR["email"]),
                phone=None,
                external_id=None,
                metadata={},
                values=[],
                preferences={"send_email": True},
            ),
        ]

    def has_signed(self, party: Party) -> bool:
        """Tell whether a party has signed."""
        return self.outcome == "completed" or (
            self.outcome == "first_party" and party is self.parties[0]
        )

    def documents(self, party: Party) -> list[dict[str, str]]:
        """Return the files that a party has signed, at addresses that need no token."""
        url = f"{self.host}/file/{self.slug}/agreement.pdf"
        return [{"name": "agreement", "url": url}] if self.has_signed(party) else []

    def party(self, party: Party) -> dict[str, Any]:
        """Return a party as the API shows it, without what only some answers have."""
        ended_at = moment(self.decided_at)
        is_first = party is self.parties[0]
        has_declined = self.outcome == "declined" and is_first
        status = "opened" if party.opened_at else "awaiting"
        if has_declined:
            status = "declined"
        elif self.has_signed(party):
            status = "completed"
        external_id = (self.reference or None) if is_first else party.external_id
        return {
            "id": party.id,
            "submission_id": self.number,
            "uuid": party.uuid,
            "slug": party.slug,
            "email": party.email,
            "name": party.name,
            "phone": party.phone,
            "sent_at": None,
            "opened_at": moment(party.opened_at),
            "completed_at": ended_at if self.has_signed(party) else None,
            "declined_at": ended_at if has_declined else None,
            "created_at": moment(self.begun_at),
            "updated_at": moment(self.decided_at or self.begun_at),
            "external_id": external_id,
            "metadata": party.metadata,
            "status": status,
            "application_key": external_id,
            "values": party.values,
            "preferences": party.preferences,
            "role": party.role,
        }

    def form(self, now: float) -> dict[str, Any]:
        """Return the first party as the webhooks of its form show it."""
        first = self.parties[0]
        shown = self.party(first)
        for name in ("uuid", "slug"):
            del shown[name]
        audit = self.shown(now)["audit_log_url"]
        page = f"{self.host}/e/{self.slug}"
        return {
            **shown,
            "ua": "Mozilla/5.0 (made up)",
            "ip": "192.0.2.61",
            "decline_reason": REASON if shown["declined_at"] else None,
            "documents": self.documents(first),
            "audit_log_url": audit,
            "submission_url": page,
            "template": self.template.shown(_written(self.begun_at)),
            "submission": {
                "id": self.number,
                "audit_log_url": audit,
                "combined_document_url": None,
                "status": self.state(now),
                "url": page,
                "variables": {},
                "created_at": moment(self.begun_at),
            },
        }


def moment(seconds: float | None) -> str | None:
    """Return a time as Rails writes it, None for none."""
    return None if seconds is None else _written(seconds)


def _written(seconds: float) -> str:
    written = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")
