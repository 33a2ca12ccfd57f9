"""The KYX platform: its callbacks, its starts, its retrieval.

documentation.jumio.ai and docs.jumio.com: Web Client, Callback, Retrieval (read 2026-11).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from proxy.vendors import (
    Answer,
    CallbackUnreadable,
    Case,
    Result,
    Status,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.integrations.jumio.fakes import START, StubUpstream, answered, document, granted, kyx
from tests.integrations.parts import NO_HEADERS

ACCOUNT = "3f8c1d52-9f7c-4c27-8d6e-7b1a2c3d4e5f"
EXECUTION = "a1b2c3d4-0001-4002-8003-00000000beef"
WORKFLOW = Case(EXECUTION, {"accountId": ACCOUNT})
DETAILS = f"GET /api/v1/accounts/{ACCOUNT}/workflow-executions/{EXECUTION}"
NO_UUIDS = [
    None,
    7,
    "",
    "../../oauth2/token",
    EXECUTION[:-1],
    EXECUTION[:-1] + "g",
    EXECUTION[:-1] + "/",
    "{" + EXECUTION[:-2] + "}",
    f"urn:uuid:{EXECUTION}",
]


def callback(**workflow: object) -> dict[str, Any]:
    """Return a callback with changed fields of `workflowExecution`."""
    sent = document("kyx_callback")
    sent["workflowExecution"] |= workflow
    return sent


def read(sent: object) -> Any:
    return kyx().read_callback(NO_HEADERS, json.dumps(sent).encode())


@pytest.mark.parametrize("status", ["PROCESSED", "SESSION_EXPIRED", "TOKEN_EXPIRED"])
def test_a_callback_about_an_end_names_the_transaction_and_no_result(status: str) -> None:
    read_ = read(callback(status=status))
    assert ("reference-of-ours", WORKFLOW, None) == (
        read_.reference,
        read_.case,
        read_.result,
    )


@pytest.mark.parametrize("status", ["ACQUISITION_STARTED", "ACQUIRED", "INITIATED", "NEW_TO_US"])
def test_a_callback_about_anything_else_is_not_for_us(status: str) -> None:
    assert read(callback(status=status)) is None


@pytest.mark.parametrize("odd", NO_UUIDS, ids=repr)
def test_a_workflow_id_that_is_no_uuid_names_no_transaction(odd: object) -> None:
    assert read(callback(id=odd)).case is None


@pytest.mark.parametrize("odd", NO_UUIDS, ids=repr)
def test_an_account_id_that_is_no_uuid_names_no_transaction(odd: object) -> None:
    assert read({**callback(), "account": {"id": odd}}).case is None


def test_ids_are_compared_in_one_spelling() -> None:
    sent = {**callback(id=EXECUTION.upper()), "account": {"id": ACCOUNT.upper()}}
    assert WORKFLOW == read(sent).case


@pytest.mark.parametrize("odd", [None, 1, ["reference-of-ours"], {}], ids=repr)
def test_a_reference_that_is_no_text_is_none(odd: object) -> None:
    assert read({**callback(), "userReference": odd}).reference is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"PROCESSED"',
        b"{}",
        b'{"workflowExecution": "PROCESSED"}',
        b'{"workflowExecution": {"status": ["PROCESSED"]}}',
        b'{"workflowExecution": {"status": "processed"}}',
        b'{"workflowExecution": {"status": "PROCESSED "}}',
        b'{"workflowExecution": {"status": ""}}',
        b'{"workflowExecution": {"status": "PROCESSED\xff"}}',
        b'{"workflowExecution": {"status": "ACQUIRED", "status": "PROCESSED"}}',
        json.dumps(callback()).encode("utf-16"),
        b"callBackType=NETVERIFYID",
        b'{"userReference": "\xff"}',
        b"[" * 100_000,
        b'{"a":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[-24:]),
)
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        kyx().read_callback(NO_HEADERS, body)


def test_the_address_in_a_callback_is_never_followed() -> None:
    api = StubUpstream(answered(document("kyx_details")))
    forged = callback(href="https://attacker.example/api/v1/workflow-executions/1")
    forged["account"]["href"] = "https://attacker.example/api/v1/accounts/1"
    vendor = kyx(api)
    read_ = vendor.read_callback(NO_HEADERS, json.dumps(forged).encode())
    assert read_ is not None
    assert read_.case is not None
    vendor.fetch_result(read_.case, finished=True)
    assert [DETAILS] == api.lines


@pytest.mark.parametrize("odd", NO_UUIDS, ids=repr)
def test_nothing_is_asked_for_with_ids_that_are_no_uuids(odd: Any) -> None:
    api = StubUpstream(AssertionError("nothing may be sent"))
    for transaction in (
        Case(odd, {"accountId": ACCOUNT}),
        Case(EXECUTION, {"accountId": odd}),
        Case(EXECUTION),
    ):
        assert kyx(api).fetch_result(transaction, finished=True) is None


@pytest.mark.parametrize("finished", [True, False])
def test_the_details_are_the_result(finished: bool) -> None:
    api = StubUpstream(answered(document("kyx_details")))
    expected = Result(
        status=Status.APPROVED,
        document={"type": "ID_CARD", "country": "AUT", "lastName": "MUSTERFRAU"},
        completed_at=datetime(2026, 3, 4, 9, 21, 58, 300_000, UTC),
        echoed_reference="reference-of-ours",
    )
    vendor = kyx(api, result_fields=("lastName", "gender"))
    assert expected == vendor.fetch_result(WORKFLOW, finished=finished)
    assert [DETAILS] == api.lines
    assert "Bearer bearer-1" == api.sent[0].headers["Authorization"]


@pytest.mark.parametrize("status", ["INITIATED", "ACQUIRED", "SOMETHING_NEW", None, []])
def test_an_unfinished_workflow_has_no_result_yet(status: object) -> None:
    details = document("kyx_details")
    details["workflow"]["status"] = status
    assert kyx(StubUpstream(answered(details))).fetch_result(WORKFLOW, finished=True) is None


def test_details_that_are_not_there_yet_are_no_result() -> None:
    vendor = kyx(StubUpstream(answered({"status": 404}, 404)))
    assert vendor.fetch_result(WORKFLOW, finished=True) is None


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_retrieval_is_told_apart(status: int) -> None:
    with pytest.raises(UpstreamRefused):
        kyx(StubUpstream(answered({}, status))).fetch_result(WORKFLOW, finished=True)


def test_a_bearer_token_that_is_refused_is_replaced_once() -> None:
    api = StubUpstream(answered({}, 401), answered(document("kyx_details")))
    auth = StubUpstream(granted(), granted(access_token="bearer-2"))
    assert kyx(api, auth=auth).fetch_result(WORKFLOW, finished=True) is not None
    expected = ["Bearer bearer-1", "Bearer bearer-2"]
    assert expected == [sent.headers["Authorization"] for sent in api.sent]


def test_a_second_refusal_is_final() -> None:
    api, auth = StubUpstream(answered({}, 401)), StubUpstream(granted())
    with pytest.raises(UpstreamRefused):
        kyx(api, auth=auth).fetch_result(WORKFLOW, finished=True)
    assert (2, 2) == (len(api.sent), len(auth.sent))


def test_a_start_sends_what_was_chosen_and_leaves_the_rest_to_the_portal() -> None:
    api = StubUpstream(answered(document("kyx_account_created")))
    begun = kyx(api).start(replace(START, locale="en-GB", error_url="https://market.example/oh"))
    assert (WORKFLOW, 1800) == (begun.case, begun.valid_seconds)
    assert begun.redirect_url == document("kyx_account_created")["web"]["href"]
    assert ["POST /api/v1/accounts"] == api.lines
    assert {
        "customerInternalReference": "internal-1",
        "userReference": START.reference,
        "callbackUrl": START.callback_url,
        "workflowDefinition": {"key": "10011"},
        "tokenLifetime": "30m",
        "web": {"errorUrl": "https://market.example/oh", "locale": "en-GB"},
    } == api.sent[0].document


def test_a_start_without_choices_has_no_web_part() -> None:
    api = StubUpstream(answered(document("kyx_account_created")))
    kyx(api).start(START)
    assert "web" not in api.sent[0].document


@pytest.mark.parametrize("web", [None, {}, {"href": None}, {"href": "javascript:alert(1)"}])
def test_a_start_without_a_page_is_a_refusal(web: object) -> None:
    created = answered({**document("kyx_account_created"), "web": web})
    with pytest.raises(UpstreamRefused, match=r"no web\.href"):
        kyx(StubUpstream(created)).start(START)


@pytest.mark.parametrize("part", ["account", "workflowExecution"])
def test_a_start_without_ids_can_be_tried_again(part: str) -> None:
    created = answered({**document("kyx_account_created"), part: {"id": "1"}})
    with pytest.raises(UpstreamUnavailable):
        kyx(StubUpstream(created)).start(START)


@pytest.mark.parametrize(
    "answer", [answered({}, 400), answered({}, 403), answered({}, 404)], ids=["400", "403", "404"]
)
def test_a_refused_start_is_told_apart(answer: Answer) -> None:
    with pytest.raises(UpstreamRefused):
        kyx(StubUpstream(answer)).start(START)
