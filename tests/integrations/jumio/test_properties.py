"""Whatever arrives, Jumio's parsers neither crash nor approve what is not approved."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.jumio import kyx_decision, netverify
from proxy.vendors import Answer, CallbackUnreadable, Case, Reference, Result, Status
from tests.integrations.jumio import fakes
from tests.integrations.parts import NO_HEADERS

WORKFLOW = Case(
    "a1b2c3d4-0001-4002-8003-00000000beef", {"accountId": "3f8c1d52-9f7c-4c27-8d6e-7b1a2c3d4e5f"}
)
LISTED = ("firstName", "documentNumber", "dateOfBirth")

# Lone surrogates are no text that could be stored, but JSON can spell them.
TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)
SCAN_STATUSES = st.sampled_from(["APPROVED_VERIFIED"] * 3 + ["DENIED_FRAUD", "NOT_VERIFIED"])
STATES = st.sampled_from(["DONE", "DONE", "FAILED", "PENDING"])
WORKFLOW_STATES = st.sampled_from(["PROCESSED"] * 4 + ["SESSION_EXPIRED", "ACQUIRED"])
DECISIONS = st.sampled_from(["PASSED"] * 5 + ["REJECTED", "WARNING", "NOT_EXECUTED"])
ODDS = st.integers(0, 9)
# How long an example takes says nothing on a machine that does other work.
unhurried = settings(deadline=None)


@st.composite
def mostly(draw: st.DrawFn, usual: st.SearchStrategy[Any], /) -> Any:
    """Draw what is usual; one in ten is anything."""
    return draw(usual if draw(ODDS) else ANY_JSON)


@st.composite
def shaped(draw: st.DrawFn, /, **fields: st.SearchStrategy[Any]) -> Any:
    """Draw an object with `fields`; one in ten is missing, one in ten is anything."""
    return {name: draw(mostly(usual)) for name, usual in fields.items() if draw(ODDS)}


SIMILARITIES = st.sampled_from(["MATCH"] * 4 + ["NO_MATCH", "NOT_POSSIBLE"])
VALIDITIES = st.sampled_from([True, "true", "TRUE", False, "false", "FALSE"])
FACES = mostly(shaped(similarity=SIMILARITIES, validity=VALIDITIES, reason=TEXTS))
REJECT_REASONS = mostly(shaped(rejectReasonCode=TEXTS, rejectReasonDescription=TEXTS))
SCAN_DETAILS = shaped(
    transaction=shaped(status=STATES, updatedAt=TEXTS, date=TEXTS, customerId=TEXTS),
    document=shaped(status=SCAN_STATUSES, type=TEXTS, firstName=TEXTS),
    verification=shaped(identityVerification=FACES, rejectReason=REJECT_REASONS),
)
CHECK = shaped(decision=shaped(type=DECISIONS, details=shaped(label=TEXTS)))
FACE_LABELS = st.sampled_from(["MATCH", "MATCH", "NO_MATCH"])
FACE_CHECKS = mostly(shaped(decision=shaped(type=DECISIONS, details=shaped(label=FACE_LABELS))))
CHECKS = st.lists(CHECK, max_size=2) | CHECK
CAPABILITIES = shaped(similarity=CHECKS, imageChecks=CHECKS, extraction=CHECKS, other=CHECKS)
WORKFLOW_DETAILS = shaped(
    workflow=shaped(status=WORKFLOW_STATES, userReference=TEXTS),
    decision=shaped(type=DECISIONS, details=shaped(label=TEXTS)),
    capabilities=CAPABILITIES,
)
FORM_FIELDS = st.sampled_from(
    [
        "jumioIdScanReference",
        "verificationStatus",
        "customerId",
        "callbackDate",
        "identityVerification",
        "rejectReason",
        "idType",
        "idFirstName",
        "idDob",
        "scanReference",
    ]
)


def read(vendor: Reference, body: bytes) -> None:
    """Read a body; CallbackUnreadable is the only way out but an answer."""
    try:
        vendor.read_callback(NO_HEADERS, body)
    except CallbackUnreadable:
        return


def storable(result: Result | None) -> bool:
    """Tell whether everything that would be stored of a result is UTF-8 text."""
    if result is None:
        return True
    texts = list(result.document.values())
    if result.reason is not None:
        texts += [result.reason.code, result.reason.description]
    return all(isinstance(text, str) and text.encode() for text in texts)


@unhurried
@given(st.binary())
def test_any_bytes_are_a_callback_or_unreadable(body: bytes) -> None:
    read(fakes.netverify(), body)
    read(fakes.kyx(), body)


@unhurried
@given(st.dictionaries(FORM_FIELDS, TEXTS | ANY_JSON.map(json.dumps)))
def test_any_form_is_a_callback_or_unreadable(fields: dict[str, str]) -> None:
    body = urlencode({**fields, "callBackType": "NETVERIFYID"}, errors="replace").encode()
    callback = fakes.netverify(result_fields=LISTED).read_callback(NO_HEADERS, body)
    assert callback is not None
    assert storable(callback.result)


@unhurried
@given(
    shaped(
        workflowExecution=shaped(status=WORKFLOW_STATES, id=TEXTS),
        account=shaped(id=TEXTS),
        userReference=TEXTS,
    )
)
def test_any_json_is_a_callback_or_unreadable(sent: object) -> None:
    read(fakes.kyx(), json.dumps(sent).encode())


@unhurried
@given(mostly(SCAN_STATUSES), FACES, REJECT_REASONS)
def test_netverify_approves_a_checked_face_only_with_a_verified_document_and_a_match(
    status: object, face: Any, reject_reason: object
) -> None:
    allowed = status == "APPROVED_VERIFIED" and is_match(face)
    judged, reason = netverify.judge(status, face, reject_reason)
    assert allowed == (judged is Status.APPROVED)
    assert allowed == (reason is None)


def is_match(face: Any) -> bool:
    """Tell whether this is what Jumio's guides write where the faces match."""
    if not isinstance(face, dict) or face.get("similarity") != "MATCH":
        return False
    validity = face.get("validity")
    return validity is True or (isinstance(validity, str) and validity.lower() == "true")


