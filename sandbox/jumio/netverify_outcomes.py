"""How a Netverify check can end: the statuses and reasons behind each outcome name.

Value lists: "callback.md", Jumio implementation guides, 2021-07-13.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a document was turned down; `details` is None where the member is absent."""

    code: str
    description: str
    details: tuple[tuple[str, str], ...] | None = None

    def document(self) -> Json:
        """Return the rejectReason object: one detail is an object, any other number an array."""
        reason: Json = {
            "rejectReasonCode": self.code,
            "rejectReasonDescription": self.description,
        }
        if self.details is not None:
            items = [
                {"detailsCode": code, "detailsDescription": description}
                for code, description in self.details
            ]
            reason["rejectReasonDetails"] = items[0] if len(items) == 1 else items
        return reason


@dataclass(frozen=True, slots=True)
class NetverifyOutcome:
    """One way in which a check can end; `similarity` and `validity` are those of the face check."""

    verification_status: str
    similarity: str | None = None
    validity: bool = True
    selfie_reason: str | None = None
    reject: Reject | None = None

    @property
    def approved(self) -> bool:
        """Whether the document, not necessarily the face, was accepted."""
        return self.verification_status == "APPROVED_VERIFIED"

    @property
    def document_read(self) -> bool:
        """Whether the holder's data was extracted."""
        return self.verification_status in {"APPROVED_VERIFIED", "DENIED_FRAUD"}

    @property
    def transaction_status(self) -> str:
        """Return DONE, or FAILED where nothing was ever uploaded."""
        return "FAILED" if self.verification_status == "NO_ID_UPLOADED" else "DONE"


OUTCOMES: Mapping[str, NetverifyOutcome] = MappingProxyType(
    {
        "approved": NetverifyOutcome("APPROVED_VERIFIED", "MATCH", selfie_reason="VALID"),
        "approved-no-match": NetverifyOutcome("APPROVED_VERIFIED", "NO_MATCH"),
        "approved-selfie-invalid": NetverifyOutcome(
            "APPROVED_VERIFIED", "NOT_POSSIBLE", validity=False, selfie_reason="LIVENESS_FAILED"
        ),
        "denied-fraud": NetverifyOutcome(
            "DENIED_FRAUD",
            "MATCH",
            reject=Reject("100", "MANIPULATED_DOCUMENT", (("1001", "PHOTO"), ("1004", "DOB"))),
        ),
        "not-readable": NetverifyOutcome(
            "ERROR_NOT_READABLE_ID",
            reject=Reject("200", "NOT_READABLE_DOCUMENT", (("2001", "BLURRED"),)),
        ),
        "not-readable-empty-details": NetverifyOutcome(
            "ERROR_NOT_READABLE_ID", reject=Reject("201", "NO_DOCUMENT", ())
        ),
        "not-readable-without-details": NetverifyOutcome(
            "ERROR_NOT_READABLE_ID", reject=Reject("206", "MISSING_BACK")
        ),
        "unsupported-type": NetverifyOutcome("DENIED_UNSUPPORTED_ID_TYPE"),
        "unsupported-country": NetverifyOutcome("DENIED_UNSUPPORTED_ID_COUNTRY"),
        "no-id-uploaded": NetverifyOutcome("NO_ID_UPLOADED"),
    }
)
