"""What the callbacks of the simulated Jumio say, and from where they come."""

import json
from collections.abc import Iterator

import pytest

from sandbox.jumio import SPECIMEN
from tests.sandbox.jumio_receiver import Receiver, Vendor


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.gate.set()
    receiver.server.close()


@pytest.fixture
def jumio() -> Iterator[Vendor]:
    jumio = Vendor()
    yield jumio
    jumio.close()


def test_netverify_sends_one_form_from_its_own_address(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert [200] == jumio.finish(reference, "approved")

    [callback] = receiver.received
    assert jumio.callback_address == callback.address
    assert "application/x-www-form-urlencoded" == callback.content_type
    assert "JumioSandbox Callback/1.0" == callback.user_agent
    assert [200] == jumio.transactions[reference].callbacks_sent


def test_netverify_form_of_an_approved_check(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url, reportingCriteria="report-7")
    jumio.finish(reference, "approved")

    form = receiver.received[0].form()

    expected = {
        "callBackType": "NETVERIFYID",
        "jumioIdScanReference": reference,
        "verificationStatus": "APPROVED_VERIFIED",
        "idScanStatus": "SUCCESS",
        "idCheckMRZcode": "OK",
        "idCountry": "USA",
        "idType": "PASSPORT",
        "merchantIdScanReference": "check-1",
        "merchantReportingCriteria": "report-7",
        "customerId": "sealed-1",
        "clientIp": SPECIMEN.ip_address,
        "idFirstName": SPECIMEN.first_name,
        "idLastName": SPECIMEN.last_name,
        "idDob": SPECIMEN.birth_date,
        "idNumber": SPECIMEN.document_number,
        "identityVerification": '{"similarity":"MATCH","validity":true}',
    }
    assert {name: form.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("outcome", "status", "face"),
    [
        ("approved-no-match", "APPROVED_VERIFIED", {"similarity": "NO_MATCH", "validity": True}),
        (
            "approved-selfie-invalid",
            "APPROVED_VERIFIED",
            {"similarity": "NOT_POSSIBLE", "validity": False, "reason": "LIVENESS_FAILED"},
        ),
        ("denied-fraud", "DENIED_FRAUD", None),
        ("no-id-uploaded", "NO_ID_UPLOADED", None),
    ],
)
def test_face_check_is_told_only_for_an_approved_document(
    jumio: Vendor, receiver: Receiver, outcome: str, status: str, face: object
) -> None:
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), outcome)

    form = receiver.received[0].form()

    assert form["verificationStatus"] == status
    assert json.loads(form.get("identityVerification", "null")) == face


@pytest.mark.parametrize("outcome", ["unsupported-type", "unsupported-country"])
def test_reject_reason_of_an_unsupported_document_is_no_json(
    jumio: Vendor, receiver: Receiver, outcome: str
) -> None:
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), outcome)

    assert "N/A" == receiver.received[0].form()["rejectReason"]


@pytest.mark.parametrize(
    ("outcome", "details"),
    [
        (
            "denied-fraud",
            [
                {"detailsCode": "1001", "detailsDescription": "PHOTO"},
                {"detailsCode": "1004", "detailsDescription": "DOB"},
            ],
        ),
        ("not-readable", {"detailsCode": "2001", "detailsDescription": "BLURRED"}),
        ("not-readable-empty-details", []),
        ("not-readable-without-details", "absent"),
    ],
)
def test_reject_details_come_in_four_forms(
    jumio: Vendor, receiver: Receiver, outcome: str, details: object
) -> None:
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), outcome)

    text = receiver.received[0].form()["rejectReason"]

    assert text.startswith("{ ")
    assert json.loads(text).get("rejectReasonDetails", "absent") == details


def test_check_that_was_never_used_tells_nothing_of_a_document(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), "no-id-uploaded")

    form = receiver.received[0].form()

    assert {"idType", "idCountry", "idScanImage", "rejectReason"} & set(form) == set()
    assert "N/A" == form["idCheckSignature"]


def test_kyx_sends_three_kinds_without_a_result(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")

    assert [200, 200, 200] == jumio.finish(reference, "approved")

    assert ["ACQUISITION_STARTED", "ACQUIRED", "PROCESSED"] == receiver.kinds()
    assert {"application/json"} == {callback.content_type for callback in receiver.received}
    text = "".join(callback.body for callback in receiver.received)
    assert [] == [word for word in ("check-1", "PASSED", *SPECIMEN.values()) if word in text]


def test_kyx_callback_names_account_and_execution(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")
    jumio.finish(reference, "approved")

    body = json.loads(receiver.received[-1].body)

    account = jumio.transactions[reference].account_id
    assert "sealed-1" == body["userReference"]
    assert body["account"] == {
        "id": account,
        "href": f"http://127.0.0.1/api/v1/accounts/{account}",
    }
    assert body["workflowExecution"] == {
        "id": reference,
        "href": f"http://127.0.0.1/api/v1/workflow-executions/{reference}",
        "definitionKey": "10011",
        "status": "PROCESSED",
    }


def test_kyx_callback_lacks_a_user_reference_that_was_not_given(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")

    assert "userReference" not in json.loads(receiver.received[-1].body)


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        ("session-expired", ["ACQUISITION_STARTED", "SESSION_EXPIRED"]),
        ("token-expired", ["TOKEN_EXPIRED"]),
        ("rejected", ["ACQUISITION_STARTED", "ACQUIRED", "PROCESSED"]),
    ],
)
def test_kyx_kinds_depend_on_how_far_the_user_went(
    jumio: Vendor, receiver: Receiver, outcome: str, kinds: list[str]
) -> None:
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), outcome)

    assert receiver.kinds() == kinds


def test_every_callback_carries_a_field_that_nobody_announced(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved")
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "token-expired")

    assert "addedWithoutNotice" in receiver.received[0].form()
    assert "addedWithoutNotice" in json.loads(receiver.received[1].body)
