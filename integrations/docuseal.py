"""DocuSeal: documents signed on its page, told by signed webhooks, confirmed by its API.

Source: docusealco/docuseal @a2d8b855 (3.1.7, 2026-08): docs/openapi.json, docs/webhooks/, and the
code where these are silent (lib/webhook_urls/signatures.rb, lib/send_webhook_request.rb,
lib/submissions/serialize_for_api.rb, lib/submitters/serialize_for_webhook.rb, app/jobs/); read
2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from proxy.vendors import (
    DOCUMENTS,
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    Hmac,
    Integration,
    JsonApi,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    SettingRefused,
    SettingsReader,
    Signing,
    Started,
    StartRequest,
    Status,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_integer,
    as_object,
    as_text,
    as_url,
    as_word,
    by_callbacks,
    display_text,
    documents_variable,
    for_each,
    parse_utc,
    read_documents,
    read_lenient_object,
)

_SUBMITTER_ID = "submitterId"
_FORM_ENDS = ("form.completed", "form.declined")
_SUBMISSION_ENDS = ("submission.completed", "submission.expired", "submission.archived")
_SECRETS = "DOCUSEAL_WEBHOOK_SECRETS"
_HEADER_TEXT = r"[!-~]{1,200}"
# How DocuSeal's secrets begin; none can be chosen.
_SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, no secret
_NUMBER = r"[1-9][0-9]{0,15}"
_CONSOLE = "DocuSeal under Settings > API, or its Console,"
# What is of the account's other mode is refused by a text, which says so in both directions.
_OTHER_MODE = re.compile("not found using (testing|production) API key")


class _OtherMode(UpstreamRefused):
    """What was asked for is there, and of the other mode of the account."""


class _Api(JsonApi):
    """Its own 404 is JSON; one that is not comes from something between, and tells nothing."""

    def refusal(self, answer: Answer) -> Exception:
        """Return what is raised for an answer that is not 2xx; see JsonApi.refusal."""
        if answer.status == 404:
            answer.json_object()
        if answer.status == 403 and _OTHER_MODE.search(_error_text(answer)):
            return _OtherMode(answer.upstream, answer.status, "other mode")
        return super().refusal(answer)


def _error_text(answer: Answer) -> str:
    try:
        return as_text(answer.json_object().get("error")) or ""
    except UpstreamUnavailable:
        return ""


class DocuSeal(Signing):
    """DocuSeal as a signing vendor: the carrier is the `external_id` of the user's party."""

    name = "docuseal"
    # No length is documented: on MySQL the column holds 255, elsewhere there is no limit.
    limits = Limits(reference=255, callback_url=None, success_url=2047, error_url=2047)
    case_ids = (_SUBMITTER_ID,)
    asks_whose = True
    # It waits for 15.
    answer_seconds = 13.0

    def __init__(
        self,
        *,
        upstream: Upstream,
        api_token: str,
        webhook_secrets: tuple[str, ...],
        documents: Mapping[str, str],
        role: str | None,
        expiry: timedelta,
        listed_in: str = DOCUMENTS,
    ) -> None:
        """`documents` are template ids by name, as the variable `listed_in` has them.

        Without a `role` the template's first one signs.
        """
        self._api = _Api(upstream, {"X-Auth-Token": api_token})
        self._role = role
        self._listed_in = listed_in
        self._expiry = expiry
        self.subjects = documents
        self.proof = Hmac(
            ("X-Docuseal-Signature",), webhook_secrets, form="t.signature", signs="{t}.{body}"
        )
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return those of the token and of each template; see Part.probes."""
        return (
            Probe(("DOCUSEAL_API_TOKEN",), _CONSOLE, self._ask_token),
            *for_each(self.subjects, self._listed_in, "DocuSeal's Templates", self._ask_template),
            by_callbacks(_SECRETS, "the webhook at DocuSeal, Security > HMAC"),
        )

    def _ask_token(self) -> str:
        """Ask whose token it is."""
        answer = self._api.call("GET", "/user")
        if _as_id(answer.json_object().get("id")) is None:
            raise UpstreamUnavailable(answer.upstream, "a user without id")
        return ""

    def _ask_template(self, name: str) -> str:
        """Look at a template: that it is there, in use, and has the role that signs."""
        path = f"/templates/{quote(self.subjects[name], safe='')}"
        try:
            answer = self._api.call("GET", path)
        except UpstreamRefused as refused:
            what = {404: "there is no such template", 403: "the template is another account's"}
            if (word := what.get(refused.status)) is None:
                raise
            if isinstance(refused, _OtherMode):
                word = "the template is of the other mode (test or production) than the API token"
            raise self._wrong(word, refused.status, refused.code) from None
        template = answer.json_object()
        if _as_id(template.get("id")) != self.subjects[name]:
            raise UpstreamUnavailable(answer.upstream, "another template than the one asked for")
        if template.get("archived_at") is not None:
            raise self._wrong("the template is archived", answer.status)
        roles = [as_text(one.get("name")) or "" for one in _objects(template.get("submitters"))]
        if self._role and self._role.casefold() not in (role.casefold() for role in roles):
            fix = "the template has no party that is called as DOCUSEAL_ROLE says; set one it has"
            raise SettingRefused(self.name, answer.status, fix=fix)
        return ""

    def _wrong(self, what: str, status: int, code: str = "") -> SettingRefused:
        fix = f"{what}; put the number of one of the token's account into {self._listed_in}"
        return SettingRefused(self.name, status, code, fix=fix)

    def start(self, request: StartRequest) -> Started:
        """Make a submission, of which nobody is sent an e-mail; see Reference.start.

        A role that the template does not have means its first party at DocuSeal, so the answer's
        must be the one that was asked for.
        """
        person = request.person
        submitter = {
            "name": person.name if person else None,
            "email": person.email if person else None,
            "role": self._role,
            "external_id": request.reference,
            "completed_redirect_url": request.success_url,
        }
        expires_at = datetime.now(UTC) + self._expiry
        answer = self._api.call(
            "POST",
            "/submissions",
            {
                "template_id": int(self.subjects[request.subject]),
                "send_email": False,
                "expire_at": expires_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
                "submitters": [{name: value for name, value in submitter.items() if value}],
            },
        )
        party = next(_objects(answer.json_array()), {})
        submission_id, submitter_id = _as_id(party.get("submission_id")), _as_id(party.get("id"))
        url = as_url(party.get("embed_src"))
        if submission_id is None or submitter_id is None or url is None:
            raise UpstreamUnavailable(answer.upstream, "a submission without ids or address")
        given = as_text(party.get("role"))
        if self._role and (given is None or given.casefold() != self._role.casefold()):
            raise UpstreamRefused(answer.upstream, answer.status, "DOCUSEAL_ROLE is not there")
        case = Case(submission_id, {_SUBMITTER_ID: submitter_id})
        return Started(case, url, int(self._expiry.total_seconds()))

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read a signed webhook; see CalledBack.read_callback.

        What one party has signed ends nothing while others have not: the webhook says so itself.
        An archived submission is told by its id alone, so that its party is asked for.
        """
        event = read_lenient_object(body)
        kind, data = as_text(event.get("event_type")), as_object(event.get("data"))
        if kind is None:
            raise CallbackUnreadable("The body has no event_type.")
        if kind in _SUBMISSION_ENDS:
            submission_id, party = _as_id(data.get("id")), _read_party(data)
        elif kind in _FORM_ENDS:
            submission = as_object(data.get("submission"))
            if kind == "form.completed" and submission.get("status") == "pending":
                return None
            submission_id, party = _as_id(data.get("submission_id")), data
        else:
            return None
        if submission_id is None:
            raise CallbackUnreadable("The event names no submission.")
        return Callback(_read_reference(party), Case(submission_id, _read_ids(party)))

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one question answers both
        """Ask for the submission; see Reference.fetch_result. One that is deleted was cancelled."""
        answer = self._api.find(f"/submissions/{quote(case.reference, safe='')}")
        if answer is None:
            deleted = Reason("deleted", "The submission was deleted at DocuSeal.")
            return Result(Status.CANCELLED, reason=deleted)
        return _read_submission(answer.agreed_object())


