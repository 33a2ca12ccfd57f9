"""The simulated KYX retrieval: decisions, capabilities, and when they can be read."""

from collections.abc import Iterator

import pytest

from sandbox.jumio import SPECIMEN, Jumio
from tests.sandbox.jumio_callers import KYX_BODY, KyxCaller

NOW = 1_790_000_000.5


@pytest.fixture
def jumio() -> Iterator[Jumio]:
    jumio = Jumio(clock=lambda: NOW)
    yield jumio
    jumio.close()


@pytest.fixture
def caller(jumio: Jumio) -> KyxCaller:
    return KyxCaller(jumio)


def test_details_of_a_running_check_have_no_decision(caller: KyxCaller) -> None:
    reference = caller.start()

    details = caller.details(reference)

    assert "INITIATED" == details["workflow"]["status"]
    assert "decision" not in details
    assert "capabilities" not in details


def test_details_echo_both_references(caller: KyxCaller) -> None:
    reference = caller.start()

    workflow = caller.details(reference)["workflow"]

    assert "sealed_Reference-1" == workflow["userReference"]
    assert "check-1" == workflow["customerInternalReference"]


def test_user_reference_is_absent_where_none_was_given(caller: KyxCaller) -> None:
    body = {name: value for name, value in KYX_BODY.items() if name != "userReference"}
    reference = caller.create(body).get_json()["workflowExecution"]["id"]

    assert "userReference" not in caller.details(reference)["workflow"]


@pytest.mark.parametrize(
    ("outcome", "status", "decision"),
    [
        ("approved", "PROCESSED", "PASSED"),
        ("passed", "PROCESSED", "PASSED"),
        ("approved-no-match", "PROCESSED", "PASSED"),
        ("approved-selfie-invalid", "PROCESSED", "PASSED"),
        ("denied-fraud", "PROCESSED", "REJECTED"),
        ("rejected", "PROCESSED", "REJECTED"),
        ("not-readable", "PROCESSED", "REJECTED"),
        ("unsupported-type", "PROCESSED", "REJECTED"),
        ("unsupported-country", "PROCESSED", "REJECTED"),
        ("warning", "PROCESSED", "WARNING"),
        ("not-executed", "PROCESSED", "NOT_EXECUTED"),
        ("technical-error", "PROCESSED", "NOT_EXECUTED"),
        ("no-id-uploaded", "SESSION_EXPIRED", "NOT_EXECUTED"),
        ("session-expired", "SESSION_EXPIRED", "NOT_EXECUTED"),
        ("session-expired-rejected", "SESSION_EXPIRED", "REJECTED"),
        ("token-expired", "TOKEN_EXPIRED", "NOT_EXECUTED"),
    ],
)
def test_every_outcome_has_its_status_and_decision(
    caller: KyxCaller, outcome: str, status: str, decision: str
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    details = caller.details(reference)

    assert (details["workflow"]["status"], details["decision"]["type"]) == (status, decision)
    execution = caller.get(reference, "/status").get_json()["workflowExecution"]
    assert execution["status"] == status


@pytest.mark.parametrize(
    ("outcome", "capability", "verdict"),
    [
        ("approved", "similarity", ("PASSED", "MATCH")),
        ("passed", "imageChecks", ("WARNING", "REPEATED_FACE")),
        ("approved-no-match", "similarity", ("REJECTED", "NO_MATCH")),
        ("approved-selfie-invalid", "liveness", ("REJECTED", "ID_USED_AS_SELFIE")),
        ("denied-fraud", "imageChecks", ("REJECTED", "MANIPULATED_DOCUMENT_PHOTO")),
        ("not-readable", "usability", ("REJECTED", "BLURRED")),
        ("not-readable", "similarity", ("NOT_EXECUTED", "PRECONDITION_NOT_FULFILLED")),
        ("unsupported-type", "usability", ("WARNING", "UNSUPPORTED_DOCUMENT_TYPE")),
        ("technical-error", "extraction", ("NOT_EXECUTED", "TECHNICAL_ERROR")),
    ],
)
def test_capabilities_say_why(
    caller: KyxCaller, outcome: str, capability: str, verdict: tuple[str, str]
) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, outcome)

    assert caller.verdict(reference, capability) == verdict


def test_similarity_data_says_match_under_a_warning(caller: KyxCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "warning")

    [similarity] = caller.details(reference)["capabilities"]["similarity"]

    assert "WARNING" == similarity["decision"]["type"]
    assert {"similarity": "MATCH"} == similarity["data"]


def test_usability_has_one_entry_per_credential(caller: KyxCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    usability = caller.details(reference)["capabilities"]["usability"]

    categories = [entry["credentials"][0]["category"] for entry in usability]
    assert ["ID", "FACEMAP", "SELFIE"] == categories


def test_details_carry_the_specimen(caller: KyxCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    [extraction] = caller.details(reference)["capabilities"]["extraction"]

    assert extraction["data"]["lastName"] == SPECIMEN.last_name


def test_details_need_the_matching_account(caller: KyxCaller) -> None:
    mine, other = caller.start(), caller.start()
    account = caller.jumio.transactions[other].account_id

    answer = caller.http.get(
        f"/api/v1/accounts/{account}/workflow-executions/{mine}",
        headers={**caller.headers, "Authorization": caller.bearer},
    )

    assert 404 == answer.status_code


def test_href_of_the_status_document_is_not_an_address_for_details(caller: KyxCaller) -> None:
    reference = caller.start()
    href = caller.get(reference, "/status").get_json()["workflowExecution"]["href"]

    answer = caller.http.get(href, headers={**caller.headers, "Authorization": caller.bearer})

    assert 404 == answer.status_code


def test_finished_check_is_404_for_as_many_answers_as_the_lag(caller: KyxCaller) -> None:
    caller.jumio.retrieval_lag = 2
    reference = caller.start()
    caller.jumio.finish(reference, "approved")

    statuses = [caller.get(reference, suffix).status_code for suffix in ("", "/status", "")]

    assert [404, 404, 200] == statuses


def test_correction_changes_decision_and_completion_time(caller: KyxCaller) -> None:
    reference = caller.start()
    caller.jumio.finish(reference, "approved")
    before = caller.details(reference)

    caller.jumio.correct(reference, "rejected")

    after = caller.details(reference)
    assert "REJECTED" == after["decision"]["type"]
    assert after["completedAt"][:19] > before["completedAt"][:19]


def test_netverify_transactions_are_unknown_here(caller: KyxCaller) -> None:
    answer = caller.http.post(
        "/api/v4/initiate",
        json={"customerInternalReference": "c", "userReference": "u"},
        auth=(caller.jumio.api_token, caller.jumio.api_secret),
        headers=caller.headers,
    )

    assert 404 == caller.get(answer.get_json()["transactionReference"]).status_code


def test_outcome_that_kyx_lacks_is_a_value_error(caller: KyxCaller) -> None:
    reference = caller.start()

    with pytest.raises(ValueError, match="KYX has no outcome"):
        caller.jumio.finish(reference, "not-readable-empty-details")
