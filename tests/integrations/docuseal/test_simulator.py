"""The simulated DocuSeal refuses what the real one does, and what that one drops without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.test import TestResponse

from sandbox.docuseal.vendor import AGREEMENT, ARCHIVED, DRAFT, ROLE, SUBMISSION_EVENTS, DocuSeal
from sandbox.server import Server
from tests.clock import Clock
from tests.openssl import hmac_sha256

NOW = 1_796_000_400.0
SUBMISSIONS = "/api/submissions"
SUBMITTER = {
    "role": ROLE,
    "name": "Pia Provider",
    "email": "Pia@provider.example",
    "external_id": "r" * 99,
    "completed_redirect_url": "https://market.example/back",
}
ASKED: dict[str, Any] = {
    "template_id": AGREEMENT.id,
    "send_email": False,
    "expire_at": "2026-12-15 12:00:00 UTC",
    "submitters": [SUBMITTER],
}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def vendor(clock: Clock) -> Iterator[DocuSeal]:
    """Return DocuSeal, asked without a network."""
    with DocuSeal(clock=clock) as vendor:
        yield vendor


def send(vendor: DocuSeal, method: str, path: str, body: object = None, **headers: str) -> Any:
    """Send a request with the account's token; a text goes as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return vendor.app.test_client().open(
        SUBMISSIONS + path,
        method=method,
        data=body if isinstance(body, str) else json.dumps(body),
        headers={"X-Auth-Token": vendor.api_token, "Content-Type": "application/json", **named},
    )


def created(vendor: DocuSeal, **changes: object) -> dict[str, Any]:
    """Return the first party of a new submission."""
    answer = send(vendor, "POST", "", ASKED | changes)
    assert 200 == answer.status_code, answer.text
    party: dict[str, Any] = answer.get_json()[0]
    return party


def shown(vendor: DocuSeal, party: dict[str, Any]) -> Any:
    """Return its submission as the API shows it."""
    return send(vendor, "GET", f"/{party['submission_id']}").get_json()


def refused(answer: TestResponse) -> tuple[int, str]:
    """Return status and text of a refusal."""
    body: Any = answer.get_json()
    return answer.status_code, body["error"]


def test_a_submission_echoes_what_its_party_was_given(vendor: DocuSeal) -> None:
    party = created(vendor)
    submission = shown(vendor, party)

    assert ("awaiting", ROLE) == (party["status"], party["role"])
    assert "pia@provider.example" == party["email"]
    assert party["embed_src"] == f"{vendor.base_url}/s/{party['slug']}"
    assert ("pending", None) == (submission["status"], submission["completed_at"])
    assert "2026-12-15T12:00:00.000Z" == submission["expire_at"]
    assert AGREEMENT.id == submission["template"]["id"]
    assert SUBMITTER["external_id"] == submission["submitters"][0]["external_id"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"submitters": []}, "submitters is required"),
        ({"submitters": None}, "submitters is required"),
        ({"submitters": {"email": "a@b.example"}}, "submitters is not"),
        ({"submitters": [{"role": ROLE}]}, "email or phone or name is required"),
        ({"submitters": [SUBMITTER | {"email": "pia"}]}, "submitters[0].email"),
        ({"submitters": [SUBMITTER | {"external_id": 7}]}, "submitters[0].external_id"),
        ({"submitters": [SUBMITTER, SUBMITTER]}, "role must be unique"),
        ({"submitters": [{"name": n} for n in "abc"]}, "Defined more signing parties"),
        ({"send_email": "no"}, "send_email"),
        ({"order": "any"}, "order"),
        ({"message": {"subject": "s"}}, "message.body is missing"),
        ({"template_id": ARCHIVED.id}, "Template has been archived"),
        ({"template_id": DRAFT.id}, "Template does not contain fields"),
        ({"template_id": None}, "Template not found"),
    ],
)
def test_what_docuseal_refuses_is_refused(
    vendor: DocuSeal, changes: dict[str, object], why: str
) -> None:
    status, told = refused(send(vendor, "POST", "", ASKED | changes))
    assert 422 == status
    assert told.startswith(why)
    assert {} == vendor.transactions


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"externalId": "r"}, "externalId"),
        ({"submitters": [SUBMITTER | {"redirect_url": "x"}]}, "submitters[0].redirect_url"),
        ({"submitters": [SUBMITTER | {"fields": [{"nam": "x"}]}]}, "submitters[0].fields[0].name"),
        ({"expire_at": "2026-12-15T12:00:00Z"}, "expire_at"),
        ({"expire_at": "soon"}, "expire_at"),
    ],
)
def test_what_docuseal_drops_without_a_word_is_refused_too(
    vendor: DocuSeal, changes: dict[str, object], field: str
) -> None:
    status, told = refused(send(vendor, "POST", "", ASKED | changes))
    assert (422, field) == (status, told.split()[0])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("{", "application/json"), ("[]", "application/json"), (json.dumps(ASKED), "text/plain")],
)
def test_a_body_of_another_form_is_refused(vendor: DocuSeal, body: str, content_type: str) -> None:
    assert 400 == send(vendor, "POST", "", body, Content_Type=content_type).status_code


