"""The callbacks of the simulated Jumio: what they say, from where, in which order and how often."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pytest
from flask import Flask, Response, request

from sandbox.hops import HopLog
from sandbox.jumio import SPECIMEN, Jumio
from sandbox.server import Server

SECRET = "segment-that-must-not-be-logged"
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Received:
    """One callback as the receiver saw it."""

    path: str
    address: str
    content_type: str
    user_agent: str
    body: str

    def form(self) -> dict[str, str]:
        pairs = parse_qsl(self.body, keep_blank_values=True, strict_parsing=True)
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)


class Receiver:
    """Answers callbacks with `statuses`, one after another, then with 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        app = Flask("receiver")
        app.add_url_rule("/api/callbacks/jumio", "plain", self._take, methods=["POST"])
        app.add_url_rule("/api/callbacks/jumio/<path:rest>", "rest", self._take, methods=["POST"])
        self.server = Server(app)
        self.url = f"{self.server.url}/api/callbacks/jumio"

    def _take(self, rest: str = "") -> Response:
        self.gate.wait(PATIENCE)
        self.received.append(
            Received(
                request.path,
                request.remote_addr or "",
                request.headers["Content-Type"],
                request.headers["User-Agent"],
                request.get_data(as_text=True),
            )
        )
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(f"seen {len(rest)}", status, {"Location": f"{self.server.url}/elsewhere"})

    def kinds(self) -> list[str]:
        """Return the statuses in the callbacks received, in order."""
        return [_kind(callback) for callback in self.received]


def _kind(callback: Received) -> str:
    if callback.content_type == "application/json":
        return str(json.loads(callback.body)["workflowExecution"]["status"])
    return callback.form()["verificationStatus"]


class Vendor(Jumio):
    """The simulated vendor, with shortcuts to start a check on either API."""

    def netverify(self, **fields: object) -> str:
        body = {"customerInternalReference": "check-1", "userReference": "sealed-1", **fields}
        answer = self.app.test_client().post(
            "/api/v4/initiate",
            json=body,
            auth=(self.api_token, self.api_secret),
            headers={"Accept": "application/json", "User-Agent": "Example Shop/1.0"},
        )
        assert answer.status_code == 200
        return str(answer.get_json()["transactionReference"])

    def kyx(self, **fields: object) -> str:
        body = {"customerInternalReference": "check-1", "workflowDefinition": {"key": 10011}}
        answer = self.app.test_client().post(
            "/api/v1/accounts",
            json={**body, **fields},
            headers={
                "Accept": "application/json",
                "User-Agent": "Example Shop/1.0",
                "Authorization": f"Bearer {self.issue_access_token()}",
            },
        )
        assert answer.status_code == 200
        return str(answer.get_json()["workflowExecution"]["id"])


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.gate.set()
    receiver.server.close()


@pytest.fixture
def hops() -> HopLog:
    return HopLog()


@pytest.fixture
def jumio(hops: HopLog) -> Iterator[Vendor]:
    jumio = Vendor(hops)
    jumio.retry_delay = 0.01
    yield jumio
    jumio.close()


