"""What a workflow run means, and all that approves nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.vendors import (
    Answer,
    Callback,
    CallbackUnreadable,
    Reason,
    Result,
    Status,
    UpstreamUnavailable,
    Waiting,
)
from tests.integrations.onfido.fakes import (
    APPLICANT,
    CASE,
    RUN,
    WORKFLOW,
    StubUpstream,
    answered,
    applicant,
    onfido,
    run,
)
from tests.integrations.parts import NO_HEADERS

TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
PASSPORT = {"type": "PASSPORT", "country": "EST"}
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)
unhurried = settings(deadline=None)


def result(*documents: object, **configured: str) -> Result | Waiting | None:
    upstream = StubUpstream(*[answered(document) for document in documents])
    return onfido(upstream, **configured).fetch_result(CASE, finished=True)


def status_of(*documents: object, **configured: str) -> Status | None:
    found = result(*documents, **configured)
    return found.status if isinstance(found, Result) else None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("approved", Status.APPROVED),
        ("declined", Status.REJECTED),
        ("abandoned", Status.EXPIRED),
        ("error", Status.FAILED),
    ],
)
def test_each_end_has_a_status(word: str, status: Status) -> None:
    assert status == status_of(run(status=word), applicant())


@pytest.mark.parametrize("word", ["processing", "awaiting_input", "awaiting_client_input"])
def test_a_run_under_way_has_no_result_to_read(word: str) -> None:
    assert result(run(status=word)) is None


@pytest.mark.parametrize(
    "word", ["review", "second_opinion", "Approved", "approved ", "approved\u200b"]
)
def test_a_review_and_what_nobody_knows_wait(word: str) -> None:
    assert isinstance(result(run(status=word)), Waiting)


@pytest.mark.parametrize("word", [None, True, ["approved"], {"approved": True}])
def test_a_status_that_is_no_text_cannot_be_read(word: object) -> None:
    assert result(run(status=word)) is None


def test_a_status_that_contradicts_itself_cannot_be_read() -> None:
    twice = json.dumps(run(status="declined"))[:-1] + ',"status":"approved"}'
    upstream = StubUpstream(Answer("onfido", 200, twice.encode()))
    assert onfido(upstream).fetch_result(CASE, finished=True) is None


def test_a_run_of_another_workflow_approves_nobody() -> None:
    told = result(run(workflow_id="11111111-2222-4333-8444-555555555555"), applicant())
    assert isinstance(told, Result)
    assert (Status.FAILED, "other_workflow") == (told.status, told.reason and told.reason.code)


def test_a_workflow_is_the_same_in_any_case_of_its_letters() -> None:
    approved = run(workflow_id=WORKFLOW.upper())
    assert Status.APPROVED == status_of(approved, applicant(), ONFIDO_WORKFLOW_ID=WORKFLOW)
    assert Status.APPROVED == status_of(run(), applicant(), ONFIDO_WORKFLOW_ID=WORKFLOW.upper())


@pytest.mark.parametrize(
    ("token", "is_sandbox", "status"),
    [
        ("api_live.made.up", False, Status.APPROVED),
        ("api_live.made.up", True, Status.FAILED),
        ("api_live_us.made.up", True, Status.FAILED),
        ("api_sandbox.made.up", True, Status.APPROVED),
        ("api_sandbox_ca.made.up", True, Status.APPROVED),
        ("api_sandbox.made.up", False, Status.FAILED),
        ("of-another-form", False, Status.APPROVED),
        ("of-another-form", True, Status.FAILED),
    ],
)
def test_an_approval_counts_in_its_own_environment(
    token: str, is_sandbox: bool, status: Status
) -> None:
    told = status_of(run(), applicant(sandbox=is_sandbox), ONFIDO_API_TOKEN=token)
    assert status == told


@pytest.mark.parametrize("sandbox", [None, "false", 0, "", []])
def test_an_environment_that_cannot_be_read_approves_nobody(sandbox: object) -> None:
    assert Status.FAILED == status_of(run(), applicant(sandbox=sandbox))


def test_an_applicant_that_tells_no_environment_is_live() -> None:
    silent = {"id": APPLICANT}
    assert Status.APPROVED == status_of(run(), silent)
    assert Status.FAILED == status_of(run(), silent, ONFIDO_API_TOKEN="api_sandbox.made.up")


@pytest.mark.parametrize("applicant_id", [None, "../workflow_runs", f"{APPLICANT}/.."])
def test_an_approval_without_applicant_is_asked_for_again(applicant_id: object) -> None:
    upstream = StubUpstream(answered(run(applicant_id=applicant_id)))
    with pytest.raises(UpstreamUnavailable):
        onfido(upstream).fetch_result(CASE, finished=True)
    assert [f"GET /v3.6/workflow_runs/{RUN}"] == upstream.lines


def test_only_an_approval_costs_the_question_for_the_applicant() -> None:
    upstream = StubUpstream(answered(run(status="declined")))
    onfido(upstream).fetch_result(CASE, finished=True)
    assert [f"GET /v3.6/workflow_runs/{RUN}"] == upstream.lines

    upstream = StubUpstream(answered(run()), answered(applicant()))
    onfido(upstream).fetch_result(CASE, finished=True)
    assert f"GET /v3.6/applicants/{APPLICANT}" == upstream.lines[-1]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reasons": ["Età minima", "other"]}, Reason("Et minima", "Età minima")),
        ({"reasons": ["face_mismatch"]}, Reason("face_mismatch", "face_mismatch")),
        ({"reasons": []}, Reason("declined", "")),
        ({"reasons": "face_mismatch"}, Reason("declined", "")),
        ({"reasons": [{"why": 1}]}, Reason("UNKNOWN", "")),
        ({"status": "error", "error": {"type": "internal"}}, Reason("internal", "")),
        ({"status": "abandoned"}, Reason("abandoned", "")),
    ],
)
def test_the_first_reason_of_the_workflow_is_told(fields: dict[str, Any], reason: Reason) -> None:
    told = result(run(**{"status": "declined", **fields}))
    assert isinstance(told, Result)
    assert reason == told.reason


def test_a_change_of_the_run_is_no_time_of_its_verdict() -> None:
    told = result(run(), applicant())
    assert isinstance(told, Result)
    assert told.completed_at is None
    assert not told.is_revised


@pytest.mark.parametrize(
    ("output", "document"),
    [
        ({"document_type": "passport", "issuing_country": "EST"}, PASSPORT),
        ({"document_type": "driving_licence", "first_name": "A"}, {"type": "DRIVING_LICENSE"}),
        ({"document_type": 7, "issuing_country": ["EST"]}, {}),
        ([{"document_type": "passport"}], {}),
        (None, {}),
    ],
)
def test_type_and_country_are_read_where_the_output_is_an_object(
    output: object, document: dict[str, str]
) -> None:
    told = result(run(output=output), applicant())
    assert isinstance(told, Result)
    assert document == told.document


def test_an_output_may_lie_inside_another() -> None:
    output = {"doc": {"properties": {"document_type": "visa", "issuing_country": "CHL"}}, "x": []}
    told = result(
        run(output=output),
        applicant(),
        ONFIDO_DOCUMENT_TYPE_OUTPUT="doc.properties.document_type",
        ONFIDO_COUNTRY_OUTPUT="x.properties.issuing_country",
    )
    assert isinstance(told, Result)
    assert {"type": "VISA"} == told.document


@unhurried
@given(fields=st.dictionaries(st.sampled_from(list(run())), ANY_JSON), sandbox=ANY_JSON)
def test_whatever_an_api_answers_only_a_whole_approval_approves(
    fields: dict[str, Any], sandbox: object
) -> None:
    document = run(**fields)
    try:
        told = status_of(document, applicant(sandbox=sandbox))
    except UpstreamUnavailable:
        told = None
    is_whole = (document["status"], document["workflow_id"]) == ("approved", WORKFLOW)
    if told is Status.APPROVED:
        assert is_whole
        assert sandbox is False


def event(**changed: Any) -> bytes:
    resource = {"id": RUN, "status": "approved", "customer_user_id": "a reference"}
    usual = {
        "resource_type": "workflow_run",
        "action": "workflow_run.completed",
        "object": {"id": RUN, "status": "approved"},
        "resource": resource,
    }
    return json.dumps({"payload": {**usual, **changed}}).encode()


def test_a_completed_run_is_told_with_its_reference() -> None:
    assert Callback("a reference", CASE) == onfido().read_callback(NO_HEADERS, event())


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("workflow_task", "workflow_task.completed"),
        ("workflow_run", "workflow_run.started"),
        ("check", "check.completed"),
        ("check", "workflow_run.completed"),
        ("workflow_task", "workflow_run.completed"),
        ("audit_log", "audit_log.created"),
    ],
)
def test_other_events_are_not_for_us(kind: str, action: str) -> None:
    body = event(resource_type=kind, action=action)
    assert onfido().read_callback(NO_HEADERS, body) is None


@pytest.mark.parametrize("resource", [None, [], {}, {"id": "no id", "customer_user_id": 7}])
def test_a_run_without_its_ids_names_no_case(resource: object) -> None:
    told = onfido().read_callback(NO_HEADERS, event(resource=resource))
    assert Callback(None, None) == told


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"payload":[]}', b'{"payload":{"action":"workflow_run.completed"}}'],
)
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        onfido().read_callback(NO_HEADERS, body)


@unhurried
@given(payload=st.dictionaries(st.sampled_from(["resource_type", "action", "resource"]), ANY_JSON))
def test_whatever_an_event_says_it_claims_no_result(payload: dict[str, Any]) -> None:
    try:
        told = onfido().read_callback(NO_HEADERS, event(**payload))
    except CallbackUnreadable:
        told = None
    assert told is None or told.result is None
