"""Reading Netverify's form callbacks, with every oddity that its guides and recorded traffic show.

"callback.md", Jumio implementation guides, 2021-07-13; oddities beyond it were recorded by
github.com/singnet/snet-marketplace-service and github.com/JuulLabs-OSS/jumio.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import pytest

from proxy.vendors import Callback, CallbackUnreadable, Reason, Result, Status
from tests.integrations.jumio.fakes import form_body, form_fields, netverify
from tests.integrations.parts import NO_HEADERS

# Latin-1, raw and escaped; a surrogate pair as two, which is Java's modified UTF-8; a byte alone;
# an overlong form; half a character.
ODD_BYTES = [b"Jos\xe9", b"Jos%E9", b"%ED%A0%BD%ED%B8%80", b"%FF", b"%C0%80", b"%E7%8E"]
CONTRADICTION = '{"similarity":"NO_MATCH","similarity":"MATCH","validity":true}'
SCAN = "5d0fa6c1-3f63-4e0a-9c5e-0f7a4b1c2d3e"


def read(body: bytes, *listed: str) -> Callback:
    callback = netverify(result_fields=listed).read_callback(NO_HEADERS, body)
    assert callback is not None
    return callback


def result_of(body: bytes, *listed: str) -> Result:
    result = read(body, *listed).result
    assert result is not None
    return result


def refused(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        netverify().read_callback(NO_HEADERS, body)


def reason_given(reject_reason: str) -> Reason | None:
    return result_of(form_body("netverify_denied_fraud", rejectReason=reject_reason)).reason


def test_the_carrier_comes_back_as_customer_id() -> None:
    callback = read(form_body("netverify_approved"))
    assert "reference-of-ours" == callback.reference
    assert callback.case is not None
    assert SCAN == callback.case.reference


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
    assert netverify().read_callback(NO_HEADERS, form_body(kind)) is None


@pytest.mark.parametrize("kind", [None, "", "netverifyid", " NETVERIFYID", "SOMETHING_NEW"])
def test_a_result_of_ours_under_another_kind_is_refused_and_not_ignored(kind: str | None) -> None:
    body = form_body("netverify_approved", callBackType=kind)
    for more in (b"", b"&transactionReference=x", b"&scanReference=x"):
        refused(body + more)


def test_a_kind_that_is_new_to_us_is_told_by_the_reference_of_another_kind() -> None:
    assert (
        netverify().read_callback(NO_HEADERS, b"callBackType=SOMETHING_NEW&transactionReference=x")
        is None
    )
    refused(b"callBackType=SOMETHING_NEW&somethingReference=x")


def test_a_mark_that_was_escaped_with_the_first_name_is_no_part_of_it() -> None:
    body = form_body("netverify_approved")
    assert read(body) == read(b"%EF%bb%BF" + body)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"%EF%BB%BF" * 2, b"%FF%FE", b"%00", b"+"])
def test_a_first_name_that_is_not_what_it_looks_like_loses_no_result(mark: bytes) -> None:
    refused(mark + form_body("netverify_approved"))


def test_blank_values_are_values() -> None:
    callback = read(form_body("netverify_approved", customerId="", idType="", idCountry=""))
    assert "" == callback.reference
    assert callback.result is not None
    assert {} == callback.result.document


def test_a_byte_order_mark_before_json_in_a_field_is_skipped() -> None:
    face = "\ufeff" + form_fields("netverify_approved")["identityVerification"]
    body = form_body("netverify_approved", identityVerification=face)
    assert Status.APPROVED == result_of(body).status


# Where the workflow has a face check, or may have one.
UNCLEAR = ["null", "", "N/A", "{}", "{", "[]", "true", '"MATCH"', "[" * 10_000, CONTRADICTION]


@pytest.mark.parametrize("face", UNCLEAR)
@pytest.mark.parametrize("workflow_id", [None, 200, 201, 202])
def test_a_face_check_that_cannot_be_read_is_no_match(workflow_id: int | None, face: str) -> None:
    body = form_body("netverify_approved", identityVerification=face)
    callback = netverify(workflow_id=workflow_id).read_callback(NO_HEADERS, body)
    assert callback is not None
    assert callback.result is not None
    expected = (Status.FAILED, Reason("FACE_NOT_CHECKED", "UNKNOWN"))
    assert expected == (callback.result.status, callback.result.reason)


@pytest.mark.parametrize("workflow_id", [None, 100])
def test_a_form_without_a_face_check_is_approved_where_none_is_due(workflow_id: int | None) -> None:
    body = form_body("netverify_approved", identityVerification=None)
    callback = netverify(workflow_id=workflow_id).read_callback(NO_HEADERS, body)
    assert callback is not None
    assert callback.result is not None
    assert Status.APPROVED == callback.result.status


@pytest.mark.parametrize(
    ("status", "claims"), [("APPROVED_VERIFIED", False), ("DENIED_FRAUD", True), ("ODD", True)]
)
def test_a_form_that_leaves_out_the_face_check_it_owes_claims_no_approval(
    status: str, claims: bool
) -> None:
    body = form_body("netverify_approved", verificationStatus=status, identityVerification=None)
    callback = netverify(workflow_id=200).read_callback(NO_HEADERS, body)
    assert callback is not None
    assert claims == (callback.result is not None)


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
        b"callBackType=NETVERIFYID;jumioIdScanReference=x",
        "callBackType=NETVERIFYID".encode("utf-16"),
        b"&" * 100_000,
    ],
    ids=["empty", "foreign", "json", "semicolons", "utf-16", "huge"],
)
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    refused(body)


USED = ["callBackType", "jumioIdScanReference", "customerId"]
VERDICT = ["verificationStatus", "identityVerification", "callbackDate"]


@pytest.mark.parametrize("name", USED + VERDICT)
@pytest.mark.parametrize("more", ["={0}", "=other", "", "=%FF"])
def test_a_used_field_that_stands_twice_is_refused(name: str, more: str) -> None:
    same = quote_plus(form_fields("netverify_approved")[name])
    refused(form_body("netverify_approved") + f"&{name}{more.format(same)}".encode())


@pytest.mark.parametrize("name", USED + VERDICT)
@pytest.mark.parametrize("value", ODD_BYTES)
def test_a_used_field_that_cannot_be_decoded_is_refused(name: str, value: bytes) -> None:
    rest = form_body("netverify_approved", **{name: None})
    refused(name.encode() + b"=" + value + b"&" + rest)


@pytest.mark.parametrize("name", VERDICT)
def test_a_verdict_that_nobody_believes_need_not_be_readable(name: str) -> None:
    vendor = netverify(trusts_callbacks=False)
    expected = vendor.read_callback(NO_HEADERS, form_body("netverify_approved"))
    spoiled = form_body("netverify_approved") + f"&{name}=%FF&{name}=x".encode()
    assert expected == vendor.read_callback(NO_HEADERS, spoiled)
    assert expected is not None
    assert expected.result is None


@pytest.mark.parametrize("value", ODD_BYTES)
def test_a_kept_field_that_cannot_be_decoded_is_left_out(value: bytes) -> None:
    body = form_body("netverify_approved", idFirstName=None) + b"&idFirstName=" + value
    expected = {"type": "DRIVING_LICENSE", "country": "AUT", "lastName": "MUSTERFRAU"}
    assert expected == result_of(body, "firstName", "lastName").document


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        (b"&idFirstName=TESTA+MARIA", "TESTA MARIA"),
        (b"&idFirstName=OTHER", None),
        (b"&idFirstName=", None),
    ],
)
def test_a_kept_field_that_contradicts_itself_is_left_out(more: bytes, kept: str | None) -> None:
    document = result_of(form_body("netverify_approved") + more, "firstName").document
    assert kept == document.get("firstName")


def test_a_reason_that_cannot_be_decoded_is_left_out() -> None:
    body = form_body("netverify_denied_fraud", rejectReason=None) + b"&rejectReason=%E9"
    assert Reason("DENIED_FRAUD", "DENIED_FRAUD") == result_of(body).reason


@pytest.mark.parametrize(
    "more",
    [
        b"&idScanSource=WEB&idScanSource=SDK",
        b"&idScanSource=%E9",
        b"&\xff\xfe=1&%E9=2&%=3&=4&==&&",
        b"&CUSTOMERID=other&callbacktype=OTHER&%00=x",
        b"".join(b"&f%d=" % n for n in range(2_000)),
    ],
    ids=["repeated", "Latin-1", "odd names", "other letters", "many"],
)
def test_fields_that_nobody_uses_change_nothing(more: bytes) -> None:
    body = form_body("netverify_approved")
    assert read(body, "firstName") == read(body + more, "firstName")


def test_a_callback_without_the_carrier_has_no_reference() -> None:
    callback = read(form_body("netverify_approved", customerId=None))
    assert callback.reference is None


@pytest.mark.parametrize(
    "odd",
    [None, "", "../../oauth2/token", f"{SCAN}0", f"{SCAN[:-1]}\u0663", f"{SCAN[:-1]}/", "a b"],
)
def test_a_scan_reference_that_is_none_names_no_transaction(odd: str | None) -> None:
    assert read(form_body("netverify_approved", jumioIdScanReference=odd)).case is None


def test_a_form_without_a_status_claims_no_result() -> None:
    assert read(form_body("netverify_approved", verificationStatus=None)).result is None


def test_the_secret_parts_stay_out_of_the_repr() -> None:
    body = form_body("netverify_approved", idFirstName="PERSONAL")
    text = repr(read(body, "firstName"))
    assert "reference-of-ours" not in text
    assert quote_plus("PERSONAL") not in text
