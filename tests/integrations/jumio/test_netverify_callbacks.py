"""Reading Netverify's form callbacks, with every oddity that its guides and recorded traffic show.

"callback.md", Jumio implementation guides, 2021-07-13; oddities beyond it were recorded by
github.com/singnet/snet-marketplace-service and github.com/JuulLabs-OSS/jumio.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import pytest

from proxy.vendor import Callback, CallbackUnreadable, Reason, Result, Status
from tests.integrations.jumio.fakes import form_body, form_fields, netverify

SCAN = "5d0fa6c1-3f63-4e0a-9c5e-0f7a4b1c2d3e"


def read(body: bytes, *listed: str) -> Callback:
    callback = netverify(result_fields=listed).read_callback(body)
    assert callback is not None
    return callback


def result_of(body: bytes, *listed: str) -> Result:
    result = read(body, *listed).result
    assert result is not None
    return result


def reason_given(reject_reason: str) -> Reason | None:
    return result_of(form_body("netverify_denied_fraud", rejectReason=reject_reason)).reason


def test_the_carrier_comes_back_as_customer_id() -> None:
    callback = read(form_body("netverify_approved"))
    assert "reference-of-ours" == callback.reference
    assert callback.transaction is not None
    assert SCAN == callback.transaction.reference


def test_an_approved_form_is_read_whole() -> None:
    expected = Result(
        status=Status.APPROVED,
        document={"type": "DRIVING_LICENSE", "country": "AUT"},
        completed_at=datetime(2026, 3, 4, 9, 21, 47, 930_000, UTC),
        echoed_reference="reference-of-ours",
    )
    assert expected == result_of(form_body("netverify_approved"))


def test_only_listed_fields_of_the_document_are_kept() -> None:
    kept = result_of(form_body("netverify_approved"), "firstName", "personalNumber").document
    # The personal number reads N/A, which is how Jumio writes that it does not know it.
    assert {"type": "DRIVING_LICENSE", "country": "AUT", "firstName": "TESTA MARIA"} == kept


def test_a_reason_with_spaces_inside_its_json_is_read() -> None:
    result = result_of(form_body("netverify_denied_fraud"))
    assert (Status.REJECTED, Reason("100", "MANIPULATED_DOCUMENT")) == (
        result.status,
        result.reason,
    )


@pytest.mark.parametrize(
    "details",
    [
        {"rejectReasonDetails": {"detailsCode": "1001", "detailsDescription": "PHOTO"}},
        {"rejectReasonDetails": [{"detailsCode": "1001", "detailsDescription": "PHOTO"}] * 2},
        {"rejectReasonDetails": []},
        {"rejectReasonDetails": None},
        {},
    ],
    ids=["object", "list", "empty", "null", "absent"],
)
def test_a_reason_is_read_whatever_its_details_are(details: dict[str, object]) -> None:
    reason = {"rejectReasonCode": "100", "rejectReasonDescription": "MANIPULATED_DOCUMENT"}
    expected = Reason("100", "MANIPULATED_DOCUMENT")
    assert expected == reason_given(json.dumps({**reason, **details}))


@pytest.mark.parametrize(
    "odd",
    ["N/A", "", "null", "[]", "{", '{"rejectReasonCode": null}', '{"rejectReasonCode": true}'],
)
def test_without_a_readable_reason_the_status_is_the_reason(odd: str) -> None:
    assert Reason("DENIED_FRAUD", "DENIED_FRAUD") == reason_given(odd)


def test_a_reason_code_may_be_a_number() -> None:
    assert Reason("102", "UNKNOWN") == reason_given('{"rejectReasonCode": 102}')


def test_markup_in_a_reason_is_taken_out() -> None:
    text = json.dumps({"rejectReasonCode": "1<b>", "rejectReasonDescription": "A\n" + "B" * 90})
    assert Reason("1b", "A" + "B" * 63) == reason_given(text)


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [("47Z", 0), ("47.9Z", 900_000), ("47.93Z", 930_000), ("47.938Z", 938_000)],
)
def test_milliseconds_have_none_to_three_digits(written: str, microseconds: int) -> None:
    body = form_body("netverify_approved", callbackDate=f"2026-03-04T09:21:{written}")
    expected = datetime(2026, 3, 4, 9, 21, 47, microseconds, UTC)
    assert expected == result_of(body).completed_at


@pytest.mark.parametrize(
    "odd", [None, "", "N/A", "2026-03-04", "2026-02-30T00:00:00Z", "2026-03-04T09:21:47+01:00"]
)
def test_a_callback_without_a_usable_date_is_still_a_result(odd: str | None) -> None:
    result = result_of(form_body("netverify_approved", callbackDate=odd))
    assert (Status.APPROVED, None) == (result.status, result.completed_at)


def test_fields_that_jumio_adds_later_are_ignored() -> None:
    known = form_body("netverify_approved")
    assert read(known) == read(known + b"&expiryDateParts=%7B%22year%22%3A2031%7D&religion=")


@pytest.mark.parametrize("kind", ["netverify_authentication", "netverify_document_verification"])
def test_other_kinds_of_callback_are_not_for_us(kind: str) -> None:
    assert netverify().read_callback(form_body(kind)) is None


@pytest.mark.parametrize("kind", ["", "netverifyid", "SOMETHING_NEW"])
def test_an_unknown_kind_is_not_for_us(kind: str) -> None:
    assert netverify().read_callback(form_body("netverify_approved", callBackType=kind)) is None


def test_blank_values_are_values() -> None:
    callback = read(form_body("netverify_approved", customerId="", idType="", idCountry=""))
    assert "" == callback.reference
    assert callback.result is not None
    assert {} == callback.result.document


@pytest.mark.parametrize("face", ["", "N/A", "{", "[]", "true", '"MATCH"', "[" * 10_000])
def test_a_face_check_that_cannot_be_read_is_no_match(face: str) -> None:
    result = result_of(form_body("netverify_approved", identityVerification=face))
    assert (Status.FAILED, Reason("FACE_NOT_CHECKED", "UNKNOWN")) == (result.status, result.reason)


@pytest.mark.parametrize("space", ["+", "%20"])
def test_a_space_may_be_written_in_two_ways(space: str) -> None:
    fields = {**form_fields("netverify_approved"), "idFirstName": "ANNA MARIA"}
    body = urlencode(fields).replace("ANNA+MARIA", f"ANNA{space}MARIA").encode()
    assert "ANNA MARIA" == result_of(body, "firstName").document["firstName"]


def test_letters_beyond_ascii_are_utf_8() -> None:
    body = form_body("netverify_approved", idLastName="ŁUKASIŃSKA 王")
    assert "ŁUKASIŃSKA 王" == result_of(body, "lastName").document["lastName"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a=b",
        b'{"callBackType": "NETVERIFYID"}',
        b"callBackType=NETVERIFYID&idFirstName=\xff",
        b"callBackType=NETVERIFYID&idFirstName=%FF",
        b"callBackType=NETVERIFYID&customerId=a&customerId=b",
        b"callBackType=NETVERIFYID&callBackType=NETVERIFYID",
        b"callBackType=NETVERIFYID" + b"".join(b"&f%d=" % n for n in range(300)),
        b"&" * 100_000,
    ],
    ids=[
        "empty",
        "foreign",
        "json",
        "raw byte",
        "escaped byte",
        "repeated",
        "twice",
        "301",
        "huge",
    ],
)
def test_what_is_no_usable_form_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        netverify().read_callback(body)


def test_three_hundred_fields_are_still_read() -> None:
    body = b"callBackType=NETVERIFYID" + b"".join(b"&f%d=" % n for n in range(299))
    assert read(body).transaction is None


def test_a_callback_without_the_carrier_has_no_reference() -> None:
    callback = read(form_body("netverify_approved", customerId=None))
    assert callback.reference is None


@pytest.mark.parametrize(
    "odd",
    [None, "", "../../oauth2/token", f"{SCAN}0", f"{SCAN[:-1]}\u0663", f"{SCAN[:-1]}/", "a b"],
)
def test_a_scan_reference_that_is_none_names_no_transaction(odd: str | None) -> None:
    assert read(form_body("netverify_approved", jumioIdScanReference=odd)).transaction is None


def test_a_form_without_a_status_claims_no_result() -> None:
    assert read(form_body("netverify_approved", verificationStatus=None)).result is None


def test_the_secret_parts_stay_out_of_the_repr() -> None:
    body = form_body("netverify_approved", idFirstName="PERSONAL")
    text = repr(read(body, "firstName"))
    assert "reference-of-ours" not in text
    assert quote_plus("PERSONAL") not in text