@unhurried
@given(
    face=FACES.map(json.dumps) | TEXTS.filter(lambda text: not text.startswith("{")),
    workflow_id=st.sampled_from([None, 200]),
)
def test_a_netverify_callback_is_approved_only_with_the_match(
    face: str, workflow_id: int | None
) -> None:
    fields = {"callBackType": "NETVERIFYID", "verificationStatus": "APPROVED_VERIFIED"}
    body = urlencode({**fields, "identityVerification": face}, errors="replace").encode()
    callback = fakes.netverify(workflow_id=workflow_id).read_callback(NO_HEADERS, body)
    assert callback is not None
    assert callback.result is not None
    matches = face.startswith("{") and is_match(json.loads(face))
    assert matches == (callback.result.status is Status.APPROVED)


@unhurried
@given(
    verification=ANY_JSON | FACES.map(lambda face: {"identityVerification": face}),
    workflow_id=st.sampled_from([200, 201, 202]),
)
def test_a_netverify_retrieval_that_tells_what_was_verified_is_approved_only_with_the_match(
    verification: Any, workflow_id: int
) -> None:
    details = {
        "transaction": {"status": "DONE"},
        "document": {"status": "APPROVED_VERIFIED"},
        "verification": verification,
    }
    vendor = fakes.netverify(fakes.StubUpstream(answer(details)), workflow_id=workflow_id)
    result = vendor.fetch_result(Case("scan-1"), finished=True)
    assert result is not None
    told = verification if isinstance(verification, dict) else {}
    assert is_match(told.get("identityVerification")) == (result.status is Status.APPROVED)


@unhurried
@given(
    name=st.sampled_from(["similarity", "liveness", None]),
    place=ANY_JSON | CHECKS | st.lists(FACE_CHECKS, max_size=2),
)
def test_a_kyx_retrieval_is_approved_only_with_a_readable_face_check(
    name: str | None, place: Any
) -> None:
    details = {
        "workflow": {"status": "PROCESSED"},
        "decision": {"type": "PASSED"},
        "capabilities": place if name is None else {name: place},
    }
    vendor = fakes.kyx(fakes.StubUpstream(answer(details)))
    result = vendor.fetch_result(WORKFLOW, finished=True)
    assert result is not None
    capabilities = details["capabilities"]
    clear = isinstance(capabilities, dict) and all(
        is_clear(key, capabilities[key])
        for key in ("similarity", "liveness")
        if key in capabilities
    )
    if result.status is Status.APPROVED:
        assert clear
    elif name is not None:
        assert not clear


def is_clear(name: str, listed: Any) -> bool:
    """Tell whether one capability's checks are of the documented shape, and none went wrong."""
    return isinstance(listed, list) and listed != [] and all(is_fine(name, c) for c in listed)


def is_fine(name: str, check: Any) -> bool:
    decision = check.get("decision") if isinstance(check, dict) else None
    if not isinstance(decision, dict):
        return False
    kind, details = decision.get("type"), decision.get("details")
    if name == "liveness":
        return kind in ("PASSED", "WARNING", "NOT_EXECUTED")
    label = details.get("label") if isinstance(details, dict) else None
    return kind == "NOT_EXECUTED" or (kind == "PASSED" and label == "MATCH")


@unhurried
@given(WORKFLOW_STATES, shaped(type=DECISIONS, details=shaped(label=TEXTS)), CAPABILITIES)
def test_kyx_approves_only_a_processed_pass_without_rejection(
    status: str, decision: Any, capabilities: Any
) -> None:
    judged, reason = kyx_decision.judge(status, decision, capabilities)
    if judged is not Status.APPROVED:
        assert reason is not None
        return
    assert reason is None
    assert "PASSED" == decision["type"]
    assert "REJECTED" not in {kind for name in capabilities for kind in kinds(capabilities, name)}


def kinds(capabilities: dict[str, Any], name: str) -> list[Any]:
    """Return the decision types of one capability, or None in the place of an odd one."""
    listed = capabilities.get(name) or []
    found = []
    for check in listed if isinstance(listed, list) else [listed]:
        decision = check.get("decision") if isinstance(check, dict) else None
        kind = decision.get("type") if isinstance(decision, dict) else None
        found.append(kind if isinstance(kind, str) else None)
    return found


@pytest.mark.parametrize("finished", [True, False])
@unhurried
@given(details=SCAN_DETAILS)
def test_any_scan_details_are_read(finished: bool, details: Any) -> None:
    upstream = fakes.StubUpstream(fakes.answered({"status": "DONE"}), answer(details))
    if finished:
        upstream.answers.pop(0)
    vendor = fakes.netverify(upstream, result_fields=LISTED)
    assert storable(vendor.fetch_result(Case("scan-1"), finished=finished))


@unhurried
@given(details=WORKFLOW_DETAILS)
def test_any_workflow_details_are_read(details: Any) -> None:
    vendor = fakes.kyx(fakes.StubUpstream(answer(details)), result_fields=LISTED)
    assert storable(vendor.fetch_result(WORKFLOW, finished=True))


def answer(details: Any) -> Answer:
    """Return an answer with `details`, which may hold NaN and lone surrogates."""
    return Answer("jumio", 200, json.dumps(details).encode())
