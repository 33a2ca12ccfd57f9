"""How a KYX check can end: the decisions and capabilities behind each outcome name.

Decisions and labels: "Retrieval" on docs.jumio.com and the KYX API guide, Jumio implementation
guides, 2023-07-05.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Verdict = tuple[str, str]
"""A decision type and its label."""

CAPABILITIES = MappingProxyType(
    {
        "extraction": ("ID",),
        "dataChecks": ("ID",),
        "imageChecks": ("ID", "SELFIE"),
        "liveness": ("FACEMAP", "SELFIE"),
        "similarity": ("ID", "SELFIE"),
    }
)
OK: Verdict = ("PASSED", "OK")
MATCH: Verdict = ("PASSED", "MATCH")
SKIPPED: Verdict = ("NOT_EXECUTED", "PRECONDITION_NOT_FULFILLED")
BROKEN: Verdict = ("NOT_EXECUTED", "TECHNICAL_ERROR")
NOTHING: Verdict = ("NOT_EXECUTED", "NOT_UPLOADED")


def _all(verdict: Verdict) -> dict[str, Verdict]:
    return dict.fromkeys(CAPABILITIES, verdict)


def _passed(**changed: Verdict) -> dict[str, Verdict]:
    """Return verdicts with which every capability passed, except for those `changed`."""
    return _all(OK) | {"similarity": MATCH} | changed


@dataclass(frozen=True, slots=True)
class KyxOutcome:
    """One way in which a check can end; `document` is the verdict on the document's usability."""

    decision: str
    score: float
    label: str = ""
    status: str = "PROCESSED"
    document: Verdict = OK
    capabilities: Mapping[str, Verdict] = field(default_factory=_passed)
    started: bool = True
    """Whether the user ever opened the page."""

    @property
    def earlier_kinds(self) -> tuple[str, ...]:
        """Return the callbacks that precede the last one of this result, in order."""
        if not self.started:
            return ()
        if self.status == "SESSION_EXPIRED":
            return ("ACQUISITION_STARTED",)
        return ("ACQUISITION_STARTED", "ACQUIRED")


def _unusable(verdict: Verdict, status: str = "PROCESSED") -> KyxOutcome:
    """Return a result whose document was of no use, so that nothing after it ran."""
    return KyxOutcome("REJECTED", 100, status=status, document=verdict, capabilities=_all(SKIPPED))


def _expired(status: str, *, started: bool = True) -> KyxOutcome:
    """Return a result for which nothing was uploaded in time."""
    return KyxOutcome(
        "NOT_EXECUTED",
        -1.0,
        label=status,
        status=status,
        document=NOTHING,
        capabilities=_all(SKIPPED),
        started=started,
    )


# The thresholds between scores and decisions are the customer's to set: this tenant's let a check
# pass whose face does not match, so that the decision alone proves too little.
OUTCOMES: Mapping[str, KyxOutcome] = MappingProxyType(
    {
        "approved": KyxOutcome("PASSED", 12.5),
        "passed": KyxOutcome(
            "PASSED", 30, capabilities=_passed(imageChecks=("WARNING", "REPEATED_FACE"))
        ),
        "approved-no-match": KyxOutcome(
            "PASSED", 30.0, capabilities=_passed(similarity=("REJECTED", "NO_MATCH"))
        ),
        "approved-selfie-invalid": KyxOutcome(
            "PASSED",
            30.0,
            capabilities=_passed(
                liveness=("REJECTED", "ID_USED_AS_SELFIE"), similarity=("WARNING", "NOT_POSSIBLE")
            ),
        ),
        "denied-fraud": KyxOutcome(
            "REJECTED",
            100.0,
            capabilities=_passed(imageChecks=("REJECTED", "MANIPULATED_DOCUMENT_PHOTO")),
        ),
        "rejected": KyxOutcome(
            "REJECTED",
            85.0,
            capabilities=_passed(dataChecks=("REJECTED", "MRZ_CHECKSUM")),
        ),
        "not-readable": _unusable(("REJECTED", "BLURRED")),
        "unsupported-type": _unusable(("WARNING", "UNSUPPORTED_DOCUMENT_TYPE")),
        "unsupported-country": _unusable(("WARNING", "UNSUPPORTED_COUNTRY")),
        "warning": KyxOutcome(
            "WARNING", 50.0, capabilities=_passed(similarity=("WARNING", "NOT_POSSIBLE"))
        ),
        "not-executed": KyxOutcome(
            "NOT_EXECUTED", -1.0, document=BROKEN, capabilities=_all(SKIPPED)
        ),
        "technical-error": KyxOutcome(
            "NOT_EXECUTED", -1.0, "TECHNICAL_ERROR", document=BROKEN, capabilities=_all(BROKEN)
        ),
        "no-id-uploaded": _expired("SESSION_EXPIRED"),
        "session-expired": _expired("SESSION_EXPIRED"),
        # As captured in 2023, before the documentation called such a check NOT_EXECUTED.
        "session-expired-rejected": _unusable(NOTHING, "SESSION_EXPIRED"),
        "token-expired": _expired("TOKEN_EXPIRED", started=False),
    }
)
