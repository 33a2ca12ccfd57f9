"""What Netverify's words mean, and how its result is asked for.

"callback.md" and "netverify-retrieval-api.md", Jumio implementation guides, 2021-07-13.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.jumio.face_check import UNTOLD
from integrations.jumio.netverify import judge
from proxy.outgoing.upstream import Answer, UpstreamRefused, UpstreamUnavailable
from proxy.vendors.matters import Status
from proxy.vendors.reference import Case, Reason, Result
from tests.integrations.jumio.fakes import START, StubUpstream, answered, document, netverify

SCAN = Case("5d0fa6c1-3f63-4e0a-9c5e-0f7a4b1c2d3e")
STATUS_PATH = f"GET /api/netverify/v2/scans/{SCAN.reference}"

FACES: dict[str, Any] = {
    "untold": UNTOLD,
    "null": None,
    "match": {"similarity": "MATCH", "validity": True},
    "no match": {"similarity": "NO_MATCH", "validity": True},
    "no match, invalid": {"similarity": "NO_MATCH", "validity": False},
    "invalid": {"similarity": "MATCH", "validity": False, "reason": "LIVENESS_FAILED"},
    "not possible": {"similarity": "NOT_POSSIBLE", "validity": True},
    "not possible, invalid": {"similarity": "NOT_POSSIBLE", "validity": "FALSE"},
    "validity missing": {"similarity": "MATCH"},
    "similarity missing": {"validity": True},
    "unknown similarity": {"similarity": "PERHAPS", "validity": True},
    "unknown validity": {"similarity": "MATCH", "validity": "UNDETERMINED"},
    "empty": {},
}
ACCEPTED = {
    "untold": (Status.APPROVED, None),
    "match": (Status.APPROVED, None),
    "no match": (Status.REJECTED, "FACE_NO_MATCH"),
    "no match, invalid": (Status.REJECTED, "FACE_NO_MATCH"),
    "invalid": (Status.REJECTED, "FACE_NOT_VALID"),
    "not possible, invalid": (Status.REJECTED, "FACE_NOT_VALID"),
    **dict.fromkeys(
        [
            "null",
            "not possible",
            "validity missing",
            "similarity missing",
            "unknown similarity",
            "unknown validity",
            "empty",
        ],
        (Status.FAILED, "FACE_NOT_CHECKED"),
    ),
}
REFUSED = {
    "DENIED_FRAUD": Status.REJECTED,
    "DENIED_NAME_MISMATCH": Status.REJECTED,
    "DENIED_UNSUPPORTED_ID_TYPE": Status.REJECTED,
    "DENIED_UNSUPPORTED_ID_COUNTRY": Status.REJECTED,
    "DENIED_ANYTHING": Status.REJECTED,
    "ERROR_NOT_READABLE_ID": Status.FAILED,
    "NO_ID_UPLOADED": Status.EXPIRED,
}
UNKNOWN: tuple[object, ...] = (
    "APPROVED",
    "approved_verified",
    "APPROVED_VERIFIED ",
    "PENDING",
    "",
    None,
    1,
    [],
    {},
)


@pytest.mark.parametrize("face", FACES)
def test_where_a_face_was_checked_an_accepted_document_is_approved_only_with_a_match(
    face: str,
) -> None:
    status, reason = judge("APPROVED_VERIFIED", FACES[face], None)
    assert ACCEPTED[face] == (status, reason and reason.code)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("verification_status", REFUSED)
def test_a_refused_document_stays_refused_whatever_the_face(
    verification_status: str, face: str
) -> None:
    expected = (REFUSED[verification_status], Reason(verification_status, verification_status))
    assert expected == judge(verification_status, FACES[face], "N/A")


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("verification_status", UNKNOWN, ids=repr)
def test_an_unknown_status_is_never_approved(verification_status: object, face: str) -> None:
    status, reason = judge(verification_status, FACES[face], None)
    assert (Status.FAILED, "UNKNOWN_STATUS") == (status, reason and reason.code)


@pytest.mark.parametrize("validity", [True, "true", "TRUE", "True"], ids=repr)
def test_validity_is_true_in_three_spellings(validity: object) -> None:
    face = {"similarity": "MATCH", "validity": validity}
    assert (Status.APPROVED, None) == judge("APPROVED_VERIFIED", face, None)


@pytest.mark.parametrize("validity", [1, "1", "yes", " true", ["true"], None], ids=repr)
def test_validity_is_true_in_no_other_spelling(validity: object) -> None:
    status, _ = judge("APPROVED_VERIFIED", {"similarity": "MATCH", "validity": validity}, None)
    assert Status.FAILED == status


def test_an_invalid_selfie_is_rejected_with_jumios_word_for_it() -> None:
    _, reason = judge("APPROVED_VERIFIED", FACES["invalid"], None)
    assert Reason("FACE_NOT_VALID", "LIVENESS_FAILED") == reason


def test_the_vendors_reason_is_kept() -> None:
    given = {"rejectReasonCode": "200", "rejectReasonDescription": "NOT_READABLE_DOCUMENT"}
    expected = (Status.FAILED, Reason("200", "NOT_READABLE_DOCUMENT"))
    assert expected == judge("ERROR_NOT_READABLE_ID", None, given)


def test_a_finished_scan_is_retrieved_whole() -> None:
    upstream = StubUpstream(answered(document("netverify_details")))
    expected = Result(
        status=Status.APPROVED,
        document={"type": "DRIVING_LICENSE", "country": "AUT", "dateOfBirth": "1988-12-24"},
        completed_at=datetime(2026, 3, 5, 12, 39, 0, 200_000, UTC),
        echoed_reference="reference-of-ours",
        is_revised=True,
    )
    vendor = netverify(upstream, result_fields=("dateOfBirth", "personalNumber"))
    assert expected == vendor.fetch_result(SCAN, finished=True)
    assert [f"{STATUS_PATH}/data"] == upstream.lines


@pytest.mark.parametrize("state", ["DONE", "FAILED"])
def test_an_unfinished_scan_is_asked_for_its_status_first(state: str) -> None:
    upstream = StubUpstream(answered({"status": state}), answered(document("netverify_details")))
    assert netverify(upstream).fetch_result(SCAN, finished=False) is not None
    assert [STATUS_PATH, f"{STATUS_PATH}/data"] == upstream.lines


@pytest.mark.parametrize("answer", [answered({"status": "PENDING"}), answered({}, 404)])
def test_a_pending_or_unknown_scan_has_no_result_yet(answer: Answer) -> None:
    upstream = StubUpstream(answer)
    assert netverify(upstream).fetch_result(SCAN, finished=False) is None
    assert [STATUS_PATH] == upstream.lines


def test_details_that_are_not_readable_yet_are_no_result() -> None:
    pending = {"transaction": {"status": "PENDING", "customerId": "reference-of-ours"}}
    for answer in (answered(pending), answered({}, 404), answered({})):
        assert netverify(StubUpstream(answer)).fetch_result(SCAN, finished=True) is None


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_retrieval_is_told_apart(status: int) -> None:
    vendor = netverify(StubUpstream(answered({}, status)))
    with pytest.raises(UpstreamRefused):
        vendor.fetch_result(SCAN, finished=True)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"", b"[" * 10_000])
def test_a_retrieval_that_is_no_json_object_can_be_tried_again(body: bytes) -> None:
    vendor = netverify(StubUpstream(Answer("jumio", 200, body)))
    with pytest.raises(UpstreamUnavailable):
        vendor.fetch_result(SCAN, finished=True)


def test_a_failed_scan_without_a_document_has_expired() -> None:
    details = {"transaction": {"status": "FAILED", "customerId": "sealed"}}
    result = netverify(StubUpstream(answered(details))).fetch_result(SCAN, finished=True)
    assert result is not None
    assert (Status.EXPIRED, "NO_ID_UPLOADED") == (
        result.status,
        result.reason and result.reason.code,
    )


def test_a_result_that_was_never_changed_has_no_date_of_its_own() -> None:
    details = document("netverify_details")
    del details["transaction"]["updatedAt"]
    result = netverify(StubUpstream(answered(details))).fetch_result(SCAN, finished=True)
    assert result is not None
    assert result.completed_at is None


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("X" * 60_000, "X" * 255),
        ("half a \ud83d", "half a ?"),
        ("two halves \ud842\udfb7", "two halves 𠮷"),
        ("ŻÓŁW\x00 王\n", "ŻÓŁW  王"),
    ],
)
def test_values_are_made_fit_for_private_data(told: str, kept: str) -> None:
    details = document("netverify_details")
    details["document"]["lastName"] = told
    vendor = netverify(StubUpstream(answered(details)), result_fields=("lastName",))
    result = vendor.fetch_result(SCAN, finished=True)
    assert result is not None
    assert kept == result.document["lastName"]


MATCH = {"identityVerification": {"similarity": "MATCH", "validity": "true"}}
NO_MATCH = {"identityVerification": {"similarity": "NO_MATCH", "validity": "true"}}
EMPTY: list[object] = [None, "", {}, [], "N/A"]


def retrieved(workflow_id: int | None, **parts: object) -> Status:
    """Return the status of an accepted document whose details have these parts."""
    details = {**document("netverify_details"), **parts}
    details = {name: part for name, part in details.items() if part is not ...}
    vendor = netverify(StubUpstream(answered(details)), workflow_id=workflow_id)
    result = vendor.fetch_result(SCAN, finished=True)
    assert result is not None
    return result.status


@pytest.mark.parametrize("workflow_id", [None, 100, 101, 102, 200, 201, 202])
def test_a_face_check_that_is_told_counts_whatever_the_workflow(workflow_id: int | None) -> None:
    expected = (Status.APPROVED, Status.REJECTED)
    told = (retrieved(workflow_id, verification=part) for part in (MATCH, NO_MATCH))
    assert expected == tuple(told)


@pytest.mark.parametrize("place", EMPTY, ids=repr)
@pytest.mark.parametrize(
    ("workflow_id", "status"),
    [
        (None, Status.FAILED),
        (200, Status.FAILED),
        (201, Status.FAILED),
        (202, Status.FAILED),
        (100, Status.APPROVED),
        (101, Status.APPROVED),
        (102, Status.APPROVED),
    ],
)
def test_an_empty_face_check_is_failed_unless_the_workflow_has_none(
    workflow_id: int | None, status: Status, place: object
) -> None:
    assert status == retrieved(workflow_id, verification={"identityVerification": place})


@pytest.mark.parametrize(
    ("workflow_id", "status"),
    [(None, Status.APPROVED), (100, Status.APPROVED), (200, Status.FAILED)],
)
def test_a_face_check_that_is_due_must_be_among_what_was_verified(
    workflow_id: int | None, status: Status
) -> None:
    assert status == retrieved(workflow_id, verification={"mrzCheck": "OK"})


@pytest.mark.parametrize("part", [None, "", [], "MATCH", 1, True, [MATCH]], ids=repr)
@pytest.mark.parametrize("workflow_id", [None, 200])
def test_what_was_verified_in_another_shape_is_failed(
    workflow_id: int | None, part: object
) -> None:
    assert Status.FAILED == retrieved(workflow_id, verification=part)


@pytest.mark.parametrize("workflow_id", [None, 100, 200])
def test_details_that_tell_nothing_of_what_was_verified_are_about_the_document(
    workflow_id: int | None,
) -> None:
    assert Status.APPROVED == retrieved(workflow_id, verification=...)


def test_a_name_that_is_not_utf_8_does_not_cost_the_result() -> None:
    whole = json.dumps(document("netverify_details")).encode()
    answer = Answer("jumio", 200, whole.replace(b"TESTA MARIA", b"TESTA MAR\xcdA"))
    vendor = netverify(StubUpstream(answer), result_fields=("firstName", "lastName"))
    result = vendor.fetch_result(SCAN, finished=True)
    assert result is not None
    expected = {"type": "DRIVING_LICENSE", "country": "AUT", "lastName": "MUSTERFRAU"}
    assert (Status.APPROVED, expected) == (result.status, result.document)


@pytest.mark.parametrize("spoiled", [b'"\xff"', b'{"identityVerification":"\xff"}'])
def test_a_face_check_that_is_not_utf_8_is_failed(spoiled: bytes) -> None:
    details = {**document("netverify_details"), "verification": 7}
    body = json.dumps(details).encode().replace(b'"verification": 7', b'"verification":' + spoiled)
    result = netverify(StubUpstream(Answer("jumio", 200, body))).fetch_result(SCAN, finished=True)
    assert result is not None
    assert Status.FAILED == result.status


def test_every_request_carries_basic_credentials_and_asks_for_json() -> None:
    upstream = StubUpstream(answered({"status": "DONE"}), answered(document("netverify_details")))
    netverify(upstream).fetch_result(SCAN, finished=False)
    basic = "Basic " + base64.b64encode(b"token:secret").decode()
    expected = {"Accept": "application/json", "Authorization": basic}
    assert [expected] * 2 == [sent.headers for sent in upstream.sent]


def started(**fields: object) -> Answer:
    usual = {"transactionReference": SCAN.reference, "redirectUrl": "https://m.netverify.com/app"}
    return answered({**usual, **fields})


def test_a_start_sends_what_was_chosen_and_leaves_the_rest_to_the_portal() -> None:
    upstream = StubUpstream(started())
    request = replace(START, locale="pt-BR", success_url="https://market.example/thanks")
    begun = netverify(upstream, workflow_id=201).start(request)
    assert (SCAN, "https://m.netverify.com/app", 1800) == (
        begun.case,
        begun.redirect_url,
        begun.valid_seconds,
    )
    assert {
        "userReference": START.reference,
        "customerInternalReference": "internal-1",
        "callbackUrl": START.callback_url,
        "successUrl": "https://market.example/thanks",
        "locale": "pt-BR",
        "workflowId": 201,
        "tokenLifetimeInMinutes": 30,
    } == upstream.sent[0].document


@pytest.mark.parametrize(
    "odd",
    [
        {"transactionReference": None},
        {"transactionReference": "../data"},
        {"redirectUrl": None},
        {"redirectUrl": "javascript:alert(1)"},
    ],
    ids=repr,
)
def test_a_start_answer_that_cannot_be_used_is_nobodys_link(odd: dict[str, object]) -> None:
    with pytest.raises(UpstreamUnavailable):
        netverify(StubUpstream(started(**odd))).start(START)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_start_is_told_apart(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        netverify(StubUpstream(answered({"message": "no"}, status))).start(START)


FACE = '"document":{"status":"APPROVED_VERIFIED"},"verification":{"identityVerification":%s}'
MATCHING = '{"similarity":"MATCH","validity":"true"}'


@pytest.mark.parametrize(
    "told",
    [
        '"document":{"status":"DENIED_FRAUD","status":"APPROVED_VERIFIED"}',
        FACE % '{"similarity":"NO_MATCH","similarity":"MATCH","validity":"true"}',
        FACE % f'{{"similarity":"NO_MATCH"}},"identityVerification":{MATCHING}',
    ],
)
def test_of_two_verdicts_in_one_answer_none_is_believed(told: str) -> None:
    body = '{"transaction":{"status":"DONE"},' + told + "}"
    upstream = StubUpstream(Answer("jumio", 200, body.encode()))
    result = netverify(upstream).fetch_result(SCAN, finished=True)
    assert Status.FAILED == (result and result.status)


def test_a_scan_that_failed_has_no_accepted_document() -> None:
    body = {"transaction": {"status": "FAILED"}, "document": {"status": "APPROVED_VERIFIED"}}
    upstream = StubUpstream(answered(body))
    result = netverify(upstream).fetch_result(SCAN, finished=True)
    assert Status.FAILED == (result and result.status)