def test_who_has_no_token_is_refused(vendor: DocuSeal) -> None:
    for token in ("", "guessed", f"{vendor.api_token} "):
        answer = send(vendor, "POST", "", ASKED, X_Auth_Token=token)
        assert (401, "Not authenticated") == refused(answer)


def test_the_token_of_the_test_mode_does_not_see_what_is_live(vendor: DocuSeal) -> None:
    made = send(vendor, "POST", "", ASKED, X_Auth_Token=vendor.testing_token)
    read = send(
        vendor,
        "GET",
        f"/{created(vendor)['submission_id']}",
        X_Auth_Token=vendor.testing_token,
    )
    for answer in (made, read):
        status, told = refused(answer)
        assert 403 == status
        assert "not found using testing API key" in told


def test_a_template_of_somebody_else_is_refused_and_an_unknown_one_not_found(
    vendor: DocuSeal,
) -> None:
    foreign = send(vendor, "POST", "", ASKED | {"template_id": vendor.foreign_template})
    assert (403, "Not authorized") == refused(foreign)
    for unknown in (7, str(AGREEMENT.id)):
        answer = send(vendor, "POST", "", ASKED | {"template_id": unknown})
        assert (404, {"status": 404}) == (answer.status_code, answer.get_json())


def test_a_role_that_there_is_not_means_the_party_at_its_place(vendor: DocuSeal) -> None:
    strange = [SUBMITTER | {"role": "Membr"}]
    assert AGREEMENT.roles[0] == created(vendor, submitters=strange)["role"]
    second = [SUBMITTER | {"role": AGREEMENT.roles[1].upper()}]
    assert AGREEMENT.roles[1] == created(vendor, submitters=second)["role"]


def test_a_decline_tells_why(vendor: DocuSeal) -> None:
    party = created(vendor)
    vendor.finish(str(party["submission_id"]), "declined")
    submission = shown(vendor, party)

    assert ("declined", None) == (submission["status"], submission["completed_at"])
    assert submission["submitters"][0]["declined_at"]
    (event,) = submission["submission_events"]
    assert ("decline_form", {"reason"}) == (event["event_type"], set(event["data"]))


def test_a_submission_expires_by_the_clock(vendor: DocuSeal, clock: Clock) -> None:
    party = created(vendor)
    clock.now = 1_797_336_000.0  # 2026-12-15T12:00:00Z
    assert "expired" == shown(vendor, party)["status"]


def test_an_archived_submission_keeps_its_status(vendor: DocuSeal) -> None:
    pending, signed = created(vendor), created(vendor)
    vendor.finish(str(signed["submission_id"]), "completed")
    for party, status in ((pending, "pending"), (signed, "completed")):
        send(vendor, "DELETE", f"/{party['submission_id']}")
        submission = shown(vendor, party)
        assert status == submission["status"]
        assert submission["archived_at"]


def test_what_is_deleted_permanently_is_not_found(vendor: DocuSeal) -> None:
    for word in (None, "completed"):
        party = created(vendor)
        if word:
            vendor.finish(str(party["submission_id"]), word)
        path = f"/{party['submission_id']}"
        assert 200 == send(vendor, "DELETE", f"{path}?permanently=true").status_code
        assert 404 == send(vendor, "GET", path).status_code