def test_netverify_sends_one_form_from_its_own_address(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert jumio.finish(reference, "approved") == [200]

    [callback] = receiver.received
    assert callback.address == "127.0.0.2"
    assert callback.content_type == "application/x-www-form-urlencoded"
    assert callback.user_agent == "JumioSandbox Callback/1.0"
    assert jumio.transactions[reference].callbacks_sent == [200]


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

    assert receiver.received[0].form()["rejectReason"] == "N/A"


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
    assert form["idCheckSignature"] == "N/A"


def test_kyx_sends_three_kinds_without_a_result(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")

    assert jumio.finish(reference, "approved") == [200, 200, 200]

    assert receiver.kinds() == ["ACQUISITION_STARTED", "ACQUIRED", "PROCESSED"]
    assert {callback.content_type for callback in receiver.received} == {"application/json"}
    text = "".join(callback.body for callback in receiver.received)
    assert [word for word in ("check-1", "PASSED", *SPECIMEN.values()) if word in text] == []


def test_kyx_callback_names_account_and_execution(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")
    jumio.finish(reference, "approved")

    body = json.loads(receiver.received[-1].body)

    account = jumio.transactions[reference].account_id
    assert body["userReference"] == "sealed-1"
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


def test_portal_wide_url_is_used_where_the_check_has_none(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.proxy_callback_override = receiver.url

    assert jumio.finish(jumio.netverify(), "approved") == [200]


def test_without_any_url_nothing_is_sent(jumio: Vendor) -> None:
    assert jumio.finish(jumio.netverify(), "approved") == []


def test_lost_callbacks_are_not_sent(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "lose"

    assert jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved") == []
    assert receiver.received == []


def test_delayed_callbacks_wait_for_their_release(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "delay"
    before = jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")

    released = jumio.release_callbacks()

    assert (before, released) == ([], [200, 200, 200])
    assert receiver.kinds() == ["ACQUISITION_STARTED", "ACQUIRED", "PROCESSED"]
    assert jumio.release_callbacks() == []


def test_repeated_callbacks_arrive_three_times_the_same(jumio: Vendor, receiver: Receiver) -> None:
    jumio.callbacks = "repeat"

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [200] * 3
    assert len({callback.body for callback in receiver.received}) == 1


def test_reordered_kyx_callbacks_begin_with_the_last_kind(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.callbacks = "reorder"
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved")

    assert receiver.kinds() == ["PROCESSED", "ACQUISITION_STARTED", "ACQUIRED"]
    sent = [json.loads(callback.body)["callbackSentAt"] for callback in receiver.received]
    assert sent == [max(sent), *sorted(sent)[:2]]


def test_reordered_netverify_result_is_followed_by_an_older_drop_off(
    jumio: Vendor, receiver: Receiver
) -> None:
    jumio.callbacks = "reorder"
    jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved")

    result, stale = (callback.form() for callback in receiver.received)

    assert receiver.kinds() == ["APPROVED_VERIFIED", "NO_ID_UPLOADED"]
    assert stale["callbackDate"][:19] < result["callbackDate"][:19]
    assert stale["jumioIdScanReference"] == result["jumioIdScanReference"]


def test_unknown_callback_mode_is_a_value_error(jumio: Vendor) -> None:
    with pytest.raises(ValueError, match="unknown callback mode"):
        jumio.callbacks = "loose"  # type: ignore[assignment]  # the mistake that is tested


@pytest.mark.parametrize("status", [201, 204, 302, 400, 503])
def test_anything_but_200_is_final_without_retries(
    jumio: Vendor, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [status]
    assert len(receiver.received) == 1


def test_retries_end_with_the_first_200(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 5
    receiver.statuses = [503, 201]
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert jumio.finish(reference, "approved") == [503, 201, 200]
    assert jumio.transactions[reference].callbacks_sent == [503, 201, 200]
    assert len({callback.body for callback in receiver.received}) == 1


def test_retries_are_counted(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 2
    receiver.statuses = [503] * 9

    assert jumio.finish(jumio.netverify(callbackUrl=receiver.url), "approved") == [503] * 3


def test_receiver_that_does_not_answer_counts_as_none(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    receiver.server.close()

    assert jumio.finish(reference, "approved") == [None]


def test_nothing_is_sent_to_a_host_that_is_not_loopback(jumio: Vendor, hops: HopLog) -> None:
    reference = jumio.netverify(callbackUrl="https://shop.example/api/callbacks/jumio")

    assert jumio.finish(reference, "approved") == [None]
    assert hops.since(0)[-1].milliseconds < 1000


def test_finish_without_waiting_returns_at_once(jumio: Vendor, receiver: Receiver) -> None:
    receiver.gate.clear()
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert jumio.finish(reference, "approved", wait=False) == []
    assert not jumio.wait_for_callbacks(0)

    receiver.gate.set()
    assert jumio.wait_for_callbacks(PATIENCE)
    assert jumio.transactions[reference].callbacks_sent == [200]


def test_resend_tells_the_current_result_again(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.callbacks = "lose"
    jumio.finish(reference, "approved")

    assert jumio.resend(reference) == 200
    jumio.correct(reference, "denied-fraud")
    assert jumio.resend(reference) == 200

    assert receiver.kinds() == ["APPROVED_VERIFIED", "DENIED_FRAUD"]


def test_correction_sends_a_callback_only_on_request(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.finish(reference, "approved")

    assert jumio.correct(reference, "denied-fraud") == []
    assert jumio.correct(reference, "not-readable", callback=True) == [200]
    assert receiver.kinds() == ["APPROVED_VERIFIED", "ERROR_NOT_READABLE_ID"]


def test_forged_netverify_callback_has_the_right_reference_and_another_address(
    jumio: Vendor, receiver: Receiver
) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)

    assert jumio.forge(reference, "approved") == 200

    [callback] = receiver.received
    assert callback.address == "127.0.0.3"
    assert callback.form()["customerId"] == "sealed-1"
    assert callback.form()["verificationStatus"] == "APPROVED_VERIFIED"
    assert jumio.transactions[reference].status == "PENDING"
    assert jumio.transactions[reference].callbacks_sent == []


def test_forged_kyx_callback_links_to_the_forger(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.kyx(callbackUrl=receiver.url, userReference="sealed-1")

    assert jumio.forge(reference, "approved") == 200

    body = json.loads(receiver.received[0].body)
    assert body["workflowExecution"]["status"] == "PROCESSED"
    assert body["workflowExecution"]["href"].startswith("http://127.0.0.3:9/")


def test_hop_log_hides_the_last_segment(jumio: Vendor, receiver: Receiver, hops: HopLog) -> None:
    jumio.finish(jumio.netverify(callbackUrl=f"{receiver.url}/{SECRET}"), "approved")

    hop = hops.since(0)[-1]

    assert receiver.received[0].path.endswith(SECRET)
    assert (hop.caller, hop.callee, hop.method) == ("Jumio", "proxy", "POST")
    assert (hop.path, hop.status) == ("/api/callbacks/jumio/…", 200)
    assert hop.note == "APPROVED_VERIFIED"


def test_close_ends_the_thread_in_the_middle_of_a_delivery(
    jumio: Vendor, receiver: Receiver
) -> None:
    receiver.gate.clear()
    jumio.finish(jumio.kyx(callbackUrl=receiver.url), "approved", wait=False)

    jumio.close()

    names = [thread.name for thread in threading.enumerate()]
    assert "jumio-callbacks" not in names


def test_close_does_not_wait_for_retries(jumio: Vendor, receiver: Receiver) -> None:
    jumio.retries = 1
    jumio.retry_delay = 60
    receiver.statuses = [503]
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.finish(reference, "approved", wait=False)
    deadline = time.monotonic() + PATIENCE
    while not jumio.transactions[reference].callbacks_sent:
        assert time.monotonic() < deadline

    closing = threading.Thread(target=jumio.close)
    closing.start()
    closing.join(PATIENCE)

    assert not closing.is_alive()


def test_closed_vendor_sends_nothing_more(jumio: Vendor, receiver: Receiver) -> None:
    reference = jumio.netverify(callbackUrl=receiver.url)
    jumio.close()

    with pytest.raises(RuntimeError, match="closed"):
        jumio.finish(reference, "approved")
