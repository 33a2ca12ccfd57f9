"""Passcheck, an example of a reference vendor: signed callbacks, results from its API.

It does not exist; to begin a vendor that does, copy this file. The carrier is the field
`reference`, which is echoed in the callback and in the result, and shown to nobody else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Case,
    Hmac,
    Identity,
    Integration,
    Limits,
    Probe,
    Reason,
    RequestHeaders,
    Result,
    SettingsReader,
    Started,
    StartRequest,
    Status,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_word,
    bearer_json,
    display_text,
    parse_utc,
    read_whole_object,
)

_STATUSES = {
    "passed": Status.APPROVED,
    "refused": Status.REJECTED,
    "unclear": Status.FAILED,
    "lapsed": Status.EXPIRED,
}
_SESSION_SECONDS = 30 * 60
_MAX_CHARACTERS = 2_000


class Passcheck(Identity):
    """Passcheck as a vendor of identity checks."""

    name = "passcheck"
    limits = Limits(
        reference=100,
        callback_url=255,
        success_url=2047,
        error_url=255,
        needs_domains=True,
        takes_query=False,
        adds_to_query=frozenset({"check", "outcome"}),
    )
    locales = ("en", "en-GB", "de", "fi", "pt-BR")
    case_ids = ("subjectId",)

    def __init__(
        self, upstream: Upstream, api_key: str, signing_secret: str, *, has_single_use_links: bool
    ) -> None:
        self._upstream = upstream
        self._api_key = api_key
        self.proof = Hmac(
            ("Passcheck-Signature",), (signing_secret,), form="t=,v1=", signs="{t}.{body}"
        )
        self.has_single_use_links = has_single_use_links
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return that of the key; see Part.probes."""
        return (Probe(("PASSCHECK_API_KEY",), "Passcheck's console, Keys", self._ask_key),)

    def _ask_key(self) -> str:
        """Ask for the account, which costs nothing and tells of which mode the key is."""
        answer = self._asked("GET", "/account", 200)
        return f"{_text(answer, answer.json_object(), 'mode')} mode"

    def start(self, request: StartRequest) -> Started:
        """Begin a check; see Reference.start."""
        chosen = {
            "locale": request.locale,
            "successUrl": request.success_url,
            "errorUrl": request.error_url,
        }
        document = {
            "reference": request.reference,
            "callbackUrl": request.callback_url,
            "tag": request.internal_reference,
            "person": request.pseudonym,
            **{name: value for name, value in chosen.items() if value is not None},
        }
        answer = self._asked("POST", "/checks", 201, json.dumps(document).encode())
        check = answer.json_object()
        names = ("id", "subjectId", "url")
        check_id, subject_id, url = (_text(answer, check, name) for name in names)
        return Started(Case(check_id, {"subjectId": subject_id}), url, _SESSION_SECONDS)

    def _asked(self, method: str, path: str, status: int, body: bytes | None = None) -> Answer:
        answer = self._upstream.request(method, path, headers=bearer_json(self._api_key), body=body)
        if answer.status == status:
            return answer
        if answer.status < 400 or answer.status == 404:
            raise UpstreamUnavailable(answer.upstream, f"{answer.status} in place of {status}")
        raise UpstreamRefused(answer.upstream, answer.status)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read an event; see CalledBack.read_callback."""
        event = read_whole_object(body)
        if not isinstance(event.get("type"), str):
            raise CallbackUnreadable("The body is not an event of Passcheck.")
        if event["type"] != "check.finished":
            return None
        reference, check_id, subject_id = (
            display_text(event.get(name)) for name in ("reference", "checkId", "subjectId")
        )
        if check_id is None or subject_id is None:
            return Callback(reference, None)
        return Callback(reference, Case(check_id, {"subjectId": subject_id}))

    def resume(self, case: Case) -> Started | Waiting | None:
        """Ask for another link; see Reference.resume. A check that was handed in has none."""
        try:
            answer = self._asked("POST", f"{_path(case)}/links", 201, b"{}")
        except UpstreamRefused:
            told = self.fetch_result(case, finished=False)
            return told if isinstance(told, Waiting) else None
        return Started(case, _text(answer, answer.json_object(), "url"), _SESSION_SECONDS)

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request either way
        """Read the check; see Reference.fetch_result."""
        check = self._asked("GET", _path(case), 200).agreed_object()
        if check.get("status") == "open":
            return None
        status = _STATUSES.get(str(check.get("status")))
        if status is None:
            return Waiting(_reason(check))
        document = check.get("document")
        return Result(
            status=status,
            document=_texts(document) if isinstance(document, dict) else {},
            reason=None if status is Status.APPROVED else _reason(check),
            completed_at=parse_utc(check.get("finishedAt")),
            echoed_reference=_texts(check).get("reference"),
        )


def _path(case: Case) -> str:
    subject_id = case.ids.get("subjectId", "-")
    return f"/subjects/{quote(subject_id, safe='')}/checks/{quote(case.reference, safe='')}"


def _text(answer: Answer, document: dict[str, Any], name: str) -> str:
    """Return a text that can be stored as it is."""
    value = document.get(name)
    text = display_text(value, _MAX_CHARACTERS)
    if text is None or text != value:
        raise UpstreamUnavailable(answer.upstream, f"a check without {name}")
    return text


def _texts(document: dict[str, Any]) -> dict[str, str]:
    shown = {name: display_text(document.get(name)) for name in ("type", "country", "reference")}
    return {name: text for name, text in shown.items() if text is not None}


def _reason(check: dict[str, Any]) -> Reason:
    return Reason(as_word(check.get("status")), display_text(check.get("remark")) or "")


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Passcheck, ...]:
    """Return Passcheck as the settings `PASSCHECK_…` describe it."""
    upstream = upstreams.at("passcheck", reader.base_url("PASSCHECK_BASE_URL"))
    api_key, secret = reader.text("PASSCHECK_API_KEY"), reader.text("PASSCHECK_SIGNING_SECRET")
    once = reader.flag("PASSCHECK_SINGLE_USE_LINKS", default=False)
    return (Passcheck(upstream, api_key, secret, has_single_use_links=once),) if secret else ()


PASSCHECK = Integration("passcheck", build)
