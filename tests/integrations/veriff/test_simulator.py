"""The simulated Veriff is strict: what its documentation does not have is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.veriff.simulator import Veriff

SESSIONS = "/v1/sessions"
SOME_ID = "c1de400b-1877-4284-8494-071d37916197"
OTHER_ID = "00000000-0000-4000-8000-000000000000"
ASKED = {
    "callback": "https://market.example/back",
    "vendorData": "v" * 1000,
    "endUserId": SOME_ID,
    "lang": "en",
    "person": {"firstName": "Approve"},
}


@pytest.fixture
def vendor() -> Veriff:
    """Return Veriff, asked without a network."""
    return Veriff()


def create(vendor: Veriff, body: object, content_type: str = "application/json") -> TestResponse:
    """Ask for a session as the documentation says; a text is sent as it is."""
    return vendor.app.test_client().post(
        SESSIONS,
        data=body if isinstance(body, str) else json.dumps(body),
        content_type=content_type,
        headers={"X-AUTH-CLIENT": vendor.api_key},
    )


def digest(vendor: Veriff, signed: bytes) -> str:
    """Return the signature that the documentation describes."""
    return hmac.new(vendor.shared_secrets[0].encode(), signed, hashlib.sha256).hexdigest()


def ask(vendor: Veriff, session_id: str, **headers: str) -> TestResponse:
    """Ask for a decision as the documentation says."""
    signature = digest(vendor, session_id.encode())
    proof = {"X-AUTH-CLIENT": vendor.api_key, "X-HMAC-SIGNATURE": signature, **headers}
    return vendor.app.test_client().get(f"{SESSIONS}/{session_id}/decision", headers=proof)


def refused(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a refusal."""
    body: Any = answer.get_json()
    assert {"status": "fail", "code": body["code"], "message": body["message"]} == body
    return answer.status_code, body["code"]


def test_a_decision_is_told_once_there_is_one_in_a_signed_answer(vendor: Veriff) -> None:
    answer = create(vendor, {"verification": ASKED})
    created = json.loads(answer.get_data())["verification"]
    before: Any = ask(vendor, created["id"]).get_json()
    vendor.callbacks = "lose"
    vendor.finish(created["id"], "approved")
    answer = ask(vendor, created["id"])
    told: Any = answer.get_json()

    assert ("created", ASKED["vendorData"]) == (created["status"], created["vendorData"])
    assert {"status": "success", "verification": None} == before
    assert ("approved", 9001) == (told["verification"]["status"], told["verification"]["code"])
    assert SOME_ID == told["verification"]["endUserId"]
    assert digest(vendor, answer.get_data()) == answer.headers["X-HMAC-SIGNATURE"]


def test_the_smallest_session_is_an_empty_one(vendor: Veriff) -> None:
    assert 201 == create(vendor, {"verification": {}}).status_code


@pytest.mark.parametrize(
    ("verification", "code"),
    [
        ({"vendorData": "v" * 1001}, "1104"),
        ({"vendorData": None}, "1104"),
        ({"vendorData": 7}, "1104"),
        ({"endUserId": "user-7"}, "1104"),
        ({"reference": "r"}, "1104"),
        ("", "1104"),
        ({"callback": "http://market.example/back"}, "1302"),
        ({"callback": "https://"}, "1302"),
    ],
)
def test_what_is_not_documented_is_refused(vendor: Veriff, verification: Any, code: str) -> None:
    assert (400, code) == refused(create(vendor, {"verification": verification}))


def test_a_body_of_another_form_is_refused(vendor: Veriff) -> None:
    assert (400, "1102") == refused(create(vendor, {}))
    assert (400, "1104") == refused(create(vendor, {"verification": {}}, "text/plain"))
    assert (400, "1104") == refused(create(vendor, '{"verification":{},"verification":{}}'))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-AUTH-CLIENT": "key"}, "1802"),
        ({"X-AUTH-CLIENT": OTHER_ID}, "1803"),
        ({"VRF-INTEGRATION-ID": OTHER_ID}, "1803"),
        ({"X-HMAC-SIGNATURE": "x" * 64}, "1812"),
        ({"X-HMAC-SIGNATURE": "0" * 64}, "1818"),
    ],
)
def test_a_stranger_is_refused(vendor: Veriff, headers: dict[str, str], code: str) -> None:
    assert (401, code) == refused(ask(vendor, SOME_ID, **headers))


def test_who_does_not_say_who_they_are_is_refused(vendor: Veriff) -> None:
    assert (401, "1801") == refused(vendor.app.test_client().post(SESSIONS))


@pytest.mark.parametrize(("session_id", "told"), [("7", (400, "1002")), (SOME_ID, (404, "0000"))])
def test_a_session_that_there_is_not_is_refused(
    vendor: Veriff, session_id: str, told: tuple[int, str]
) -> None:
    assert told == refused(ask(vendor, session_id))
