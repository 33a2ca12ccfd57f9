"""Where a sealed reference travels: in the vendor's echo field, and when it must, in the URL.

A session that does not fit the field goes into the last segment of the per-transaction callback
URL; the field then holds a reference without a token, and the two must agree when they return.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from crypto import Reference as SealedReference
from crypto import ReferenceInvalid, Sealer, sealed_length
from proxy.problems import Problem
from proxy.vendors.reference import Limits

# The longest session that a vendor lets us ask for lives 60 days; its callback still has to open.
REFERENCE_SECONDS = 61 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Sealed:
    """A reference ready to travel: the echo field's content, and the callback URL."""

    carried: str = field(repr=False)
    callback_url: str = field(repr=False)


class Carrier:
    """Seals references for one subject at one vendor and opens them again."""

    def __init__(self, sealer: Sealer, purpose: str, limits: Limits, callback_url: str) -> None:
        """`purpose` is what references are sealed for: they open for nothing else."""
        self._sealer = sealer
        self._purpose = purpose
        self._limits = limits
        self._callback_url = callback_url

    def seal(self, reference: SealedReference) -> Sealed:
        """Seal `reference` where it fits.

        Raises Problem `session-unsupported` when its token fits nowhere.
        """
        length = sealed_length(reference.refresh_token)
        if length <= self._limits.reference:
            return Sealed(self._seal(reference), self._callback_url)
        longest = self._limits.callback_url
        if longest is None or len(self._callback_url) + 1 + length > longest:
            raise Problem("session-unsupported", cause=f"reference of {length} characters")
        overflow = self._seal(reference)
        carried = self._seal(replace(reference, refresh_token=None))
        return Sealed(carried, f"{self._callback_url}/{overflow}")

    def _seal(self, reference: SealedReference) -> str:
        return self._sealer.seal(reference, purpose=self._purpose)

    def open(self, carried: str | None, overflow: str | None, now: float) -> SealedReference:
        """Open what came back.

        Raises Problem `reference-invalid`: one answer for absent, broken, foreign and expired.
        """
        try:
            reference = self._open(carried, now)
            if overflow is None:
                return reference
            full = self._open(overflow, now)
        except ReferenceInvalid:
            raise Problem("reference-invalid") from None
        if (full.user_id, full.issued_at) != (reference.user_id, reference.issued_at):
            raise Problem("reference-invalid", cause="field and URL disagree")
        return full

    def _open(self, text: str | None, now: float) -> SealedReference:
        return self._sealer.open(
            text or "", purpose=self._purpose, now=int(now), max_age=REFERENCE_SECONDS
        )
