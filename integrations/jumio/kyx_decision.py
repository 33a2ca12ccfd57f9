"""What a finished KYX workflow means in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxy.vendors import Reason, Status, as_object, as_word

_EXPIRED = ("SESSION_EXPIRED", "TOKEN_EXPIRED")
_DECISIONS = {"REJECTED": Status.REJECTED, "WARNING": Status.FAILED, "NOT_EXECUTED": Status.FAILED}


def judge(
    workflow_status: str, decision: Mapping[str, Any], capabilities: object
) -> tuple[Status, Reason | None]:
    """Return our status and the reason for a finished workflow.

    Workflow status first, then the decision, then the capabilities: PASSED counts only when no
    capability was rejected and, where the face was checked, that can be read and went well.
    """
    label = _label(decision)
    kind = decision.get("type")
    if workflow_status in _EXPIRED or (kind == "NOT_EXECUTED" and label in _EXPIRED):
        return Status.EXPIRED, Reason(workflow_status, label)
    if kind == "PASSED":
        return _judge_capabilities(capabilities)
    if isinstance(kind, str) and kind in _DECISIONS:
        return _DECISIONS[kind], Reason(label, _first_label(capabilities, kind) or label)
    return Status.FAILED, Reason("UNKNOWN_DECISION", label)


def _judge_capabilities(capabilities: object) -> tuple[Status, Reason | None]:
    rejected = _first_label(capabilities, "REJECTED")
    if rejected is not None:
        return Status.REJECTED, Reason("REJECTED", rejected)
    if not isinstance(capabilities, dict):
        return Status.FAILED, Reason("FACE_NOT_CHECKED", "UNKNOWN")
    for name, is_clear in (("similarity", _is_match), ("liveness", _is_alive)):
        if name not in capabilities:
            continue  # the workflow does not have it
        listed = capabilities[name]
        found = list(checks(capabilities, name)) if isinstance(listed, list) else []
        doubtful = [check for check in found if not is_clear(check)]
        if doubtful or not found:
            label = _label(as_object(doubtful[0].get("decision"))) if doubtful else "UNKNOWN"
            return Status.FAILED, Reason("FACE_NOT_CHECKED", label)
    return Status.APPROVED, None


def _is_match(check: Mapping[str, Any]) -> bool:
    """Tell whether the face is the document's, or was not compared: then the decision counts.

    `data` tells the match a second time, and may not tell another.
    """
    decision = as_object(check.get("decision"))
    label = as_object(decision.get("details")).get("label")
    matches = decision.get("type") == "PASSED" and label == "MATCH"
    data = check.get("data", {})
    agrees = isinstance(data, dict) and data.get("similarity", "MATCH") == "MATCH"
    return agrees and (matches or decision.get("type") == "NOT_EXECUTED")


def _is_alive(check: Mapping[str, Any]) -> bool:
    """Tell whether the person was there; what Jumio only warns of is Jumio's to weigh."""
    return as_object(check.get("decision")).get("type") in ("PASSED", "WARNING", "NOT_EXECUTED")


def _first_label(capabilities: object, kind: str) -> str | None:
    """Return the label of the first capability with this decision, as the most telling reason."""
    for name in as_object(capabilities):
        for check in checks(capabilities, name):
            decision = as_object(check.get("decision"))
            if decision.get("type") == kind:
                return _label(decision)
    return None


def _label(decision: Mapping[str, Any]) -> str:
    return as_word(as_object(decision.get("details")).get("label"))


def checks(capabilities: object, name: str) -> Iterator[dict[str, Any]]:
    """Iterate over one capability, which is a list of checks.

    Anything else in its place counts as one check, so that no refusal is overlooked.
    """
    listed = as_object(capabilities).get(name)
    if listed is None:
        return iter(())
    return (as_object(check) for check in (listed if isinstance(listed, list) else [listed]))
