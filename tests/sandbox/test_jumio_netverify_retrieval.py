"""The simulated Netverify retrieval: what it tells of a check, and when."""

import json
from collections.abc import Iterator

import pytest

from sandbox.hops import HopLog
from sandbox.jumio import SPECIMEN, Jumio
from tests.sandbox.jumio_callers import (
    NetverifyCaller,
)

NOW = 1_790_000_000.25


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(HopLog(), clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> NetverifyCaller:
    return NetverifyCaller(jumio)


def test_unknown_scan_is_404_with_the_status_as_a_string(caller: NetverifyCaller) -> None:
    answer = caller.get("0b1d7f2c-0000-4000-8000-000000000000")

    assert 404 == answer.status_code
    assert {
        "httpStatus": "404",
        "message": "Not found: Scan not found for 0b1d7f2c-0000-4000-8000-000000000000",
        "requestURI": "http://127.0.0.1/api/netverify/v2/scans/0b1d7f2c-0000-4000-8000-000000000000",
    } == answer.get_json()


def test_retrieval_needs_the_same_headers(caller: NetverifyCaller) -> None:
    reference = caller.start()

    assert 403 == caller.get(reference, {"User-Agent": "python-requests/2.32.4"}).status_code


def test_status_is_pending_until_the_check_ends(caller: NetverifyCaller) -> None:
    reference = caller.start()

    assert "PENDING" == caller.get(reference).get_json()["status"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("approved", "DONE"), ("denied-fraud", "DONE"), ("no-id-uploaded", "FAILED")],
)
def test_status_tells_how_the_check_ended(
    caller: NetverifyCaller, outcome: str, status: str
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    assert status == caller.get(reference).get_json()["status"]
    assert status == caller.details(reference)["transaction"]["status"]


def test_details_hold_only_the_pending_transaction_until_the_check_ends(
    caller: NetverifyCaller,
) -> None:
    reference = caller.start()

    details = caller.details(reference)

    assert {"timestamp", "scanReference", "transaction"} == set(details)
    assert "PENDING" == details["transaction"]["status"]


def test_details_echo_the_references(caller: NetverifyCaller) -> None:
    reference = caller.start(reportingCriteria="report-7")

    transaction = caller.details(reference)["transaction"]

    assert "sealed_Reference-1" == transaction["customerId"]
    assert "check-1" == transaction["merchantScanReference"]
    assert "report-7" == transaction["merchantReportingCriteria"]


@pytest.mark.parametrize(
    ("outcome", "document", "face"),
    [
        ("approved", "APPROVED_VERIFIED", ("MATCH", "true")),
        ("approved-no-match", "APPROVED_VERIFIED", ("NO_MATCH", "true")),
        ("approved-selfie-invalid", "APPROVED_VERIFIED", ("NOT_POSSIBLE", "false")),
        ("denied-fraud", "DENIED_FRAUD", ("MATCH", "true")),
    ],
)
def test_validity_is_a_string_in_details(
    caller: NetverifyCaller, outcome: str, document: str, face: tuple[str, str]
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    details = caller.details(reference)

    assert document == details["document"]["status"]
    check = details["verification"]["identityVerification"]
    assert face == (check["similarity"], check["validity"])


def test_workflow_without_face_check_tells_nothing_of_a_face(caller: NetverifyCaller) -> None:
    reference = caller.start(workflowId=100)
    caller.jumio.finish(reference, "approved")

    assert "identityVerification" not in caller.details(reference)["verification"]
    with pytest.raises(ValueError, match="without a face check"):
        caller.jumio.correct(reference, "approved-no-match")


@pytest.mark.parametrize(
    ("outcome", "details"),
    [
        ("not-readable", {"detailsCode": "2001", "detailsDescription": "BLURRED"}),
        ("not-readable-empty-details", []),
        ("not-readable-without-details", "absent"),
    ],
)
def test_reject_details_are_an_object_an_empty_array_or_absent(
    caller: NetverifyCaller, outcome: str, details: object
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    reason = caller.details(reference)["verification"]["rejectReason"]

    assert details == reason.get("rejectReasonDetails", "absent")


def test_reject_details_of_fraud_are_an_array(caller: NetverifyCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "denied-fraud")

    reason = caller.details(reference)["verification"]["rejectReason"]

    assert [
        "PHOTO",
        "DOB",
    ] == [item["detailsDescription"] for item in reason["rejectReasonDetails"]]


def test_parts_of_the_details_stand_alone(caller: NetverifyCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    document = caller.get(f"{reference}/data/document").get_json()
    transaction = caller.get(f"{reference}/data/transaction").get_json()
    verification = caller.get(f"{reference}/data/verification").get_json()

    assert ("APPROVED_VERIFIED", reference) == (document["status"], document["scanReference"])
    assert "DONE" == transaction["status"]
    assert "MATCH" == verification["identityVerification"]["similarity"]
    assert 404 == caller.get(f"{reference}/data/pictures").status_code


def test_details_carry_the_specimen(caller: NetverifyCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    text = json.dumps(caller.details(reference))

    assert [] == [value for value in (SPECIMEN.last_name, SPECIMEN.birth_date) if value not in text]


def test_result_stays_pending_for_as_many_answers_as_the_lag(caller: NetverifyCaller) -> None:
    caller.jumio.retrieval_lag = 2
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    statuses = [caller.details(reference)["transaction"]["status"] for _ in range(3)]

    assert ["PENDING", "PENDING", "DONE"] == statuses


def test_correction_changes_the_result_and_moves_updated_at(caller: NetverifyCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")
    before = caller.details(reference)

    caller.jumio.correct(reference, "denied-fraud")

    after = caller.details(reference)
    assert "DENIED_FRAUD" == after["document"]["status"]
    assert after["transaction"]["updatedAt"][:19] > before["transaction"]["updatedAt"][:19]


def test_times_have_none_to_three_digits_of_milliseconds(caller: NetverifyCaller) -> None:
    reference = caller.start()

    times = {caller.get(reference).get_json()["timestamp"] for _ in range(4)}

    assert {
        "2026-09-21T14:13:20Z",
        "2026-09-21T14:13:20.2Z",
        "2026-09-21T14:13:20.25Z",
        "2026-09-21T14:13:20.250Z",
    } == times


@pytest.mark.parametrize("outcome", ["passed", "session-expired", "no-such-outcome"])
def test_outcome_that_netverify_lacks_is_a_value_error(
    caller: NetverifyCaller, outcome: str
) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="Netverify has no outcome"):
        caller.jumio.finish(reference, outcome)
    assert "PENDING" == caller.jumio.transactions[reference].status


def test_check_finishes_once(caller: NetverifyCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    with pytest.raises(ValueError, match="is finished"):
        caller.jumio.finish(reference, "denied-fraud")


def test_unfinished_check_cannot_be_corrected_or_sent_again(caller: NetverifyCaller) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="only a finished check"):
        caller.jumio.correct(reference, "approved")
    with pytest.raises(ValueError, match="no result to send"):
        caller.jumio.resend(reference)