def _read_submission(submission: Mapping[str, Any]) -> Result | Waiting | None:
    """Return what a submission has come to, None while its party has not signed it.

    It is signed when DocuSeal says so of the whole and of the party: one that has no field to fill
    is passed over, and others complete it. What is archived keeps its status.
    """
    party, word = _read_party(submission), as_text(submission.get("status"))
    has_signed = party.get("status") == "completed"
    archived_at = parse_utc(submission.get("archived_at"))
    expires_at = parse_utc(submission.get("expire_at"))
    outcome: tuple[Status, datetime | None, Reason | None]
    if word == "completed" and has_signed:
        outcome = Status.SIGNED, parse_utc(submission.get("completed_at")), None
    elif word == "declined":
        declined_at = [parse_utc(one.get("declined_at")) for one in _parties(submission)]
        first = min(filter(None, declined_at), default=None)
        outcome = Status.DECLINED, first, _read_decline(submission)
    elif word == "expired" and (archived_at is None or _is_before(expires_at, archived_at)):
        outcome = Status.EXPIRED, expires_at, Reason(word, "It was not signed in time.")
    elif word in ("pending", "expired") and archived_at is not None:
        archived = Reason("archived", "The submission was archived at DocuSeal.")
        outcome = Status.CANCELLED, archived_at, archived
    elif word is None or (word == "pending" and not has_signed):
        return None
    else:
        return Waiting(Reason(as_word(word), "Others have not finished with it yet."))
    status, completed_at, reason = outcome
    template_id = _as_id(as_object(submission.get("template")).get("id"))
    return Result(
        status,
        reason=reason,
        completed_at=completed_at,
        echoed_reference=_read_reference(party),
        version=template_id,
        details=_read_ids(party),
    )


