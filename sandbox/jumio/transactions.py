"""One identity check as the simulated vendor remembers it, and how it writes times."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Api = Literal["netverify", "kyx"]


@dataclass(slots=True)
class Transaction:
    """A started check; times are Unix seconds.

    `reference` is Netverify's transactionReference or KYX's workflow execution id. `status` is in
    the API's own words: PENDING, DONE or FAILED for Netverify; INITIATED, ACQUIRED, PROCESSED,
    SESSION_EXPIRED or TOKEN_EXPIRED for KYX. `outcome` is None until the check has finished.
    `callbacks_sent` holds the status that answered each genuine callback, None where none came.
    """

    reference: str
    api: Api
    status: str
    customer_internal_reference: str
    started_at: float
    token_expires_at: float
    workflow: str
    face_check: bool
    user_reference: str | None = None
    account_id: str | None = None
    callback_url: str | None = None
    success_url: str | None = None
    error_url: str | None = None
    reporting_criteria: str | None = None
    locale: str | None = None
    outcome: str | None = None
    finished_at: float | None = None
    updated_at: float | None = None
    unreadable_answers: int = 0
    """How many retrieval answers from now on still hide the result."""
    announced: list[str] = field(default_factory=list)
    """Callback kinds of KYX that have gone out, in order."""
    callbacks_sent: list[int | None] = field(default_factory=list)

    def credential_id(self, category: str) -> str:
        """Return the id of the KYX credential of `category`; it never changes."""
        return str(uuid.uuid5(uuid.UUID(self.reference), category))

    @property
    def carried(self) -> str:
        """What came along in the field that callbacks repeat, in words."""
        return f"userReference: {len(self.user_reference or '')} of 100 characters"

    @property
    def sealed(self) -> str:
        """The same as it is."""
        return self.user_reference or ""

    def take_readability(self) -> bool:
        """Count one retrieval and return whether the finished result can be read by it."""
        if self.outcome is None:
            return False
        if self.unreadable_answers > 0:
            self.unreadable_answers -= 1
            return False
        return True


def written_time(at: float, digits: int) -> str:
    """Return Unix seconds as YYYY-MM-DDThh:mm:ss[.S[S[S]]]Z with 0 to 3 digits of milliseconds.

    All four are documented ("callback.md", Jumio implementation guides, 2021-07-13).
    """
    milliseconds = int(at * 1000)
    text = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{milliseconds % 1000:03d}"[: digits + 1] if digits else ""
    return f"{text}{fraction}Z"