def test_of_several_parties_the_last_one_completes(vendor: DocuSeal) -> None:
    party = created(vendor)
    vendor.finish(str(party["submission_id"]), "first_party")
    submission = shown(vendor, party)

    told = [(one["status"], bool(one["external_id"])) for one in submission["submitters"]]
    assert ("pending", [("completed", True), ("awaiting", False)]) == (submission["status"], told)


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("completed", ["form.started", "form.completed", "submission.completed"]),
        ("first_party", ["form.started", "form.completed"]),
        ("declined", ["form.declined"]),
        ("expired", ["submission.expired"]),
        ("archived", ["submission.archived"]),
        ("deleted", []),
    ],
)
def test_an_end_is_told_by_the_events_that_are_ticked(
    vendor: DocuSeal, word: str, kinds: list[str]
) -> None:
    reference = str(created(vendor)["submission_id"])
    session = vendor.transactions[reference]
    usual = [event.note for event in vendor.claiming(session, word)]
    vendor.ticked += SUBMISSION_EVENTS
    every = [event.note for event in vendor.claiming(session, word)]

    assert [kind for kind in kinds if kind.startswith("form.")] == usual
    assert kinds == every


def test_an_event_of_one_party_tells_how_the_whole_stands(vendor: DocuSeal) -> None:
    session = vendor.transactions[str(created(vendor)["submission_id"])]
    told = {}
    for word in ("first_party", "completed"):
        data = json.loads(vendor.claiming(session, word)[-1].body)["data"]
        told[word] = data["status"], data["submission"]["status"]

    assert {"first_party": ("completed", "pending"), "completed": ("completed",) * 2} == told


def test_an_archived_submission_is_told_by_its_id_alone(vendor: DocuSeal) -> None:
    vendor.ticked = SUBMISSION_EVENTS
    session = vendor.transactions[str(created(vendor)["submission_id"])]
    (event,) = vendor.claiming(session, "archived")
    assert {"id", "archived_at"} == set(json.loads(event.body)["data"])


class Receiver:
    """Takes webhooks, answers with `statuses` in turn, and lets a minute pass after each."""

    def __init__(self, clock: Clock) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self._clock = clock
        app = Flask("receiver", static_folder=None)
        app.post("/callbacks")(self._take)
        self.server = Server(app)

    def _take(self) -> Response:
        self.received.append((request.get_data(), request.headers["X-Docuseal-Signature"]))
        self._clock.now += 60
        return Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
def receiver(vendor: DocuSeal, clock: Clock) -> Iterator[Receiver]:
    receiver = Receiver(clock)
    vendor.callback_url = f"{receiver.server.url}/callbacks"
    yield receiver
    receiver.server.close()


def test_each_attempt_is_signed_anew_as_openssl_does(vendor: DocuSeal, receiver: Receiver) -> None:
    vendor.retries = 2
    receiver.statuses = [503, 404]
    statuses = vendor.finish(str(created(vendor)["submission_id"]), "declined")

    assert [503, 404, 200] == statuses
    times = [signature.partition(".")[0] for _, signature in receiver.received]
    assert [str(int(NOW) + 60 * attempt) for attempt in range(3)] == times
    for body, signature in receiver.received:
        sent_at, _, digest = signature.partition(".")
        assert hmac_sha256(f"{sent_at}.".encode() + body, vendor.webhook_secret) == digest


@pytest.mark.parametrize("status", [204, 301, 302, 399])
def test_all_below_400_is_delivered(vendor: DocuSeal, receiver: Receiver, status: int) -> None:
    vendor.retries = 2
    receiver.statuses = [status]
    assert [status] == vendor.finish(str(created(vendor)["submission_id"]), "declined")


def test_a_page_that_is_opened_is_told_once(vendor: DocuSeal, receiver: Receiver) -> None:
    party = created(vendor)
    path = f"/s/{party['slug']}"
    opened = [vendor.app.test_client().get(path).status_code for _ in "12"]

    assert vendor.wait_for_callbacks(5)
    assert [200, 200] == opened
    assert ["form.viewed"] == [json.loads(body)["event_type"] for body, _ in receiver.received]
    assert "opened" == shown(vendor, party)["submitters"][0]["status"]
