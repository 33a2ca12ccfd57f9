"""Matters: what vendors of the reference trip decide about a user, and in which words of ours.

The trip is one for all of them; what differs is a value. `Matter` says how routes, records and
answers of a matter are called, which of the words are its own, and which of them are good.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a matter stands, in our words; vendors' words stop in their files."""

    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # Identity.
    APPROVED = "approved"
    REJECTED = "rejected"
    # Signing.
    SIGNED = "signed"
    DECLINED = "declined"
    # Billing.
    PAID = "paid"
    SAVED = "saved"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Matter:
    """One kind of decision.

    - `path` is where its routes begin, `record` how its keys in private data do: with the name of a
      subject behind it where there are subjects.
    - `flag` is the answer's member that tells whether it is good, `statuses` are its words, `good`
      those of them that open something.
    - `subject` is what a subject is called (`document`), "" where there are none; `listed` is the
      member that lists all of them.
    - `names_person`: the vendor gets the user's name and e-mail address.
    - `is_lasting`: a good outcome goes on and may end (a subscription); what was paid for is not
      taken back by another session. `living` are the words of what has not ended, `late` those of
      them in which a payment is missing that may still come.
    """

    name: str
    path: str
    record: str
    flag: str
    statuses: frozenset[Status]
    good: frozenset[Status]
    subject: str = ""
    listed: str = ""
    names_person: bool = False
    is_lasting: bool = False
    living: frozenset[Status] = frozenset()
    late: frozenset[Status] = frozenset()

    def is_good(self, status: str | None) -> bool:
        """Tell whether a status is one of the good ones."""
        return status in self.good

    def is_living(self, status: str | None) -> bool:
        """Tell whether a status is that of a relation which has not ended."""
        return status in self.living


IDENTITY = Matter(
    name="identity",
    path="/id-verification",
    record="idVerification",
    flag="verified",
    statuses=frozenset(
        {Status.PENDING, Status.APPROVED, Status.REJECTED, Status.FAILED, Status.EXPIRED}
    ),
    good=frozenset({Status.APPROVED}),
)
SIGNING = Matter(
    name="signing",
    path="/signings",
    record="signing_",
    flag="signed",
    statuses=frozenset(
        {
            Status.PENDING,
            Status.SIGNED,
            Status.DECLINED,
            Status.EXPIRED,
            Status.CANCELLED,
            Status.FAILED,
        }
    ),
    good=frozenset({Status.SIGNED}),
    subject="document",
    listed="signings",
    names_person=True,
)
BILLING = Matter(
    name="billing",
    path="/billing",
    record="billing_",
    flag="entitled",
    statuses=frozenset(
        {
            Status.PENDING,
            Status.PAID,
            Status.SAVED,
            Status.ACTIVE,
            Status.PAST_DUE,
            Status.PAUSED,
            Status.CANCELLED,
            Status.EXPIRED,
            Status.FAILED,
        }
    ),
    good=frozenset({Status.PAID, Status.SAVED, Status.ACTIVE}),
    subject="plan",
    listed="plans",
    names_person=True,
    is_lasting=True,
    living=frozenset({Status.ACTIVE, Status.PAST_DUE, Status.PAUSED}),
    late=frozenset({Status.PAST_DUE}),
)
