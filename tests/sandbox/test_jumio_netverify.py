"""The simulated Netverify v4: what it accepts when a check is started, and what it later tells."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sandbox.hops import HopLog
from sandbox.jumio import SPECIMEN, Jumio

NOW = 1_790_000_000.25
Headers = Mapping[str, str | None]
"""Extra headers; None takes one of the usual away."""

BODY = {"customerInternalReference": "check-1", "userReference": "sealed_Reference-1"}


class Caller:
    """A client with the documented headers and the right credentials, unless told otherwise."""

    def __init__(self, jumio: Jumio) -> None:
        self.jumio = jumio
        self.http: FlaskClient = jumio.app.test_client()

    def initiate(
        self,
        body: object = BODY,
        auth: tuple[str, str] | None = None,
        headers: Headers = MappingProxyType({}),
    ) -> TestResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"Content-Type": "application/json", **headers}
        return self._call("POST", "/api/v4/initiate", auth, sent, data)

    def start(self, **fields: object) -> str:
        answer = self.initiate(BODY | fields)
        assert (answer.status_code, answer.get_json().get("message")) == (200, None)
        return str(answer.get_json()["transactionReference"])

    def get(self, path: str, headers: Headers = MappingProxyType({})) -> TestResponse:
        return self._call("GET", f"/api/netverify/v2/scans/{path}", None, headers)

    def details(self, reference: str) -> Any:
        return self.get(f"{reference}/data").get_json()

    def _call(
        self,
        method: str,
        path: str,
        auth: tuple[str, str] | None,
        headers: Headers,
        data: str | bytes | None = None,
    ) -> TestResponse:
        usual = {"Accept": "application/json", "User-Agent": "Example Shop/1.0"}
        sent: dict[str, str | None] = {**usual, **headers}
        return self.http.open(
            path,
            method=method,
            auth=auth or (self.jumio.api_token, self.jumio.api_secret),
            headers={name: value for name, value in sent.items() if value is not None},
            data=data,
        )


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(HopLog(), clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> Caller:
    return Caller(jumio)


def test_initiate_answers_with_the_three_documented_members(caller: Caller) -> None:
    answer = caller.initiate().get_json()

    assert {"timestamp", "redirectUrl", "transactionReference"} == set(answer)
    assert answer["timestamp"] == "2026-09-21T14:13:20.250Z"
    assert len(answer["transactionReference"]) == 36


def test_redirect_url_has_token_and_locale(caller: Caller) -> None:
    caller.jumio.base_url = "http://127.0.0.1:8123"

    address = caller.initiate(BODY | {"locale": "pt-BR"}).get_json()["redirectUrl"]

    assert address.startswith("http://127.0.0.1:8123/web/v4/app?authorizationToken=eyJ")
    assert address.endswith("&locale=pt-BR")


def test_every_documented_field_is_accepted_at_its_limit(caller: Caller) -> None:
    loopback = "http://127.0.0.1:5000/"
    preset = {"index": 1, "country": "XKX", "type": "ID_CARD"}

    reference = caller.start(
        customerInternalReference="c" * 100,
        userReference="u" * 100,
        reportingCriteria="r" * 100,
        successUrl=loopback.ljust(2047, "s"),
        errorUrl=loopback.ljust(255, "e"),
        callbackUrl=loopback.ljust(255, "c"),
        workflowId=202,
        presets=[preset],
        locale="zh-CN",
        tokenLifetimeInMinutes=86_400,
    )

    transaction = caller.jumio.transactions[reference]
    assert transaction.user_reference == "u" * 100
    assert transaction.token_expires_at == NOW + 86_400 * 60


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customerInternalReference", "c" * 101),
        ("customerInternalReference", ""),
        ("customerInternalReference", None),
        ("userReference", "u" * 101),
        ("userReference", 12),
        ("userReference", "line\nbreak"),
        ("reportingCriteria", "r" * 101),
        ("successUrl", "https://shop.example/".ljust(2048, "s")),
        ("errorUrl", "https://shop.example/".ljust(256, "s")),
        ("callbackUrl", "https://shop.example/".ljust(256, "s")),
        ("workflowId", 300),
        ("workflowId", "200"),
        ("workflowId", True),
        ("presets", []),
        ("presets", {"index": 1}),
        ("presets", [{"index": 1, "country": "AUT"}]),
        ("presets", [{"index": 2, "country": "AUT", "type": "PASSPORT"}]),
        ("presets", [{"index": 1, "country": "AT", "type": "PASSPORT"}]),
        ("presets", [{"index": 1, "country": "AUT", "type": "VISA"}]),
        ("locale", "english"),
        ("locale", "EN"),
        ("tokenLifetimeInMinutes", 4),
        ("tokenLifetimeInMinutes", 86_401),
        ("tokenLifetimeInMinutes", 30.5),
        ("tokenLifetimeInMinutes", "30"),
        ("userreference", "misspelt"),
        ("merchantIdScanReference", "of version 3"),
    ],
)
def test_wrong_field_is_400_and_named(caller: Caller, field: str, value: object) -> None:
    answer = caller.initiate(BODY | {field: value})

    assert (answer.status_code, answer.get_json()["httpStatus"]) == (400, "400")
    message = answer.get_json()["message"]
    assert any(name in message for name in (field, "index", "country", "type"))
    assert caller.jumio.initiations == 0


@pytest.mark.parametrize("field", ["customerInternalReference", "userReference"])
def test_missing_reference_is_400(caller: Caller, field: str) -> None:
    body = {name: value for name, value in BODY.items() if name != field}

    assert f"{field} is required" == caller.initiate(body).get_json()["message"]


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/api/callbacks/jumio",
        "https://xn--bcher-kva.example/a/b~c_d.e",
        "http://127.0.0.1:5000/callback",
        "http://localhost:5000/callback",
        "http://[::1]:5000/callback",
    ],
)
def test_callback_url_is_accepted(caller: Caller, url: str) -> None:
    reference = caller.start(callbackUrl=url)

    assert url == caller.jumio.transactions[reference].callback_url


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/callback",
        "ftp://shop.example/callback",
        "https://shop.example:8443/callback",
        "https://shop.example:/callback",
        "https://shop.example/callback?token=1",
        "https://shop.example/callback?",
        "https://shop.example/callback#part",
        "https://203.0.113.5/callback",
        "https://[2001:db8::5]/callback",
        "https://user:pass@shop.example/callback",
        "https://bücher.example/callback",
        "https://shop.example/call back",
        "https://shop_1.example/callback",
        "https://intranet/callback",
        "https:///callback",
        "https://[broken/callback",
        "/callback",
        "http://127.0.0.1:5000/callback?token=1",
        "http://127.0.0.1:99999/callback",
    ],
)
@pytest.mark.parametrize("field", ["callbackUrl", "successUrl", "errorUrl"])
def test_url_outside_the_portal_rules_is_400(caller: Caller, field: str, url: str) -> None:
    answer = caller.initiate(BODY | {field: url})

    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith(field)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{",
        b"\xff{}",
        b'{"userReference": NaN}',
        b'{"userReference": "a", "userReference": "b"}',
        b"[" * 50_000,
    ],
)
def test_body_that_is_no_json_object_is_400(caller: Caller, body: bytes) -> None:
    assert caller.initiate(body).status_code == 400


@given(
    body=st.binary(min_size=1, max_size=200) | st.dictionaries(st.text(), st.text()).map(json.dumps)
)
def test_no_body_breaks_the_vendor(body: str | bytes) -> None:
    caller = Caller(Jumio())

    assert caller.initiate(body).status_code == 400


@given(value=st.text(max_size=300))
def test_any_url_is_accepted_or_refused(value: str) -> None:
    caller = Caller(Jumio())

    assert caller.initiate(BODY | {"callbackUrl": value}).status_code in {200, 400}


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": None},
        {"User-Agent": " "},
        {"User-Agent": "python-requests/2.32.4"},
        {"User-Agent": "curl/8.5.0"},
        {"Accept": None},
        {"Accept": "*/*"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_missing_or_suspicious_header_is_403(caller: Caller, headers: Headers) -> None:
    assert caller.initiate(headers=headers).status_code == 403


def test_no_basic_authentication_is_403(caller: Caller) -> None:
    answer = caller.http.post(
        "/api/v4/initiate",
        json=BODY,
        headers={"Accept": "application/json", "User-Agent": "Example Shop/1.0"},
    )

    assert answer.status_code == 403


def test_wrong_credentials_are_401(caller: Caller) -> None:
    token, secret = caller.jumio.api_token, caller.jumio.api_secret

    assert caller.initiate(auth=(token, "wrong")).status_code == 401
    assert caller.initiate(auth=("wröng", secret)).status_code == 401


def test_unknown_scan_is_404_with_the_status_as_a_string(caller: Caller) -> None:
    answer = caller.get("0b1d7f2c-0000-4000-8000-000000000000")

    assert answer.status_code == 404
    assert answer.get_json() == {
        "httpStatus": "404",
        "message": "Not found: Scan not found for 0b1d7f2c-0000-4000-8000-000000000000",
        "requestURI": "http://127.0.0.1/api/netverify/v2/scans/0b1d7f2c-0000-4000-8000-000000000000",
    }


def test_retrieval_needs_the_same_headers(caller: Caller) -> None:
    reference = caller.start()

    assert caller.get(reference, {"User-Agent": "python-requests/2.32.4"}).status_code == 403


def test_status_is_pending_until_the_check_ends(caller: Caller) -> None:
    reference = caller.start()

    assert caller.get(reference).get_json()["status"] == "PENDING"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("approved", "DONE"), ("denied-fraud", "DONE"), ("no-id-uploaded", "FAILED")],
)
def test_status_tells_how_the_check_ended(caller: Caller, outcome: str, status: str) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    assert status == caller.get(reference).get_json()["status"]
    assert status == caller.details(reference)["transaction"]["status"]


def test_details_hold_only_the_pending_transaction_until_the_check_ends(caller: Caller) -> None:
    reference = caller.start()

    details = caller.details(reference)

    assert {"timestamp", "scanReference", "transaction"} == set(details)
    assert details["transaction"]["status"] == "PENDING"


def test_details_echo_the_references(caller: Caller) -> None:
    reference = caller.start(reportingCriteria="report-7")

    transaction = caller.details(reference)["transaction"]

    assert transaction["customerId"] == "sealed_Reference-1"
    assert transaction["merchantScanReference"] == "check-1"
    assert transaction["merchantReportingCriteria"] == "report-7"


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
    caller: Caller, outcome: str, document: str, face: tuple[str, str]
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    details = caller.details(reference)

    assert document == details["document"]["status"]
    check = details["verification"]["identityVerification"]
    assert face == (check["similarity"], check["validity"])


def test_workflow_without_face_check_tells_nothing_of_a_face(caller: Caller) -> None:
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
    caller: Caller, outcome: str, details: object
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    reason = caller.details(reference)["verification"]["rejectReason"]

    assert details == reason.get("rejectReasonDetails", "absent")


def test_reject_details_of_fraud_are_an_array(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "denied-fraud")

    reason = caller.details(reference)["verification"]["rejectReason"]

    assert [item["detailsDescription"] for item in reason["rejectReasonDetails"]] == [
        "PHOTO",
        "DOB",
    ]


def test_parts_of_the_details_stand_alone(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    document = caller.get(f"{reference}/data/document").get_json()
    transaction = caller.get(f"{reference}/data/transaction").get_json()
    verification = caller.get(f"{reference}/data/verification").get_json()

    assert ("APPROVED_VERIFIED", reference) == (document["status"], document["scanReference"])
    assert transaction["status"] == "DONE"
    assert verification["identityVerification"]["similarity"] == "MATCH"
    assert caller.get(f"{reference}/data/pictures").status_code == 404


def test_details_carry_the_specimen(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    text = json.dumps(caller.details(reference))

    assert [value for value in (SPECIMEN.last_name, SPECIMEN.birth_date) if value not in text] == []


def test_result_stays_pending_for_as_many_answers_as_the_lag(caller: Caller) -> None:
    caller.jumio.retrieval_lag = 2
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    statuses = [caller.details(reference)["transaction"]["status"] for _ in range(3)]

    assert statuses == ["PENDING", "PENDING", "DONE"]


def test_correction_changes_the_result_and_moves_updated_at(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")
    before = caller.details(reference)

    caller.jumio.correct(reference, "denied-fraud")

    after = caller.details(reference)
    assert after["document"]["status"] == "DENIED_FRAUD"
    assert after["transaction"]["updatedAt"][:19] > before["transaction"]["updatedAt"][:19]


def test_times_have_none_to_three_digits_of_milliseconds(caller: Caller) -> None:
    reference = caller.start()

    times = {caller.get(reference).get_json()["timestamp"] for _ in range(4)}

    assert {
        "2026-09-21T14:13:20Z",
        "2026-09-21T14:13:20.2Z",
        "2026-09-21T14:13:20.25Z",
        "2026-09-21T14:13:20.250Z",
    } == times


@pytest.mark.parametrize("outcome", ["passed", "session-expired", "no-such-outcome"])
def test_outcome_that_netverify_lacks_is_a_value_error(caller: Caller, outcome: str) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="Netverify has no outcome"):
        caller.jumio.finish(reference, outcome)
    assert caller.jumio.transactions[reference].status == "PENDING"


def test_check_finishes_once(caller: Caller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    with pytest.raises(ValueError, match="is finished"):
        caller.jumio.finish(reference, "denied-fraud")


def test_unfinished_check_cannot_be_corrected_or_sent_again(caller: Caller) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="only a finished check"):
        caller.jumio.correct(reference, "approved")
    with pytest.raises(ValueError, match="no result to send"):
        caller.jumio.resend(reference)


def test_calls_and_hops_are_recorded() -> None:
    hops = HopLog()
    caller = Caller(Jumio(hops))

    caller.initiate(BODY | {"userReference": "u" * 99})

    assert caller.jumio.calls == ["POST /api/v4/initiate"]
    [hop] = hops.since(0)
    assert (hop.caller, hop.callee, hop.status) == ("proxy", "Jumio", 200)
    assert hop.note == "userReference 99 characters"


def test_rate_limit_uses_the_documented_body(caller: Caller) -> None:
    caller.jumio.faults.mode = "rate-limit"

    answer = caller.initiate()

    assert answer.status_code == 429
    assert answer.get_json() == {
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Request limit exceeded",
    }


def test_unknown_path_and_wrong_method_are_refused_in_json(caller: Caller) -> None:
    assert caller.http.get("/api/netverify/v3").get_json()["httpStatus"] == "404"
    assert caller.http.get("/api/v4/initiate").get_json()["httpStatus"] == "405"
