"""What a finished KYX workflow means: its status first, then the decision, then the capabilities.

documentation.jumio.ai, Retrieval (read 2026-11); captured oddities: github.com/iron-fish.
"""

from __future__ import annotations

from typing import Any

import pytest

from integrations.jumio.kyx_decision import judge
from proxy.vendors.matters import Status
from proxy.vendors.reference import Reason


def decided(kind: object, label: object = None) -> dict[str, Any]:
    return {"type": kind, "details": {"label": kind if label is None else label}}


def capability(kind: object, label: object = "OK") -> list[dict[str, Any]]:
    return [{"decision": decided(kind, label)}]


FINE: dict[str, Any] = {
    "usability": capability("PASSED") * 3,
    "imageChecks": capability("PASSED"),
    "extraction": capability("PASSED"),
    "dataChecks": capability("PASSED"),
    "liveness": capability("PASSED"),
    "similarity": capability("PASSED", "MATCH"),
}


def judged(kind: object, label: object = None, **changes: Any) -> tuple[Status, Reason | None]:
    return judge("PROCESSED", decided(kind, label), {**FINE, **changes})


def test_passed_with_every_capability_passed_is_approved() -> None:
    assert (Status.APPROVED, None) == judged("PASSED")


@pytest.mark.parametrize("name", FINE)
def test_passed_with_a_rejected_capability_is_rejected(name: str) -> None:
    changed = {name: capability("PASSED") + capability("REJECTED", "DIGITAL_COPY")}
    expected = (Status.REJECTED, Reason("REJECTED", "DIGITAL_COPY"))
    assert expected == judged("PASSED", **changed)


@pytest.mark.parametrize(
    "rejected",
    [
        {"decision": {"type": "REJECTED"}},
        capability("REJECTED", None),
        [None, *capability("REJECTED", 7)],
    ],
    ids=["object", "no label", "odd label"],
)
def test_a_rejected_capability_counts_in_any_shape(rejected: object) -> None:
    status, _ = judged("PASSED", somethingNew=rejected)
    assert Status.REJECTED == status


@pytest.mark.parametrize("name", [name for name in FINE if name != "similarity"])
def test_passed_with_a_warning_of_a_capability_is_jumios_to_weigh(name: str) -> None:
    assert (Status.APPROVED, None) == judged("PASSED", **{name: capability("WARNING", "ALERT")})


@pytest.mark.parametrize(
    "similarity",
    [
        capability("WARNING", "NOT_POSSIBLE"),
        capability("PASSED", "MATCH") + capability("WARNING", "NOT_POSSIBLE"),
        capability("SOMETHING_NEW"),
        capability(None),
        [{}],
        [None],
        [],
        None,
        {},
        "MATCH",
        capability("PASSED", "MATCH")[0],
        capability("PASSED", "NO_MATCH"),
        capability("PASSED", "MA<TCH>"),
        [{"decision": {"type": "PASSED"}}],
        [{**capability("PASSED", "MATCH")[0], "data": {"similarity": "NOT_MATCH"}}],
        [{**capability("PASSED", "MATCH")[0], "data": {"similarity": None}}],
        [{**capability("PASSED", "MATCH")[0], "data": [{"similarity": "NO_MATCH"}]}],
        [{**capability("PASSED", "MATCH")[0], "data": None}],
        [*capability("PASSED", "MATCH"), None],
    ],
    ids=repr,
)
def test_passed_without_a_clear_face_match_is_failed(similarity: object) -> None:
    status, reason = judged("PASSED", similarity=similarity)
    assert (Status.FAILED, "FACE_NOT_CHECKED") == (status, reason and reason.code)


@pytest.mark.parametrize(
    "liveness",
    [[], None, {}, "OK", capability("PASSED")[0], capability("SOMETHING_NEW"), [{}], [None]],
    ids=repr,
)
def test_passed_without_a_readable_liveness_check_is_failed(liveness: object) -> None:
    status, reason = judged("PASSED", liveness=liveness)
    assert (Status.FAILED, "FACE_NOT_CHECKED") == (status, reason and reason.code)


@pytest.mark.parametrize("capabilities", [None, [], "", 0, [FINE], "similarity"], ids=repr)
def test_passed_with_capabilities_of_another_shape_is_failed(capabilities: object) -> None:
    status, reason = judge("PROCESSED", decided("PASSED"), capabilities)
    assert (Status.FAILED, "FACE_NOT_CHECKED") == (status, reason and reason.code)


@pytest.mark.parametrize("name", ["similarity", "liveness"])
def test_passed_by_a_workflow_in_which_no_face_check_ran_is_approved(name: str) -> None:
    others = {key: checks for key, checks in FINE.items() if key != name}
    skipped = {**others, name: capability("NOT_EXECUTED", "PRECONDITION_NOT_FULFILLED")}
    for capabilities in (others, skipped):
        assert (Status.APPROVED, None) == judge("PROCESSED", decided("PASSED"), capabilities)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("REJECTED", Status.REJECTED),
        ("WARNING", Status.FAILED),
        ("NOT_EXECUTED", Status.FAILED),
    ],
)
@pytest.mark.parametrize("capabilities", [FINE, {}], ids=["fine", "none"])
def test_any_other_decision_stands_whatever_the_capabilities(
    kind: str, status: Status, capabilities: dict[str, Any]
) -> None:
    expected = (status, Reason("RULE 7", "RULE 7"))
    assert expected == judge("PROCESSED", decided(kind, "RULE 7"), capabilities)


def test_the_first_capability_with_the_same_decision_tells_why() -> None:
    _, reason = judged("REJECTED", imageChecks=capability("REJECTED", "MANIPULATED_DOCUMENT"))
    assert Reason("REJECTED", "MANIPULATED_DOCUMENT") == reason


@pytest.mark.parametrize("status", ["SESSION_EXPIRED", "TOKEN_EXPIRED"])
@pytest.mark.parametrize("kind", ["PASSED", "REJECTED", "WARNING", "NOT_EXECUTED", None])
def test_an_expired_workflow_is_expired_whatever_the_decision(status: str, kind: object) -> None:
    found, reason = judge(status, decided(kind), FINE)
    assert (Status.EXPIRED, status) == (found, reason and reason.code)


@pytest.mark.parametrize("label", ["SESSION_EXPIRED", "TOKEN_EXPIRED"])
def test_a_check_that_was_not_run_in_time_is_expired(label: str) -> None:
    status, reason = judged("NOT_EXECUTED", label)
    assert (Status.EXPIRED, label) == (status, reason and reason.description)


@pytest.mark.parametrize("label", ["TOKEN_EXPIRED", "TECHNICAL_ERROR"])
def test_a_label_alone_does_not_make_it_expired(label: str) -> None:
    assert Status.REJECTED == judged("REJECTED", label)[0]


@pytest.mark.parametrize("kind", ["passed", "PASSED ", "APPROVED", "", None, 1, True, [], {}])
def test_an_unknown_decision_is_never_approved(kind: object) -> None:
    status, reason = judged(kind)
    assert (Status.FAILED, "UNKNOWN_DECISION") == (status, reason and reason.code)


def test_a_missing_decision_is_never_approved() -> None:
    assert (Status.FAILED, Reason("UNKNOWN_DECISION", "UNKNOWN")) == judge("PROCESSED", {}, FINE)
