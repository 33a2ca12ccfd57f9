"""What a finished KYX workflow means in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.jumio.words import as_object, words
from proxy.vendor import Reason, Status

_EXPIRED = ("SESSION_EXPIRED", "TOKEN_EXPIRED")
_DECISIONS = {"REJECTED": Status.REJECTED, "WARNING": Status.FAILED, "NOT_EXECUTED": Status.FAILED}


def judge(
    workflow_status: str, decision: Mapping[str, Any], capabilities: Mapping[str, Any]
) -> tuple[Status, Reason | None]:
    """Return our status and the reason for a finished workflow.

    Workflow status first, then the decision, then the capabilities: PASSED counts only when no
    capability was rejected and, where faces were compared, they matched.
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


def _judge_capabilities(capabilities: Mapping[str, Any]) -> tuple[Status, Reason | None]:
    rejected = _first_label(capabilities, "REJECTED")
    if rejected is not None:
        return Status.REJECTED, Reason("REJECTED", rejected)
    for check in checks(capabilities, "similarity"):
        decision = as_object(check.get("decision"))
        if decision.get("type") not in ("PASSED", "NOT_EXECUTED"):
            return Status.FAILED, Reason("FACE_NOT_CHECKED", _label(decision))
    return Status.APPROVED, None


def _first_label(capabilities: Mapping[str, Any], kind: str) -> str | None:
    """Return the label of the first capability with this decision, as the most telling reason."""
    for name in capabilities:
        for check in checks(capabilities, name):
            decision = as_object(check.get("decision"))
            if decision.get("type") == kind:
                return _label(decision)
    return None


def _label(decision: Mapping[str, Any]) -> str:
    return words(as_object(decision.get("details")).get("label"))


def checks(capabilities: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Iterate over one capability, which is a list of checks.

    Anything else in its place counts as one check, so that no refusal is overlooked.
    """
    listed = capabilities.get(name)
    if listed is None:
        return iter(())
    return (as_object(check) for check in (listed if isinstance(listed, list) else [listed]))