def _is_before(one: datetime | None, other: datetime) -> bool:
    return one is not None and one <= other


def _read_decline(submission: Mapping[str, Any]) -> Reason:
    """Return why a document was declined, in the words of who did."""
    events = _objects(submission.get("submission_events"))
    told = (as_object(one.get("data")) for one in events if one.get("event_type") == "decline_form")
    return Reason("declined", display_text(next(told, {}).get("reason")) or "It was declined.")


def _read_party(submission: Mapping[str, Any]) -> dict[str, Any]:
    """Return the party that carries a reference; none where several carry something."""
    carrying = [one for one in _parties(submission) if _read_reference(one)]
    return carrying[0] if len(carrying) == 1 else {}


def _read_reference(party: Mapping[str, Any]) -> str | None:
    return as_text(party.get("external_id")) or None


def _read_ids(party: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids beside the submission's: the party's, where it is the one of a reference."""
    submitter_id = _as_id(party.get("id")) if _read_reference(party) else None
    return {_SUBMITTER_ID: submitter_id} if submitter_id else {}


def _parties(submission: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return _objects(submission.get("submitters"))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    """Iterate over the objects in a list, and over nothing where there is no list."""
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def _as_id(value: object) -> str | None:
    """Return an id, which is a positive whole number, as a text."""
    number = as_integer(value)
    return str(number) if number is not None and number > 0 else None


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[DocuSeal, ...]:
    """Return DocuSeal as the settings `DOCUSEAL_…`, or SIGNING_DOCUMENTS, describe it."""
    base_url = reader.base_url("DOCUSEAL_BASE_URL", "https://api.docuseal.com")
    api_token = reader.text(
        "DOCUSEAL_API_TOKEN", pattern=_HEADER_TEXT, form="printable ASCII without spaces"
    )
    webhook_secrets = reader.secrets(_SECRETS)
    if not all(secret.startswith(_SECRET_PREFIX) for secret in reader.names(_SECRETS)):
        reader.report(
            f"{_SECRETS}: each begins with {_SECRET_PREFIX}; it stands at the webhook, under HMAC"
        )
    documents = read_documents(reader, "docuseal", pattern=_NUMBER, form="the number of a template")
    expiry_days = reader.integer("DOCUSEAL_EXPIRY_DAYS", 30, minimum=1, maximum=60)
    docuseal = DocuSeal(
        upstream=upstreams.at("docuseal", base_url),
        api_token=api_token,
        webhook_secrets=webhook_secrets,
        documents=documents,
        role=reader.optional("DOCUSEAL_ROLE"),
        expiry=timedelta(days=expiry_days),
        listed_in=documents_variable(reader, "docuseal"),
    )
    return (docuseal,)


DOCUSEAL = Integration("docuseal", build, Path(__file__).with_suffix(".json"))
